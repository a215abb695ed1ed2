"""Give entries a right time that a clock which was ahead has posted in the future.

Nothing is added or taken away: rows, weights, causes and the order of entries stay. No question that could have been
asked gets another answer, because the future cannot be asked: until now these entries were known at no time, and from
now on they are known since now. ``journal.clock``, which only such a lake has, keeps what was changed, by whom and why.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.errors import LakeBroken, UsageError
from safer_kpi.lake import connect, lease
from safer_kpi.lake.clock import require_agreement
from safer_kpi.lake.digests import renew
from safer_kpi.lake.journal import is_empty
from safer_kpi.lake.migrations import migrate
from safer_kpi.lake.transaction import transaction
from safer_kpi.landing.data_file_checks import data_file_checks
from safer_kpi.landing.stored_rows import row_checks
from safer_kpi.landing.times import utc_now
from safer_kpi.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from safer_kpi.settings import Settings

_RECORD = """entry BIGINT, delivery_id BIGINT, was TIMESTAMP, posted_at TIMESTAMP, mended_at TIMESTAMP, person VARCHAR,
    reason VARCHAR"""
_FUTURE = """SELECT entry, NULL::BIGINT AS delivery_id, posted_at AS was FROM journal.entry WHERE posted_at > $now
    UNION ALL
    SELECT NULL, delivery_id, received_at FROM journal.delivery WHERE received_at > $now AND entry IS NULL"""
#: Receipts and claims of a delivery have the time of its entry, or their own; a publication is never after receipt.
_OF_DELIVERIES = """CREATE OR REPLACE TEMP TABLE delivery_time AS
    SELECT d.delivery_id, c.posted_at
    FROM journal.delivery AS d JOIN clock AS c ON c.entry = d.entry OR c.delivery_id = d.delivery_id"""


@dataclass(frozen=True, kw_only=True)
class Mended:
    """One entry, or one receipt without an entry, that has another time now (UTC)."""

    entry: int | None
    delivery_id: int | None
    was: dt.datetime
    posted_at: dt.datetime


def mend_clock(settings: Settings, *, person: str, reason: str, certified: int = 0) -> list[Mended]:
    """Give every entry and receipt of the future a time from now on, in their order; all in one transaction.

    ``certified`` is the last entry of any release or draft: what is signed is not changed.

    Raises:
        UsageError: person or reason is missing, nothing lies in the future, or a release or draft holds it.
        ClockAhead: this machine's clock lies too far after another one.
        LakeBroken: rows of the lake are not those that its entries wrote.
    """
    if not reason.strip() or not person.strip():
        raise UsageError("The time of an entry needs a person and a reason.", next_action="Give --by and --reason.")
    with connect(settings) as connection, lease(settings) as known:
        now = utc_now()
        require_agreement(connection, settings, now)
        migrate(connection)
        found = [] if is_empty(connection) else _times(connection, now)
        if not found:
            raise UsageError("No entry lies in the future.", next_action="Nothing has to be mended.")
        first = min((each.entry for each in found if each.entry is not None), default=None)
        if first is not None and certified >= first:
            raise UsageError(
                f"Entry {first}, which lies in the future, is part of a release or draft. Nothing was changed.",
                next_action="Reject the draft first. If it is published, restore the backup from before that entry and "
                "land its files again.",
            )
        checks = [*data_file_checks(connection, settings, known)[0], *row_checks(connection)]
        if any(status == "failed" for _, _, status, _ in checks):
            raise LakeBroken(
                "Rows of this lake are not those that its entries wrote. Nothing was changed.",
                next_action="See safer-kpi verify, and restore the lake from backup.",
            )
        with transaction(connection):
            _write(connection, found, now, person, reason)
            renew(connection)
    return found


def _times(connection: duckdb.DuckDBPyConnection, now: dt.datetime) -> list[Mended]:
    rows = connection.execute(f"{_FUTURE} ORDER BY was, entry, delivery_id", {"now": now}).fetchall()
    step = dt.timedelta(microseconds=1)
    return [
        Mended(entry=entry, delivery_id=delivery, was=was, posted_at=now + number * step)
        for number, (entry, delivery, was) in enumerate(rows, 1)
    ]


def _write(
    connection: duckdb.DuckDBPyConnection, found: Sequence[Mended], now: dt.datetime, person: str, reason: str
) -> None:
    connection.execute(f"CREATE TABLE IF NOT EXISTS journal.clock ({_RECORD})")
    connection.execute("CREATE OR REPLACE TEMP TABLE clock (entry BIGINT, delivery_id BIGINT, posted_at TIMESTAMP)")
    for each in found:
        own = [each.entry, each.delivery_id]
        connection.execute("INSERT INTO clock VALUES (?, ?, ?)", [*own, each.posted_at])
        connection.execute(
            "INSERT INTO journal.clock VALUES (?, ?, ?, ?, ?, ?, ?)",
            [*own, each.was, each.posted_at, now, person, reason],
        )
    connection.execute(_OF_DELIVERIES)
    for table in ("delivery", "claim"):
        connection.execute(
            f"""UPDATE journal.{table} AS t
            SET received_at = d.posted_at, published_at = least(t.published_at, d.posted_at)
            FROM delivery_time AS d WHERE d.delivery_id = t.delivery_id"""
        )
    connection.execute("UPDATE journal.expired SET expired_at = $now WHERE expired_at > $now", {"now": now})
    connection.execute("UPDATE journal.build SET built_at = $now WHERE built_at > $now", {"now": now})
    for table, has_day in _stamped(connection):
        day = ", posted_on = c.posted_at::DATE" if has_day else ""
        connection.execute(
            f"UPDATE {table} AS t SET posted_at = c.posted_at{day} FROM clock AS c WHERE c.entry = t.entry"
        )


def _stamped(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, bool]]:
    """Return every stored table with the time of entries, the models' tables too, and whether it has their day."""
    rows = connection.execute(
        """SELECT t.schema_name, t.table_name, list(c.column_name)
        FROM duckdb_tables() AS t JOIN duckdb_columns() AS c USING (database_name, schema_name, table_name)
        WHERE t.database_name = 'lake' AND NOT (t.schema_name = 'journal' AND t.table_name = 'clock')
        GROUP BY ALL HAVING list_has_all(list(c.column_name), ['entry', 'posted_at']) ORDER BY ALL"""
    ).fetchall()
    return [(f"lake.{identifier(schema)}.{identifier(table)}", "posted_on" in names) for schema, table, names in rows]
