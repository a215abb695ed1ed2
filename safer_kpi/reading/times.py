"""Moments as people write them; a date means the end of that day in the UK."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from safer_kpi.errors import UsageError

Moment = str | dt.date | dt.datetime


def known_moment(moment: Moment, *, now: dt.datetime | None = None) -> dt.datetime:
    """Return the last instant (UTC, naive) that belongs to ``moment``.

    A date means the last microsecond of that day in the UK. A time without a zone is UTC.

    Raises:
        UsageError: ``moment`` is not a date or time, or is in the future.
    """
    current = now or dt.datetime.now(dt.UTC).replace(tzinfo=None)
    value = _parsed(moment) if isinstance(moment, str) else moment
    if isinstance(value, dt.datetime):
        instant = value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
        if instant > current:
            raise _future()
        return instant
    # Today has not ended, so it means the current instant.
    if _start_of_day(value) > current:
        raise _future()
    return min(_start_of_day(value + dt.timedelta(days=1)) - dt.timedelta(microseconds=1), current)


def _parsed(text: str) -> dt.date | dt.datetime:
    try:
        return dt.date.fromisoformat(text) if len(text) <= 10 else dt.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is not a date or time.", next_action="Write it as 2024-06-30 or 2024-06-30T12:00Z."
        ) from None


def _start_of_day(day: dt.date) -> dt.datetime:
    try:
        zone = ZoneInfo("Europe/London")
    except ZoneInfoNotFoundError as missing:
        raise UsageError(
            "This machine has no time zone data.", next_action="Install the package tzdata, or use a time in UTC."
        ) from missing
    local = dt.datetime.combine(day, dt.time(), tzinfo=zone)
    return local.astimezone(dt.UTC).replace(tzinfo=None)


def _future() -> UsageError:
    return UsageError("The moment is in the future.", next_action="Use a date or time in the past.")
