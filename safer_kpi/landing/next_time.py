"""When the next entry posts, checked against other clocks than this process's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.errors import ClockAhead
from safer_kpi.lake.clock import AHEAD, require_agreement, require_no_leap
from safer_kpi.landing.times import utc_now

if TYPE_CHECKING:
    import datetime as dt

    import duckdb

    from safer_kpi.landing.book import Head
    from safer_kpi.settings import Settings


def next_time(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    head: Head,
    asked: dt.datetime | None,
    written: dt.datetime | None = None,
) -> dt.datetime:
    """Return when the next entry posts: ``asked`` or now, strictly after the last entry.

    The caller holds the lease and has no transaction open; it may know when the lake was last ``written``.

    Raises:
        UsageError: ``asked`` lies before the last entry, or in the future.
        ClockAhead: the time, or that of the last entry, lies more than a day after what another clock says.
    """
    now = utc_now()
    if head.posted_at > now + AHEAD:
        raise ClockAhead(
            f"Entry {head.entry} was posted at {head.posted_at:%Y-%m-%dT%H:%M}Z, {(head.posted_at - now).days} days "
            "from now, by a clock that was ahead. Nothing was changed.",
            next_action="Give it a right time: safer-kpi doctor --fix-clock --by NAME --reason TEXT.",
        )
    at = head.next_time(asked, now)
    require_agreement(connection, settings, at)
    if asked is None:
        require_no_leap(connection, settings, now, written)
    return at
