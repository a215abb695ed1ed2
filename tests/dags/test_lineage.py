"""An OpenLineage catalogue is told the steps from a feed's inbox to a sealed report, by the names of the assets."""

from __future__ import annotations

import pytest

from safer_kpi.catalogue.feeds import feed_names
from tests.dags.asset_graph import PROJECT, load_dags

DELIVERED = {f"feed/{feed}" for feed in feed_names(PROJECT)}


@pytest.fixture(scope="module")
def steps() -> dict[str, tuple[set[str], set[str]]]:
    """What each task reads and what it writes."""
    from safer_kpi.orchestration.lineage import AssetLineage

    found = {}
    for dag_id, dag in load_dags().items():
        for task in dag.tasks:
            if task.task_type in AssetLineage.get_operator_classnames():
                told = AssetLineage(task).extract()
                assert {each.namespace for each in (*told.inputs, *told.outputs)} <= {"default"}
                found[f"{dag_id}.{task.task_id}"] = {e.name for e in told.inputs}, {e.name for e in told.outputs}
    return found


@pytest.mark.parametrize(
    ("task", "reads", "writes"),
    [
        ("land_police_street.land", {"inbox/police_street"}, {"feed/police_street", "feed/police_street/period"}),
        ("build_kpis.build_entries", DELIVERED | {"lake/unbuilt"}, {"kpi/observation"}),
        ("certify_release.publish", {"kpi/quarter"}, {"kpi/release"}),
        ("publish_report.seal", {"kpi/release"}, {"kpi/publication"}),
    ],
)
def test_a_step_reads_what_wakes_it_and_writes_what_it_updates(
    steps: dict[str, tuple[set[str], set[str]]], task: str, reads: set[str], writes: set[str]
) -> None:
    assert steps[task] == (reads, writes)


def test_a_task_that_updates_nothing_is_no_step(steps: dict[str, tuple[set[str], set[str]]]) -> None:
    assert steps["land_police_street.not_accepted"] == (set(), set())


def test_a_task_that_the_clock_wakes_reads_no_asset(steps: dict[str, tuple[set[str], set[str]]]) -> None:
    assert {name: reads for name, (reads, _) in steps.items() if name.startswith("feed_freshness.")} == {
        name: set() for name in steps if name.startswith("feed_freshness.")
    }
