"""Batches of rows in a book, and the audit that its numbers are held against."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from safer_kpi.compute.explained import require_explained
from safer_kpi.compute.filling import insert_in_order
from safer_kpi.errors import CheckFailed

PROJECT = Path(__file__).resolve().parents[2]
#: More rows than DuckDB keeps in one group.
MANY = 200_000


@pytest.fixture
def book(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A book that is being written in one transaction, as a build writes it."""
    with duckdb.connect(config={"threads": "2"}) as connection:
        connection.execute(f"ATTACH '{tmp_path / 'book.duckdb'}' AS book; BEGIN; CREATE SCHEMA book.kpi; USE book")
        connection.execute("CREATE TABLE kpi.number (number BIGINT)")
        yield connection


def test_rows_after_an_empty_batch_are_seen_before_the_commit(book: duckdb.DuckDBPyConnection) -> None:
    batches = [0, MANY, 0, MANY]
    made = [insert_in_order(book, "kpi.number", f"SELECT -range AS number FROM range({rows})", "1") for rows in batches]
    assert made == batches
    assert book.execute("SELECT count(*), min(number) FROM kpi.number").fetchall() == [(2 * MANY, 1 - MANY)]
    assert book.execute("SELECT number FROM kpi.number LIMIT 1").fetchall() == [(1 - MANY,)]


@pytest.mark.parametrize(
    ("row", "is_explained"),
    [
        ("'final', 3, 1, 5, 1, 1, 0", True),
        ("'missing', NULL, NULL, NULL, 0, NULL, NULL", True),
        ("'final', NULL, NULL, NULL, 1, 1, 0", False),  # a final number has a value
        ("'incomplete', 3, 1, 5, 0.5, 1, 0", False),  # an incomplete one has none
        ("'settled', 3, 1, 5, 1, 1, 0", False),  # no status is called that
        ("'final', 3, 4, 5, 1, 1, 0", False),  # the value lies below its interval
        ("'final', 3, 1, 5, 1.5, 1, 0", False),  # more was received than expected
    ],
)
def test_a_status_that_does_not_fit_its_number_stops_a_build(
    book: duckdb.DuckDBPyConnection, row: str, is_explained: bool
) -> None:
    columns = "metric_id, status, value, lower, upper, coverage, placed, unplaced"
    book.execute(f"CREATE TABLE kpi.observation AS SELECT * FROM (VALUES ('1a.robbery', {row})) AS given({columns})")
    if is_explained:
        require_explained(book, PROJECT)
    else:
        with pytest.raises(CheckFailed, match=r"observation_is_explained: .* 1a\.robbery \(1\)"):
            require_explained(book, PROJECT)
