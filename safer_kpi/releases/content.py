"""Write the data of a release: the read schema up to the quarter's end, as one DuckDB file and as Parquet."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.strategy import FILE as STRATEGY
from safer_kpi.engine import open_engine
from safer_kpi.reading.attaching import attach
from safer_kpi.reading.place import RELEASE_FILE
from safer_kpi.reading.record import CERTIFICATES, canonical, certificate_hash
from safer_kpi.reading.sealing.seal import SEALS, columns_of, seals
from safer_kpi.reading.sealing.tables import TABLES, table_hashes
from safer_kpi.reading.verifying.row_hash import row_hash
from safer_kpi.sql import identifier, literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb

    from safer_kpi.domain.periods import Period

PARQUET = ("ledger", "metric", "area", "delivery", "entry", "coverage")
# Tables that a release keeps under another name, each with the table and the file that it is copied from.
_STAMPED = {"certified": "observation", "certified_verdict": "verdict", "certified_strategy": "strategy"}
#: The tables that are cut at the quarter's end.
_CUT = ("observation", "verdict")
#: Tables of the read file whose rows a release holds under another name only: ``certificate`` has those of
#: ``component``, and ``metric`` those of ``certified_metric``.
_ELSEWHERE = (*_STAMPED.values(), "component", "certified_metric")
#: Columns that stay in the lake: with the source rows, postings of several breakdowns could be joined into records.
_LEFT_OUT = {"ledger": "evidence"}


@dataclass(frozen=True, kw_only=True)
class Drafted:
    """The draft whose files are written.

    Attributes:
        release_id: its name.
        period: the quarter it reports up to.
        area: the partnership's own area.
        supersedes: the release it corrects.
        revision: why it differs, as one of ``REVISIONS``; None for a quarter's first.
        reason: the same in words.
        earlier: the rows of ``kpi.release`` before it, oldest first.
    """

    release_id: str
    period: Period
    area: str
    supersedes: str | None
    revision: str | None
    reason: str | None
    earlier: list[dict[str, Any]]


CERTIFIED = "CASE WHEN status = 'final' THEN 'certified' ELSE status END AS status"


def write_content(kpi_file: Path, folder: Path, *, about: Drafted) -> dict[str, Any]:
    """Write the data files of a release and return what identifies them.

    Everything comes from one open ``safer_kpi.duckdb``, so from one complete build.

    Returns:
        ``last_entry``, ``known_at`` (UTC), ``snapshot_id``, ``row_hash``, ``certificates``: the hash of each metric's
        by its id, and ``tables``: the hashes of each table and column.
    """
    from safer_kpi.compute import schema, verdicts  # heavy: lists of releases do without it

    # The read file holds what its last builds made again behind the other rows.
    large = {table.name: table.order for table in (*schema.COPIED, schema.OBSERVATION)}
    orders = {name: large[name] for name in ("ledger", "observation")} | {"verdict": verdicts.ORDER}
    with open_engine() as connection:
        attach(connection, kpi_file, "book")
        connection.execute(f"ATTACH {literal(str(folder / RELEASE_FILE))} AS release (STORAGE_VERSION 'v1.0.0')")
        # The schema comes with its comments and macros.
        connection.execute("COPY FROM DATABASE book TO release (SCHEMA)")
        _leave_out(connection)
        build = "SELECT last_entry, as_of, snapshot_id FROM book.kpi.build"
        last_entry, known_at, snapshot_id = connection.execute(build).fetchall()[0]
        tables = _tables(connection)
        for table in tables:
            kept = _query(table, about, known_at)
            order = orders.get(_STAMPED.get(table, table))
            if table in _LEFT_OUT:
                held = columns_of(connection.execute(f"DESCRIBE release.kpi.{table}").fetchall())
                kept = f"SELECT {', '.join(map(identifier, held))} FROM ({kept})"
            ordered = f" ORDER BY {order}" if order else ""
            connection.execute(f"INSERT INTO release.kpi.{table} BY NAME {kept}{ordered}")
        hashed = row_hash(connection, "release.kpi.certified")
        for table, file in _STAMPED.items():
            if table in tables:
                _parquet(connection, table, folder / f"{file}.parquet")
        for table in PARQUET:
            _parquet(connection, table, folder / f"{table}.parquet")
        _list_releases(connection, about, last_entry=last_entry, known_at=known_at, row_hash=hashed)
        certificates = _certificates(connection, folder / CERTIFICATES)
        _seal(connection, folder)
        tables_held = table_hashes(connection, "release")
        connection.execute("CHECKPOINT release")
        connection.execute("DETACH release")
    return {
        "last_entry": last_entry,
        "known_at": known_at,
        "snapshot_id": snapshot_id,
        "row_hash": hashed,
        "certificates": certificates,
        TABLES: tables_held,
    }


def _leave_out(connection: duckdb.DuckDBPyConnection) -> None:
    """Take the tables and columns out of the copied schema that a release does not hold."""
    for table in _ELSEWHERE:
        connection.execute(f"DROP TABLE IF EXISTS release.kpi.{table}")
    for table, column in _LEFT_OUT.items():
        connection.execute(f"ALTER TABLE release.kpi.{table} DROP COLUMN IF EXISTS {column}")


def _seal(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the hash of every metric's numbers, and of its verdicts, in every area."""
    (folder / SEALS).write_bytes(canonical(seals(connection, "release.kpi")))


