"""Count for each column the cells that look like identifiers, in one pass over the distinct cells of a file.

No cell leaves DuckDB: the results are counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.intake.identifier_query import holds_nothing, tally_query
from safer_kpi.sql import identifier

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import duckdb

#: Files of more rows are searched column by column.
_SHORT = 60_000
_LOOKED_AT = 10_000


@dataclass(frozen=True, kw_only=True)
class Cells:
    """The cells of one file to search.

    Attributes:
        relation_sql: a SELECT of text columns; every row is searched.
        columns: the columns to search, each a place from ``first`` on.
        first: the place of the first column; places tell the files of one search apart.
        outside_sql: a SELECT of ``place`` and ``cell``, of texts outside the table.
        texts: more texts, each with its place.
        rows: how many rows the relation has at most, if that is known.
    """

    relation_sql: str
    columns: Sequence[str]
    first: int = 0
    outside_sql: str | None = None
    texts: Sequence[tuple[int, str]] = ()
    rows: int | None = None


def tallies(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Cells], *, received_on: dt.date
) -> list[dict[str, Any]]:
    """Return the counts by name of each place with text, in order: of each file the columns and the places beyond.

    Args:
        connection: where the relations can be read.
        files: the files; only short ones are searched together.
        received_on: the day they came.
    """
    is_short = all(_is_short(connection, file) for file in files)
    parts = []
    for file in files:
        if file.columns:
            cells = _cells_of_a_short_file if is_short else _cells_of_a_long_file
            parts.append(cells(connection, file))
        if file.outside_sql:
            parts.append(f"SELECT 'c' || place AS place, cell FROM ({file.outside_sql})")
    texts = [text for file in files for text in file.texts]
    bound: list[object] = []
    if texts:
        parts.append("SELECT 'c' || unnest(?::INTEGER[]) AS place, unnest(?::VARCHAR[]) AS cell")
        bound = [[place for place, _ in texts], [text for _, text in texts]]
    if not parts:
        return []
    count = _counted_by_prepared if is_short else _counted
    names, rows = count(connection, " UNION ALL ".join(parts), bound, received_on)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _counted(
    connection: duckdb.DuckDBPyConnection, cells: str, bound: Sequence[object], received_on: dt.date
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the names of the counts, and them by place."""
    found = connection.execute(tally_query(cells, f"DATE '{received_on}'"), bound)
    return [column[0] for column in found.description], found.fetchall()


def _counted_by_prepared(
    connection: duckdb.DuckDBPyConnection, cells: str, bound: Sequence[object], received_on: dt.date
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the same, by a statement that is planned once for a connection: for a short file that is most of the work.

    The cells stand in a table for as long as the statement runs, and are never committed to it. It is planned without
    the statistics of that table, which say that it is empty.
    """
    connection.execute("SET disabled_optimizers = 'statistics_propagation'")
    if not connection.execute("SELECT 1 FROM duckdb_prepared_statements() WHERE name = 'tally'").fetchall():
        connection.execute("CREATE OR REPLACE TEMP TABLE cell_to_search (place VARCHAR, cell VARCHAR)")
        connection.execute(f"PREPARE tally AS {tally_query('FROM cell_to_search', '$1::DATE')}")
    connection.execute("BEGIN")
    try:
        connection.execute(f"INSERT INTO cell_to_search {cells}", bound)
        found = connection.execute(f"EXECUTE tally(DATE '{received_on}')")
        return [column[0] for column in found.description], found.fetchall()
    finally:
        connection.execute("ROLLBACK")
        connection.execute("RESET disabled_optimizers")


def _is_short(connection: duckdb.DuckDBPyConnection, file: Cells) -> bool:
    if not file.columns or (file.rows is not None and file.rows <= _SHORT):
        return True
    return not connection.execute(f"SELECT 1 FROM ({file.relation_sql}) OFFSET {_SHORT} LIMIT 1").fetchall()


def _cells_of_a_short_file(_: duckdb.DuckDBPyConnection, file: Cells) -> str:
    """Return the SQL of the distinct cells of all rows: ``place`` of the column and ``cell``."""
    places = ", ".join(f"c{place}" for place in range(file.first, file.first + len(file.columns)))
    return f"SELECT place, cell FROM (UNPIVOT ({_placed(file)}) ON {places} INTO NAME place VALUE cell) GROUP BY ALL"


def _cells_of_a_long_file(connection: duckdb.DuckDBPyConnection, file: Cells) -> str:
    """Return the same with one query for each column: a third of the time in a long file, and longer to plan."""
    places = range(file.first, file.first + len(file.columns))
    counts = ", ".join(f"count(DISTINCT c{place})" for place in places)
    distinct = connection.execute(f"SELECT {counts} FROM ({_placed(file)} LIMIT {_LOOKED_AT})").fetchall()[0]
    parts = []
    for place, name, differ in zip(places, file.columns, distinct, strict=True):
        cell = f"{identifier(name)}::VARCHAR"
        # Where most cells differ, as hashes and coordinates do, it is quicker to leave out first what holds nothing.
        kept = f"NOT {holds_nothing(cell)}" if 2 * differ > _LOOKED_AT else f"{cell} IS NOT NULL"
        parts.append(f"SELECT 'c{place}' AS place, {cell} AS cell FROM ({file.relation_sql}) WHERE {kept} GROUP BY ALL")
    return " UNION ALL ".join(parts)


def _placed(file: Cells) -> str:
    fields = ", ".join(
        f"{identifier(name)}::VARCHAR AS c{place}" for place, name in enumerate(file.columns, file.first)
    )
    return f"SELECT {fields} FROM ({file.relation_sql})"
