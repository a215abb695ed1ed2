"""A count without any posting is told of if its source has rows: a misspelt value is valid SQL that no row meets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from safer_kpi.catalogue.count import Count
from safer_kpi.catalogue.definition import Definition
from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.compute.never_posted import warnings

BY_ID = {one.metric_id: one for one in load_definitions(Path(__file__).resolve().parents[2])}
ROBBERY, WEAPONS = BY_ID["1a.robbery"], BY_ID["1a.possession_of_weapons"]
RATE = next(one for one in BY_ID.values() if one.count is None)


@pytest.fixture
def book() -> Iterator[duckdb.DuckDBPyConnection]:
    """A book whose police file has come, and its lake, with the model of prod and of a preview: all without rows."""
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE SCHEMA kpi; CREATE TABLE kpi.entry (feed TEXT); CREATE TABLE kpi.ledger (metric_id TEXT)"
        )
        connection.execute("INSERT INTO kpi.entry VALUES ('police_street'), ('police_crm')")
        connection.execute("ATTACH ':memory:' AS lake")
        for schema in ("core", "core__dev"):
            connection.execute(f"CREATE SCHEMA lake.{schema}; CREATE TABLE lake.{schema}.offence (crime_type TEXT)")
        yield connection


def counting(count: Count) -> Definition:
    return replace(ROBBERY, count=count)


def test_a_source_without_rows_gives_no_warning(book: duckdb.DuckDBPyConnection) -> None:
    assert warnings(book, [ROBBERY, WEAPONS, RATE]) == ()


def test_a_metric_whose_feeds_nobody_has_sent_gives_no_warning(book: duckdb.DuckDBPyConnection) -> None:
    book.execute("INSERT INTO lake.core.offence VALUES ('Burglary'); DELETE FROM kpi.entry")
    assert warnings(book, [ROBBERY]) == ()
    book.execute("INSERT INTO kpi.entry VALUES ('police_street')")
    assert len(warnings(book, [ROBBERY])) == 1


def test_only_the_count_that_has_never_posted_is_told_of(book: duckdb.DuckDBPyConnection) -> None:
    book.execute("INSERT INTO lake.core.offence VALUES ('Robbery'); INSERT INTO kpi.ledger VALUES ('1a.robbery')")
    (told,) = warnings(book, [ROBBERY, WEAPONS, RATE])
    assert told.startswith(f"{WEAPONS.origin.at('count.where')}: 1a.possession_of_weapons: the metric has never posted")
    assert 'safer-kpi sql --lake "SELECT DISTINCT crime_type FROM core.offence"' in told


def test_a_preview_is_held_against_its_own_models(book: duckdb.DuckDBPyConnection) -> None:
    book.execute("INSERT INTO lake.core.offence VALUES ('Robbery')")
    assert warnings(book, [ROBBERY], environment="dev") == ()
    book.execute("INSERT INTO lake.core__dev.offence VALUES ('Robbery')")
    assert len(warnings(book, [ROBBERY], environment="dev")) == 1
    book.execute("INSERT INTO kpi.ledger VALUES ('1a.robbery')")
    assert warnings(book, [ROBBERY], environment="dev") == ()


@pytest.mark.parametrize(
    ("count", "columns"),
    [
        (
            Count(source="core.offence", where="crime_type = 'a' AND NOT is_msv OR crime_type = 'b'"),
            "crime_type, is_msv",
        ),
        (Count(source="core.offence", where="is_msv", amount="knives"), "is_msv, knives"),
        (Count(source="core.offence", amount="knives"), "knives"),
        (Count(source="core.offence"), "month"),
    ],
)
def test_the_query_shows_the_columns_that_decide(book: duckdb.DuckDBPyConnection, count: Count, columns: str) -> None:
    book.execute("INSERT INTO lake.core.offence VALUES ('c')")
    (told,) = warnings(book, [counting(count)])
    assert f'"SELECT DISTINCT {columns} FROM core.offence"' in told
