"""The data of a public edition: published figures and what is made of them, and nothing of the evidence."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

import safer_kpi
from safer_kpi.disclosure.protect import Change
from safer_kpi.disclosure.protect.values import Period
from safer_kpi.engine import open_engine
from safer_kpi.errors import UsageError
from safer_kpi.publishing.public.content import put_together
from tests.oracles import intervals
from tests.publishing.public.conftest import DATES, FIGURES, FIRST, RELEASE, published, spoil, write_edition
from tests.reading.conftest import OUTCOMES, RATE, SHARE, VIOLENCE

TABLES = {
    "area", "certified", "certified_strategy", "certified_verdict", "contributor", "feed", "metric", "peer",
    "poisson_exact", "police_force", "published", "release",
}  # fmt: skip


def numbers(folder: Path, metric: str) -> dict[str, dict[str, Any]]:
    """The numbers of the quarter by area."""
    rows = safer_kpi.open(folder).metric(metric, period="2024-25-Q1").rows()
    return {row["area_code"]: row for row in rows}


def test_it_says_which_edition_it_is(edition: Path, told_releases: Path) -> None:
    assert safer_kpi.open(edition).edition == "public"
    assert repr(safer_kpi.open(edition)) == f"<safer_kpi.Lake: public edition of release {RELEASE}>"
    assert safer_kpi.open(told_releases / "releases" / RELEASE).edition == "restricted"


def test_protected_counts_are_the_published_figures(edition: Path) -> None:
    found = numbers(edition, VIOLENCE)
    assert {code: row["value"] for code, row in found.items()} == {"W1": 25, "W2": 35, "L1:elsewhere": 0, "L1": 60}
    assert found["L1:elsewhere"]["area_name"] == "Seatown outside its wards"
    assert found["W1"]["note"] == "Rounded to a multiple of 5 to protect people: at most 4 above or below the count"
    assert all(row["lower"] is None and row["held_rows"] is None for row in found.values())
    assert {row["period_type"] for row in safer_kpi.open(edition).metric(VIOLENCE).rows()} == {"quarter"}


def test_rates_and_shares_are_made_of_published_figures(edition: Path) -> None:
    # North has 1,000 residents, South 3,000. Nobody lives elsewhere.
    rates = {code: row["value"] for code, row in numbers(edition, RATE).items()}
    assert rates == {"W1": 25 / 1000 * 1000, "W2": pytest.approx(35 / 3000 * 1000), "L1": 60 / 4000 * 1000}
    shares = numbers(edition, SHARE)
    assert set(shares) == {"L1"}
    assert shares["L1"]["value"] == pytest.approx(10 / 60 * 100)
    assert (shares["L1"]["lower"], shares["L1"]["method"]) == (None, None)


def test_a_rate_is_published_of_no_smaller_area_than_its_rule_says(told_releases: Path, tmp_path: Path) -> None:
    release = tmp_path / RELEASE
    shutil.copytree(told_releases / "releases" / RELEASE, release)
    ward, authority = ('"grain": "' + grain + '"' for grain in ("ward", "local_authority"))
    changed = f"replace(definition, '{ward}', '{authority}')"
    spoil(release, f"UPDATE kpi.metric SET definition = {changed} WHERE metric_id = '{RATE}'")
    with open_engine() as con:
        put_together(con, release, published(FIGURES), area="L1")
        sql = f"SELECT DISTINCT area_code FROM edition.kpi.certified WHERE metric_id = '{RATE}'"
        assert con.execute(sql).fetchall() == [("L1",)]


def test_exact_numbers_are_those_of_the_release(edition: Path, told_releases: Path) -> None:
    by_month = safer_kpi.open(edition).metric(OUTCOMES, by="month").rows()
    own = safer_kpi.open(told_releases / "releases" / RELEASE).metric(OUTCOMES, by="month", area="L1").rows()
    shown = [row for row in by_month if row["area_code"] == "L1"]
    assert [row["value"] for row in shown] == [row["value"] for row in own] == [9, 1, 0]
    assert {row["area_code"] for row in by_month} == {"L1", "F1"}
    assert {row["held_rows"] for row in by_month} == {None}


def of_authority(release: Path, figure: int, how: str, changes: tuple[Change, ...] = ()) -> dict[str, dict[str, Any]]:
    """The authority's numbers of the quarter by metric, where its violence is published as a figure."""
    given = [("L1", "local_authority", "2024-25-Q1", figure, how)]
    with open_engine() as con:
        put_together(con, release, published(given), area="L1", changes=changes)
        found = con.sql("FROM edition.kpi.certified WHERE area_code = 'L1' AND period_type = 'quarter'")
        return {row["metric_id"]: row for row in found.to_arrow_table().to_pylist()}


