"""Every Sunday night: remove orphans, merge small files, tidy the inbox and verify every release."""

from __future__ import annotations

from airflow.sdk import dag, task

from safer_kpi.catalogue.feeds import feed_names
from safer_kpi.orchestration import maintain
from safer_kpi.orchestration.build import BUILD_POOL
from safer_kpi.orchestration.notify import on_failure
from safer_kpi.settings import Settings

FEEDS = feed_names(Settings.load().project)


@dag(
    schedule="0 2 * * 0",
    catchup=False,
    max_active_runs=1,
    tags=["safer_kpi", "maintenance"],
    default_args={"on_failure_callback": on_failure()},
)
def maintenance() -> None:
    """Sweep, then compact, while no build runs; then verify, so that no file is deleted meanwhile; tidy at any time."""

    @task(pool=BUILD_POOL)
    def orphans() -> int:
        return maintain.remove_orphans()

    @task(pool=BUILD_POOL)
    def compact() -> int:
        return maintain.compact_lake()

    @task
    def tidy() -> int:
        return maintain.tidy_inbox(FEEDS)

    @task
    def verify() -> int:
        return maintain.verify_releases()

    orphans() >> compact() >> verify()
    tidy()


maintenance()
