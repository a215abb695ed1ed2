"""Delete files that an inbox has kept for long enough, and list stray files that no task will handle."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from typing import TYPE_CHECKING

from safer_kpi.inbox.arrivals import file_time
from safer_kpi.inbox.handling import RECEIPT
from safer_kpi.inbox.place import ACCEPTED, REFUSED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safer_kpi.inbox.place import Place
    from safer_kpi.settings import Settings

#: How long a handled file stays beside its receipt. The lake keeps its bytes, under the rules of its contract.
KEEP_DAYS = 30
_DAY = 86_400


def tidy(settings: Settings, place: Place, feeds: Sequence[str], *, keep_days: int = KEEP_DAYS) -> int:
    """Delete handled files that are older than ``keep_days``, but not their receipts; return how many.

    Private copies that a killed process left behind are deleted too.
    """
    before = dt.datetime.now(dt.UTC).replace(tzinfo=None) - dt.timedelta(days=keep_days)
    old = [
        path
        for feed in feeds
        for kept in (ACCEPTED, REFUSED)
        for path, listed in place.filesystem.find(f"{place.folder(feed)}/{kept}", detail=True).items()
        if not path.endswith(f"/{RECEIPT}") and (file_time(listed) or before) < before
    ]
    for path in old:
        place.filesystem.rm_file(path)
    left = [path for path in (settings.home / "taken").glob("*") if path.stat().st_mtime < time.time() - _DAY]
    for path in left:
        shutil.rmtree(path)
    return len(old) + len(left)


def strays(place: Place, feeds: Sequence[str]) -> list[str]:
    """Return the stray paths of an inbox: files outside a feed's folder, folders of no feed, folders within a feed's.

    Paths below the inbox's own.
    """
    place.filesystem.invalidate_cache(place.root)
    found = [each for each in place.filesystem.ls(place.root, detail=True) if _name(each["name"]) not in feeds]
    for feed in feeds:
        if place.filesystem.isdir(place.folder(feed)):
            place.filesystem.invalidate_cache(place.folder(feed))
            found += [
                each
                for each in place.filesystem.ls(place.folder(feed), detail=True)
                if each["type"] == "directory" and _name(each["name"]) not in (ACCEPTED, REFUSED)
            ]
    root = place.root.rstrip("/") + "/"
    names = (str(each["name"]).removeprefix(root) for each in found)
    return sorted(name for name in names if not _name(name).startswith("."))


def _name(path: str) -> str:
    return str(path).rstrip("/").rsplit("/", 1)[-1]