def test_an_exact_figure_has_an_interval(told_releases: Path) -> None:
    found = of_authority(told_releases / "releases" / RELEASE, 58, "exact")
    lower, upper = intervals.byar(count=58)
    count, rate = found[VIOLENCE], found[RATE]
    assert (count["lower"], count["upper"]) == (pytest.approx(lower), pytest.approx(upper))
    assert (rate["lower"], rate["upper"]) == (pytest.approx(lower / 4), pytest.approx(upper / 4))
    low, high = intervals.wilson(numerator=10, denominator=58)
    share = found[SHARE]
    assert (share["lower"], share["upper"]) == (pytest.approx(low * 100), pytest.approx(high * 100))


@pytest.mark.parametrize(("is_large", "said"), [(False, "less than 5"), (True, "5 or more")])
def test_an_exact_figure_stays_and_says_that_it_changed(told_releases: Path, is_large: bool, said: str) -> None:
    starts, ends = DATES["2024-25-Q1"]
    quarter = Period(label="2024-25-Q1", length="quarter", starts_on=starts, ends_on=ends)
    change = Change(metric_id=VIOLENCE, area_code="L1", period=quarter, is_large=is_large)
    found = of_authority(told_releases / "releases" / RELEASE, 55, "exact", (change,))[VIOLENCE]
    note = f"The exact count, published once and not revised. The count has changed by {said} since"
    assert (found["value"], found["note"]) == (55, note)


@pytest.mark.parametrize("figure", [0, 5])
def test_a_share_of_too_small_a_whole_has_no_value(told_releases: Path, figure: int) -> None:
    # 10 outcomes of 0, or of 5, published offences: roundings make no share.
    share = of_authority(told_releases / "releases" / RELEASE, figure, "rounded")[SHARE]
    assert (share["value"], share["status"]) == (None, "unavailable")


def test_a_change_needs_published_figures_alone(edition: Path) -> None:
    [row] = safer_kpi.open(edition).change(VIOLENCE, area="L1", period="2024-25-Q1").rows()
    assert (row["value"], row["reference_value"], row["difference"], row["percentage"]) == (60, 50, 10, 20)
    assert row["basis"] == "latest known"


def test_verdicts_of_the_authority_are_judged_again(edition: Path) -> None:
    rows = safer_kpi.open(edition).verdicts(VIOLENCE, period="2024-25-Q1").rows()
    # 60 after 50: two-sided p of an exact conditional Poisson test is about 0.39. The stored verdict was "worsening".
    assert {row["area_code"] for row in rows} == {"L1"}
    [judged] = [row for row in rows if row["against"] == "year_before"]
    assert (judged["verdict"], judged["value"], judged["reference_value"]) == ("no clear change", 60, 50)
    assert not safer_kpi.open(edition).verdicts(VIOLENCE, by="month").rows()


def test_what_it_lists(edition: Path) -> None:
    lake = safer_kpi.open(edition)
    assert {row["metric_id"] for row in lake.metrics().rows()} == {VIOLENCE, RATE, OUTCOMES, SHARE}
    assert {row["area_code"] for row in lake.areas().rows()} == {"F1", "L1", "L1:elsewhere", "W1", "W2"}
    assert {row["sensitivity"] for row in lake.metrics().rows()} == {"official"}
    assert [row["release_id"] for row in lake.releases().rows()] == [RELEASE]
    assert {row["metric_id"] for row in lake.breakdowns().rows()} == {VIOLENCE, RATE, OUTCOMES, SHARE}
    assert [row["status"] for row in lake.kpis().rows()] == ["measured", "not measured", "measured"]
    assert {row["term"] for row in lake.definition(VIOLENCE).rows()} >= {"counted", "owner", "public"}
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{edition / 'public.duckdb'}' AS e (READ_ONLY)")
        assert {row[0] for row in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()} == TABLES
        # The storage of DuckDB 1.0, which every later version reads.
        tags = con.execute("SELECT tags FROM duckdb_databases() WHERE database_name = 'e'").fetchone()
        assert tags == ({"storage_version": "v1.0.0+"},)
        assert con.execute("SELECT count(*) FROM duckdb_functions() WHERE database_name = 'e'").fetchone() == (0,)
    assert {path.stem for path in edition.glob("*.parquet")} == TABLES


