"""What stands in a lake, whatever numbers and times its entries have, and what must not be in it."""

from __future__ import annotations

import hashlib
from typing import Any

import duckdb

import safer_kpi
from safer_kpi.inbox import open_place
from safer_kpi.inbox.handling import RECEIPT
from safer_kpi.lake import connect, raw
from safer_kpi.landing.depersonalise import kept_hashes
from safer_kpi.landing.stored_bytes import fetch
from safer_kpi.landing.sweep import work_files
from safer_kpi.settings import RELEASES, Settings
from tests.kills.acts import FEED, RELEASE

_LIVE = f"""SELECT month, crime_id, lsoa_code, crime_type, last_outcome_category, sum(weight)
    FROM landing.{FEED} GROUP BY ALL HAVING sum(weight) <> 0 ORDER BY ALL"""
_SENT = f"""SELECT sha256, cells, status FROM journal.delivery
    WHERE feed = '{FEED}' AND status IN ('accepted', 'stale') ORDER BY ALL"""
#: What is shown, without when it was built.
_SHOWN = """SELECT metric_id, area_code, period, breakdown, numerator, denominator, value, status
    FROM kpi.{} ORDER BY ALL"""


def rows_of(settings: Settings) -> str:
    """SHA-256 of the live rows and of the deliveries that they come from."""
    with connect(settings, read_only=True) as lake:
        return _hash((lake.execute(_LIVE).fetchall(), lake.execute(_SENT).fetchall()))


def standing(settings: Settings) -> dict[str, Any]:
    """Everything that an act leaves: rows, numbers, certified numbers, releases, and what lies in the inbox."""
    found: dict[str, Any] = {"rows": rows_of(settings)}
    if settings.kpi_file.exists():
        with duckdb.connect(str(settings.kpi_file), read_only=True) as book:
            for table in ("observation", "certified"):
                found[table] = _hash(book.execute(_SHOWN.format(table)).fetchall())
    if (settings.home / RELEASES / RELEASE).exists():
        found["verified"] = [row["status"] for row in safer_kpi.open(settings.home).verify(RELEASE).rows()]
    for folder in (RELEASES, "drafts"):
        found[folder] = sorted(path.name for path in (settings.home / folder).glob("*"))
    names = _in_inbox(settings)
    found["waiting"] = sorted(name for name in names if "/" not in name)
    away = [name.rpartition("/")[2] for name in names if "/" in name]
    found["put away"] = sorted(name for name in away if name != RECEIPT)
    return found


def _in_inbox(settings: Settings) -> list[str]:
    """The files in a feed's folder of the inbox, by their paths below it."""
    place = open_place(settings.watched, use_listings_cache=False)
    folder = place.folder(FEED) + "/"
    return [path.removeprefix(folder) for path in place.filesystem.find(folder) if path.startswith(folder)]


def broken(settings: Settings) -> list[str]:
    """The rules that a lake breaks at any moment: a delivery twice, a gap in the journal, bytes that are lost."""
    with connect(settings, read_only=True) as lake:
        sent = lake.execute(_SENT).fetchall()
        entries, last = lake.execute("SELECT count(*), max(entry) FROM journal.entry").fetchall()[0]
    found = ["a delivery is there twice"] if len(sent) != len({sha256 for sha256, *_ in sent}) else []
    found += ["the journal has a gap"] if entries != last else []
    for sha256, *_ in sent:
        raw.release(settings, fetch(settings, sha256))  # it raises if they are gone or others
    return found


def orphans(settings: Settings) -> list[str]:
    """What a sweep has left that no receipt and no snapshot knows."""
    with connect(settings) as lake:
        files = lake.execute(
            "CALL ducklake_delete_orphaned_files('lake', cleanup_all => true, dry_run => true)"
        ).fetchall()
        known = kept_hashes(lake)
    archives = {reference.archive for reference in raw.references(settings).values()}
    stored = {name.removesuffix(raw.MEMBER) for name in raw._names(settings)}
    found = [f"{len(files)} files that no snapshot knows"] if files else []
    found += ["bytes without a receipt, or receipts without bytes"] if stored - archives != known - archives else []
    found += ["work files"] if work_files(settings) else []
    return found


def _hash(rows: object) -> str:
    return hashlib.sha256(repr(rows).encode()).hexdigest()
