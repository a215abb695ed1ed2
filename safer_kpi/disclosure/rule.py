"""What a definition says of the public edition, as a value that is read from a release."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What the public edition may say of one metric, with what its definition says of the number itself.

    Attributes:
        metric_id: the metric.
        definition_version: the version of the definition that the rule stands in.
        numerator: the count that is summed; the metric itself for a count.
        denominator: the count it is divided by, ``population`` or ``population.<band>``, a number; None for a count.
        additive: whether the numbers of parts sum to the number of the whole; a count that is not is of different
            people or places.
        method: ``exact``, ``protected`` or ``none``; ``none`` in a release whose definitions have no rule.
        grain: the level of the smallest published areas; None if nothing is published.
        periods: the lengths of period that are published for the authority.
        breakdowns: the breakdowns that are published.
        contains: metrics that lie wholly inside this one, cell by cell.
        sums_to: the metric that this one and all others with the same ``sums_to`` add up to.
        external: public tables that anybody has, named as metrics.
    """

    metric_id: str
    definition_version: int
    numerator: str
    denominator: str | None
    additive: bool
    method: str
    grain: str | None = None
    periods: tuple[str, ...] = ()
    breakdowns: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    sums_to: str | None = None
    external: tuple[str, ...] = ()

    @property
    def is_count(self) -> bool:
        """Whether the metric is a count and not a rate or a share."""
        return self.denominator is None


def read_rules(metrics: Iterable[Mapping[str, Any]]) -> dict[str, Rule]:
    """Return the rule of each metric, by its id, from rows of a release's ``kpi.metric``.

    Of each row ``metric_id`` and ``definition`` are read.
    """
    return {str(row["metric_id"]): _rule(str(row["metric_id"]), row["definition"]) for row in metrics}


def _rule(metric_id: str, definition: str | None) -> Rule:
    told: Mapping[str, Any] = json.loads(definition or "{}")
    public: Mapping[str, Any] = told.get("public") or {"method": "none"}
    return Rule(
        metric_id=metric_id,
        definition_version=int(told.get("definition_version", 1)),
        numerator=str(told.get("numerator", metric_id)),
        denominator=told.get("denominator"),
        additive=bool(told.get("additive", False)),
        method=str(public["method"]),
        grain=public.get("grain"),
        periods=tuple(public.get("periods", ())),
        breakdowns=tuple(public.get("breakdowns", ())),
        contains=tuple(public.get("contains", ())),
        sums_to=public.get("sums_to"),
        external=tuple(public.get("external", ())),
    )
