"""Time of day: each measure that is counted by hour or by day of the week, and what no file says of times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.domain.periods import LONGEST_FIRST
from safer_kpi.publishing import words
from safer_kpi.publishing.model.metric_page import Figures, Row, figures, row_of
from safer_kpi.publishing.model.part_words import heading_of, in_order, part_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from safer_kpi.publishing.facts import Facts, Number
    from safer_kpi.publishing.model.score import Score

BY_TIME = ("hour", "weekday")
_HOURS = 24
_NAMED = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Busy:
    """One measure by hour or by day of the week, which ``by`` says, in a period.

    ``most`` are the rows with the largest figure, if few share it.
    """

    by: str
    period: str
    figures: Figures
    most: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TimesOf:
    """One measure by hour and by day of the week; no tables where it has no figures."""

    score: Score
    tables: tuple[Busy, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """The page of times; ``lacking`` says what no file tells, and who could."""

    measures: tuple[TimesOf, ...]
    lacking: str


def times(facts: Facts, lines: Mapping[str, Score]) -> Times:
    """Return the measures that are counted by hour or day of the week; what partners do comes last."""
    timed = [line for line in lines.values() if set(BY_TIME) & set(line.metric.breakdowns)]
    timed.sort(key=lambda line: line.metric.kind == "activity")
    return Times(
        measures=tuple(TimesOf(score=line, tables=tuple(_tables(facts, line))) for line in timed),
        lacking=_lacking(facts, lines.values()),
    )


def _tables(facts: Facts, line: Score) -> list[Busy]:
    found = []
    for breakdown in BY_TIME:
        if breakdown not in line.metric.breakdowns:
            continue
        numbers = _latest(facts, line, breakdown)
        if numbers:
            key = numbers[0].key
            rows = [row_of(number, part_in_words(number.key.breakdown)) for number in numbers]
            if breakdown == "hour":
                rows = _whole_day(rows, is_whole=_is_whole(facts, numbers))
            period = words.period(key.period, key.period_type)
            told = figures(heading_of(breakdown), f"{line.metric.title}, {period} ({line.metric.unit})", rows)
            found.append(Busy(by=breakdown, period=period, figures=told, most=largest(rows)))
    return found


def _latest(facts: Facts, line: Score, breakdown: str) -> list[Number]:
    """Return the numbers of the latest and longest period in which a breakdown has any value."""
    prefix = f"{breakdown}:"
    for kind in LONGEST_FIRST:
        own = [
            number
            for (metric_id, area, length, part), numbers in facts.numbers.by_series.items()
            if (metric_id, area, length) == (line.metric.metric_id, line.area_code, kind) and part.startswith(prefix)
            for number in numbers
            if number.value is not None
        ]
        if own:
            last = max(number.start for number in own)
            return in_order([number for number in own if number.start == last])
    return []


def _is_whole(facts: Facts, numbers: Iterable[Number]) -> bool:
    """Return whether the parts come to the whole, so that a part without a number had none."""
    parts = list(numbers)
    key = parts[0].key
    whole = next(
        (
            one
            for one in facts.numbers.series(key.metric_id, key.area_code, key.period_type)
            if one.start == parts[0].start
        ),
        None,
    )
    return whole is not None and whole.value == sum(part.value or 0 for part in parts)


def _whole_day(rows: list[Row], *, is_whole: bool) -> list[Row]:
    """Return a row for each hour; one of which the release has no number says so, or that there were none."""
    known = {row.name: row for row in rows}
    hours = [words.hour(start) for start in range(_HOURS)]
    empty = "None" if is_whole else words.LACKS["missing"]
    day = [known.pop(name, Row(name=name, shown=None, interval=None, lack=empty, number=None)) for name in hours]
    return [*day, *known.values()]


def largest(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return the rows with the largest figure; none if all are 0 or many share it."""
    known = [row for row in rows if row.shown is not None]
    highest = max((row.shown.value for row in known if row.shown is not None), default=0.0)
    most = tuple(row for row in known if row.shown is not None and row.shown.value == highest)
    return most if highest > 0 and len(most) <= _NAMED else ()


def _lacking(facts: Facts, lines: Iterable[Score]) -> str:
    """Return that nothing tells when harm happens, and who could; empty if something does."""
    harm = [line.metric for line in lines if line.metric.kind == "outcome" and "month" in line.metric.periods]
    if any(set(BY_TIME) & set(metric.breakdowns) for metric in harm):
        return ""
    feeds = {name for metric in harm for name in metric.feeds}
    owners = list(dict.fromkeys(feed.owner for feed in facts.feeds if feed.feed in feeds))
    said = "No measure of what happened is counted by hour or day of the week: no file that was agreed tells the time."
    return f"{said} It could come from those who send these data: {'; '.join(owners)}." if owners else said
