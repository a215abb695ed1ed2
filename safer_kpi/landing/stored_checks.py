"""The checks of what a lake stores: data files by the catalogue, rows by their digests, bytes by their receipts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.errors import LakeBroken
from safer_kpi.lake import connect, raw
from safer_kpi.lake.identity import identity_of
from safer_kpi.lake.journal import is_empty
from safer_kpi.landing.expired import expired
from safer_kpi.landing.stored_bytes import fetch
from safer_kpi.landing.stored_rows import row_checks
from safer_kpi.sql import literal

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.settings import Settings

Check = tuple[str, str, str, str]
_KEPT = """SELECT delivery_id, feed, sha256 FROM journal.delivery
    WHERE NOT (status = 'refused' AND starts_with(coalesce(rule, ''), 'identifier.')) ORDER BY delivery_id"""


def stored_checks(settings: Settings, *, lake_id: str | None = None) -> list[Check]:
    """Return one failed check per data file or delivery that is not whole, and one ``ok`` check for each kind.

    The size of each data file is compared with the catalogue's; digests of rows and hashes of bytes are computed again.
    ``lake_id`` is the identity in the read file, which must be that of the journal; None if the file has none.
    Rows are read only if every data file is there with its size, receipts only if rows can be read.

    Raises:
        NotFound: no lake exists here.
    """
    connection = connect(settings, read_only=True)
    try:
        if is_empty(connection):
            return []
        checks = _data_files(connection)
        if checks[0][2] == "failed":
            return checks
        checks += [*_identity(connection, lake_id), *row_checks(connection)]
        return checks if _is_unreadable(checks) else checks + _raw_bytes(connection, settings)
    finally:
        connection.close()


def _is_unreadable(checks: list[Check]) -> bool:
    return any(check == "data file" and status == "failed" for check, _, status, _ in checks)


def _data_files(connection: duckdb.DuckDBPyConnection) -> list[Check]:
    sql = "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'lake' ORDER BY ALL"
    checks: list[Check] = []
    count = 0
    for schema, table in connection.execute(sql).fetchall():
        listed = f"ducklake_list_files('lake', {literal(table)}, schema => {literal(schema)})"
        files = connection.execute(f"SELECT data_file, data_file_size_bytes FROM {listed}").fetchall()
        count += len(files)
        for file, size in files:
            if fault := _fault(connection, file, size):
                checks.append(("data file", f"{schema}.{table}/{Path(file).name}", "failed", fault))
    return checks or [("data file", "lake", "ok", f"{count} files have the sizes in the catalogue")]


def _identity(connection: duckdb.DuckDBPyConnection, lake_id: str | None) -> list[Check]:
    """Return a failed check if the journal's identity is damaged, or is not the one in the read file."""
    try:
        stored = identity_of(connection)
    except LakeBroken as broken:
        return [("identity", "journal", "failed", f"{broken.what.rstrip('.')}: restore the lake from backup")]
    if lake_id is None or stored == lake_id:
        return []
    here = f"is of lake {stored[:12]}" if stored else "has no identity"
    detail = f"it {here}, and the read file of {lake_id[:12]}: restore the lake from backup"
    return [("identity", "journal", "failed", detail)]


def _fault(connection: duckdb.DuckDBPyConnection, file: str, size: int) -> str | None:
    """Return what is wrong with a data file, or None."""
    if "://" in file:
        rows = connection.execute(f"SELECT size FROM read_blob({literal(file)})").fetchall()
        actual = rows[0][0] if rows else None
    else:
        actual = Path(file).stat().st_size if Path(file).is_file() else None
    if actual is None:
        return "missing: restore it from backup"
    return None if actual == size else f"{actual} bytes, not {size}: restore it from backup"


def _raw_bytes(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[Check]:
    gone = {each.delivery_id for each in expired(connection)}
    kept = [row for row in connection.execute(_KEPT).fetchall() if row[0] not in gone]
    checks: list[Check] = []
    for delivery_id, feed, sha256 in kept:
        try:
            raw.release(settings, fetch(settings, sha256))
        except LakeBroken as broken:
            checks.append(("raw bytes", f"{feed} delivery {delivery_id}", "failed", broken.what))
    return checks or [("raw bytes", "lake", "ok", f"the bytes of {len(kept)} deliveries have their hashes")]
