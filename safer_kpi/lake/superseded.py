"""Remove the read files that an earlier version wrote under other names, once this version's files replace them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.engine import open_engine
from safer_kpi.lake.lease import lease
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.settings import Settings

#: Tables and columns that every read file has had, since the first version.
_OURS = {("build", "last_entry"), ("build", "package_version"), ("metric", "metric_id"), ("observation", "metric_id")}


@dataclass(frozen=True, kw_only=True)
class Superseded:
    """What became of one superseded file.

    Attributes:
        file: its name in the home.
        action: ``removed`` or ``kept``.
        reason: why it was kept and what to do; empty if it was removed.
    """

    file: str
    action: str
    reason: str = ""


def remove_superseded(settings: Settings) -> list[Superseded]:
    """Delete each superseded read file that this package wrote and whose successor is there; keep the others.

    Raises:
        LeaseHeld: somebody is writing to the lake.
    """
    if not settings.superseded_files:
        return []
    with lease(settings, wait_seconds=0):
        return [_removed(file) for file in settings.superseded_files]


def _removed(file: Path) -> Superseded:
    reason = _obstacle(file)
    if reason:
        return Superseded(file=file.name, action="kept", reason=reason)
    file.unlink()
    return Superseded(file=file.name, action="removed")


def _obstacle(file: Path) -> str:
    """Return why a file stays; empty if it may go."""
    successor = file.with_name(f"safer_{file.name}")
    if file.is_symlink():
        return "It is a link, which safer-kpi did not make. Delete it yourself if nobody needs it."
    reason = _not_ours(file)
    if reason:
        return f"{reason} Delete it yourself if nobody needs it."
    if not successor.is_file() or _not_ours(successor):
        return f"No complete {successor.name} replaces it yet. Run safer-kpi build{_environment(successor)} first."
    return ""


def _environment(successor: Path) -> str:
    name = successor.name.removeprefix("safer_kpi.").removesuffix("duckdb").rstrip(".")
    return f" --env {name}" if name else ""


def _not_ours(file: Path) -> str:
    """Return what speaks against the file being one that safer-kpi wrote; empty if it is."""
    import duckdb

    with open_engine() as connection:
        try:
            connection.execute(f"ATTACH {literal(str(file))} AS read_file (READ_ONLY)")
            found = connection.execute(
                "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE database_name = 'read_file'"
            ).fetchall()
            others = connection.execute(
                "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'read_file' AND schema_name <> 'kpi'"
            ).fetchall()[0][0]
        except duckdb.Error:
            return "It is not a DuckDB file that can be read."
    if not {(table, column) for schema, table, column in found if schema == "kpi"} >= _OURS:
        return "It does not hold what safer-kpi writes into a read file."
    return f"It holds {others} table{'' if others == 1 else 's'} that safer-kpi did not write." if others else ""
