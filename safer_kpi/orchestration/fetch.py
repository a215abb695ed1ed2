"""The task of a fetched feed's DAG: ask its source for what is new and drop it into the inbox, which wakes landing."""

from __future__ import annotations

import logging
import zlib

from safer_kpi.catalogue.feeds import load_feed
from safer_kpi.catalogue.known_names import known_name
from safer_kpi.catalogue.source import stated_source
from safer_kpi.catalogue.template import area_of
from safer_kpi.errors import FetchFailed
from safer_kpi.inbox import feeds_with_a_source, fetch
from safer_kpi.orchestration.places import open_inbox
from safer_kpi.orchestration.words import in_words
from safer_kpi.settings import Settings

_log = logging.getLogger(__name__)
#: One slot: publishers get one request at a time.
FETCH_POOL = "source_fetch"


def schedules() -> dict[str, str]:
    """Return for each feed with a source when it is asked, as cron writes it; no contract is loaded.

    Feeds and partnerships are spread over the early morning, so that they do not all ask a publisher at once.
    """
    project = Settings.load().project
    area = area_of(project)
    found = {}
    for feed in feeds_with_a_source(project):
        stated = stated_source(project / "contracts" / "feeds" / f"{feed}.py") or {}
        found[feed] = _cron(f"{area}/{feed}", str(stated.get("every", "day")))
    return found


@in_words
def fetch_feed(feed: str) -> list[str]:
    """Fetch what is new for a feed; return a line for each file that was asked for. Nothing new is a success.

    Raises:
        FetchFailed: a file could not be had; the others were dropped.
    """
    settings = Settings.load()
    contract = load_feed(settings.project, feed)
    rows = fetch(settings, feed, opener=open_inbox)
    lines = [
        f"{row.period or known_name(contract, row.file_name) or feed}: {row.status.replace('_', ' ')}. {row.message}"
        for row in rows
    ]
    lines = [line.rstrip(". ") for line in lines]
    for line in lines:
        _log.info("%s", line)
    if failed := [line for row, line in zip(rows, lines, strict=True) if row.status == "failed"]:
        raise FetchFailed("; ".join(failed))
    if not any(row.status == "fetched" for row in rows):
        _log.info("Nothing new at the source of %s.", feed)
    return lines


def _cron(name: str, every: str) -> str:
    spread = zlib.crc32(name.encode())
    minute, hour = spread % 60, 4 + spread // 60 % 3
    return {
        "hour": f"{minute} * * * *",
        "week": f"{minute} {hour} * * 1",
        "month": f"{minute} {hour} 2 * *",
    }.get(every, f"{minute} {hour} * * *")
