"""The components of a local Airflow."""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.files import write_durably
from safer_kpi.stack import postgres, storage
from safer_kpi.stack.component import Spec
from safer_kpi.stack.layout import HOST, read_json

if TYPE_CHECKING:
    from safer_kpi.stack.layout import Layout

POSTGRES = "postgres"
#: What /monitor/health calls the components that are not the server which answers it.
HEALTH = {"scheduler": "scheduler", "dag_processor": "dag-processor", "triggerer": "triggerer"}


@dataclass(frozen=True)
class Plan:
    """The components to run, from the bottom up: each tier is stopped before the one below it.

    Attributes:
        database: starts first, and everything else waits for it; None in a test of the supervisor alone.
        stores: started beside the database; nothing waits for them but what runs once.
        once: run to their ends one after another before the tiers start; empty if that was done before.
        tiers: started together, stopped last tier first.
    """

    database: Spec | None
    once: tuple[Spec, ...]
    tiers: tuple[tuple[Spec, ...], ...]
    stores: tuple[Spec, ...] = ()


def plan(layout: Layout, port: int) -> Plan:
    """Return the plan: Postgres, and the S3 server if there is one; then what prepares them; then Airflow's four."""
    # Airflow's command line adds the working folder to the import path unless told not to (-P).
    python = (sys.executable, "-P", "-m")
    airflow = (*python, "airflow")
    database = Spec(
        name=POSTGRES,
        command=tuple(postgres.command(layout)),
        user=postgres.system_user(),
        stop_signal=signal.SIGINT,  # "fast": ends open connections and writes a checkpoint
        stop_seconds=4,
    )
    server = Spec(
        name="api-server",
        command=(*airflow, "api-server", "--host", HOST, "--port", str(port), "--workers", "1"),
        stop_seconds=3,
    )
    workers = (
        Spec(name="scheduler", command=(*airflow, "scheduler", "--skip-serve-logs")),
        Spec(name="dag-processor", command=(*airflow, "dag-processor")),
        # Asked to end, it waits 10 s for a child that has ended; the next triggerer takes over its watchers anyway.
        Spec(
            name="triggerer",
            command=(*airflow, "triggerer", "--skip-serve-logs"),
            stop_seconds=3,
            needs_database=True,
        ),
    )
    prepare = Spec(name="prepare", command=(*python, "safer_kpi.orchestration.prepare"), once=True, stop_seconds=2)
    once = () if is_prepared(layout) else (prepare,)
    if not layout.storage.exists():
        return Plan(database, once, ((server,), workers))
    return Plan(database, (storage.preparation(), *once), ((server,), workers), stores=(storage.server(layout),))


def is_prepared(layout: Layout) -> bool:
    """Return whether the existing database was prepared for the installed Airflow."""
    return read_json(layout.prepared) == _prepared(layout)


def remember_prepared(layout: Layout) -> None:
    """Record that the database is prepared, so that the next start skips a process that imports Airflow."""
    write_durably(layout.prepared, (json.dumps(_prepared(layout)) + "\n").encode(), private=True)


def _prepared(layout: Layout) -> dict[str, str | int]:
    from importlib.metadata import version

    made = layout.pgdata / "PG_VERSION"
    return {"airflow": version("apache-airflow-core"), "database": made.stat().st_mtime_ns if made.exists() else 0}
