"""Turn a table whose headers are values, such as a column per year, into one row per value."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from safer_kpi.sql import identifier, literal

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.catalogue.layouts import Layout
    from safer_kpi.intake import Parsed


def unpivoted(connection: duckdb.DuckDBPyConnection, feed: Feed, layout: Layout, parsed: Parsed) -> Parsed:
    """Return the parsed rows with a row per header that is a value, as the contract says; other rows as they are.

    The rows of one record share its source row, and it still counts as one row read.
    """
    values = [column for column in parsed.columns if feed.is_value_header(column)]
    if feed.unpivot is None or not values:
        return parsed
    beside = parsed.parquet.with_suffix(".long")
    name, value = (identifier(feed.unpivot[part]) for part in ("name", "value"))
    connection.execute(
        f"""COPY (
            SELECT * FROM ({parsed.relation_sql()}) AS wide
            UNPIVOT INCLUDE NULLS ({value} FOR {name} IN ({", ".join(identifier(column) for column in values)}))
            ORDER BY source_row, {name}
        ) TO {literal(str(beside))} (FORMAT parquet)"""
    )
    beside.replace(parsed.parquet)
    columns = tuple(column for column in layout.columns if column in {*parsed.columns, *feed.unpivot.values()})
    return replace(parsed, columns=columns, numbered=True, constants={})
