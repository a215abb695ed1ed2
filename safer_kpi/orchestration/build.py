"""The tasks of the build DAG: bring the numbers up to the lake's last entry, and name the quarter that is complete."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from safer_kpi.orchestration.assets import OBSERVATION, QUARTER
from safer_kpi.orchestration.words import in_words
from safer_kpi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_log = logging.getLogger(__name__)
#: One slot: the lake has one writer, and a build that waits for it would hold a worker.
BUILD_POOL = "lake_build"


@in_words
def build_entries(outlet_events: MutableMapping[Any, Any]) -> int:
    """Build every unbuilt entry; return the last entry that the numbers hold.

    Raises:
        AirflowSkipException: no entry is unbuilt: an earlier run built them.
        CheckFailed: an audit did not hold; ``safer_kpi.duckdb`` stays as it was.
    """
    from safer_kpi.compute import build, unbuilt

    settings = Settings.load()
    if settings.kpi_file.is_file() and not unbuilt(settings):
        raise AirflowSkipException("Every entry is built.")
    result = build(settings)
    for warning in result.warnings:
        _log.warning("%s", warning)
    for name in result.superseded:
        _log.warning(
            "%s was written by an earlier version and is not renewed. Once nothing reads it, remove it with"
            " `safer-kpi migrate --remove-superseded`.",
            name,
        )
    outlet_events[OBSERVATION].extra = {
        "entries": result.entries, "last_entry": result.last_entry, "snapshot_id": result.snapshot_id,
    }  # fmt: skip
    return result.last_entry


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
