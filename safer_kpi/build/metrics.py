"""The definitions of the project, written into the lake where the models read them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from safer_kpi.catalogue.definition_rules import is_constant, is_population
from safer_kpi.catalogue.definitions import load_definitions

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from safer_kpi.catalogue.definitions import Definition

COLUMNS = {
    "metric_id": "VARCHAR",
    "kpi": "VARCHAR",
    "definition_version": "INTEGER",
    "title": "VARCHAR",
    "statement": "VARCHAR",
    "unit": "VARCHAR",
    "kind": "VARCHAR",
    "polarity": "VARCHAR",
    "numerator": "VARCHAR",
    "denominator": "VARCHAR",
    "rate_base": "DOUBLE",
    "interval_method": "VARCHAR",
    "additive": "BOOLEAN",
    "settles_after_months": "INTEGER",
    "feeds": "VARCHAR[]",
    "caveats": "VARCHAR",
    "model_hash": "VARCHAR",
    "definition": "VARCHAR",
    "comparison": "VARCHAR",
    "baseline": "VARCHAR",
    "areas": "VARCHAR[]",
    "periods": "VARCHAR[]",
    "guards": "VARCHAR[]",
    "breakdowns": "VARCHAR[]",
    "sensitivity": "VARCHAR",
    "cadence": "VARCHAR",
}


def write(connection: duckdb.DuckDBPyConnection, project: Path) -> None:
    """Make ``journal.metric`` hold the project's definitions; nothing is written where it already does."""
    rows = [_row(definition, project) for definition in load_definitions(project)]
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"CREATE TABLE IF NOT EXISTS journal.metric ({columns})")
    found = {name: kind for name, kind, *_ in connection.execute("DESCRIBE journal.metric").fetchall()}
    if list(found.items()) != list(COLUMNS.items()):
        # Written by an older version. It holds nothing that the definitions do not say again.
        connection.execute(f"CREATE OR REPLACE TABLE journal.metric ({columns})")
    names = ", ".join(COLUMNS)
    stored = connection.execute(f"SELECT {names} FROM journal.metric ORDER BY metric_id").fetchall()
    if stored == rows:
        return
    connection.execute("BEGIN")
    connection.execute("DELETE FROM journal.metric")
    for row in rows:
        connection.execute(f"INSERT INTO journal.metric VALUES ({', '.join('?' for _ in row)})", list(row))
    connection.execute("COMMIT")


def _row(definition: Definition, project: Path) -> tuple[object, ...]:
    computed = {"model_hash": model_hash(definition, project), "definition": definition.as_json()}
    found = [computed[name] if name in computed else getattr(definition, name) for name in COLUMNS]
    return tuple(list(value) if isinstance(value, tuple) else value for value in found)


def model_hash(definition: Definition, project: Path) -> str:
    """SHA-256 over what makes the metric: its ledger models, all they may read, and the observation model."""
    digest = hashlib.sha256()
    models = project / "models"
    paths = [models / "ledger" / f"{name}.sql" for name in sorted(set(ledgers_of(definition)))]
    for folder, pattern in (
        (models / "core", "*.sql"),
        (models / "staging", "*.sql"),
        (project / "macros", "*.py"),
        (project / "seeds", "*.csv"),
    ):
        paths += sorted(folder.glob(pattern))
    paths.append(models / "kpi" / "observation.sql")
    for path in paths:
        digest.update(path.relative_to(project).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def ledgers_of(definition: Definition) -> list[str]:
    """The names of the ledger models that post a metric's counts."""
    counts = [definition.numerator]
    if definition.denominator is not None and not is_constant(definition.denominator):
        counts.append(definition.denominator)
    return ["population" if is_population(name) else f"kpi_{name.partition('.')[0]}" for name in counts]
