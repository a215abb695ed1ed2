"""The definitions of the project, written into the lake where the models read them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from safer_kpi.catalogue.definitions import POPULATION, load_definitions

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
}


def write(connection: duckdb.DuckDBPyConnection, project: Path) -> None:
    """Make ``journal.metric`` hold the project's definitions; nothing is written where it already does."""
    rows = [_row(definition, project) for definition in load_definitions(project)]
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"CREATE TABLE IF NOT EXISTS journal.metric ({columns})")
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
    """SHA-256 over the SQL that makes the metric: its ledger models, what they read, and the observation model."""
    digest = hashlib.sha256()
    counts = [name for name in (definition.numerator, definition.denominator) if name is not None]
    ledgers = [name if name == POPULATION else f"kpi_{name.partition('.')[0]}" for name in counts]
    paths = [project / "models" / "ledger" / f"{name}.sql" for name in sorted(set(ledgers))]
    paths += sorted((project / "models" / "core").glob("*.sql"))
    paths += sorted((project / "models" / "staging").glob("*.sql"))
    paths += [project / "models" / "kpi" / "observation.sql", project / "seeds" / "outcome_categories.csv"]
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
