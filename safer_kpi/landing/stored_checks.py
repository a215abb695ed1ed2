"""The checks of what a lake stores: catalogue and data files by what writers recorded, rows by digests, raw bytes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from safer_kpi.errors import LakeBroken, SaferKpiError
from safer_kpi.lake import connect, raw
from safer_kpi.lake.format import require_known
from safer_kpi.lake.identity import identity_of
from safer_kpi.lake.journal import is_empty
from safer_kpi.landing.catalogue_check import catalogue_check
from safer_kpi.landing.data_file_checks import data_file_checks
from safer_kpi.landing.expired import expired
from safer_kpi.landing.stored_bytes import fetch
from safer_kpi.landing.stored_rows import row_checks

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.lake.known_state import KnownState
    from safer_kpi.settings import Settings

Check = tuple[str, str, str, str]
_RESTORE = "restore the lake from backup"
#: The tables that say which raw bytes there must be.
_RECEIPTS = {"journal.delivery", "journal.expired"}
_KEPT = """SELECT delivery_id, feed, sha256 FROM journal.delivery
    WHERE NOT (status = 'refused' AND starts_with(coalesce(rule, ''), 'identifier.')) ORDER BY delivery_id"""


def stored_checks(settings: Settings, *, lake_id: str | None = None) -> list[Check]:
    """Return one failed check per catalogue, data file or delivery that is not whole, and one ``ok`` for each kind.

    The catalogue and each data file are compared with what writers recorded of them; digests of rows and hashes of raw
    bytes are computed again. ``lake_id`` is the identity in the read file, which must be that of the journal; None if
    the file has none. Rows are read only if every data file is there with its size, raw bytes only if no data file of
    the receipts has a fault.

    Raises:
        NotFound: no lake exists here.
    """
    import duckdb

    check, known = catalogue_check(settings)
    if check is not None and check[2] == "failed" and known is None:
        return [check]
    try:
        snapshot = _pinned(check, known)
        with connect(settings, read_only=True, snapshot=snapshot, of_any_format=True) as connection:
            if is_empty(connection):
                return [check] if check and check[2] == "failed" else []
            return [*filter(None, [check]), *_contents(connection, settings, known, lake_id)]
    except (duckdb.Error, SaferKpiError, UnicodeDecodeError) as broken:  # a flipped bit makes a text that is none
        if check is None or check[2] != "failed":
            raise
        what = broken.what if isinstance(broken, SaferKpiError) else "its tables cannot be read"
        return [check, ("catalogue", "lake", "failed", f"{what}: {_RESTORE}")]


def _pinned(check: Check | None, known: KnownState | None) -> int | None:
    """Return the snapshot to read while others write; None (the newest) where the catalogue is not as it was left."""
    return None if known is None or check is None or check[2] == "failed" else known.snapshot_id


def _contents(
    connection: duckdb.DuckDBPyConnection, settings: Settings, known: KnownState | None, lake_id: str | None
) -> list[Check]:
    import duckdb

    checks, are_there = data_file_checks(connection, settings, known)
    broken = {subject.partition("/")[0] for _, subject, status, _ in checks if status == "failed"}
    try:
        if are_there:
            require_known(connection)
            checks += [*_identity(connection, lake_id), *_rows(connection)]
        if not broken & _RECEIPTS and not any(
            check == "data file" and subject in _RECEIPTS for check, subject, _, _ in checks
        ):
            checks += _raw_bytes(connection, settings)
    except (duckdb.Error, SaferKpiError):
        if not broken:
            raise  # else what cannot be read lies in a file that is named
    return checks


def _rows(connection: duckdb.DuckDBPyConnection) -> list[Check]:
    """Return the checks of rows, made in one transaction: else DuckLake reads its catalogue for every statement."""
    import duckdb

    connection.execute("BEGIN")
    try:
        return row_checks(connection)
    finally:
        with suppress(duckdb.Error):  # a table that cannot be read has ended it
            connection.execute("ROLLBACK")


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