@pytest.mark.parametrize(
    ("named", "call"),
    [
        ("comparisons", lambda lake: lake.compare("2024-25-Q1", RELEASE)),
        ("source rows", lambda lake: lake.trace(VIOLENCE, area="L1", period="2024-25-Q1")),
        ("source rows", lambda lake: lake.trace_row(2, 2)),
        ("deliveries", lambda lake: lake.trace_delivery(2)),
        ("deliveries", lambda lake: lake.deliveries()),
        ("deliveries", lambda lake: lake.feeds()),
        ("deliveries", lambda lake: lake.cells("police_street")),
        ("earlier values", lambda lake: lake.vintages(VIOLENCE)),
        ("earlier values", lambda lake: lake.revisions(VIOLENCE)),
        ("earlier values", lambda lake: lake.metric(VIOLENCE, known_at="2024-08-01")),
        ("earlier values", lambda lake: lake.change(VIOLENCE, known_at="2024-08-01")),
        ("settling times", lambda lake: lake.settling()),
        ("certificates", lambda lake: lake.certificates()),
    ],
)
def test_it_holds_no_evidence(edition: Path, named: str, call: Callable[[Any], object]) -> None:
    with pytest.raises(UsageError, match=f"A public edition holds no evidence, and so no {named}"):
        call(safer_kpi.open(edition))


def test_nothing_of_the_evidence_is_in_its_bytes(edition: Path) -> None:
    # Files, a cell, who approved the release, the reason of the correction, the hash of a delivery, a held-back note.
    canaries = ["2024-04b.csv", "population.csv", "coast/2024-05", "Ada King", "June came again", f"{5:064d}"]
    for path in edition.iterdir():
        content = path.read_bytes()
        assert not [canary for canary in canaries if canary.encode() in content], path.name


@pytest.mark.e2e
def test_the_same_release_and_figures_give_the_same_tables(edition: Path, told_releases: Path, tmp_path: Path) -> None:
    write_edition(told_releases / "releases" / RELEASE, tmp_path / FIRST, list(reversed(FIGURES)))
    for path in [*edition.glob("*.parquet"), edition / "seals.json"]:
        assert path.read_bytes() == (tmp_path / FIRST / path.name).read_bytes(), path.name


def test_a_definition_without_a_rule_is_named(release: Path, tmp_path: Path) -> None:
    spoil(release, f"UPDATE kpi.metric SET definition = '{{}}' WHERE metric_id = '{OUTCOMES}'")
    with pytest.raises(UsageError, match=f"1 definitions of this release do not say .* such as {OUTCOMES}"):
        write_edition(release, tmp_path / FIRST, FIGURES)


def test_an_exact_share_of_a_protected_count_is_refused(release: Path, tmp_path: Path) -> None:
    spoil(
        release,
        f"""UPDATE kpi.metric SET definition = replace(definition, '"protected"', '"exact"')
        WHERE metric_id = '{SHARE}'""",
    )
    with pytest.raises(UsageError, match=f"{SHARE} is published exactly and would tell {VIOLENCE}"):
        write_edition(release, tmp_path / FIRST, FIGURES)


def test_the_file_alone_is_not_opened(edition: Path, tmp_path: Path) -> None:
    (tmp_path / "public.duckdb").write_bytes((edition / "public.duckdb").read_bytes())
    with pytest.raises(UsageError, match="lies here without the manifest"):
        safer_kpi.open(tmp_path / "public.duckdb")
    assert safer_kpi.open(edition / "public.duckdb").edition == "public"
