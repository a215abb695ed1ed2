"""Propose settling months for metrics whose history supports more than their definition declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.reading.lake import open_lake
from safer_kpi.reading.older import lacking
from safer_kpi.reading.settling import NEEDED

if TYPE_CHECKING:
    from safer_kpi.settings import Settings


def proposals(settings: Settings) -> list[dict[str, Any]]:
    """Return the metrics whose numbers moved after they were called final, by metric: declared and proposed months."""
    with open_lake(settings.home) as lake:
        if lacking(lake.book, NEEDED):
            return []
        return [
            {
                "metric_id": row["metric_id"],
                "declared_months": row["declared_months"],
                "proposed_months": row["measured_months"],
                "periods": row["periods"],
                "moved_after": row["moved_after"],
            }
            for row in lake.settling().rows()
            if row["is_enough"] is False
        ]
