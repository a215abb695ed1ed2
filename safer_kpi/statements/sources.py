"""The effect of each delivery, and of each cause without a delivery, on the numbers of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.statements.moved import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from safer_kpi.reading.lake import Lake
    from safer_kpi.reading.table import Table

_SOURCES = """
SELECT
  delivery_id, feed, cause, list_sort(list_distinct(flatten(list(causes)))) AS causes,
  count(*) AS numbers, count(*) FILTER (has_a) AS reported, list_sort(list_distinct(list(metric_id))) AS metrics
FROM (
  SELECT delivery_id, feed, CASE WHEN delivery_id IS NULL THEN cause END AS cause, list(DISTINCT cause) AS causes,
    metric_id, area_code, period_type, period, breakdown
  FROM this WHERE step = 'movement' GROUP BY ALL
)
JOIN (SELECT metric_id, area_code, period_type, period, breakdown, has_a FROM numbers WHERE lines > 0) AS n
  USING (metric_id, area_code, period_type, period, breakdown)
GROUP BY delivery_id, feed, cause
ORDER BY reported DESC, numbers DESC, delivery_id NULLS FIRST, cause
"""


def sources(typed: Table, numbers: Table, receipts: Mapping[int, Mapping[str, Any]]) -> list[Source]:
    """Return one source per delivery, or per cause without one; those that moved the most reported numbers first."""
    return [_source(row, receipts) for row in typed.query(_SOURCES, numbers=numbers).rows()]


def _source(row: Mapping[str, Any], receipts: Mapping[int, Mapping[str, Any]]) -> Source:
    receipt = receipts.get(row["delivery_id"]) or {}
    return Source(
        delivery_id=row["delivery_id"],
        feed=row["feed"],
        cause=row["cause"],
        causes=tuple(row["causes"]),
        numbers=row["numbers"],
        reported=row["reported"],
        metrics=tuple(row["metrics"]),
        file_name=receipt.get("file_name"),
        sha256=receipt.get("sha256"),
        received_at=receipt.get("received_at"),
        contract_version=receipt.get("contract_version"),
        records=receipt.get("changes"),
    )


def receipts_of(lake: Lake, aliases: Iterable[str]) -> dict[int, dict[str, Any]]:
    """Return the receipts by delivery, from the open read file or, if it lacks one, from the compared files."""
    result = {row["delivery_id"]: row for row in lake.deliveries().rows()}
    for alias in aliases:
        names, rows = lake.book.read(
            "SELECT delivery_id, feed, file_name, sha256, received_at, contract_version, "
            f"CAST(NULL AS VARCHAR) AS changes FROM {alias}.kpi.delivery"
        )
        for row in rows:
            receipt = dict(zip(names, row, strict=True))
            result.setdefault(receipt["delivery_id"], receipt)
    return result
