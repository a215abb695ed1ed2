"""What wakes each DAG and what each of its tasks tells, one line per edge: ``python -m tests.dags.asset_graph``."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.sdk import DAG, Asset

PROJECT = Path(__file__).resolve().parents[2]
SNAPSHOT = Path(__file__).with_name("asset_graph.txt")


def load_dags(folder: Path = PROJECT / "dags") -> dict[str, DAG]:
    """Every DAG of the project by its id, loaded as Airflow's DAG processor does.

    Raises:
        RuntimeError: a file does not load.
    """
    os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp())
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "ERROR"
    from airflow.dag_processing.dagbag import DagBag

    # For the load alone: a later test of another project would be sent to this one.
    with patch.dict(os.environ, {"SAFER_KPI_PROJECT": os.environ.get("SAFER_KPI_PROJECT", str(PROJECT))}):
        bag = DagBag(str(folder))
    if bag.import_errors:
        raise RuntimeError("\n".join(bag.import_errors.values()))
    return dict(bag.dags)


def edges(dags: dict[str, DAG]) -> list[str]:
    """``asset -> dag`` where an asset wakes one, ``dag.task -> asset`` where a task tells of one."""
    from airflow.sdk import Asset

    found = set()
    for dag_id, dag in dags.items():
        found |= {f"{asset.name} -> {dag_id}" for asset in _assets(getattr(dag.timetable, "asset_condition", None))}
        for task in dag.tasks:
            found |= {f"{dag_id}.{task.task_id} -> {each.name}" for each in task.outlets if isinstance(each, Asset)}
    return sorted(found)


def _assets(condition: Any) -> Iterator[Asset]:
    """The assets of a schedule's condition."""
    from airflow.sdk import Asset

    if isinstance(condition, Asset):
        yield condition
    for each in getattr(condition, "objects", ()):
        yield from _assets(each)


if __name__ == "__main__":
    sys.stdout.write("\n".join(edges(load_dags())) + "\n")
