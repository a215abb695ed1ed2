"""What is declared is what is posted, both ways, and what may still come is no difference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.compute.declared import check
from safer_kpi.errors import CheckFailed

PROJECT = Path(__file__).resolve().parents[2]
DEFINITIONS = load_definitions(PROJECT)
BCP, WARD, FORCE = "E06000058", "E05012651", "E23000039"
# One whole set of postings: of an additive metric by age and sex, of a quarterly one, of one that counts people.
ABUSE = [("1a.domestic_abuse_violence", "month", part, "police_offences", WARD, BCP, FORCE)
         for part in ("all", "age:18-24", "sex:F")]  # fmt: skip
CHILDREN = [("2c.children_screened", "quarter", part, "ce_screening", BCP, "none", "none")
            for part in ("all", "risk:low", "agency:Police")]  # fmt: skip
SCREENINGS = [("2c.screenings", "month", part, "ce_screening", BCP, BCP, "none")
              for part in ("all", "risk:low", "agency:Police")]  # fmt: skip
PEOPLE = [("1c.msv_offenders", period, "all", "police_outcomes", area, "none", "none")
          for period in ("month", "quarter", "year", "rolling12") for area in (WARD, BCP, FORCE)]  # fmt: skip
RESIDENTS = [("population", "month", "all", "population", WARD, BCP, FORCE)]
WHOLE = [*ABUSE, *CHILDREN, *SCREENINGS, *PEOPLE, *RESIDENTS]
Posting = tuple[str, str, str, str, str, str, str]


@pytest.fixture
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA kpi")
        connection.execute(
            "CREATE TABLE kpi.ledger (metric_id TEXT, period_type TEXT, breakdown TEXT, feed TEXT, area_code TEXT, "
            "la_code TEXT, force_code TEXT)"
        )
        connection.execute("CREATE TABLE kpi.area (area_code TEXT, area_type TEXT)")
        connection.execute(
            f"INSERT INTO kpi.area VALUES ('{WARD}', 'ward'), ('{BCP}', 'local_authority'), ('{FORCE}', 'force'), "
            "('unplaced', 'unplaced')"
        )
        yield connection


def held(lake: duckdb.DuckDBPyConnection, postings: list[Posting]) -> None:
    lake.executemany("INSERT INTO kpi.ledger VALUES (?, ?, ?, ?, ?, ?, ?)", postings)
    check(lake, DEFINITIONS, reads=False)


def changed(postings: list[Posting], **columns: str) -> list[Posting]:
    names = ("metric_id", "period_type", "breakdown", "feed", "area_code", "la_code", "force_code")
    return [tuple(columns.get(name, value) for name, value in zip(names, one, strict=True)) for one in postings]  # type: ignore[misc]  # seven texts again


def test_new_postings_are_held_against_the_definitions_and_earlier_ones_are_not(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    """Entry 2 posts to screenings alone. What other metrics of its feed were sent says what it may lack."""
    old = [*changed(RESIDENTS, metric_id="3a.nobody_declared_it"), *CHILDREN]
    lake.executemany("INSERT INTO kpi.ledger VALUES (?, ?, ?, ?, ?, ?, ?)", [*old, *SCREENINGS])
    lake.execute("ALTER TABLE kpi.ledger ADD COLUMN entry INTEGER DEFAULT 1")
    lake.execute("UPDATE kpi.ledger SET entry = 2 WHERE metric_id = '2c.screenings'")
    check(lake, DEFINITIONS, reads=False, since=2)
    with pytest.raises(CheckFailed, match=r"declared_is_posted: 3a\.nobody_declared_it is posted"):
        check(lake, DEFINITIONS, reads=False, since=1)
    lake.execute("DELETE FROM kpi.ledger WHERE metric_id = '2c.screenings' AND breakdown = 'risk:low'")
    with pytest.raises(CheckFailed, match=r"2c\.screenings: breakdown risk is declared and not posted"):
        check(lake, DEFINITIONS, reads=False, since=2)
    lake.execute("INSERT INTO kpi.ledger SELECT * REPLACE ('3a.new' AS metric_id, 3 AS entry) FROM kpi.ledger LIMIT 1")
    with pytest.raises(CheckFailed, match=r"declared_is_posted: 3a\.new is posted"):
        check(lake, DEFINITIONS, reads=False, since=3)


def test_what_the_definitions_say_holds(lake: duckdb.DuckDBPyConnection) -> None:
    held(lake, WHOLE)


def test_a_lake_without_postings_holds(lake: duckdb.DuckDBPyConnection) -> None:
    check(lake, DEFINITIONS, reads=False)


@pytest.mark.parametrize(
    ("postings", "told"),
    [
        ([*WHOLE, *changed(ABUSE, metric_id="1a.arson")], "1a.arson is posted, and no definition declares it"),
        (ABUSE[:2], "1a.domestic_abuse_violence: breakdown sex is declared and not posted"),
        (ABUSE + changed(ABUSE[:1], breakdown="risk:low"), "breakdown risk is posted and not declared"),
        # Its neighbour of the same feed has the lines of agencies, so they came.
        ([*SCREENINGS, *CHILDREN[:2]], "2c.children_screened: breakdown agency is declared and not posted"),
        (changed(ABUSE, force_code="none"), "area force is declared and not posted"),
        (changed(ABUSE, area_code=BCP), "area ward is declared and not posted"),
        (changed(SCREENINGS, force_code=FORCE), "2c.screenings: area force is posted and not declared"),
        ([one for one in PEOPLE if one[4] != FORCE], "1c.msv_offenders: area force is declared and not posted"),
        ([one for one in PEOPLE if one[1] != "year"], "1c.msv_offenders: period year is declared and not posted"),
        (changed(CHILDREN, period_type="month"), "period month is posted and not declared"),
        (changed(ABUSE, period_type="quarter"), "period month is declared and not posted"),
        (changed(ABUSE, feed="police_street"), "feed police_street posts it and is not declared"),
    ],
)
def test_a_difference_is_named(lake: duckdb.DuckDBPyConnection, postings: list[Posting], told: str) -> None:
    with pytest.raises(CheckFailed, match="Audit declared_is_posted: ") as caught:
        held(lake, postings)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "postings",
    [
        [*SCREENINGS[:1], *CHILDREN[:1]],  # the council has sent the line of all agencies alone
        changed(ABUSE, area_code="unplaced", la_code="unplaced"),  # no offence has a place yet
        changed(ABUSE, area_code="E05099999"),  # a ward that the lookup does not know
        changed(RESIDENTS, metric_id="population.aged_10_to_24"),
    ],
)
def test_what_may_still_come_is_no_difference(lake: duckdb.DuckDBPyConnection, postings: list[Posting]) -> None:
    held(lake, postings)


def test_a_feed_that_no_model_reads_is_named(lake: duckdb.DuckDBPyConnection) -> None:
    lake.execute("ATTACH ':memory:' AS lake; CREATE SCHEMA lake.journal")
    lake.execute("CREATE TABLE lake.journal.lineage (metric_id TEXT, kind TEXT, name TEXT, value TEXT)")
    lake.execute("INSERT INTO lake.journal.lineage VALUES ('2c.screenings', 'feed', 'treatment', '')")
    lake.executemany("INSERT INTO kpi.ledger VALUES (?, ?, ?, ?, ?, ?, ?)", SCREENINGS)
    with pytest.raises(CheckFailed, match=r"2c.screenings: feed ce_screening is declared, and its models read no row"):
        check(lake, DEFINITIONS)
