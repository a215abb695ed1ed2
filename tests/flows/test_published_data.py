"""The City of London as published at two dates, all the way to certified, explained numbers.

Every expected count was made from the CSV files with a plain reader: see the derivation beside each.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

import safer_kpi
from safer_kpi.compute import build
from safer_kpi.landing import Receipt, Terms, land, parse_time
from safer_kpi.settings import Settings
from tests.certifying import certify

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
pytestmark = [
    pytest.mark.soak,
    pytest.mark.usefixtures("shared_data"),
]

POLICE = DATA / "police_uk"
LOOKUP = DATA / "reference" / "lookup_lsoa21_ward24_ltla24.csv.gz"
CITY = "E09000001"
OLD = Terms(published=parse_time("2024-06-13"), received_at=parse_time("2024-06-14T09:00Z"))
NEW = Terms(published=parse_time("2026-02-25"), received_at=parse_time("2026-02-26T09:00Z"))


def city(published: str) -> list[str]:
    return [str(path) for path in sorted((POLICE / "city_of_london" / f"published_{published}").glob("*.csv"))]


def values(lake: safer_kpi.Lake, metric: str, area: str, **more: object) -> dict[str, float | None]:
    rows = lake.metric(metric, area=area, by="month", **more).rows()
    return {row["period"]: row["value"] for row in rows}


@pytest.fixture(scope="module")
def london(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]):
    """City of London as published at two dates, with a release after each."""
    settings = new_lake(tmp_path_factory.mktemp("london") / "lake", built=True)
    land(settings, "area_lookup", [str(LOOKUP)], terms=Terms(received_at=parse_time("2024-06-01T09:00Z")))
    first = land(settings, "police_street", city("2024-06"), terms=OLD)
    build(settings)
    before = certify(settings, "2023-24-Q4")
    second = land(settings, "police_street", city("2026-02"), terms=NEW)
    build(settings)
    after = certify(settings, "2023-24-Q4", reason="outcomes published since")
    return first + second, before, after, safer_kpi.open(settings.home)


def test_city_of_london_receipts_name_the_progressed_records(london):
    receipts, *_ = london
    # 349 and 427 rows changed their outcome; 4 and 2 of those repeat a Crime ID and were never counted.
    assert [receipt.changes for receipt in receipts] == [
        {"new": 716}, {"new": 812}, {"progressed": 345}, {"progressed": 425},
    ]  # fmt: skip


def test_city_of_london_releases_reconcile_exactly(london):
    """Two releases of one quarter, before and after outcomes were published anew."""
    receipts, before, after, lake = london
    metric = "1c.violence_positive_outcomes"
    assert values(lake, metric, CITY, release=before) == {"2024-01": 14, "2024-02": 9}
    assert values(lake, metric, CITY, release=after) == {"2024-01": 25, "2024-02": 15}
    rows = lake.compare(before, after, metric=metric, area=CITY, by="month").rows()
    found = [(r["period"], r["step"], r["cause"], r["delivery_id"], r["amount"]) for r in rows]
    jan, feb = receipts[2].delivery_id, receipts[3].delivery_id
    assert found == [
        ("2024-01", "opening", None, None, 14),
        ("2024-01", "movement", "progressed", jan, 11),
        ("2024-01", "closing", None, None, 25),
        ("2024-02", "opening", None, None, 9),
        ("2024-02", "movement", "progressed", feb, 6),
        ("2024-02", "closing", None, None, 15),
    ]


def test_city_of_london_as_known_before_the_revision(london):
    *_, lake = london
    known = values(lake, "1c.violence_positive_outcomes", CITY, known_at="2025-01-01")
    assert known == {"2024-01": 14, "2024-02": 9}


def test_trace_ends_at_row_numbers_in_both_files(london):
    *_, lake = london
    rows = lake.trace("1c.violence_positive_outcomes", area=CITY, period="2024-01").rows()
    assert sum(row["weight"] for row in rows) == 25
    files = {
        2024: POLICE / "city_of_london" / "published_2024-06" / "2024-01-city-of-london-street.csv",
        2026: POLICE / "city_of_london" / "published_2026-02" / "2024-01-city-of-london-street.csv",
    }
    lines = {year: path.read_text(encoding="utf-8").splitlines() for year, path in files.items()}
    for row in rows:
        text = lines[row["published_at"].year][row["source_row"] - 1]
        assert "Violence and sexual offences" in text


# The contract's canonical order over a record's own columns: of a repeated Crime ID the first of these counts.
CANONICAL = ("Crime type", "LSOA code", "Location", "Longitude", "Latitude", "Last outcome category")


def city_rows(published: str, month: str) -> dict[int, dict[str, str]]:
    """The records of a published file by row number, the header being row 1; read with the csv module alone."""
    with Path(city(published)[("2024-01", "2024-02").index(month)]).open(encoding="utf-8", newline="") as lines:
        return dict(enumerate(csv.DictReader(lines), start=2))


def outcomes(rows: dict[int, dict[str, str]]) -> dict[str, str]:
    """The outcome of each Crime ID, as its first row in canonical order has it."""
    ranked = sorted(rows.values(), key=lambda row: [(row[name] == "", row[name]) for name in CANONICAL])
    return {row["Crime ID"]: row["Last outcome category"] for row in reversed(ranked) if row["Crime ID"]}


def test_city_of_london_statement_names_the_deliveries_and_their_progressed_records(london):
    receipts, before, after, lake = london
    told = {row["delivery_id"]: row for row in lake.deliveries("police_street").rows()}
    for receipt, month, expected in ((receipts[2], "2024-01", 345), (receipts[3], "2024-02", 425)):
        first, second = (outcomes(city_rows(published, month)) for published in ("2024-06", "2026-02"))
        assert sum(first[crime] != second[crime] for crime in first) == expected
        assert told[receipt.delivery_id]["changes"] == {"progressed": expected}
        lines = lake.compare(before, after, area=CITY, period=month).rows()
        # Nothing but outcomes changed, so every line of every statement of the month is this delivery's.
        named = {(row["cause"], row["feed"], row["delivery_id"]) for row in lines if row["step"] == "movement"}
        assert named == {("progressed", "police_street", receipt.delivery_id)}


def test_a_moved_unit_ends_at_its_row_in_both_files(london):
    """Each offence that became a positive outcome: its row in the second file, its Crime ID's row in the first."""
    receipts, before, after, lake = london
    metric, offences = "1c.violence_positive_outcomes", "1a.violence_and_sexual_offences"
    old, new = (city_rows(published, "2024-01") for published in ("2024-06", "2026-02"))
    lines = lake.trace(metric, area=CITY, period="2024-01", release=after).rows()
    moved = [line for line in lines if line["cause"] == "progressed" and line["weight"] == 1]
    gone = [line for line in lines if line["cause"] == "progressed" and line["weight"] == -1]
    assert len(moved) - len(gone) == 25 - 14
    rows_of = {row["Crime ID"]: number for number, row in old.items()}
    # Some went from one positive outcome to another: the one row took the other's place.
    were = {old[line["source_row"]]["Crime ID"] for line in gone}
    for line in moved:
        record = new[line["source_row"]]
        assert (line["evidence_delivery_id"], line["file_name"]) == (
            receipts[2].delivery_id, "2024-01-city-of-london-street.csv",
        )  # fmt: skip
        first_row = rows_of[record["Crime ID"]]
        assert (record["Crime type"], old[first_row]["Crime type"]) == ("Violence and sexual offences",) * 2
        assert record["Last outcome category"] != old[first_row]["Last outcome category"]
        # Forward again: the first file's row is the offence in both releases, and a positive outcome up to then or
        # never; the second file's row is the positive outcome, in the second release alone.
        first = [(stay["out_entry"], stay["releases"]) for stay in stays(lake, receipts[0], first_row, offences)]
        assert first == [(None, [before, after])]
        was = [(stay["out_entry"], stay["releases"]) for stay in stays(lake, receipts[0], first_row, metric)]
        assert was == ([(line["entry"], [before])] if record["Crime ID"] in were else [])
        then = [(stay["entry"], stay["releases"]) for stay in stays(lake, receipts[2], line["source_row"], metric)]
        assert then == [(line["entry"], [after])]
    for line in gone:
        assert line["evidence_delivery_id"] == receipts[0].delivery_id
        record = old[line["source_row"]]
        assert outcomes(new)[record["Crime ID"]] != record["Last outcome category"]


