"""Bring the numbers up to date when a feed was delivered: one build at a time, of all that no build has seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import AssetAny, dag, task

from safer_kpi.catalogue.feeds import feed_names
from safer_kpi.orchestration import assets, build
from safer_kpi.orchestration.notify import on_failure
from safer_kpi.settings import Settings


@dag(
    schedule=AssetAny(assets.UNBUILT, *(assets.delivered(feed) for feed in feed_names(Settings.load().project))),
    catchup=False,
    max_active_runs=1,
    tags=["safer_kpi", "build"],
    default_args={"retries": 3, "retry_delay": timedelta(seconds=15), "on_failure_callback": on_failure()},
)
def build_kpis() -> None:
    """Build what is due, then say which quarter is complete."""

    @task(pool=build.BUILD_POOL, outlets=[assets.OBSERVATION])
    def build_entries(*, outlet_events: Any = None) -> int:
        return build.build_entries(outlet_events)

    # A landing may have built already: then there is nothing to build, and still a quarter to look for.
    @task(outlets=[assets.QUARTER], trigger_rule="none_failed")
    def complete_quarter(*, outlet_events: Any = None) -> str:
        return build.complete_quarter(outlet_events)

    build_entries() >> complete_quarter()


build_kpis()
