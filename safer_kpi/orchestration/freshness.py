"""The tasks of the freshness DAG: report overdue cells, and wake a build for entries that no event announced."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from safer_kpi.inbox import arrivals, strays
from safer_kpi.orchestration.assets import UNBUILT
from safer_kpi.orchestration.places import open_inbox
from safer_kpi.orchestration.words import in_words
from safer_kpi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_log = logging.getLogger(__name__)


@in_words
def overdue_cells() -> list[str]:
    """Return the cells that are late or missing by their contracts' cadence, as ``feed cell: late, due 2024-07-30``.

    Raises:
        AirflowSkipException: nothing has been built yet.
    """
    import safer_kpi

    settings = Settings.load()
    if not settings.kpi_file.is_file():
        raise AirflowSkipException("Nothing has been built yet.")
    with safer_kpi.open(settings.home) as lake:
        found = [
            f"{feed} {cell['prefix']}{cell['starts_on']:%Y-%m}: {cell['status']}, due {cell['due_on']}"
            for feed in (row["feed"] for row in lake.feeds().rows() if row["late"] or row["missing"])
            for cell in lake.cells(feed).rows()
            if cell["status"] in {"late", "missing"}
        ]
    for line in found:
        _log.warning("%s", line)
    return found


@in_words
def sweep_unbuilt(outlet_events: MutableMapping[Any, Any]) -> int:
    """Emit an event if entries wait for a build; return how many wait.

    Raises:
        AirflowSkipException: no entry waits, or no lake exists yet.
    """
    from safer_kpi.compute import unbuilt

    entries = len(unbuilt(Settings.load()))
    if not entries:
        raise AirflowSkipException("Every entry is built.")
    outlet_events[UNBUILT].extra = {"entries": entries}
    return entries


@in_words
def check_inbox(feeds: list[str]) -> list[str]:
    """List every feed's folder; return the stray files that no task will handle.

    Raises:
        OSError: the inbox cannot be reached; other filesystems raise errors of their own.
    """
    place = open_inbox(Settings.load().watched)
    for feed in feeds:
        arrivals(place, feed)
    found = strays(place, feeds)
    for name in found:
        _log.warning("nobody handles %s", name)
    return found