def write_notes(folder: Path, overrides: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Write an overriding approver's reason into the rows of its metrics; return the hashes of the tables as now."""
    with open_engine() as connection:
        attach(connection, folder / RELEASE_FILE, "release")
        connection.execute("DETACH release")
        connection.execute(f"ATTACH {literal(str(folder / RELEASE_FILE))} AS release (STORAGE_VERSION 'v1.0.0')")
        for metric_id in sorted({each["metric_id"] for each in overrides}):
            told = [
                f"approved by {each['name']} despite {each['check']} ({each['detail']}): {each['reason']}"
                for each in overrides
                if each["metric_id"] == metric_id
            ]
            connection.execute(
                f"UPDATE release.kpi.certified SET note = {literal('; '.join(told))} "
                f"WHERE metric_id = {literal(metric_id)}"
            )
        _parquet(connection, "certified", folder / f"{_STAMPED['certified']}.parquet")
        _seal(connection, folder)
        tables = table_hashes(connection, "release")
        connection.execute("CHECKPOINT release")
        connection.execute("DETACH release")
    return tables


def _list_releases(
    connection: duckdb.DuckDBPyConnection, about: Drafted, *, last_entry: int, known_at: dt.datetime, row_hash: str
) -> None:
    """List the releases up to the new one. Its manifest names this file: who approved it and when stands there."""
    own = {
        "release_id": about.release_id,
        "quarter": about.period.label,
        "last_entry": last_entry,
        "known_at": known_at,
        "supersedes": about.supersedes,
        "previous_manifest_sha256": about.earlier[-1]["manifest_sha256"] if about.earlier else None,
        "row_hash": row_hash,
        "revision": about.revision,
        "reason": about.reason,
        "status": "published",
    }
    for row in [*about.earlier, own]:
        cells = ", ".join(literal(value) for value in row.values())
        connection.execute(f"INSERT INTO release.kpi.release ({', '.join(row)}) VALUES ({cells})")


def _certificates(connection: duckdb.DuckDBPyConnection, file: Path) -> dict[str, str]:
    """Write the certificate of each certified metric and return its hash."""
    sql = "SELECT metric_id, kind, name, value FROM release.kpi.certificate ORDER BY metric_id, kind, name"
    found: dict[str, list[dict[str, str]]] = {}
    for metric_id, kind, name, value in connection.execute(sql).fetchall():
        found.setdefault(metric_id, []).append({"kind": kind, "name": name, "value": value})
    file.write_bytes(canonical(found))
    return {metric_id: certificate_hash(components) for metric_id, components in found.items()}


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    sql = (
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'release' AND schema_name = 'kpi' "
        "ORDER BY table_name"
    )
    return [row[0] for row in connection.execute(sql).fetchall()]


def _query(table: str, about: Drafted, known_at: dt.datetime) -> str:
    """Return the query of a table for a release: numbers and verdicts up to its quarter's end, all else as built."""
    source = _STAMPED.get(table, table)
    release_id = literal(about.release_id)
    stamp = f", {release_id} AS release_id, {literal(known_at)} AS known_at" if table in _STAMPED else ""
    if source in _CUT:
        certified = f" REPLACE ({CERTIFIED})" if source == "observation" else ""
        return f"SELECT *{certified}{stamp} FROM book.kpi.{source} WHERE period_end <= {literal(about.period.end)}"
    if source == "strategy":
        return f"SELECT *{stamp} FROM book.kpi.strategy"
    if table == "release":
        return "SELECT * FROM book.kpi.release WHERE FALSE"  # listed when the hash of its rows is known
    if table == "sealed":
        return "SELECT * FROM book.kpi.sealed WHERE FALSE"  # its own texts are made after this file
    if table == "certificate":
        held = f"SELECT metric_id FROM book.kpi.observation WHERE period_end <= {literal(about.period.end)}"
        return f"SELECT *, {release_id} AS release_id FROM book.kpi.component WHERE metric_id IN ({held})"
    return f"SELECT * FROM book.kpi.{table}"


def _parquet(connection: duckdb.DuckDBPyConnection, table: str, target: Path) -> None:
    connection.execute(f"COPY release.kpi.{table} TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)")


def copy_texts(project: Path, folder: Path) -> None:
    """Copy the strategy, the metrics' definitions and the feeds' contracts into the release."""
    if (project / STRATEGY).is_file():
        shutil.copyfile(project / STRATEGY, folder / "strategy.yaml")
    for source, pattern, target in (("kpis", "*.yaml", "definitions"), ("feeds", "*.py", "contracts")):
        found = sorted((project / "contracts" / source).glob(pattern))
        if found:
            (folder / target).mkdir()
        for path in found:
            if path.name != "__init__.py":
                shutil.copyfile(path, folder / target / path.name)
