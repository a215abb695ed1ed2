"""What an OpenLineage catalogue is told of a task: the assets that wake its DAG, and those that it updates.

Airflow's OpenLineage provider sends the events. It translates assets with the address of a file or a bucket only, and
those of a lake have names, such as ``kpi/observation``: here each is a dataset of that name, in the namespace that the
provider is set to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.openlineage import conf
from airflow.providers.openlineage.extractors.base import BaseExtractor, OperatorLineage
from airflow.sdk import Asset
from openlineage.client.event_v2 import Dataset

if TYPE_CHECKING:
    from collections.abc import Iterator


class AssetLineage(BaseExtractor):
    """Tell the assets of a ``@task`` by their names."""

    @classmethod
    def get_operator_classnames(cls) -> list[str]:
        """Return the operator's class of every ``@task`` that runs Python."""
        return ["_PythonDecoratedOperator"]

    def _execute_extraction(self) -> OperatorLineage[Dataset, Any]:
        """Return the lineage; a task that updates nothing is no step between datasets, so it reads none."""
        outputs = [_dataset(each) for each in self.operator.outlets if isinstance(each, Asset)]
        woken_by = getattr(self.operator.dag.timetable, "asset_condition", None) if outputs else None
        return OperatorLineage(inputs=[_dataset(each) for each in assets_of(woken_by)], outputs=outputs)


def assets_of(condition: object) -> Iterator[Asset]:
    """Yield the assets of a schedule's condition, however it joins them; none for a schedule by time."""
    if isinstance(condition, Asset):
        yield condition
    for each in getattr(condition, "objects", ()):
        yield from assets_of(each)


def _dataset(asset: Asset) -> Dataset:
    return Dataset(namespace=conf.namespace(), name=asset.name)
