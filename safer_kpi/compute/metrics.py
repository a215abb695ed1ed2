"""Write the definitions of the project into the lake, where the models read them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.compute import derived
from safer_kpi.compute.model_files import made_of, seeds_of
from safer_kpi.files import sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import duckdb

    from safer_kpi.catalogue.definition import Definition
    from safer_kpi.compute.model_files import MadeOf

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
    "seeds": "VARCHAR",
    "definition": "VARCHAR",
    "comparison": "VARCHAR",
    "baseline": "VARCHAR",
    "areas": "VARCHAR[]",
    "periods": "VARCHAR[]",
    "guards": "VARCHAR[]",
    "breakdowns": "VARCHAR[]",
    "sensitivity": "VARCHAR",
    "cadence": "VARCHAR",
    "denominator_kind": "VARCHAR",
    "baseline_type": "VARCHAR",
    "baseline_start": "DATE",
    "looks_back_months": "INTEGER",
}

DDL = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())


def write(connection: duckdb.DuckDBPyConnection, project: Path) -> None:
    """Make ``journal.metric`` hold the project's definitions; write nothing if it already does."""
    derived.write(connection, "metric", COLUMNS, definition_rows(project), order="metric_id")


def definition_rows(project: Path) -> list[tuple[object, ...]]:
    """Return one row of ``COLUMNS`` per metric of the project, by metric id."""
    definitions = load_definitions(project)
    parts = made_of(project, definitions)
    return [_row(one, project, parts[one.metric_id]) for one in definitions]


def _row(definition: Definition, project: Path, parts: MadeOf) -> tuple[object, ...]:
    computed = {
        "model_hash": _model_hash(project, parts),
        "seeds": seed_hashes(project, parts.files),
        "definition": definition.as_json(),
    }
    found = [computed[name] if name in computed else getattr(definition, name) for name in COLUMNS]
    return tuple(list(value) if isinstance(value, tuple) else value for value in found)


def model_hashes(project: Path) -> dict[str, str]:
    """Return the SHA-256 of how each metric is counted, by its id.

    It covers the counts, the models and all they read, the macros and the observation model, but not the lists of
    codes: those have hashes of their own, so that a changed list can be told from a changed model. Nor over what
    other metrics count, which stands in no file of these.
    """
    definitions = load_definitions(project)
    return {name: _model_hash(project, parts) for name, parts in made_of(project, definitions).items()}


def _model_hash(project: Path, parts: MadeOf) -> str:
    digest = hashlib.sha256()
    macros = sorted((project / "macros").glob("*.py"))
    for path in [*parts.files, *macros, project / "models" / "kpi" / "observation.sql"]:
        digest.update(path.relative_to(project).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for count in parts.counts:
        digest.update(count.encode() + b"\0")
    return digest.hexdigest()


def seed_hashes(project: Path, models: Iterable[Path]) -> str:
    """Return the SHA-256 of each list under ``seeds`` that the models read, by its file, as JSON."""
    found = {path.relative_to(project.resolve()).as_posix(): sha256_of(path) for path in seeds_of(project, models)}
    return json.dumps(found, sort_keys=True)
