"""Tell whether a local Airflow is ready, by its health page and the processes that run now."""

from __future__ import annotations

import datetime as dt
import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from safer_kpi.stack.plan import HEALTH, POSTGRES

if TYPE_CHECKING:
    from collections.abc import Mapping


def unready(address: str, components: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the components that are not known to be healthy.

    Airflow calls a component healthy until its last heartbeat is some seconds old, even if it is dead. Here a heartbeat
    counts only if it is later than the start of the current process.
    """
    waiting = [name for name, found in components.items() if not found["pid"]]
    if "api-server" not in components:
        return waiting or [list(components)[-1] if components else POSTGRES]
    # The server builds what tasks talk to when it is first asked, for seconds: better now than under the first task.
    tasks_api = _ask(f"{address}/execution/health", seconds=60)
    told = _ask(f"{address}/api/v2/monitor/health", seconds=5)
    if told is None or tasks_api is None:
        return waiting or ["api-server"]
    if told["metadatabase"]["status"] != "healthy":
        waiting.append(POSTGRES)
    for field, name in HEALTH.items():
        known = told.get(field) or {}
        beat = known.get(f"latest_{field}_heartbeat")
        begun = components[name]["started_at"] if name in components else 0
        is_well = known.get("status") == "healthy" and beat and dt.datetime.fromisoformat(beat).timestamp() > begun
        if not is_well:
            waiting.append(name)
    return list(dict.fromkeys(waiting))


def _ask(url: str, *, seconds: float) -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:  # noqa: S310 (our own, on loopback)
            told: dict[str, Any] = json.load(answer)
    except (OSError, ValueError):
        return None
    return told
