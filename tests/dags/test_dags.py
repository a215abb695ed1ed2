"""The DAGs load, without anything heavy, and are wired as the reviewed snapshot says."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta

import pytest

from safer_kpi.catalogue.feeds import feed_names, load_feed
from tests.dags.asset_graph import PROJECT, SNAPSHOT, edges, load_dags

FILES = sorted((PROJECT / "dags").glob("*.py"))


@pytest.fixture(scope="module")
def dags():
    return load_dags()


def test_there_is_a_landing_per_contract_a_fetch_per_source_and_five_more(dags) -> None:
    landings = {f"land_{feed}" for feed in feed_names(PROJECT)}
    fetches = {f"fetch_{feed}" for feed in feed_names(PROJECT) if load_feed(PROJECT, feed).source is not None}
    assert fetches
    assert set(dags) == landings | fetches | {
        "build_kpis",
        "certify_release",
        "feed_freshness",
        "maintenance",
        "publish_report",
    }


def test_the_graph_is_the_one_that_was_reviewed(dags) -> None:
    reviewed = SNAPSHOT.read_text(encoding="utf-8").splitlines()
    assert edges(dags) == reviewed, "review the change, then: python -m tests.dags.asset_graph > " + SNAPSHOT.name


def test_every_dag_tells_what_it_is_and_runs_once_at_a_time(dags) -> None:
    for dag_id, dag in dags.items():
        assert "safer_kpi" in dag.tags, dag_id
        assert dag.doc_md or dag.description, dag_id
        assert dag.max_active_runs == 1, dag_id
        assert dag.catchup is False, dag_id


def test_whatever_fails_says_so(dags) -> None:
    for dag_id, dag in dags.items():
        for task in dag.tasks:
            assert task.on_failure_callback, f"{dag_id}.{task.task_id}"


def test_what_may_meet_a_dead_process_is_tried_again(dags) -> None:
    """What a clock wakes comes again anyway."""
    tasks = {f"{dag.dag_id}.{task.task_id}": task for dag in dags.values() for task in dag.tasks}
    fetched = {name for name in tasks if name.startswith("fetch_")}
    tried_again = {name for name, task in tasks.items() if task.retries} - fetched
    timed = {name for name in tasks if name.startswith(("feed_freshness.", "maintenance."))} | fetched
    assert tried_again == set(tasks) - timed
    assert max(tasks[name].retry_delay for name in tried_again) <= timedelta(minutes=1)


def test_a_publisher_is_asked_by_one_task_at_a_time_once_a_person_wants_it(dags) -> None:
    fetches = [dag for name, dag in dags.items() if name.startswith("fetch_")]
    assert {dag.is_paused_upon_creation for dag in fetches} == {True}
    assert {task.pool for dag in fetches for task in dag.tasks} == {"source_fetch"}
    assert min(task.retry_delay for dag in fetches for task in dag.tasks if task.retries) >= timedelta(minutes=10)
    assert {dag.timetable.expression.split()[-1] for dag in fetches} == {"1"}, "both ask weekly, on Mondays"


def test_builds_and_maintenance_share_a_pool(dags) -> None:
    pooled = {
        f"{dag.dag_id}.{task.task_id}" for dag in dags.values() for task in dag.tasks if task.pool == "lake_build"
    }
    assert pooled == {"build_kpis.build_entries", "maintenance.orphans", "maintenance.compact"}


def test_no_file_loads_anything_heavy() -> None:
    """All in one process, which has seen nothing heavy before the first of them."""
    command = [sys.executable, "-m", "tests.dags.parse_cost", *map(str, FILES)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1])["heavy"] == {path.name: [] for path in FILES}
