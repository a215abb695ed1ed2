"""The series of a metric as a chart says it: points, limits, signals, breaks, and the same in words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from safer_kpi.domain.judging import MOST_POINTS
from safer_kpi.domain.periods import months_between
from safer_kpi.domain.process_limits import ProcessLimits, process_limits
from safer_kpi.publishing import words
from safer_kpi.publishing.model.shown import Shown, Was, interval_of, lack_of, value_of, was_of
from safer_kpi.statements.wording import count, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.publishing.facts import Facts, Key, Metric, Number, Verdict

Mark = Literal["plain", "better", "worse", "young", "none"]
#: The lengths of period that a chart shows, the shortest first; the others have no chart of their own.
CHARTED: tuple[PeriodType, ...] = ("month", "quarter", "calendar_quarter", "year", "calendar_year", "rolling36")
_STEP = {"month": 1, "quarter": 3, "calendar_quarter": 3}
_NAMED = 6  # so many months are named; of more, the first ones
FEWEST = 3
_MARKS: dict[str, Mark] = {"improving": "better", "worsening": "worse"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One period of a series.

    Attributes:
        number: its number; ``shown`` and ``interval`` are its figures.
        period: the period in words.
        was: what the last report said of it; ``earlier`` is the figure if that differs.
        mark: how it is drawn.
        note: what stands beside it in the table: a signal and its rule, or why there is no figure.
    """

    number: Number
    shown: Shown | None
    interval: tuple[Shown, Shown] | None
    period: str
    was: Was
    mark: Mark
    note: str

    @property
    def earlier(self) -> Shown | None:
        """What the last report said, if that differs."""
        return self.was.shown


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """A series of at least three figures.

    Attributes:
        metric: its metric.
        kind: the length of its periods.
        points: its periods in the order of time.
        limits: the limits of routine variation, drawn over the points from ``first`` to ``last``; None if none hold.
        breaks: the places of the points before which something was counted in another way.
        told: the chart in sentences.
    """

    metric: Metric
    kind: PeriodType
    points: tuple[Point, ...]
    limits: ProcessLimits | None
    first: int
    last: int
    breaks: tuple[int, ...]
    told: tuple[str, ...]

    @property
    def key(self) -> Key:
        """The number of the last period."""
        return self.points[-1].number.key


def chart(facts: Facts, metric: Metric, area: str) -> Chart | None:
    """Return the chart of a metric's shortest periods in an area; None if fewer than three of them have a figure."""
    for kind in CHARTED:
        numbers = _ended(facts.numbers.series(metric.metric_id, area, kind))
        if sum(number.value is not None for number in numbers) >= FEWEST:
            return _chart(facts, metric, kind, numbers)
    return None


def _ended(numbers: Sequence[Number]) -> list[Number]:
    """Return the periods between the first and the last of which anything has come."""
    known = [place for place, number in enumerate(numbers) if number.status != "missing"]
    return list(numbers[known[0] : known[-1] + 1]) if known else []


def _chart(facts: Facts, metric: Metric, kind: PeriodType, numbers: list[Number]) -> Chart:
    judged = {number.key: facts.verdicts.get(number.key, {}).get("series") for number in numbers}
    window = _window(numbers, judged, kind)
    begin = max(0, len(numbers) - MOST_POINTS)
    if window:
        begin = min(begin, window[0])
    shown = numbers[begin:]
    points = tuple(_point(facts, number, judged[number.key]) for number in shown)
    limits = process_limits([_value(numbers[place]) for place in window]) if window else None
    breaks = tuple(
        place
        for place, (before, after) in enumerate(pairwise(shown), start=1)
        if before.series is not None and after.series is not None and before.series != after.series
    )
    return Chart(
        metric=metric,
        kind=kind,
        points=points,
        limits=limits,
        first=window[0] - begin if window else 0,
        last=window[-1] - begin if window else 0,
        breaks=breaks,
        told=tuple(_told(metric, kind, points, limits, breaks)),
    )


