"""The tasks of the build DAG: bring the numbers up to the lake's last entry, and name the quarter that is complete."""

from __future__ import annotations

import datetime as dt
import logging
import time
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from safer_kpi.errors import SaferKpiError
from safer_kpi.orchestration.assets import BUILT_BY_LANDING, OBSERVATION, QUARTER
from safer_kpi.orchestration.places import any_waits, open_inbox
from safer_kpi.orchestration.words import in_words
from safer_kpi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_log = logging.getLogger(__name__)
#: One slot: the lake has one writer, and a build that waits for it would hold a worker.
BUILD_POOL = "lake_build"
#: Seconds that a build waits for files that have just come, and how long ago they may have come.
_LET_LAND, _JUST_NOW = 20.0, dt.timedelta(minutes=1)
_LET_BUILD = 2.0


@in_words
def build_entries(outlet_events: MutableMapping[Any, Any]) -> int:
    """Build every unbuilt entry; return the last entry that the numbers hold.

    Raises:
        AirflowSkipException: no entry is unbuilt: an earlier run built them.
        CheckFailed: an audit did not hold; ``safer_kpi.duckdb`` stays as it was.
    """
    from safer_kpi.compute import unbuilt

    settings = Settings.load()
    _let_land(settings)
    had_numbers = settings.kpi_file.is_file()
    if had_numbers and not unbuilt(settings):
        raise AirflowSkipException("Every entry is built.")
    told = _built(settings)
    if had_numbers and not told["entries"]:
        raise AirflowSkipException("The landing of the last file has built every entry.")
    outlet_events[OBSERVATION].extra = told
    return told["last_entry"]


def _let_land(settings: Settings) -> None:
    """Wait a little while files that have just come are landed: a build would hold the lake, and not see them."""
    inbox = open_inbox(settings.watched)
    if not inbox.is_local or not settings.kpi_file.is_file():
        return
    began = time.monotonic()
    waited = False
    while time.monotonic() - began < _LET_LAND:
        just_now = dt.datetime.now(dt.UTC).replace(tzinfo=None) - _JUST_NOW
        if not any_waits(inbox, settings.project, since=just_now):
            break
        waited = True
        time.sleep(0.5)
    if waited:  # the landing of the last file builds: let it begin
        time.sleep(_LET_BUILD)


def build_after_landing(settings: Settings, outlet_events: MutableMapping[Any, Any]) -> None:
    """Build in the task that landed the last file of the inbox: the build DAG would need another run's start for it.

    Numbers that have never been built, and a build that fails, are left to the build DAG, which the landing wakes too.
    """
    if not settings.kpi_file.is_file():
        return
    try:
        told = _built(settings)
    except SaferKpiError as problem:
        _log.warning("Landed, but not built: %s The DAG build_kpis tries again.", problem)
        return
    outlet_events[BUILT_BY_LANDING].add(OBSERVATION, extra=told)


def _built(settings: Settings) -> dict[str, int]:
    """Build, write what people should check to the log, and return the extra of the numbers' event."""
    from safer_kpi.compute import build

    result = build(settings)
    for warning in result.warnings:
        _log.warning("%s", warning)
    for name in result.superseded:
        _log.warning(
            "%s was written by an earlier version and is not renewed. Once nothing reads it, remove it with"
            " `safer-kpi migrate --remove-superseded`.",
            name,
        )
    return {"entries": result.entries, "last_entry": result.last_entry, "snapshot_id": result.snapshot_id}


@in_words
def complete_quarter(outlet_events: MutableMapping[Any, Any]) -> str:
    """Return the quarter that can be certified now: every feed it needs has delivered it.

    Raises:
        AirflowSkipException: no quarter is complete.
    """
    from safer_kpi.releases import due

    found = due(Settings.load())
    if found is None:
        raise AirflowSkipException("No further quarter is complete.")
    outlet_events[QUARTER].extra = {"quarter": found.quarter, "last_entry": found.last_entry}
    return found.quarter
