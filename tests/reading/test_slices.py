"""Hashes of many rows are those of few: what is read in parts is what is read at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import duckdb
import pytest

from safer_kpi.reading.sealing.slices import slices
from safer_kpi.reading.sealing.tables import table_hashes
from safer_kpi.reading.verifying.row_hash import row_hash

#: Of one metric many areas have rows, of one area many; of some rows the metric or the area is missing.
ROWS = """
    SELECT metric_id, area_code, 1 AS definition_version, 'month' AS period_type, period::VARCHAR AS period,
      'all' AS breakdown, period AS numerator, NULL::BIGINT AS denominator, period / 4 AS value, NULL::DOUBLE AS lower,
      NULL::DOUBLE AS upper, NULL::VARCHAR AS method, 'certified' AS status, 1.0::DOUBLE AS coverage, [period] AS parts
    FROM (VALUES ('a', 'E1', 2), ('a', 'E2', 5), ('b', 'E1', 1), ('c', 'E1', 3), ('c', 'E2', 3), ('c', 'E3', 30),
      ('c', 'E4', 1), ('d', 'E1', 2), ('e''s', 'E9', 40), (NULL, 'E1', 2), ('c', NULL, 4), (NULL, NULL, 1))
      AS given(metric_id, area_code, rows), LATERAL (SELECT unnest(range(rows)) AS period)
"""
#: Rows of the metric and area that has most: they are never divided.
LARGEST = 40
COUNT = 2 + 5 + 1 + 3 + 3 + 30 + 1 + 2 + 40 + 2 + 4 + 1


@pytest.fixture(scope="module")
def book() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH ':memory:' AS book; CREATE SCHEMA book.kpi; CREATE TABLE book.kpi.number AS {ROWS}")
        yield connection


@pytest.mark.parametrize("most", [1, 4, 7, 60, 1000])
def test_every_row_is_in_one_part(book: duckdb.DuckDBPyConnection, most: int) -> None:
    parts = slices(lambda sql: book.execute(sql).fetchall(), "book.kpi.number", most=most)
    assert (len(parts) == 1) == (most == 1000)
    met = " + ".join(f"(CASE WHEN {part} THEN 1 ELSE 0 END)" for part in parts)
    counted = book.execute(f"SELECT {met} AS times, count(*) FROM book.kpi.number GROUP BY times").fetchall()
    assert counted == [(1, COUNT)]
    for part in parts:
        ((rows,),) = book.execute(f"SELECT count(*) FROM book.kpi.number WHERE {part}").fetchall()
        assert rows < most + LARGEST


@pytest.mark.parametrize("most", [1, 7, 1000])
def test_the_row_hash_is_the_documented_one_however_few_rows_are_read_at_a_time(
    book: duckdb.DuckDBPyConnection, most: int
) -> None:
    lines: dict[tuple[str, str], list[bytes]] = {}
    rows = "SELECT metric_id, area_code, numerator FROM book.kpi.number WHERE (metric_id || area_code) IS NOT NULL"
    for metric_id, area_code, number in book.execute(rows).fetchall():
        cells = [metric_id, "1", area_code, "month", f"{number}", "all", f"{number}", "", f"{number / 4:.12e}", "", ""]
        line = "\t".join([*cells, "", "certified", f"{1:.12e}"]).encode()
        lines.setdefault((metric_id, area_code), []).append(line)
    hashed = {pair: hashlib.sha256(b"\n".join(sorted(own))).hexdigest() for pair, own in lines.items()}
    parts = sorted("\t".join([*pair, own]).encode() for pair, own in hashed.items())
    assert row_hash(book, "book.kpi.number", most=most) == hashlib.sha256(b"\n".join(parts)).hexdigest()


def test_tables_that_are_large_are_hashed_as_small_ones(book: duckdb.DuckDBPyConnection) -> None:
    assert table_hashes(book, "book", large=3) == table_hashes(book, "book", large=1000)
