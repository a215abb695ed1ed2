"""``kpi.component``: everything a metric's number rests on, each with a value that changes when it does.

A release's certificate of a metric is bound to the components it had when the release was drafted. Compared with those
of today they say whether the certificate still speaks for what is live, and what has changed where it does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.compute import lineage
from safer_kpi.sql import statement

if TYPE_CHECKING:
    import duckdb

DESCRIPTION = "One thing that a metric's number rests on."
COLUMNS = {
    "metric_id": "Metric",
    "kind": "definition, contract, deliveries, coverage, model, code, seed, package or snapshot",
    "name": "Which: a feed, a model, a file of seeds",
    "value": "Its version, fingerprint or hash: another one where it is another thing",
}


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``kpi.component``, empty, in the book in use."""
    connection.execute(f"CREATE TABLE kpi.component ({', '.join(f'{name} VARCHAR' for name in COLUMNS)})")


def write(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill ``kpi.component`` of the book in use anew, beside the attached lake it is written from."""
    # A lake that was built by an older version, and not since, knows no lineage yet.
    none = "(SELECT '' AS metric_id, '' AS kind, '' AS name, '' AS value WHERE FALSE)"
    known = none if lineage.digest(connection) is None else "lake.journal.lineage"
    columns, query = ", ".join(COLUMNS), statement("safer_kpi.compute", "components", lineage=known)
    connection.execute("DELETE FROM kpi.component")
    connection.execute(f"INSERT INTO kpi.component SELECT {columns} FROM ({query}) AS component")
