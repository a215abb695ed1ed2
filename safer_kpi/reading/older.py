"""Facts that files of older versions state in text alone: a denominator's kind in its name, its year in the unit.

Files of this version have them as columns (``kpi.metric.denominator_kind``, ``kpi.observation.denominator_year``).
Nothing but this module reads them from a text, and only in a file without those columns. The strategy stands in no text
of an older file: it is not recorded there. What was placed stands in none either: there it is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.errors import NotFound
from safer_kpi.reading.book import MAIN
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from safer_kpi.reading.book import Book

_KIND = """CASE
    WHEN denominator IS NULL THEN 'none'
    WHEN TRY_CAST(denominator AS BIGINT) IS NOT NULL THEN 'constant'
    WHEN split_part(denominator, '.', 1) = 'population' THEN 'residents'
    ELSE 'count'
  END"""
_YEAR = "TRY_CAST(regexp_extract(unit, '[(]mid-([0-9]{4}) estimate[)]', 1) AS INTEGER)"


def lacking(book: Book, needed: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the columns, as ``table.column``, that the file is too old to have, among those needed of each table."""
    return [
        f"{table}.{column}"
        for table, columns in needed.items()
        for column in columns
        if not book.has_column(table, column)
    ]


def require_columns(book: Book, what: str, needed: Mapping[str, Iterable[str]]) -> None:
    """Raise if the file is too old to tell something.

    Raises:
        NotFound: it lacks a column that is needed.
    """
    if missing := lacking(book, needed):
        raise NotFound(
            f"An older version wrote this file, without {', '.join(missing[:3])}: it does not tell {what}.",
            next_action="Run safer-kpi build, or read a later release.",
        )


def denominator_kind(book: Book, alias: str = MAIN) -> str:
    """Return the SQL, over the rows of ``kpi.metric`` of an attached file, for what a metric is divided by.

    One of ``none``, ``constant``, ``residents`` and ``count``.
    """
    return kind_of(is_column=book.has_column("metric", "denominator_kind", alias))


def kind_of(*, is_column: bool) -> str:
    """Return the SQL that ``denominator_kind`` promises, where the caller knows whether the file has the column."""
    return "denominator_kind" if is_column else _KIND


def denominator_year(book: Book, table: str = "observation", alias: str = MAIN) -> str:
    """Return the SQL, over the numbers of a table, for the year of the estimate of residents; NULL if it has none."""
    if not book.has_column(table, "denominator_year", alias):
        return _YEAR
    # A release that was made before the column has none in its certified numbers.
    return f"coalesce(denominator_year, {_YEAR})" if table == "certified" else "denominator_year"


#: Columns of numbers that older files lack, and the type of each.
_LATER = {"placed": "DOUBLE", "unplaced": "BIGINT"}


def given(book: Book, columns: Iterable[str], table: str, alias: str = MAIN) -> list[str]:
    """Return columns of a table of numbers as SQL; a column that the file is too old to have is NULL."""
    return [
        f"CAST(NULL AS {_LATER[column]}) AS {column}"
        if column in _LATER and not book.has_column(table, column, alias)
        else column
        for column in columns
    ]


def resident_ledgers(book: Book, alias: str = MAIN) -> frozenset[str]:
    """Return the ledgers that metrics of an attached file divide by as residents."""
    sql = f"SELECT DISTINCT denominator FROM {alias}.kpi.metric WHERE {denominator_kind(book, alias)} = 'residents'"
    return frozenset(row[0] for row in book.read(sql)[1])


def has_strategy(book: Book, table: str, release_id: str | None) -> bool:
    """Return whether a file has the strategy in ``kpi.<table>``: of a release, or of the build if that is None."""
    if not book.has_table(table):
        return False
    where = "" if release_id is None else f" WHERE release_id = {literal(release_id)}"
    return bool(book.read(f"SELECT count(*) FROM kpi.{table}{where}")[1][0][0])


#: Columns of receipts that older files lack, and the type of each.
_LATER_OF_RECEIPTS = {
    "hidden_rows": "BIGINT",
    "hidden_columns": "BIGINT",
    "hidden_sheets": "BIGINT",
    "archive_sha256": "VARCHAR",
    "fetched_from": "VARCHAR",
    "publisher_date": "TIMESTAMP",
}


def origin_columns(book: Book, alias: str = MAIN) -> str:
    """Return the SQL, over the rows of ``kpi.delivery``, for what a workbook hides and where a file came from."""
    return ", ".join(f"{receipt_column(book, name, alias)} AS {name}" for name in _LATER_OF_RECEIPTS)


def receipt_column(book: Book, name: str, alias: str = MAIN) -> str:
    """Return a column of ``kpi.delivery`` as SQL; one that the file is too old to have is NULL."""
    return name if book.has_column("delivery", name, alias) else f"CAST(NULL AS {_LATER_OF_RECEIPTS[name]})"


def listed(names: frozenset[str]) -> str:
    """Return names as a list in SQL for ``IN`` and ``NOT IN``; if there are none, a name that nothing has."""
    return ", ".join(literal(name) for name in sorted(names)) or "''"