def _value(number: Number) -> float:
    if number.value is None:
        raise ValueError(f"{number.key} has no value.")
    return number.value


def _window(numbers: Sequence[Number], judged: Mapping[Key, Verdict | None], kind: PeriodType) -> list[int]:
    """Return the places of the points that set the limits: those of the last judged point, which has an XmR chart."""
    tested = [
        place
        for place, number in enumerate(numbers)
        if (verdict := judged[number.key]) is not None and verdict.test == "XmR"
    ]
    if not tested:
        return []
    places = [tested[-1]]
    while places[0] > 0 and len(places) < MOST_POINTS:
        before, after = numbers[places[0] - 1], numbers[places[0]]
        follows = months_between(before.start, after.start) == _STEP.get(kind, 12)
        if not follows or before.status != "certified" or before.value is None or before.series != after.series:
            break
        places.insert(0, places[0] - 1)
    return places


def _point(facts: Facts, number: Number, verdict: Verdict | None) -> Point:
    mark: Mark = "none" if number.value is None else "young" if number.is_provisional else "plain"
    note = lack_of(number) or ("Provisional" if number.is_provisional else "")
    if verdict is not None and verdict.verdict in _MARKS:
        mark = _MARKS[verdict.verdict]
        note = f"Signal, {'better' if mark == 'better' else 'worse'}: {verdict.reason}"
    return Point(
        number=number,
        shown=value_of(number),
        interval=interval_of(number),
        period=words.period(number.key.period, number.key.period_type),
        was=was_of(number, facts.earlier.get(number.key)),
        mark=mark,
        note=note,
    )


def _told(
    metric: Metric, kind: PeriodType, points: Sequence[Point], limits: ProcessLimits | None, breaks: Sequence[int]
) -> list[str]:
    """Return the chart in sentences."""
    known = [point for point in points if point.shown is not None]
    low = min(known, key=lambda point: _value(point.number))
    high = max(known, key=lambda point: _value(point.number))
    each = {"month": "monthly", "quarter": "quarterly", "calendar_quarter": "quarterly"}.get(kind, "yearly")
    span = (
        f"From {known[0].period} to {known[-1].period} the {each} figure was lowest in {low.period} "
        f"({_text(low)}) and highest in {high.period} ({_text(high)})."
    )
    said = [span]
    if limits is not None:
        said += _routine(metric, points, limits)
    young = [point for point in points if point.mark == "young"]
    if young:
        said.append(f"{_first(young)} {'is' if len(young) == 1 else 'are'} provisional and may still grow.")
    gaps = [point for point in points if point.mark == "none"]
    if gaps:
        said.append(f"There is no figure for {_first(gaps)}.")
    said += [f"From {points[place].period} on, something was counted in another way." for place in breaks]
    if revised := sum(point.earlier is not None for point in points):
        said.append(
            f"{count(revised, 'figure has', 'figures have')} changed since the last report; the dotted line shows "
            "what it said."
        )
    return said


def _text(point: Point) -> str:
    return "" if point.shown is None else point.shown.text


def _routine(metric: Metric, points: Sequence[Point], limits: ProcessLimits) -> list[str]:
    mean, upper = words.limit_of_chart(limits.mean, metric.unit), words.limit_of_chart(limits.upper, metric.unit)
    reach = (
        f"up to {upper}" if limits.lower <= 0 else f"from {words.limit_of_chart(limits.lower, metric.unit)} to {upper}"
    )
    said = [f"The average is {mean}; figures {reach} are routine variation."]
    for mark, meaning in (("better", "for the better"), ("worse", "for the worse")):
        marked = [point for point in points if point.mark == mark]
        if marked:
            was = "was a signal" if len(marked) == 1 else "were signals"
            said.append(f"{_first(marked)} {was} of a change {meaning}.")
    if len(said) == 1:
        said.append("No period was a signal that anything changed.")
    return said


def _first(points: Sequence[Point]) -> str:
    named = [point.period for point in points[:_NAMED]]
    left = len(points) - len(named)
    return listed([*named, f"{left} more"] if left else named)
