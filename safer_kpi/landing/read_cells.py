"""Read the cells of a parsed file as its contract declares them: the one place between a partner's text and the lake's.

One statement over columns; what is not declared, and what cannot be read, stays as it came. The bytes of the file keep
the text itself, and every row its number in it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from safer_kpi.landing.read_days import day_sql, month_sql
from safer_kpi.landing.read_figures import figure_sql, is_plain_sql
from safer_kpi.sql import identifier, literal

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.catalogue.layouts import Layout
    from safer_kpi.intake import Parsed


def read_cells(connection: duckdb.DuckDBPyConnection, layout: Layout, parsed: Parsed) -> Parsed:
    """Return the parsed rows with their cells read; the same where every cell is written as it is kept."""
    forms = layout.forms
    figures = {column: figure for column, figure in forms.figures.items() if column in parsed.columns}
    read = {
        **{column: figure_sql(column, figure) for column, figure in figures.items()},
        **{column: day_sql(column, told) for column, told in forms.days.items() if column in parsed.columns},
        **{column: month_sql(column, told) for column, told in forms.months.items() if column in parsed.columns},
    }
    if not read or not _needed(connection, parsed, [is_plain_sql(*one) for one in figures.items()], len(read)):
        return parsed
    cells = ", ".join(
        f"{read[column]} AS {identifier(column)}" if column in read else identifier(column) for column in parsed.columns
    )
    number = "source_row, " if parsed.numbered else ""
    beside = parsed.parquet.with_suffix(".read")
    connection.execute(
        f"COPY (SELECT {number}{cells} FROM ({parsed.relation_sql()})) TO {literal(str(beside))} (FORMAT parquet)"
    )
    beside.replace(parsed.parquet)
    return replace(parsed, constants={})


def _needed(connection: duckdb.DuckDBPyConnection, parsed: Parsed, plain: list[str], columns: int) -> bool:
    """Return whether a cell is written otherwise than it is kept; days in declared forms are always read."""
    if len(plain) < columns:
        return True
    query = f"SELECT 1 FROM ({parsed.relation_sql()}) WHERE NOT ({' AND '.join(plain)}) LIMIT 1"
    return bool(connection.execute(query).fetchall())
