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
from safer_kpi.lake.journal import has_table
from safer_kpi.landing import mended_clock
from safer_kpi.landing.times import utc_now
from safer_kpi.reading.place import MANIFEST
from safer_kpi.releases.store import drafts, read_json, release_folders

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
            "If this machine's clock is right, run safer-kpi doctor --fix-clock --by NAME --reason TEXT.",
        )
    if has_table(connection, "clock"):
        ((mended, last),) = connection.execute("SELECT count(entry), max(mended_at) FROM journal.clock").fetchall()
        yield ok("clock", f"{mended} entries that a clock had posted ahead got a right time, last on {last:%Y-%m-%d}.")


def mend_clock(settings: Settings, *, person: str, reason: str) -> list[str]:
    """Give entries of the future a right time; return one text for each entry or receipt.

    Raises:
        UsageError: nothing is to be mended, person or reason is missing, or a release or draft holds such an entry.
        ClockAhead: this machine's clock lies too far after another one.
    """
    done = mended_clock.mend_clock(settings, person=person, reason=reason, certified=_certified_until(settings))
    return [
        f"{'Delivery' if each.entry is None else 'Entry'} {each.delivery_id if each.entry is None else each.entry}: "
        f"{each.was:%Y-%m-%dT%H:%M}Z is now {each.posted_at:%Y-%m-%dT%H:%M}Z. Build next."
        for each in done
    ]


def _certified_until(settings: Settings) -> int:
    """Return the last entry of any release or draft; 0 if there is none."""
    manifests = (read_json(folder / MANIFEST) for folder in release_folders(settings).values())
    return max((int(each["last_entry"]) for each in (*manifests, *drafts(settings))), default=0)


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
