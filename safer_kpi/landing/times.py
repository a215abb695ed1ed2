"""The current time, and times as a command line gives them."""

from __future__ import annotations

import datetime as dt

from safer_kpi.errors import UsageError


def utc_now() -> dt.datetime:
    """Return the current time in UTC, without a zone, as the lake stores it."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def parse_time(text: str | None) -> dt.datetime | None:
    """Return a UTC time without a zone from ``2024-06-13`` (the start of that day) or ``2024-06-14T09:00Z``.

    Raises:
        UsageError: the text is neither a date nor a time.
    """
    if text is None:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is not a date or time.", next_action="Write 2024-06-13 or 2024-06-14T09:00Z."
        ) from None
    return found.astimezone(dt.UTC).replace(tzinfo=None) if found.tzinfo else found
