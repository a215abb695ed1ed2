"""Levels and trends: every measure of each KPI by what it counts, and the charts of its headline measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from safer_kpi.publishing.facts import Metric
    from safer_kpi.publishing.model.chart import Chart
    from safer_kpi.publishing.model.score import Score
    from safer_kpi.publishing.model.scorecard import KpiLine, PriorityLines

#: What a metric counts, by its kind, and the heading of its table.
KINDS = {"outcome": "What happened", "reporting": "What was reported", "activity": "What partners did or found"}
#: A metric that has no breakdowns but these tells who or when, and has a page for that.
_WHO_OR_WHEN = frozenset({"age", "sex", "hour", "weekday"})


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelsOf:
    """One KPI: its measures in groups with a heading each, and the charts that have a band of routine variation."""

    line: KpiLine
    groups: tuple[tuple[str, tuple[Score, ...]], ...]
    charts: tuple[Chart, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PriorityLevels:
    """One priority of the strategy and its KPIs."""

    place: int
    priority: str
    kpis: tuple[LevelsOf, ...]


def levels(card: Sequence[PriorityLines], lines: Mapping[str, Score]) -> tuple[PriorityLevels, ...]:
    """Return the measures of each KPI in the strategy's order."""
    return tuple(
        PriorityLevels(
            place=priority.place,
            priority=priority.priority,
            kpis=tuple(_levels(line, lines) for line in priority.kpis),
        )
        for priority in card
    )


def _levels(line: KpiLine, lines: Mapping[str, Score]) -> LevelsOf:
    first = [score.metric.metric_id for score in line.scores]
    rest = [name for name, score in lines.items() if score.metric.kpi == line.kpi.kpi and name not in first]
    shown = [lines[name] for name in (*first, *rest) if name in first or _is_level(lines[name].metric)]
    groups = [(text, tuple(score for score in shown if score.metric.kind == kind)) for kind, text in KINDS.items()]
    return LevelsOf(
        line=line,
        groups=tuple((text, scores) for text, scores in groups if scores),
        charts=tuple(
            score.chart for score in line.scores if score.chart is not None and score.chart.limits is not None
        ),
    )


def _is_level(metric: Metric) -> bool:
    """Return whether a metric that is not headline tells how much there is, and not only of whom, when or how often."""
    return not tells_who_or_when(metric) and metric.at_least == 1 and not metric.follows_up


def tells_who_or_when(metric: Metric) -> bool:
    """Return whether a metric only tells of whom or when there are the events that another one counts."""
    return bool(metric.breakdowns) and _WHO_OR_WHEN.issuperset(metric.breakdowns)
