"""Warnings about counts that have never posted anything, although the model that they count has rows.

A misspelt value in a condition (``crime_type = 'Robery'``) is valid SQL that no row meets: nothing fails, and every
number is 0. A crime that is merely rare looks the same, so this is a warning and not a failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.catalogue.condition import columns_in
from safer_kpi.settings import PROD

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from safer_kpi.catalogue.count import Count
    from safer_kpi.catalogue.definition import Definition


def warnings(
    connection: duckdb.DuckDBPyConnection, definitions: Sequence[Definition], *, environment: str = PROD
) -> tuple[str, ...]:
    """Return one warning for each ``count`` without any posting in the book in use whose source has rows in the lake.

    Each names the definition's file and line, the metric, and the query that shows what to check.
    """
    suffix = "" if environment == PROD else f"__{environment}"
    posted = _values(connection, "metric_id", "kpi.ledger")
    # To look into the model of every feed that nobody has sent yet would take a seventh of a small lake's build.
    sent = _values(connection, "feed", "kpi.entry")
    silent = [
        (one, one.count)
        for one in definitions
        if one.count is not None and one.metric_id not in posted and not sent.isdisjoint(one.feeds)
    ]
    with_rows = {
        source for source in {count.source for _, count in silent} if _has_rows(connection, _in(source, suffix))
    }
    return tuple(_warning(one, count) for one, count in silent if count.source in with_rows)


def _in(source: str, suffix: str) -> str:
    """Return the name that a model has in an environment of the lake."""
    layer, _, name = source.partition(".")
    return f"lake.{layer}{suffix}.{name}"


def _values(connection: duckdb.DuckDBPyConnection, column: str, table: str) -> set[str]:
    return {row[0] for row in connection.execute(f"SELECT DISTINCT {column} FROM {table}").fetchall()}


def _has_rows(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchall())


def _warning(one: Definition, count: Count) -> str:
    decides = [*(columns_in(count.where) if count.where else ()), *([count.amount] if count.amount else ())]
    columns = ", ".join(decides or [count.month])
    return str(
        one.error(
            "count.where" if count.where else "count",
            f"the metric has never posted anything, although {count.source} has rows.",
            f"Check {'the condition against ' if count.where else ''}the values that the rows hold:"
            f' safer-kpi sql --lake "SELECT DISTINCT {columns} FROM {count.source}".'
            " If the partner may simply have had no such case so far, nothing needs to be done.",
        )
    )
