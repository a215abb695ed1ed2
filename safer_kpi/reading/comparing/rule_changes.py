"""The kind of change in a metric's rules: its definition, the lists that its models read, or the models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The fields of a definition that decide what is counted; the others describe and judge the number.
COUNTING = (
    "statement", "numerator", "denominator", "rate_base", "unit", "counted", "not_counted", "date_used", "additive",
    "feeds", "cadence", "areas", "periods", "breakdowns", "count",
)  # fmt: skip


def rule_change(a: Mapping[str, Any] | None, b: Mapping[str, Any] | None) -> tuple[str, str | None]:
    """Return the cause for different numbers on the same evidence, and the file of the list that changed.

    ``a`` and ``b`` are the metric's rows of ``kpi.metric`` on the two sides; files from older versions lack some of the
    columns. ``definition`` takes precedence. ``reference`` means that only lists under ``seeds`` changed; the file is
    returned if exactly one did. Every other change (models, macros, the package) is ``method``.
    """
    if a is None or b is None or a["definition_version"] != b["definition_version"] or _counts_otherwise(a, b):
        return "definition", None
    lists = [_lists(side) for side in (a, b)]
    if lists[0] is None or lists[1] is None or a.get("model_hash") != b.get("model_hash"):
        return "method", None
    changed = sorted(name for name in {*lists[0], *lists[1]} if lists[0].get(name) != lists[1].get(name))
    if not changed:
        return "method", None
    return "reference", changed[0] if len(changed) == 1 else None


def _counts_otherwise(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Return whether the definitions count differently. Those of older versions state no count: models held it."""
    sides = [_counting(a), _counting(b)]
    if not all("count" in side for side in sides):
        for side in sides:
            side.pop("count", None)
    return sides[0] != sides[1]


def _counting(metric: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that decide what is counted, from the definition's text or, in older files, from columns."""
    fields = json.loads(metric["definition"]) if metric.get("definition") else metric
    return {name: fields.get(name) for name in COUNTING if name in fields}


def _lists(metric: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the hash of each list by file name; None for an older read file that does not store them."""
    return json.loads(metric["seeds"]) if metric.get("seeds") else None
