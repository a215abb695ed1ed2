"""Check this machine's clock against the file system's, the database's, the object store's and the last entry."""

from __future__ import annotations

import datetime as dt
import http.client
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from safer_kpi.diagnosis.finding import ok, warning, wrong
from safer_kpi.diagnosis.opening import opened
from safer_kpi.diagnosis.packages import uses_s3
from safer_kpi.lake.clock import AHEAD, FILE_SYSTEM, file_system_time, other_clocks
from safer_kpi.landing.delivery import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from safer_kpi.diagnosis.finding import Finding
    from safer_kpi.settings import Settings

_CLOSE = dt.timedelta(minutes=5)
_SET = "Set the machine's clock, and let it follow a time server."


def check(settings: Settings) -> Iterator[Finding]:
    """Compare the clocks; an entry that lies in the future is told by itself."""
    if not settings.home.is_dir():
        return
    clocks = dict(_object_store(settings))
    with opened(settings) as connection:
        if connection is None:
            clocks[FILE_SYSTEM] = file_system_time(settings.home)
        else:
            clocks |= other_clocks(connection, settings)
            yield from _last_entry(connection)
    now = utc_now()
    apart = [_apart(name, time - now) for name, time in clocks.items() if abs(time - now) > _CLOSE]
    yield from apart or [ok("clock", f"This machine's clock agrees with {' and '.join(sorted(clocks))}.")]


def _apart(name: str, difference: dt.timedelta) -> Finding:
    direction = "before" if difference > dt.timedelta() else "after"
    text = f"This machine's clock is {_length(abs(difference))} {direction} that of {name}."
    if difference < -AHEAD:
        return wrong("clock", f"{text} Nothing is posted while it is.", _SET)
    return warning("clock", text, _SET)


def _length(time: dt.timedelta) -> str:
    hours = time.total_seconds() / 3600
    return f"{hours / 24:,.0f} days" if hours >= 48 else f"{hours:.0f} hours" if hours >= 2 else f"{hours * 60:.0f} min"


def _last_entry(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    entry, posted_at = connection.execute("SELECT max(entry), max(posted_at) FROM journal.entry").fetchall()[0]
    now = utc_now()
    if posted_at is not None and posted_at - now > _CLOSE:
        yield wrong(
            "clock",
            f"Entry {entry} was posted at {posted_at:%Y-%m-%dT%H:%M}Z, {_length(posted_at - now)} from now.",
            "Set the machine's clock if it is slow.",
        )


def _object_store(settings: Settings) -> Iterator[tuple[str, dt.datetime]]:
    """Yield the time that the endpoint of object storage states in an answer, whatever the answer is."""
    if not uses_s3(settings) or not settings.s3.endpoint:
        return
    parts = urlsplit(settings.s3.endpoint)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        server = kind(parts.hostname or "", parts.port, timeout=5)
        server.request("HEAD", "/")
        stated = server.getresponse().getheader("Date")
        server.close()
        time = parsedate_to_datetime(stated or "")
    except (OSError, http.client.HTTPException, ValueError):
        return  # whether it answers is told by another check
    yield "the object store", time.astimezone(dt.UTC).replace(tzinfo=None)
