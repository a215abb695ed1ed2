"""From landed files to safer_kpi.duckdb: the numbers, what a second delivery changes, and what stops an export."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from safer_kpi.catalogue.template import write_project
from safer_kpi.cli.main import app
from safer_kpi.compute import audit, build, export, unbuilt
from safer_kpi.errors import CheckFailed
from safer_kpi.lake import connect
from safer_kpi.landing import land
from safer_kpi.landing.posting import Terms
from safer_kpi.settings import Settings
from safer_kpi.sql import literal
from tests.oracles.intervals import byar, exact, wilson

pytestmark = pytest.mark.long(40)

HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)
BOSCOMBE, ALDERNEY, NEW_FOREST = "E01015272", "E01015387", "E01022984"  # the last lies beyond the force
WARD = "E05012651"  # Boscombe East & Pokesdown
BCP, FORCE = "E06000058", "E23000039"
VIOLENCE, ASB = "Violence and sexual offences", "Anti-social behaviour"
FIRST = dt.datetime(2024, 3, 1, 9)
SECOND = dt.datetime(2024, 6, 1, 9)


def street(path: Path, rows: list[tuple[str, str, str, str]]) -> str:
    """A street file of one month; a row is crime, LSOA, crime type, outcome; a crime named '' has no identifier."""
    month = path.name[:7]
    force = "Northumbria Police" if "northumbria" in path.name else "Dorset Police"
    lines = [HEADER]
    for crime, lsoa, crime_type, outcome in rows:
        crime_id = hashlib.sha256(crime.encode()).hexdigest() if crime else ""
        lines.append(
            f"{crime_id},{month},{force},{force},-1.83,50.73,On or near Sample Road,{lsoa},Sample,"
            f"{crime_type},{outcome},"
        )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


# January as first published: 12 violent offences in Boscombe, 1 in Alderney, 1 outside, 1 without a place, 2 ASB.
JANUARY = [
    *((f"v{n}", BOSCOMBE, VIOLENCE, "Under investigation") for n in range(12)),
    ("a", ALDERNEY, VIOLENCE, "Suspect charged"),
    ("o", NEW_FOREST, VIOLENCE, "Under investigation"),
    ("n", "", VIOLENCE, "Under investigation"),
    ("", BOSCOMBE, ASB, ""),
    ("", BOSCOMBE, ASB, ""),
]
# As published again: v0 and v1 charged, v2 withdrawn, one robbery late.
JANUARY_AGAIN = [
    *((f"v{n}", BOSCOMBE, VIOLENCE, "Suspect charged") for n in (0, 1)),
    *((f"v{n}", BOSCOMBE, VIOLENCE, "Under investigation") for n in range(3, 12)),
    *JANUARY[12:],
    ("r", BOSCOMBE, "Robbery", "Under investigation"),
]


@dataclass(frozen=True)
class Built:
    """One lake and where its files were written."""

    settings: Settings
    files: Path

    def land(self, name: str, rows: list[tuple[str, str, str, str]], at: dt.datetime) -> None:
        path = street(self.files / name, rows)
        (receipt,) = land(self.settings, "police_street", [path], terms=Terms(published=at, received_at=at))
        assert receipt.status == "accepted", receipt.error

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect() as connection:
            connection.execute(f"ATTACH {literal(str(self.settings.kpi_file))} AS book (READ_ONLY)")
            connection.execute("USE book")
            return connection.execute(sql).fetchall()

    def numbers(self, period: str, metric: str = "1a.violence_and_sexual_offences") -> dict[str, tuple[Any, Any]]:
        rows = self.ask(
            "SELECT area_code, numerator, status FROM kpi.observation "
            f"WHERE metric_id = '{metric}' AND period = '{period}' AND coalesce(numerator, 1) <> 0"
        )
        return {area: (numerator, status) for area, numerator, status in rows}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Built:
    """January and March landed, built; January landed again, built again."""
    folder = tmp_path_factory.mktemp("build")
    made = Built(new_lake(folder / "lake", built=True), folder)
    made.land("2024-01-dorset-street.csv", JANUARY, FIRST)
    made.land("2024-03-dorset-street.csv", JANUARY[:3], FIRST + dt.timedelta(minutes=1))
    assert build(made.settings).entries == 2
    made.land("2024-01-dorset-street.csv", JANUARY_AGAIN, SECOND)
    assert [entry.feed for entry in unbuilt(made.settings)] == ["police_street"]
    assert build(made.settings).entries == 1
    assert unbuilt(made.settings) == ()
    return made


def test_a_month_counts_in_its_ward_authority_force_and_what_has_no_place(lake: Built) -> None:
    # Boscombe 12 - 1 withdrawn = 11; BCP 11 + 1 in Alderney = 12; unplaced 1 outside + 1 without = 2; force 12 + 2 = 14
    found = lake.numbers("2024-01")
    assert (found[WARD][0], found[BCP][0], found["unplaced"][0], found[FORCE][0]) == (11, 12, 2, 14)


def test_what_was_known_before_the_second_delivery_stays_known(lake: Built) -> None:
    rows = lake.ask(
        "SELECT metric_id, numerator FROM kpi.as_of(TIMESTAMP '2024-04-01') "
        f"WHERE area_code = '{WARD}' AND period = '2024-01' AND metric_id IN "
        "('1a.violence_and_sexual_offences', '1c.violence_positive_outcomes', '1a.robbery') ORDER BY metric_id"
    )
    assert rows == [
        ("1a.robbery", 0),
        ("1a.violence_and_sexual_offences", 12),
        ("1c.violence_positive_outcomes", 0),
    ]


def test_movements_name_their_causes(lake: Built) -> None:
    rows = lake.ask(
        "SELECT metric_id, cause, amount "
        "FROM kpi.movements(TIMESTAMP '2024-04-01', TIMESTAMP '2024-07-01') ORDER BY ALL"
    )
    assert rows == [
        ("1a.robbery", "late", 1),
        ("1a.violence_and_sexual_offences", "withdrawn", -1),
        ("1c.violence_positive_outcomes", "progressed", 2),
    ]


def test_a_period_without_coverage_has_no_value_and_says_so(lake: Built) -> None:
    # January and March are covered, February is not: 2 of 3 months
    rows = {
        period: (numerator, value, status, round(coverage, 3))
        for period, numerator, value, status, coverage in lake.ask(
            "SELECT period, numerator, value, status, coverage FROM kpi.observation "
            f"WHERE area_code = '{BCP}' AND metric_id = '1a.violence_and_sexual_offences'"
        )
    }
    assert rows["2024-02"] == (None, None, "missing", 0.0)
    # January 12 + March 3 = 15
    assert rows["2023-24-Q4"] == (15, None, "incomplete", 0.667)
    assert rows["2023-24"] == (15, None, "incomplete", 0.167)
    assert rows["2024-03-R12"] == (15, None, "incomplete", 0.167)
    assert rows["2024-01"] == (12, 12.0, "final", 1.0)
    # settles after 3 months: March ends 31 March, known on 1 June
    assert rows["2024-03"] == (3, 3.0, "provisional", 1.0)


def test_zero_is_zero_where_the_cell_is_covered(lake: Built) -> None:
    rows = lake.ask(
        "SELECT numerator, value, lower, method, status FROM kpi.observation "
        f"WHERE area_code = '{WARD}' AND period = '2024-01' AND metric_id = '1a.possession_of_weapons'"
    )
    assert rows == [(0, 0.0, 0.0, "exact", "final")]


def test_parts_sum_to_the_force_in_every_period(lake: Built) -> None:
    rows = lake.ask(
        "SELECT metric_id, period, sum(numerator) FILTER (area_type IN ('ward', 'unplaced')) AS parts, "
        "sum(numerator) FILTER (area_type = 'force') AS whole FROM kpi.observation GROUP BY ALL"
    )
    assert rows
    assert [row for row in rows if row[2] != row[3]] == []


@pytest.mark.e2e
def test_parts_sum_to_the_force_when_it_records_outside_its_area(
    tmp_path: Path, new_lake: Callable[..., Settings]
) -> None:
    made = Built(new_lake(tmp_path / "a partner's lake", built=True), tmp_path)
    # Northumbria records one offence in Boscombe in January and none in February; Dorset covers nothing.
    for month, rows in (("2024-01", JANUARY[:1]), ("2024-02", [("x", "", VIOLENCE, "Under investigation")])):
        made.land(
            f"{month}-northumbria-street.csv", rows, FIRST + dt.timedelta(minutes=len(list(tmp_path.glob("*.csv"))))
        )
    build(made.settings)
    rows = made.ask(
        "SELECT area_type, numerator, status FROM kpi.observation WHERE period = '2024-02-R12' "
        "AND metric_id = '1a.violence_and_sexual_offences' AND numerator > 0 ORDER BY area_type"
    )
    # force 2 = ward 1 + unplaced 1; nothing of the ward's own force is covered, so its 1 is partial
    assert rows == [
        ("force", 2, "incomplete"),
        ("local_authority", 1, "incomplete"),
        ("unplaced", 1, "incomplete"),
        ("ward", 1, "incomplete"),
    ]


def test_intervals_are_those_of_the_published_formulas(lake: Built) -> None:
    rows = lake.ask(
        "SELECT o.metric_id, o.numerator, o.denominator, lower, upper, method, m.rate_base "
        "FROM kpi.observation AS o JOIN kpi.metric AS m USING (metric_id) WHERE value IS NOT NULL"
    )
    assert {row[5] for row in rows} == {"byar", "exact", "wilson"}
    for metric, numerator, denominator, lower, upper, method, base in rows:
        if method == "wilson":
            expected = wilson(numerator=numerator, denominator=denominator)
        else:
            expected = (exact if method == "exact" else byar)(count=numerator)
            assert (method == "exact") == (numerator < 10)
        scale = base if method == "wilson" else base / denominator if denominator else 1
        assert (lower, upper) == pytest.approx((expected[0] * scale, expected[1] * scale), rel=1e-9, abs=1e-12), metric


def test_a_rate_names_its_estimate_and_needs_the_whole_area(lake: Built) -> None:
    rows = lake.ask(
        "SELECT area_code, denominator, round(value, 6), unit, status FROM kpi.observation WHERE period = '2024-01' "
        f"AND metric_id = '1a.violence_and_sexual_offences_rate' AND area_code IN ('{BCP}', '{FORCE}') ORDER BY ALL"
    )
    # 12 / 396,989 * 1,000 = 0.0302275; no estimate of Dorset Council, so none of the force
    assert rows == [
        (BCP, 396_989, 0.030228, "per 1,000 residents (mid-2020 estimate)", "final"),
        (FORCE, None, None, "per 1,000 residents", "unavailable"),
    ]


def test_the_table_the_macro_and_the_lake_view_are_one(lake: Built) -> None:
    columns = "metric_id, area_code, period_type, period_start, numerator, denominator, status, coverage"
    stored = lake.ask(f"SELECT {columns} FROM kpi.observation ORDER BY ALL")
    assert stored == lake.ask(f"SELECT {columns} FROM kpi.as_of(TIMESTAMP '2030-01-01') ORDER BY ALL")
    with connect(lake.settings, read_only=True) as connection:
        assert stored == connection.execute(f"SELECT {columns} FROM kpi.observation ORDER BY ALL").fetchall()


def test_evidence_adds_up_to_its_amount(lake: Built) -> None:
    assert lake.ask("SELECT count(*) FROM kpi.ledger WHERE amount <> list_sum([e.weight FOR e IN evidence])") == [(0,)]


def test_every_table_and_column_is_commented(lake: Built) -> None:
    assert (
        lake.ask(
            "SELECT table_name, column_name FROM duckdb_columns() "
            "WHERE database_name = 'book' AND schema_name = 'kpi' AND comment IS NULL"
        )
        == []
    )
    assert lake.ask("SELECT table_name FROM duckdb_tables() WHERE database_name = 'book' AND comment IS NULL") == []


def test_opened_by_its_own_name_the_file_answers_under_use(lake: Built) -> None:
    with duckdb.connect(str(lake.settings.kpi_file), read_only=True) as connection:
        connection.execute("USE kpi")
        ((stored, known),) = connection.execute(
            "SELECT (SELECT count(*) FROM observation), (SELECT count(*) FROM as_of(TIMESTAMP '2030-01-01'))"
        ).fetchall()
    assert stored == known > 0


@pytest.mark.soak
def test_the_whole_lake_recounts_and_a_row_gone_behind_the_journal_is_found(lake: Built) -> None:
    """An audit of the whole lake, then of one from whose change rows a live row has vanished."""
    audit(lake.settings)
    before = lake.settings.kpi_file.read_bytes()
    with _without_a_row(lake.settings), pytest.raises(CheckFailed, match="balance_is_recount"):
        audit(lake.settings)
    assert lake.settings.kpi_file.read_bytes() == before


def test_a_failed_audit_stops_the_export(tmp_path: Path, new_lake: Callable[..., Settings]) -> None:
    made = Built(new_lake(tmp_path / "lake", built=True), tmp_path)
    before = made.settings.kpi_file.read_bytes()
    made.land("2024-01-dorset-street.csv", JANUARY, FIRST)
    with connect(made.settings) as connection:  # the same journal entry twice
        connection.execute("INSERT INTO journal.entry SELECT * FROM journal.entry WHERE entry = 1")
    with pytest.raises(CheckFailed, match="entries_without_gaps"):
        build(made.settings)
    assert made.settings.kpi_file.read_bytes() == before
    assert len(unbuilt(made.settings)) > 0


def test_published_releases_are_in_the_next_export(lake: Built) -> None:
    folder = lake.settings.home / "releases" / "2023-24-Q3"
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH {literal(str(lake.settings.kpi_file))} AS book (READ_ONLY)")
        connection.execute(
            "COPY (SELECT * REPLACE ('certified' AS status), '2023-24-Q3' AS release_id, "
            "TIMESTAMP '2024-06-01 09:00:00' AS known_at FROM book.kpi.observation WHERE status = 'final') "
            f"TO '{folder / 'observation.parquet'}' (FORMAT parquet)"
        )
    manifest = {
        "release_id": "2023-24-Q3",
        "quarter": "2023-24-Q3",
        "published_at": "2024-06-02 09:00:00",
        "last_entry": 3,
        "known_at": "2024-06-01 09:00:00",
        "supersedes": None,
        "approvals": [{"name": "One"}, {"name": "Two"}],
        "previous": None,
        "row_hash": "00",
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert export(lake.settings) == lake.settings.kpi_file
    (row,) = lake.ask("SELECT release_id, approved_by, published_at, manifest_sha256 FROM kpi.release")
    sealed = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    assert row == ("2023-24-Q3", ["One", "Two"], dt.datetime(2024, 6, 2, 9), sealed)
    ((certified, final),) = lake.ask(
        "SELECT (SELECT count(*) FROM kpi.certified), (SELECT count(*) FROM kpi.observation WHERE status = 'final')"
    )
    assert certified == final > 0


def _without_a_row(settings: Settings) -> Any:
    """A lake in which one live violent offence has vanished from the change rows; put back at the end."""
    from contextlib import contextmanager

    @contextmanager
    def gone() -> Iterator[None]:
        where = f"crime_type = '{VIOLENCE}' AND weight = 1 AND lsoa_code = '{ALDERNEY}'"
        with connect(settings) as connection:
            connection.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM landing.police_street WHERE {where}")
            connection.execute(f"DELETE FROM landing.police_street WHERE {where}")
            yield
            connection.execute("INSERT INTO landing.police_street SELECT * FROM kept")

    return gone()


def test_a_build_tells_of_the_read_file_of_an_earlier_version(
    tmp_path: Path, new_lake: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = new_lake(tmp_path / "lake", built=True)
    monkeypatch.setenv("SAFER_KPI_PROJECT", str(settings.project))
    earlier = settings.home / "kpi.duckdb"
    earlier.write_bytes(b"as an earlier version left it")
    done = build(settings)
    monkeypatch.setattr("safer_kpi.compute.build", lambda *_, **__: done)  # to tell of it twice, it is built once
    built = CliRunner().invoke(app, ["build", "--home", str(settings.home)])
    assert "kpi.duckdb was written by an earlier version" in built.stderr
    assert "read safer_kpi.duckdb, then remove it with `safer-kpi migrate --remove-superseded`" in built.stderr
    rows = json.loads(CliRunner().invoke(app, ["build", "--json", "--home", str(settings.home)]).stdout)["rows"]
    assert rows[0]["superseded_files"] == ["kpi.duckdb"]
    assert earlier.read_bytes() == b"as an earlier version left it"
    earlier.unlink()
    assert settings.superseded_files == ()


SHOPLIFTING = """kpi: 4z
strategy: A test's own.
paragraph: A test's own.
priority: Work with communities to deal with anti-social behaviour, including hotspots
owner: community_safety
metrics:
  - metric_id: 4z.shoplifting
    title: A test's own
    statement: Offences recorded by the police.
    unit: offences
    counted: Every accepted record of its crime type.
    not_counted: Others.
    date_used: The month of the published record.
    kind: outcome
    polarity: lower_is_better
    polarity_reason: Fewer is better.
    comparison: year_before
    feeds: [police_street]
    cadence: monthly
    areas: [ward, local_authority, force]
    periods: [month, quarter]
    settles_after_months: 3
    sensitivity: official
    interval_method: byar
    additive: true
    caveats: A test's own.
    public: {method: none}
    count:
      from: core.offence
      where: crime_type = 'Shoplifting'
