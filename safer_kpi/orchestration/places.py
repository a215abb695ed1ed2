"""Open the inbox, with an Airflow connection if its address names one: ``s3://CONNECTION@bucket/inbox``."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from safer_kpi.catalogue.feeds import feed_names
from safer_kpi.inbox import Place, arrivals, open_place

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path


def open_inbox(url: str) -> Place:
    """Open the inbox at a folder or URL; ``CONNECTION@`` before the host names an Airflow connection."""
    if "://" not in url or urlsplit(url).username is None:
        return open_place(url)
    from airflow.sdk import ObjectStoragePath

    path = ObjectStoragePath(url)
    return Place(path.fs, path.path)


def any_waits(inbox: Place, project: Path, *, since: dt.datetime | None = None) -> bool:
    """Return whether a feed has a file that waits, of those that came ``since`` a time (UTC, no zone).

    A folder that cannot be listed counts as one with a file: its watcher says so.
    """
    try:
        found = [each for feed in feed_names(project) for each in arrivals(inbox, feed)]
    except OSError:
        return True
    return any(since is None or each.arrived_at is None or each.arrived_at >= since for each in found)
