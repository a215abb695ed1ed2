"""The tasks of a feed's DAG: land the files that wait, emit asset events, and fail for each that was not accepted."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from safer_kpi.failures import known
from safer_kpi.inbox import handle_each, landed_since, settled
from safer_kpi.landing.periods import periods_of
from safer_kpi.orchestration.assets import DELIVERED_TOGETHER, delivered, periods
from safer_kpi.orchestration.build import build_after_landing
from safer_kpi.orchestration.places import any_waits, open_inbox
from safer_kpi.orchestration.secrets import settings_with_key
from safer_kpi.orchestration.words import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence

    from airflow.sdk.types import DagRunProtocol, RuntimeTaskInstanceProtocol

    from safer_kpi.landing.receipt import Receipt
    from safer_kpi.settings import Settings

_log = logging.getLogger(__name__)
#: So many files that were not accepted get a task of their own; the last one tells how many more there are.
_MOST_TOLD = 100


@in_words
def land_files(
    feed: str, outlet_events: MutableMapping[Any, Any], *, run: DagRunProtocol, task: RuntimeTaskInstanceProtocol
) -> list[str]:
    """Land the files of a feed that wait, put each away with its receipt, and return why some were not accepted.

    Small files are read and committed together, as by a command. An error of one file stops no other; the task is
    tried again for it. If no file waits in an inbox of this machine any more, the numbers are built too.

    A try after the first emits the events of all files that were landed since the run began: the process that landed
    them may have been killed before it could.

    Raises:
        AirflowSkipException: no file waits, or each is being written again, which wakes this DAG again.
        AirflowFailException: every file was refused, and a retry would not change that. The receipts say why.
    """
    settings = settings_with_key()
    place = open_inbox(settings.watched)
    before = landed_since(settings, feed, _began(run)) if task.try_number > 1 else []
    found: dict[int, Sequence[Receipt]] = {one.delivery_id: [one] for one in before}
    problems = []
    for outcome in handle_each(settings, place, settled(place, feed, settle_seconds=settings.settle_seconds)):
        if outcome.problem is not None:
            problems.append(outcome.problem)
            _log.warning("%s", _failed(outcome.problem))
        elif outcome.handled is not None:
            found[outcome.handled.receipts[-1].delivery_id] = outcome.handled.receipts
            _tell(outcome.handled.receipts)
    taken = [some for receipts in found.values() if (some := _taken(receipts))]
    refused = [_refused(receipts[0]) for receipts in found.values() if not _taken(receipts)]
    if problems and (not taken or task.try_number <= task.max_tries):
        raise problems[0]
    if not taken and not refused:
        raise AirflowSkipException("No file waits.")
    if not taken:
        raise AirflowFailException(" ".join(refused))
    _emit(settings, feed, taken, outlet_events)
    if place.is_local and not any_waits(place, settings.project):
        build_after_landing(settings, outlet_events)
    return _shortened([*refused, *map(_failed, problems)])


def fail_for(why: str) -> None:
    """Fail for a file that was not accepted, beside others that were.

    Raises:
        AirflowFailException: always; a retry would not change it.
    """
    raise AirflowFailException(why)


def _taken(receipts: Sequence[Receipt]) -> list[Receipt]:
    """Return the receipts of one file, or of the files of one archive, that were not refused."""
    return [receipt for receipt in receipts if receipt.status != "refused"]


def _refused(receipt: Receipt) -> str:
    return f"Delivery {receipt.delivery_id} was refused. {receipt.error}"


def _failed(problem: Exception) -> str:
    """Return what an error says, if it is ours or its cause is known: the text of another one may hold a row."""
    return f"A file was not landed and still waits. {known(problem) or type(problem).__name__}"


def _tell(receipts: Sequence[Receipt]) -> None:
    """Write to the log how each file ended, under its name as far as the feed's contract knows it."""
    for receipt in receipts:
        if receipt.status == "refused":
            _log.warning("%s", _refused(receipt))
        else:
            name = receipt.file_name or "a file of an unknown name"
            _log.info("Delivery %s, %s: %s", receipt.delivery_id, name, receipt.status)


def _emit(
    settings: Settings, feed: str, files: Sequence[Sequence[Receipt]], outlet_events: MutableMapping[Any, Any]
) -> None:
    """Emit an event for each file, and one for each period. An outlet takes one event, so the others go by an alias."""
    first, *others = [told(receipts[-1]) for receipts in files]
    outlet_events[delivered(feed)].extra = first
    for other in others:
        outlet_events[DELIVERED_TOGETHER].add(delivered(feed), extra=other)
    cells = [cell for receipts in files for receipt in receipts for cell in receipt.cells]
    outlet_events[periods(feed)].add_partitions(periods_of(settings, feed, cells))


def _shortened(reasons: Sequence[str]) -> list[str]:
    if len(reasons) <= _MOST_TOLD:
        return list(reasons)
    return [*reasons[: _MOST_TOLD - 1], f"{len(reasons) - _MOST_TOLD + 1} more: see the log of the landing."]


def _began(run: DagRunProtocol) -> dt.datetime:
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
