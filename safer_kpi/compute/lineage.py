"""The lineage of each metric: the models above it and the feeds that they read, as SQLMesh sees them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.compute.model_files import made_of
from safer_kpi.lake.journal import has_table
from safer_kpi.lake.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import duckdb
    from sqlmesh import Context
    from sqlmesh.core.snapshot import Snapshot

COLUMNS = "metric_id VARCHAR, kind VARCHAR, name VARCHAR, value VARCHAR"
Row = tuple[str, str, str, str]


def digest(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return the digest of the project whose lineage the lake knows; None if it knows none."""
    if not has_table(connection, "lineage"):
        return None
    found = connection.execute("SELECT value FROM lake.journal.lineage WHERE kind = 'digest'").fetchall()
    return str(found[0][0]) if found else None


def write(connection: duckdb.DuckDBPyConnection, rows: list[Row]) -> None:
    """Make ``journal.lineage`` hold ``rows``: one thing a metric is made with."""
    connection.execute(f"CREATE TABLE IF NOT EXISTS journal.lineage ({COLUMNS})")
    with transaction(connection):
        connection.execute("DELETE FROM journal.lineage")
        connection.execute(
            "INSERT INTO journal.lineage SELECT unnest(?), unnest(?), unnest(?), unnest(?)",
            [list(column) for column in zip(*rows, strict=True)],
        )


def rows_of(context: Context, project: Path, project_digest: str) -> list[Row]:
    """The lineage of every metric of the project, and one row of kind ``digest`` that says which project that is.

    ``kind`` is ``model`` (value: SQLMesh's fingerprint of the model's own text and of all above it) or ``feed`` (no
    value: its contract, deliveries and coverage are the lake's to tell). Of the shared ledger a metric's value is that
    of its own count: what another metric counts is not what it is made with.
    """
    snapshots = context.snapshots  # computed anew whenever it is asked for
    definitions = load_definitions(project)
    parts = made_of(project, definitions)
    read = {f"ledger.{name}" for each in parts.values() for name in each.ledgers}
    read |= {source for each in parts.values() for source in each.sources}
    above = {name: list(_above(context, snapshots, name)) for name in sorted(read)}
    # Of its own text alone: above the observations lies every metric, and one must not speak for another.
    own = snapshots[context.get_model("kpi.observation", raise_if_missing=True).fqn].fingerprint.data_hash
    found = set()
    for one in definitions:
        made = parts[one.metric_id]
        found.add((one.metric_id, "model", "kpi.observation", own))
        for name in (*(f"ledger.{ledger}" for ledger in made.ledgers), *made.sources):
            found.update((one.metric_id, *row) for row in above[name])
        for ledger in made.shared:
            found.add((one.metric_id, "model", f"ledger.{ledger}", _count_hash(context, ledger, made.counts)))
    return [("", "digest", "", project_digest), *sorted(found)]


def _count_hash(context: Context, ledger: str, counts: Iterable[str]) -> str:
    """Return a hash of what a shared ledger does with these counts: its query, the macros it uses and the counts."""
    from sqlmesh.core.constants import SQLMESH_VARS
    from sqlmesh.core.model import SqlModel

    model = context.get_model(f"ledger.{ledger}", raise_if_missing=True)
    used = [f"{name} {code.payload}" for name, code in sorted(model.python_env.items()) if name != SQLMESH_VARS]
    texts = [model.query.sql(dialect="duckdb") if isinstance(model, SqlModel) else "", *used, *counts]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def _above(context: Context, snapshots: Mapping[str, Snapshot], name: str) -> Iterator[tuple[str, str, str]]:
    """Return a model and everything it reads, directly or through others."""
    own = context.get_model(name, raise_if_missing=True).fqn
    for fqn in [own, *context.dag.upstream(own)]:
        model = context.models.get(fqn)
        if model is None:
            continue
        schema, _, short = model.name.rpartition(".")
        if schema == "landing":
            yield "feed", short, ""
        elif not model.kind.is_external and not model.kind.is_seed:
            yield "model", model.name, snapshots[fqn].fingerprint.to_identifier()
