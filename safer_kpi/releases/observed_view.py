"""The rule of observations as a lake holds it: the text of its view, asked for few metrics and areas at a time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from safer_kpi.lake.connection import CATALOGUE

if TYPE_CHECKING:
    import duckdb

#: Where DuckLake writes the name of a lake's catalogue in the text of a view.
_CATALOGUE = "{DUCKLAKE_CATALOG}"
_OTHER = re.compile(r"SELECT \* FROM \{DUCKLAKE_CATALOG\}\.(?P<schema>\w+)\.(?P<view>\w+)")
_GIVEN = "asked"


def counted_and_hashed(connection: duckdb.DuckDBPyConnection, columns: str) -> tuple[int, int | None]:
    """Return the number of rows of ``lake.kpi.observation`` and the sum of the hashes of some columns.

    The connection is to a lake at a snapshot. The view would make all numbers at one time, so its text is asked for
    batches of them.
    """
    from safer_kpi.compute.observations import (
        ASKED,
        EVERY,
        in_batches,
    )  # heavy: a lake without a read file does without

    query = _asked_for(_text(connection, "kpi", "observation"), ASKED)
    rows, hashes = 0, None
    for _ in in_batches(connection, EVERY):
        ((more, summed),) = connection.execute(
            f"SELECT count(*), sum(hash({columns})::HUGEINT) FROM ({query}) AS number"
        ).fetchall()
        rows, hashes = rows + more, hashes if summed is None else (hashes or 0) + summed
    return rows, hashes


def _text(connection: duckdb.DuckDBPyConnection, schema: str, view: str) -> str:
    """Return the text of a view; of one that gives another's rows that one's."""
    ((text,),) = connection.execute(
        f"""SELECT v.sql FROM {CATALOGUE}.ducklake_view AS v
        JOIN {CATALOGUE}.ducklake_schema AS s ON s.schema_id = v.schema_id
        WHERE s.schema_name = ? AND v.view_name = ? AND v.end_snapshot IS NULL AND s.end_snapshot IS NULL""",
        [schema, view],
    ).fetchall()
    other = _OTHER.fullmatch(str(text))
    return str(text) if other is None else _text(connection, other["schema"], other["view"])


def _asked_for(text: str, table: str) -> str:
    """Return the text of the view with the pairs of a table as what is asked for."""
    from sqlglot import exp, parse_one

    query = parse_one(text.replace(_CATALOGUE, "lake"), dialect="duckdb", into=exp.Select)
    (given,) = [cte for cte in query.ctes if cte.alias == _GIVEN]
    given.set("this", exp.select("metric_id", "area_code").from_(exp.to_table(f"temp.main.{table}")))
    return query.sql(dialect="duckdb")
