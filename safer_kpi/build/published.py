"""The published releases of a lake, as ``kpi.certified``, ``kpi.certified_verdict`` and ``kpi.release``."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import LakeBroken

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

_RELEASE = """release_id VARCHAR, quarter VARCHAR, published_at TIMESTAMP, last_entry BIGINT, known_at TIMESTAMP,
    supersedes VARCHAR, approved_by VARCHAR[], manifest_sha256 VARCHAR, previous_manifest_sha256 VARCHAR,
    row_hash VARCHAR"""
_CERTIFIED = """CREATE TABLE kpi.{table} AS
    SELECT *, NULL::VARCHAR AS release_id, NULL::TIMESTAMP AS known_at FROM kpi.{like} WHERE FALSE"""


def write(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make and fill the tables from every release under ``folder``.

    ``kpi.observation`` must be there, and ``kpi.verdict`` where verdicts are to be read: a release published before
    there were any has none.

    Raises:
        LakeBroken: a release has no manifest or lacks its observations.
    """
    connection.execute(_CERTIFIED.format(table="certified", like="observation"))
    connection.execute(f"CREATE TABLE kpi.release ({_RELEASE})")
    releases = sorted(path for path in folder.glob("[!.]*") if path.is_dir()) if folder.is_dir() else []
    for release in releases:
        _check(release)
        connection.execute(
            "INSERT INTO kpi.release SELECT * FROM "
            f"(SELECT unnest(from_json({_quoted(json.dumps(_row(release)))}, {_quoted(_json_type())})))"
        )
    _insert(connection, "certified", [release / "observation.parquet" for release in releases])
    if _has_verdicts(connection):
        connection.execute(_CERTIFIED.format(table="certified_verdict", like="verdict"))
        verdicts = [release / "verdict.parquet" for release in releases]
        _insert(connection, "certified_verdict", [file for file in verdicts if file.is_file()])


def _insert(connection: duckdb.DuckDBPyConnection, table: str, paths: list[Path]) -> None:
    if paths:
        files = ", ".join(_quoted(str(path)) for path in paths)
        connection.execute(
            f"INSERT INTO kpi.{table} BY NAME SELECT * FROM read_parquet([{files}], union_by_name => true) "
            "ORDER BY release_id, metric_id, area_code, period_type, period_start"
        )


def _has_verdicts(connection: duckdb.DuckDBPyConnection) -> bool:
    found = connection.execute(
        "SELECT count(*) FROM duckdb_tables() "
        "WHERE database_name = current_database() AND schema_name = 'kpi' AND table_name = 'verdict'"
    ).fetchall()
    return bool(found[0][0])


def _check(release: Path) -> None:
    missing = [name for name in ("manifest.json", "observation.parquet") if not (release / name).is_file()]
    if missing:
        raise LakeBroken(
            f"Release {release.name} lacks {', '.join(missing)}.", next_action="Run safer-kpi verify, then restore it."
        )


def _row(release: Path) -> dict[str, Any]:
    text = (release / "manifest.json").read_bytes()
    manifest = json.loads(text)
    previous = manifest["previous"] or {}
    kept = ("release_id", "quarter", "published_at", "last_entry", "known_at", "supersedes")
    return {name: manifest[name] for name in kept} | {
        "approved_by": [approval["name"] for approval in manifest["approvals"]],
        "manifest_sha256": hashlib.sha256(text).hexdigest(),
        "previous_manifest_sha256": previous.get("manifest_sha256"),
        "row_hash": manifest["row_hash"],
    }


def _json_type() -> str:
    pairs = (part.split() for part in _RELEASE.replace("\n", " ").split(", "))
    return json.dumps({name: [kind.removesuffix("[]")] if kind.endswith("[]") else kind for name, kind in pairs})


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
