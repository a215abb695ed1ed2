"""Protected counts by ward: the published figures of the last quarters and years, what lies outside, and the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.publishing import words
from safer_kpi.publishing.model.shown import Shown, value_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.publishing.facts import Facts, Number
    from safer_kpi.publishing.model.score import Score

#: How many of the latest quarters and years a table has.
QUARTERS, YEARS = 4, 2


@dataclass(frozen=True, kw_only=True, slots=True)
class CountRow:
    """One ward, what lies outside the wards, or the whole; a figure for each period, None where none is published."""

    name: str
    code: str
    numbers: tuple[Number | None, ...]
    figures: tuple[Shown | None, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class WardCounts:
    """The published counts of one metric by ward.

    Attributes:
        score: the line of the metric.
        periods: the quarters and years in words, in the order of time.
        rows: the wards by name, then what lies outside them, then the whole area.
    """

    score: Score
    periods: tuple[str, ...]
    rows: tuple[CountRow, ...]


def ward_counts(facts: Facts, lines: Mapping[str, Score]) -> tuple[WardCounts, ...]:
    """Return a table for each protected count that is published by ward, in the order of the metrics."""
    by_metric: dict[str, list[Number]] = {}
    for number in facts.ward_counts:
        by_metric.setdefault(number.key.metric_id, []).append(number)
    return tuple(_table(facts, lines[name], own) for name, own in sorted(by_metric.items()) if name in lines)


def _table(facts: Facts, line: Score, wards: Sequence[Number]) -> WardCounts:
    periods = [*_latest(wards, "quarter", QUARTERS), *_latest(wards, "year", YEARS)]
    code, name = facts.area
    metric_id = line.metric.metric_id
    whole = [*facts.numbers.series(metric_id, code, "quarter"), *facts.numbers.series(metric_id, code, "year")]
    by_area: dict[str, list[Number]] = {}
    for number in sorted(wards, key=lambda one: (one.area_type != "ward", one.area_name, one.key.area_code)):
        by_area.setdefault(number.key.area_code, []).append(number)
    rows = [_row(own[0].area_name, area, own, periods) for area, own in by_area.items()]
    return WardCounts(
        score=line,
        periods=tuple(words.period(period, kind) for kind, period in periods),
        rows=(*rows, _row(f"{name} (whole area)", code, whole, periods)),
    )


def _latest(numbers: Sequence[Number], kind: PeriodType, most: int) -> list[tuple[PeriodType, str]]:
    """Return the length and the label of the latest periods of a length, in the order of time."""
    found = {number.start: number.key.period for number in numbers if number.key.period_type == kind}
    return [(kind, found[start]) for start in sorted(found)[-most:]]


def _row(name: str, code: str, numbers: Sequence[Number], periods: Sequence[tuple[PeriodType, str]]) -> CountRow:
    there = {(number.key.period_type, number.key.period): number for number in numbers}
    chosen = tuple(there.get(period) for period in periods)
    return CountRow(
        name=name,
        code=code,
        numbers=chosen,
        figures=tuple(None if number is None else value_of(number) for number in chosen),
    )
