"""The journal's tables: entries, receipts, cells, coverage, quarantine, builds, and a change-row table per feed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from safer_kpi.lake.connection import CATALOGUE
from safer_kpi.lake.format import require_current, write_format
from safer_kpi.lake.identity import make_identity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

JOURNAL: Mapping[str, str] = {
    "entry": """entry BIGINT, posted_at TIMESTAMP, kind VARCHAR, delivery_id BIGINT, feed VARCHAR,
        reason VARCHAR, person VARCHAR, contract_version VARCHAR, digests VARCHAR, digest VARCHAR""",
    "delivery": """delivery_id BIGINT, feed VARCHAR, file_name VARCHAR, sha256 VARCHAR, bytes BIGINT,
        published_at TIMESTAMP, received_at TIMESTAMP, cells VARCHAR[], stale_cells VARCHAR[],
        contract_version VARCHAR, status VARCHAR, rows_read BIGINT, rows_accepted BIGINT, rows_quarantined BIGINT,
        rows_skipped BIGINT, changes VARCHAR, error VARCHAR, entry BIGINT, rule VARCHAR, error_row BIGINT,
        message VARCHAR, hidden_rows BIGINT, hidden_columns BIGINT, hidden_sheets BIGINT, archive_sha256 VARCHAR,
        fetched_from VARCHAR, publisher_date TIMESTAMP, digest VARCHAR""",
    "lake": "lake_id VARCHAR, since TIMESTAMP",
    "format": "format INTEGER, package_version VARCHAR, since TIMESTAMP",
    "cell": "feed VARCHAR, cell VARCHAR, part VARCHAR, place VARCHAR, starts_on DATE, months INTEGER",
    "claim": """entry BIGINT, delivery_id BIGINT, feed VARCHAR, cell VARCHAR, published_at TIMESTAMP,
        received_at TIMESTAMP, weight INTEGER""",
    "coverage": """entry BIGINT, posted_at TIMESTAMP, posted_on DATE, feed VARCHAR, cell VARCHAR, weight INTEGER""",
    "quarantine": """entry BIGINT, delivery_id BIGINT, feed VARCHAR, source_row BIGINT, rule VARCHAR,
        column_name VARCHAR, cell VARCHAR""",
    "held": "entry BIGINT, posted_at TIMESTAMP, posted_on DATE, feed VARCHAR, cell VARCHAR, rows BIGINT",
    "feed": """feed VARCHAR, title VARCHAR, owner VARCHAR, cadence VARCHAR, due_after_days INTEGER, parts VARCHAR[],
        contract_version VARCHAR, digest VARCHAR""",
    "contract": "feed VARCHAR, contract_version VARCHAR, columns VARCHAR[], digest VARCHAR, first_entry BIGINT",
    "expired": "delivery_id BIGINT, feed VARCHAR, sha256 VARCHAR, rule VARCHAR, expired_at TIMESTAMP, digest VARCHAR",
    "build": """build_id BIGINT, entry BIGINT, built_at TIMESTAMP, snapshot_id BIGINT, seconds DOUBLE,
        digest VARCHAR""",
}

CHANGE_COLUMNS: Mapping[str, str] = {
    "entry": "BIGINT",
    "posted_at": "TIMESTAMP",
    "posted_on": "DATE",
    "delivery_id": "BIGINT",
    "source_row": "BIGINT",
    "origin_delivery_id": "BIGINT",
    "origin_row": "BIGINT",
    "weight": "INTEGER",
    "cause": "VARCHAR",
    "cell": "VARCHAR",
    "contract_version": "VARCHAR",
}

RECEIPT_COLUMNS = (
    "delivery_id", "feed", "file_name", "sha256", "bytes", "published_at", "received_at", "cells", "stale_cells",
    "contract_version", "status", "rows_read", "rows_accepted", "rows_quarantined", "rows_skipped", "changes", "error",
    "rule", "error_row", "message", "hidden_rows", "hidden_columns", "hidden_sheets", "archive_sha256",
    "fetched_from", "publisher_date",
)  # fmt: skip


#: Whether the bytes of a row of ``journal.delivery`` are ``kept`` or ``deleted``. An older version deleted what it
#: refused for identifiers without an entry in ``journal.expired``.
STORED_SQL = """CASE WHEN delivery_id IN (SELECT expired.delivery_id FROM journal.expired)
    OR (status = 'refused' AND starts_with(coalesce(rule, ''), 'identifier.')) THEN 'deleted' ELSE 'kept' END"""


def journal_columns(table: str) -> dict[str, str]:
    """Return the columns of ``journal.<table>`` with their types, in stored order."""
    return dict(column.split() for column in JOURNAL[table].split(","))


def create_tables(connection: duckdb.DuckDBPyConnection, feeds: Mapping[str, Sequence[str]]) -> None:
    """Create missing tables in the open transaction: the journal, and the columns of each feed's change rows.

    Raises:
        LakeFormat: the lake has an older format, so that a table which is missing would have to be filled.
    """
    have: dict[tuple[str, str], set[str]] = {}
    for schema, table, column in connection.execute(
        "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE database_name = 'lake'"
    ).fetchall():
        have.setdefault((schema, table), set()).add(column)
    is_new = ("journal", "entry") not in have
    if not is_new:
        require_current(connection, is_numbered=("journal", "format") in have)
    connection.execute("CREATE SCHEMA IF NOT EXISTS journal")
    connection.execute("CREATE SCHEMA IF NOT EXISTS landing")
    for table, columns in JOURNAL.items():
        if ("journal", table) not in have:
            connection.execute(f"CREATE TABLE journal.{table} ({columns})")
    if is_new:
        write_format(connection)
        make_identity(connection)
    for feed, names in feeds.items():
        known = have.get(("landing", feed))
        if known is None:
            fixed = ", ".join(f"{name} {kind}" for name, kind in CHANGE_COLUMNS.items())
            own = ", ".join(f'"{name}" VARCHAR' for name in names)
            connection.execute(f'CREATE TABLE landing."{feed}" ({fixed}, {own})')
            continue
        for name in names:
            if name not in known:
                connection.execute(f'ALTER TABLE landing."{feed}" ADD COLUMN "{name}" VARCHAR')


def change_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Return for each feed the own columns of its change rows, in the order in which they were added.

    Not within a transaction that adds some.
    """
    # From the catalogue itself: DuckDB would plan every view of the lake to list the columns of its tables.
    rows = connection.execute(
        f"""SELECT t.table_name, c.column_name
        FROM {CATALOGUE}.ducklake_table AS t
        JOIN {CATALOGUE}.ducklake_schema AS s USING (schema_id)
        JOIN {CATALOGUE}.ducklake_column AS c ON c.table_id = t.table_id AND c.parent_column IS NULL
        WHERE s.schema_name = 'landing'
            AND t.end_snapshot IS NULL AND s.end_snapshot IS NULL AND c.end_snapshot IS NULL
        ORDER BY t.table_name, c.column_order"""
    ).fetchall()
    found: dict[str, list[str]] = {}
    for feed, column in rows:
        own = found.setdefault(feed, [])
        if column not in CHANGE_COLUMNS:
            own.append(column)
    return found


