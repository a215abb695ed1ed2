"""One DAG per feed that has a contract: files in its inbox wake it, it lands each file and emits asset events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, task

from safer_kpi.catalogue.feeds import feed_names
from safer_kpi.orchestration import assets, land
from safer_kpi.orchestration.notify import on_failure
from safer_kpi.settings import Settings


def landing(feed: str) -> DAG:
    """Return the DAG of one feed."""
    with DAG(
        f"land_{feed}",
        description=f"Land what waits in the inbox of {feed}",
        schedule=[assets.inbox(feed)],
        catchup=False,
        max_active_runs=1,
        tags=["safer_kpi", "land"],
        on_failure_callback=on_failure(),
        default_args={"retries": 3, "retry_delay": timedelta(seconds=15), "on_failure_callback": on_failure()},
    ) as dag:

        @task(task_id="waiting")
        def waiting() -> list[dict[str, str]]:
            return land.waiting_files(feed)

        @task(task_id="land", outlets=[assets.delivered(feed), assets.periods(feed), assets.BUILT_BY_LANDING])
        def land_file(file: dict[str, str], *, outlet_events: Any = None, dag_run: Any = None) -> int:
            return land.land_file(feed, file, outlet_events, since=land.began(dag_run), builds=True)

        land_file.expand(file=waiting())
    return dag


for each in feed_names(Settings.load().project):
    globals()[f"land_{each}"] = landing(each)