"""


@pytest.mark.soak
def test_a_build_warns_of_a_condition_that_no_row_has_ever_met(
    tmp_path: Path, new_lake: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt crime type is told with its line, and no more once it is mended."""
    project = tmp_path / "project"
    write_project(project, area=BCP)
    monkeypatch.setenv("SAFER_KPI_PROJECT", str(project))
    made = Built(Settings.load(new_lake(tmp_path / "lake", built=True).home, project=project), tmp_path)
    made.land("2024-01-dorset-street.csv", [*JANUARY_AGAIN, ("s", BOSCOMBE, "Shoplifting", "")], FIRST)
    definition = project / "contracts" / "kpis" / "kpi_4z.yaml"
    definition.write_text(SHOPLIFTING.replace("'Shoplifting'", "'Shoplifing'"))
    told = CliRunner().invoke(app, ["build", "--home", str(made.settings.home)])
    assert told.exit_code == 0, told.output
    line = SHOPLIFTING[: SHOPLIFTING.index("where:")].count("\n") + 1
    query = "SELECT DISTINCT crime_type FROM core.offence"
    assert (
        f"Warning: kpi_4z.yaml, line {line}: 4z.shoplifting: the metric has never posted anything, although "
        "core.offence has rows. Check the condition against the values that the rows hold: "
        f'safer-kpi sql --lake "{query}".'
    ) in told.stderr
    shown = CliRunner().invoke(app, ["sql", "--lake", query, "--json", "--home", str(made.settings.home)])
    assert {row["crime_type"] for row in json.loads(shown.stdout)["rows"]} == {VIOLENCE, ASB, "Robbery", "Shoplifting"}
    definition.write_text(SHOPLIFTING)
    mended = CliRunner().invoke(app, ["build", "--json", "--home", str(made.settings.home)])
    # January holds violence, ASB, one robbery and one shoplifting. No weapon has come and no court has dealt with
    # a case, and there is no row of another feed.
    told = json.loads(mended.stdout)["rows"][0]["warnings"]
    silent = {text.split(": ")[1] for text in told if "has never posted anything" in text}
    assert silent == {"1a.possession_of_weapons", "1c.violence_dealt_with"}


def test_where_there_is_no_lake_nothing_waits(tmp_path):
    assert unbuilt(Settings.load(tmp_path / "nowhere")) == ()
    assert not (tmp_path / "nowhere").exists()
