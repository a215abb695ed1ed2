"""What a file states in columns is taken from them; a name or a unit is read only in a file of an older version."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

import safer_kpi
from safer_kpi.reading.older import denominator_year, resident_ledgers

COLUMNS = """
ALTER TABLE book.kpi.metric ADD COLUMN denominator_kind VARCHAR;
UPDATE book.kpi.metric SET denominator_kind = CASE WHEN denominator IS NULL THEN 'none' ELSE 'count' END;
ALTER TABLE book.kpi.certified ADD COLUMN denominator_year INTEGER;
"""
YEARS = """
SELECT {year}
FROM (VALUES ('per 1,000 residents (mid-2019 estimate)', NULL), ('rate', 2021)) AS n(unit, {name})
"""


@pytest.fixture
def file(tmp_path: Path, book_writer: Callable[..., Path]) -> Path:
    return book_writer(tmp_path / "safer_kpi.duckdb")


def test_a_file_of_an_older_version_is_read_by_its_texts(file: Path) -> None:
    with safer_kpi.open(file.parent) as lake:
        assert resident_ledgers(lake.book) == {"population"}
        year = denominator_year(lake.book)
        assert lake.book.read(YEARS.format(year=year, name="x"))[1] == [(2019,), (None,)]


def test_a_column_decides_whatever_the_name_says(file: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{file}' AS book; {COLUMNS}")
    with safer_kpi.open(file.parent) as lake:
        # The ledger is called population, and the file says that it is a count like any other.
        assert resident_ledgers(lake.book) == frozenset()
        year = denominator_year(lake.book, "certified")
        # A number that an older version certified has its year in the unit alone.
        assert lake.book.read(YEARS.format(year=year, name="denominator_year"))[1] == [(2019,), (2021,)]
