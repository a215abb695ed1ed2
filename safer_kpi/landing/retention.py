"""Delete bytes whose retention under their contract's rule has ended; the journal records which, why and when.

The change rows and every number stay: retention is about the files of partners. The record is written first. If the
process is stopped after it, the next sweep deletes the bytes.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.domain.epoch import SEEDED_BEFORE
from safer_kpi.lake import connect, lease
from safer_kpi.lake.boundary import boundary
from safer_kpi.lake.clock import require_agreement, require_no_leap
from safer_kpi.lake.digests import write_row
from safer_kpi.lake.journal import is_empty
from safer_kpi.lake.migrations import migrate
from safer_kpi.lake.transaction import transaction
from safer_kpi.landing.depersonalise import kept_hashes
from safer_kpi.landing.expired import Expired, expired
from safer_kpi.landing.stored_bytes import forget
from safer_kpi.landing.times import utc_now

if TYPE_CHECKING:
    import datetime as dt

    import duckdb

    from safer_kpi.catalogue.retention import Retention
    from safer_kpi.settings import Settings


def expire(settings: Settings, *, dry_run: bool = False) -> list[Expired]:
    """Delete the bytes of every delivery that is older than its contract allows; return one row for each.

    Bytes that another delivery needs stay until its retention ends. With ``dry_run`` nothing changes.

    Raises:
        ClockAhead: this machine's clock lies too far after another one.
    """
    with connect(settings) as connection, lease(settings):
        if is_empty(connection):
            return []
        migrate(connection)  # a lake made before bytes could expire has no place for it
        done = {each.delivery_id for each in expired(connection)}
        now = utc_now()
        if not dry_run:  # a clock that is ahead would delete what partners have not agreed to lose yet
            require_agreement(connection, settings, now)
            require_no_leap(connection, settings, now)
        found = []
        for name in feed_names(settings.project):
            if (kept := load_feed(settings.project, name).retention) is not None:
                found += [each for each in _due(connection, name, kept, now) if each.delivery_id not in done]
        if dry_run or not found:
            return found
        with boundary("expiry.commit"), transaction(connection):
            for each in found:
                write_row(connection, "expired", asdict(each))
        for sha256 in {each.sha256 for each in found} - kept_hashes(connection):
            forget(settings, sha256)
        return found


def _due(connection: duckdb.DuckDBPyConnection, feed: str, kept: Retention, now: dt.datetime) -> list[Expired]:
    if kept.months is None:
        return []
    rows = connection.execute(
        """SELECT delivery_id, sha256 FROM journal.delivery
        WHERE feed = ? AND received_at >= ? AND received_at + to_months(?) <= ? AND sha256 <> ''
        ORDER BY delivery_id""",
        [feed, SEEDED_BEFORE, kept.months, now],
    ).fetchall()
    return [
        Expired(delivery_id=delivery_id, feed=feed, sha256=sha256, rule=kept.rule, expired_at=now)
        for delivery_id, sha256 in rows
    ]
