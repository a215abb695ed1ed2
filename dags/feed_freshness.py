"""Every quarter of an hour, report overdue cells, wake a build for unannounced entries, and list stray files."""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, task

from safer_kpi.catalogue.feeds import feed_names
from safer_kpi.orchestration import assets, freshness
from safer_kpi.orchestration.notify import on_failure
from safer_kpi.settings import Settings

FEEDS = feed_names(Settings.load().project)


@dag(
    schedule="*/15 * * * *",
    catchup=False,
    max_active_runs=1,
    tags=["safer_kpi", "freshness"],
    default_args={"on_failure_callback": on_failure()},
)
def feed_freshness() -> None:
    """Run three checks that do not depend on each other."""

    @task
    def overdue() -> list[str]:
        return freshness.overdue_cells()

    @task(outlets=[assets.UNBUILT])
    def unbuilt(*, outlet_events: Any = None) -> int:
        return freshness.sweep_unbuilt(outlet_events)

    @task
    def inbox() -> list[str]:
        return freshness.check_inbox(FEEDS)

    overdue()
    unbuilt()
    inbox()


feed_freshness()
