"""The scorecard: every KPI of the strategy in its own words and order, measured or not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from safer_kpi.publishing.model.score import Score, score
from safer_kpi.publishing.words import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from safer_kpi.publishing.facts import Facts, Kpi

#: How the stored note begins; the verdict beside it says so already.
_BEGINS = "not measured: "
_ASKED = {"increase": "more", "decrease": "less", "both": "more of one thing, less of another"}


@dataclass(frozen=True, kw_only=True, slots=True)
class KpiLine:
    """One KPI, or a measure of an action plan, with its headline metrics.

    Attributes:
        kpi: the line of the strategy.
        scores: its headline metrics in order; none where nothing is measured.
        note: what is missing and who was asked, where nothing is measured; else empty.
        asked: which direction the strategy asks for, in words.
    """

    kpi: Kpi
    scores: tuple[Score, ...]
    note: str
    asked: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PriorityLines:
    """One priority of the strategy and its KPIs."""

    place: int
    priority: str
    kpis: tuple[KpiLine, ...]


def scores(facts: Facts) -> dict[str, Score]:
    """Return the line of every metric, by its id, in the order of the ids."""
    return {metric_id: score(facts, metric) for metric_id, metric in facts.metrics.items()}


def scorecard(facts: Facts, lines: Mapping[str, Score]) -> tuple[PriorityLines, ...]:
    """Return the priorities in the strategy's order, each with its KPIs."""
    found = groupby(facts.kpis, key=lambda kpi: kpi.priority)
    return tuple(
        PriorityLines(place=place, priority=priority, kpis=tuple(_line(kpi, lines) for kpi in kpis))
        for place, (priority, kpis) in enumerate(found, start=1)
    )


def _line(kpi: Kpi, lines: Mapping[str, Score]) -> KpiLine:
    shown = tuple(lines[name] for name in kpi.headlines if name in lines) if kpi.is_measured else ()
    return KpiLine(
        kpi=kpi,
        scores=shown,
        note="" if kpi.is_measured else sentence((kpi.note or "nothing is known").removeprefix(_BEGINS)),
        asked=_ASKED.get(kpi.direction, ""),
    )


def headlines(card: tuple[PriorityLines, ...]) -> tuple[Score, ...]:
    """Return every headline metric once, in the order of the scorecard."""
    found = {line.metric.metric_id: line for priority in card for kpi in priority.kpis for line in kpi.scores}
    return tuple(found.values())
