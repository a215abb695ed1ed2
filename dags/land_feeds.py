"""One DAG per feed that has a contract: files in its inbox wake it, it lands them and emits asset events."""

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
        told = [assets.delivered(feed), assets.periods(feed), assets.DELIVERED_TOGETHER, assets.BUILT_BY_LANDING]

        @task(task_id="land", outlets=told)
        def land_files(*, outlet_events: Any = None, dag_run: Any = None, ti: Any = None) -> list[str]:
            return land.land_files(feed, outlet_events, run=dag_run, task=ti)

        # One red square for each file that was not accepted, beside those that were.
        @task(task_id="not_accepted")
        def not_accepted(why: str) -> None:
            land.fail_for(why)

        not_accepted.expand(why=land_files())
    return dag


for each in feed_names(Settings.load().project):
    globals()[f"land_{each}"] = landing(each)