def stays(lake: safer_kpi.Lake, receipt: Receipt, row: int, metric: str) -> list[dict[str, object]]:
    """Where a row is or was in a metric of the city's January."""
    return [
        line
        for line in lake.trace_row(receipt.delivery_id, row).rows()
        if (line["metric_id"], line["area_code"], line["period"]) == (metric, CITY, "2024-01")
    ]


def test_the_other_order_ends_at_the_same_numbers_and_says_stale(tmp_path, new_lake):
    """The newer publication lands first; the older is kept as stale."""
    settings = new_lake(tmp_path / "lake", built=True)
    land(settings, "area_lookup", [str(LOOKUP)], terms=Terms(received_at=parse_time("2024-06-01T09:00Z")))
    land(settings, "police_street", city("2026-02"), terms=NEW)
    late = Terms(published=OLD.published)
    receipts = land(settings, "police_street", city("2024-06"), terms=late)
    assert [(r.status, r.stale_cells) for r in receipts] == [
        ("stale", ["city-of-london/2024-01"]), ("stale", ["city-of-london/2024-02"]),
    ]  # fmt: skip
    build(settings)
    lake = safer_kpi.open(settings.home)
    assert values(lake, "1c.violence_positive_outcomes", CITY) == {"2024-01": 25, "2024-02": 15}
