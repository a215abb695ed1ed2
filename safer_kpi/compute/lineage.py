"""What each metric's number is made with: the models above it and the feeds they read, as SQLMesh sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.compute.metrics import ledgers_of
from safer_kpi.lake.journal import has_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import duckdb
    from sqlmesh import Context
    from sqlmesh.core.snapshot import Snapshot

COLUMNS = "metric_id VARCHAR, kind VARCHAR, name VARCHAR, value VARCHAR"
Row = tuple[str, str, str, str]


def digest(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The digest of the project whose lineage the lake knows; None where it knows none."""
    if not has_table(connection, "lineage"):
        return None
    found = connection.execute("SELECT value FROM lake.journal.lineage WHERE kind = 'digest'").fetchall()
    return str(found[0][0]) if found else None


def write(connection: duckdb.DuckDBPyConnection, rows: list[Row]) -> None:
    """Make ``journal.lineage`` hold ``rows``: one thing a metric is made with."""
    connection.execute(f"CREATE TABLE IF NOT EXISTS journal.lineage ({COLUMNS})")
    connection.execute("BEGIN")
    connection.execute("DELETE FROM journal.lineage")
    connection.execute(
        "INSERT INTO journal.lineage SELECT unnest(?), unnest(?), unnest(?), unnest(?)",
        [list(column) for column in zip(*rows, strict=True)],
    )
    connection.execute("COMMIT")


def rows_of(context: Context, project: Path, project_digest: str) -> list[Row]:
    """The lineage of every metric of the project, and one row of kind ``digest`` that says which project that is.

    ``kind`` is ``model`` (value: SQLMesh's fingerprint of the model's own text and of all above it) or ``feed`` (no
    value: its contract, deliveries and coverage are the lake's to tell).
    """
    snapshots = context.snapshots  # computed anew whenever it is asked for
    definitions = load_definitions(project)
    above = {
        ledger: list(_above(context, snapshots, ledger))
        for ledger in sorted({ledger for definition in definitions for ledger in ledgers_of(definition)})
    }
    # Of its own text alone: above the observations lies every metric, and one must not speak for another.
    own = snapshots[context.get_model("kpi.observation", raise_if_missing=True).fqn].fingerprint.data_hash
    found = {
        (definition.metric_id, *row)
        for definition in definitions
        for row in [("model", "kpi.observation", own), *(row for name in ledgers_of(definition) for row in above[name])]
    }
    return [("", "digest", "", project_digest), *sorted(found)]


def _above(context: Context, snapshots: Mapping[str, Snapshot], ledger: str) -> Iterator[tuple[str, str, str]]:
    """A ledger's model and everything it reads, directly or through others."""
    own = context.get_model(f"ledger.{ledger}", raise_if_missing=True).fqn
    for fqn in [own, *context.dag.upstream(own)]:
        model = context.models.get(fqn)
        if model is None:
            continue
        schema, _, name = model.name.rpartition(".")
        if schema == "landing":
            yield "feed", name, ""
        elif not model.kind.is_external and not model.kind.is_seed:
            yield "model", model.name, snapshots[fqn].fingerprint.to_identifier()