def has_table(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Return whether the lake has ``journal.<table>``; an older lake may lack it. Not within a transaction."""
    import duckdb

    try:  # to list the lake's tables would take twenty times as long
        connection.execute(f'SELECT 1 FROM lake.journal."{table}" LIMIT 0')
    except duckdb.CatalogException:
        return False
    return True


def is_empty(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the lake has no journal yet."""
    # The schema comes with its tables, in one transaction; to list the tables would take a hundred times as long.
    found = connection.execute(
        "SELECT count(*) FROM duckdb_schemas() WHERE database_name = 'lake' AND schema_name = 'journal'"
    ).fetchall()
    return bool(found[0][0] == 0)


def receipts(connection: duckdb.DuckDBPyConnection, delivery_id: int | None = None) -> list[dict[str, Any]]:
    """Return every receipt in the order received, or that of one delivery; ``changes`` maps a cause to its records."""
    if is_empty(connection):
        return []
    require_current(connection)
    asked = "" if delivery_id is None else f"WHERE delivery_id = {int(delivery_id)} "
    rows = connection.execute(
        f"SELECT {', '.join(RECEIPT_COLUMNS)}, {STORED_SQL} FROM journal.delivery {asked}ORDER BY delivery_id"
    ).fetchall()
    found = [dict(zip((*RECEIPT_COLUMNS, "stored"), row, strict=True)) for row in rows]
    for receipt in found:
        receipt["changes"] = json.loads(receipt["changes"] or "{}")
    return found
