"""The published releases of a lake.

``kpi.certified``, ``certified_verdict``, ``certified_metric``, ``certified_strategy``, ``certificate`` and ``release``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.release_format import require_format
from safer_kpi.errors import LakeBroken
from safer_kpi.files import bytes_of, sha256_of
from safer_kpi.judging.columns import TERMS
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

_RELEASE = """release_id VARCHAR, quarter VARCHAR, published_at TIMESTAMP, last_entry BIGINT, known_at TIMESTAMP,
    supersedes VARCHAR, approved_by VARCHAR[], manifest_sha256 VARCHAR, previous_manifest_sha256 VARCHAR,
    row_hash VARCHAR, revision VARCHAR, reason VARCHAR, status VARCHAR, withdrawn_reason VARCHAR"""
_SEALED = "release_id VARCHAR, manifest VARCHAR, seals VARCHAR"
_APPROVER_CHANGE = "number BIGINT, change VARCHAR"
_CERTIFICATE = "release_id VARCHAR, metric_id VARCHAR, kind VARCHAR, name VARCHAR, value VARCHAR"
_METRIC = ", ".join(f"{name} {kind}" for name, kind in (TERMS | {"release_id": "VARCHAR"}).items())
_ORDER = "release_id, metric_id, area_code, period_type, period_start"
#: What a release holds beside its numbers, and the order of the rows.
_STAMPED = {"verdict": _ORDER, "strategy": "release_id, place"}
_CERTIFIED = """CREATE TABLE kpi.{table} AS
    SELECT *, NULL::VARCHAR AS release_id, NULL::TIMESTAMP AS known_at FROM kpi.{like} WHERE FALSE"""


def write(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make the tables, and fill them from every release under ``folder``; see ``create`` and ``renew``."""
    create(connection)
    renew(connection, folder)


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables, empty.

    ``kpi.observation`` must be there, and ``kpi.verdict`` and ``kpi.strategy`` where these are to be read: a release
    published before there were any has none.
    """
    connection.execute(_CERTIFIED.format(table="certified", like="observation"))
    connection.execute("ALTER TABLE kpi.certified ADD COLUMN note VARCHAR")
    connection.execute(f"CREATE TABLE kpi.release ({_RELEASE})")
    connection.execute(f"CREATE TABLE kpi.certificate ({_CERTIFICATE})")
    connection.execute(f"CREATE TABLE kpi.sealed ({_SEALED})")
    connection.execute(f"CREATE TABLE kpi.certified_metric ({_METRIC})")
    connection.execute(f"CREATE TABLE kpi.approver_change ({_APPROVER_CHANGE})")
    for like in _STAMPED:
        if _has_table(connection, like):
            connection.execute(_CERTIFIED.format(table=f"certified_{like}", like=like))


def renew(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make the tables hold every release under ``folder``; those that they hold already stay as they are.

    Raises:
        LakeBroken: a release has no manifest or lacks its observations.
    """
    rows = release_rows(folder)
    connection.execute(f"CREATE TEMP TABLE published ({_RELEASE})")
    for row in rows:
        connection.execute(
            "INSERT INTO published BY NAME SELECT * FROM "
            f"(SELECT unnest(from_json({literal(json.dumps(row))}, {literal(_json_type())})))"
        )
    others = "SELECT release_id FROM (FROM {one} EXCEPT FROM {other})"
    for (name,) in connection.execute(others.format(one="kpi.release", other="published")).fetchall():
        _forget(connection, name)
    new = {name for (name,) in connection.execute(others.format(one="published", other="kpi.release")).fetchall()}
    connection.execute("DELETE FROM kpi.release; INSERT INTO kpi.release FROM published; DROP TABLE published")
    _insert_all(connection, [folder / row["release_id"] for row in rows if row["release_id"] in new])
    connection.execute("DELETE FROM kpi.approver_change")
    _insert_changes(connection, folder)


def _forget(connection: duckdb.DuckDBPyConnection, release_id: str) -> None:
    for table in (
        "certified",
        "certified_metric",
        "certificate",
        "sealed",
        *(f"certified_{like}" for like in _STAMPED),
    ):
        if _has_table(connection, table):
            connection.execute(f"DELETE FROM kpi.{table} WHERE release_id = {literal(release_id)}")


def _insert_all(connection: duckdb.DuckDBPyConnection, releases: list[Path]) -> None:
    """Insert what the folders of releases hold."""
    _insert(connection, "certified", [release / "observation.parquet" for release in releases])
    names = ", ".join(literal(release.name) for release in releases) or "NULL"
    connection.execute(
        "UPDATE kpi.certified SET status = 'withdrawn' WHERE status IN ('certified', 'provisional') "
        f"AND release_id IN ({names}) "
        "AND release_id IN (SELECT release_id FROM kpi.release WHERE status = 'withdrawn')"
    )
    for release in releases:
        _insert_certificates(connection, release)
        _insert_seals(connection, release)
        _insert_terms(connection, release)
    for like, order in _STAMPED.items():
        if _has_table(connection, f"certified_{like}"):
            files = [release / f"{like}.parquet" for release in releases]
            _insert(connection, f"certified_{like}", [file for file in files if file.is_file()], order)


