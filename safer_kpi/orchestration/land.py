"""The tasks of a feed's DAG: list the waiting files, land each, and emit asset events."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.catalogue.known_names import known_name
from safer_kpi.inbox import arrivals, handle, landed, waiting
from safer_kpi.landing.periods import periods_of
from safer_kpi.orchestration.assets import delivered, periods
from safer_kpi.orchestration.build import build_after_landing
from safer_kpi.orchestration.places import open_inbox
from safer_kpi.orchestration.secrets import settings_with_key
from safer_kpi.orchestration.words import in_words
from safer_kpi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping
    from pathlib import Path

    from airflow.sdk.types import DagRunProtocol

    from safer_kpi.inbox import Place
    from safer_kpi.inbox.arrivals import Arrival
    from safer_kpi.landing.receipt import Receipt

_log = logging.getLogger(__name__)


@in_words
def waiting_files(feed: str) -> list[dict[str, str]]:
    """Return a row for each of a feed's files that can be landed now, oldest first.

    ``file`` stands for the file and is no part of its name, which may name a person and which Airflow would keep.
    ``known`` is the name as far as the feed's contract knows it, or empty.
    """
    settings = Settings.load()
    found = waiting(open_inbox(settings.watched), feed, settle_seconds=settings.settle_seconds)
    if not found:
        return []
    contract = load_feed(settings.project, feed)
    return [{"file": _token(each), "known": known_name(contract, each.name) or ""} for each in found]


@in_words
def land_file(
    feed: str,
    file: Mapping[str, str],
    outlet_events: MutableMapping[Any, Any],
    *,
    since: dt.datetime,
    builds: bool = False,
) -> int:
    """Land one of the ``waiting_files`` and put it away with its receipt; return its delivery's number.

    If it is the last file that waits in an inbox of this machine, and the DAG says that it ``builds``, the numbers are
    built too.

    Of an archive each file of the feed is landed; the number is that of the last one that was not refused. The task
    fails if none was.

    If the file is gone and was landed ``since`` the run began, the event is emitted again: the process that put it away
    may have been killed before it could emit it.

    Raises:
        AirflowSkipException: the file is gone, or is being written again, which wakes this DAG again.
        AirflowFailException: the file was refused, and a retry would not change that. The receipt says why.
    """
    settings = settings_with_key()
    place = open_inbox(settings.watched)
    found = waiting(place, feed, settle_seconds=settings.settle_seconds)
    arrival = next((each for each in found if _token(each) == file["file"]), None)
    handled = handle(settings, place, arrival) if arrival else None
    before = None if handled else landed(settings, feed, file["known"], since=since)
    receipts = handled.receipts if handled else tuple(one for one in (before,) if one is not None)
    if not receipts:
        raise AirflowSkipException("The file no longer waits.")
    taken = [receipt for receipt in receipts if receipt.status != "refused"]
    if taken:
        outlet_events[delivered(feed)].extra = told(taken[-1])
        cells = [cell for receipt in taken for cell in receipt.cells]
        outlet_events[periods(feed)].add_partitions(periods_of(settings, feed, cells))
    for receipt in receipts:
        if receipt.status == "refused" and not taken:
            raise AirflowFailException(f"Delivery {receipt.delivery_id} was refused. {receipt.error}")
        if receipt.status == "refused":
            _log.warning("Delivery %s was refused. %s", receipt.delivery_id, receipt.error)
    if builds and _none_waits(place, settings.project):
        build_after_landing(settings, outlet_events)
    return taken[-1].delivery_id


def _none_waits(inbox: Place, project: Path) -> bool:
    """Return whether no feed has a file that waits; not of an inbox elsewhere, where each list takes a request."""
    try:
        return inbox.is_local and not any(arrivals(inbox, feed) for feed in feed_names(project))
    except OSError:  # a folder cannot be listed, which its watcher says
        return False


def _token(arrival: Arrival) -> str:
    """Return a hash that stands for one file of the inbox, and for no other that takes its name."""
    return hashlib.sha256(f"{arrival.path}\0{arrival.stamp}".encode("utf-8", "surrogateescape")).hexdigest()[:32]


def began(run: DagRunProtocol) -> dt.datetime:
    """Return when a run began (UTC, no zone)."""
    return (run.start_date or run.run_after).astimezone(dt.UTC).replace(tzinfo=None)


def told(receipt: Receipt) -> Mapping[str, Any]:
    """Return the extra of a delivery's event: counts and hashes, never a row."""
    return {
        "delivery_id": receipt.delivery_id,
        "sha256": receipt.sha256,
        "status": receipt.status,
        "rows_read": receipt.rows_read,
        "rows_accepted": receipt.rows_accepted,
        "rows_quarantined": receipt.rows_quarantined,
        "rows_skipped": receipt.rows_skipped,
        "changes": receipt.changes,
    }
