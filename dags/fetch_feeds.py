"""One DAG per feed whose contract has a source: it asks the source for what is new and drops it into the inbox.

A fetch DAG starts paused: nothing is asked of a publisher before a person starts it.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, task

from safer_kpi.orchestration import fetch
from safer_kpi.orchestration.notify import on_failure


def fetching(feed: str, schedule: str) -> DAG:
    """Return the DAG of one feed."""
    with DAG(
        f"fetch_{feed}",
        description=f"Fetch what is new at the source of {feed} into its inbox",
        schedule=schedule,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=True,
        tags=["safer_kpi", "fetch"],
        # A publisher that failed after several tries within the task is asked again later, not at once.
        default_args={"retries": 2, "retry_delay": timedelta(minutes=20), "on_failure_callback": on_failure()},
    ) as dag:

        @task(task_id="fetch", pool=fetch.FETCH_POOL)
        def fetch_feed() -> list[str]:
            return fetch.fetch_feed(feed)

        fetch_feed()
    return dag


for each, when in fetch.schedules().items():
    globals()[f"fetch_{each}"] = fetching(each, when)