def release_rows(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of ``kpi.release`` from every release under ``folder``, in the order of the chain; times as text.

    Raises:
        LakeBroken: a release has no manifest or lacks its observations.
        ReleaseFormat: a newer version of this package made one.
    """
    found = sorted(path for path in folder.glob("[!.]*") if path.is_dir()) if folder.is_dir() else []
    for release in found:
        _check(release)
    manifests = {release.name: json.loads(bytes_of(release / "manifest.json")) for release in found}
    for manifest in manifests.values():
        require_format(manifest)
    superseded = {manifest["supersedes"] for manifest in manifests.values()}
    rows = [_row(release, manifests[release.name], is_superseded=release.name in superseded) for release in found]
    return sorted(rows, key=lambda row: row["published_at"])


def _insert_certificates(connection: duckdb.DuckDBPyConnection, release: Path) -> None:
    """Insert what each certificate of a release is bound to; a release older than certificates has none."""
    file = release / "certificates.json"
    if not file.is_file():
        return
    rows = [
        {"release_id": release.name, "metric_id": metric_id, **component}
        for metric_id, components in json.loads(bytes_of(file)).items()
        for component in components
    ]
    kind = (
        '[{"release_id": "VARCHAR", "metric_id": "VARCHAR", "kind": "VARCHAR", "name": "VARCHAR", "value": "VARCHAR"}]'
    )
    connection.execute(
        f"INSERT INTO kpi.certificate SELECT unnest(from_json({literal(json.dumps(rows))}, {literal(kind)}), "
        "recursive := true)"
    )


def _insert_changes(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Insert the texts of the signed changes of approvers."""
    for number, file in enumerate(sorted(folder.glob("approvers-[0-9]*.json")), start=1):
        text = literal(file.read_text(encoding="utf-8"))
        connection.execute(f"INSERT INTO kpi.approver_change VALUES ({number}, {text})")


def _insert_seals(connection: duckdb.DuckDBPyConnection, release: Path) -> None:
    """Insert the texts of a release's manifest and seals; a release older than seals has only a manifest."""
    seals = release / "seals.json"
    texts = [(release / "manifest.json").read_text(encoding="utf-8")]
    texts += [seals.read_text(encoding="utf-8")] if seals.is_file() else []
    cells = [literal(release.name), *map(literal, texts), "NULL"][:3]
    connection.execute(f"INSERT INTO kpi.sealed VALUES ({', '.join(cells)})")


def _insert_terms(connection: duckdb.DuckDBPyConnection, release: Path) -> None:
    """Insert the terms by which a reader derives what a release did not judge; an older one holds that as rows."""
    file = release / "verdict.parquet"
    if not file.is_file():
        return
    stored = f"SELECT 1 FROM read_parquet({literal(str(file))}) WHERE test IS NULL LIMIT 1"
    if not connection.execute(stored).fetchall():
        connection.execute(
            f"INSERT INTO kpi.certified_metric SELECT {', '.join(TERMS)}, {literal(release.name)} "
            f"FROM read_parquet({literal(str(release / 'metric.parquet'))}) ORDER BY metric_id"
        )


def _insert(connection: duckdb.DuckDBPyConnection, table: str, paths: list[Path], order: str = _ORDER) -> None:
    if paths:
        files = ", ".join(literal(str(path)) for path in paths)
        connection.execute(
            f"INSERT INTO kpi.{table} BY NAME SELECT * FROM read_parquet([{files}], union_by_name => true) "
            f"ORDER BY {order}"
        )


def _has_table(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Return whether the schema has a table; DuckDB's own list of tables would read every one of the lake too."""
    import duckdb

    try:
        connection.execute(f"DESCRIBE kpi.{table}")
    except duckdb.CatalogException:
        return False
    return True


def _check(release: Path) -> None:
    missing = [name for name in ("manifest.json", "observation.parquet") if not (release / name).is_file()]
    if missing:
        raise LakeBroken(
            f"Release {release.name} lacks {', '.join(missing)}.", next_action="Run safer-kpi verify, then restore it."
        )


def _row(release: Path, manifest: dict[str, Any], *, is_superseded: bool) -> dict[str, Any]:
    notice = release.with_name(f"{release.name}.withdrawal.json")
    withdrawn = json.loads(bytes_of(notice)) if notice.is_file() else {}
    kept = ("release_id", "quarter", "published_at", "last_entry", "known_at", "supersedes")
    return {name: manifest[name] for name in kept} | {
        "approved_by": [approval["name"] for approval in manifest["approvals"]],
        "manifest_sha256": sha256_of(release / "manifest.json"),
        "previous_manifest_sha256": (manifest["previous"] or {}).get("manifest_sha256"),
        "row_hash": manifest["row_hash"],
        "revision": manifest.get("revision"),
        "reason": manifest.get("reason"),
        "status": "withdrawn" if withdrawn else "superseded" if is_superseded else "published",
        "withdrawn_reason": withdrawn.get("reason"),
    }


def _json_type() -> str:
    pairs = (part.split() for part in _RELEASE.replace("\n", " ").split(", "))
    return json.dumps({name: [kind.removesuffix("[]")] if kind.endswith("[]") else kind for name, kind in pairs})
