"""Emerging issues: what the release's stored signals and verdicts say away from the headline measures, and by ward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.domain.periods import add_months, parse_period
from safer_kpi.publishing import words
from safer_kpi.publishing.model.assessment.levels import tells_who_or_when
from safer_kpi.publishing.model.judgement import Judgement, judgement
from safer_kpi.publishing.model.shown import Shown, value_of
from safer_kpi.statements.wording import count

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from safer_kpi.publishing.facts import Facts, Judged
    from safer_kpi.publishing.model.chart import Point
    from safer_kpi.publishing.model.score import Score

MONTHS = 12
_MOVED = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Signalled:
    """One measure with signals in its chart in the last twelve months."""

    score: Score
    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class WardSign:
    """One ward in which one measure changed by more than chance explains.

    Attributes:
        figure: its figure in ``period``, and ``before`` that of the year before; None for a signal of a series.
        judgement: the verdict in a word, and ``reason`` the rule or test behind it.
    """

    score: Score
    ward: str
    period: str
    figure: Shown | None
    before: Shown | None
    judgement: Judgement
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Emerging:
    """The page of emerging issues.

    Attributes:
        overview: how many measures were looked at, and how many of them tell something, in sentences.
        signals: the measures that are not headline and had a signal.
        changed: those of them that got better or worse since the year before.
        moved: those that moved most and that nothing judges.
        wards: the wards that got better or worse since the year before; ``ward_overview`` says of how many.
        ward_signals: the wards with signals in the last twelve months.
    """

    overview: tuple[str, ...]
    signals: tuple[Signalled, ...]
    changed: tuple[Score, ...]
    moved: tuple[Score, ...]
    ward_overview: tuple[str, ...]
    wards: tuple[WardSign, ...]
    ward_signals: tuple[WardSign, ...]


def emerging(facts: Facts, lines: Mapping[str, Score], headlines: Sequence[Score], wards: Sequence[Judged]) -> Emerging:
    """Return what emerges from the measures that are not headline and from the judged numbers of wards."""
    first = {line.metric.metric_id for line in headlines}
    others = [line for name, line in lines.items() if name not in first and not tells_who_or_when(line.metric)]
    since = last_months(facts.release.quarter)
    signals = tuple(found for line in others if (found := _signalled(line, since)) is not None)
    changed = tuple(line for line in others if line.judgement.kind in ("better", "worse"))
    counted = [one for one in wards if one.number.key.metric_id in lines and _is_own(lines, one)]
    yearly = [one for one in counted if one.verdict.against == "year_before" and _stands(lines, one)]
    monthly = [one for one in counted if one.verdict.against == "series" and one.number.start >= since]
    return Emerging(
        overview=tuple(_overview(others, signals, changed)),
        signals=signals,
        changed=changed,
        moved=tuple(_moved(facts, others)),
        ward_overview=tuple(_of_wards(yearly, monthly)),
        wards=tuple(_signs(lines, yearly)),
        ward_signals=tuple(_signs(lines, monthly)),
    )


def last_months(quarter: str) -> dt.date:
    """Return the first day of the twelve months that end with a quarter."""
    end = parse_period(quarter, by="quarter").end.replace(day=1)
    return add_months(end, 1 - MONTHS)


def _is_own(lines: Mapping[str, Score], one: Judged) -> bool:
    """Return whether a number is not a rate per resident, which tells of the same events as its count."""
    return not lines[one.number.key.metric_id].metric.per_residents


def _stands(lines: Mapping[str, Score], one: Judged) -> bool:
    own = lines[one.number.key.metric_id].number
    return own is not None and (one.number.key.period_type, one.number.key.period) == (
        own.key.period_type,
        own.key.period,
    )


def _signalled(line: Score, since: dt.date) -> Signalled | None:
    if line.chart is None:
        return None
    marked = tuple(
        point for point in line.chart.points if point.mark in ("better", "worse") and point.number.start >= since
    )
    return Signalled(score=line, points=marked) if marked else None


def _overview(others: Sequence[Score], signals: Sequence[Signalled], changed: Sequence[Score]) -> list[str]:
    if not others:
        return ["Every measure of this assessment is a headline measure."]
    tested = [line for line in others if line.chart is not None and line.chart.limits is not None]
    compared = [line for line in others if line.judgement.kind in ("better", "worse", "same")]
    return [
        f"{count(len(others), 'measure')} of this assessment {'is' if len(others) == 1 else 'are'} not headline.",
        f"{_are(len(tested))} tested month by month or quarter by quarter"
        + (f"; {_so_many(len(signals))} had a signal in the last twelve months." if tested else "."),
        f"{_are(len(compared))} compared with the year before"
        + (f"; {_so_many(len(changed))} changed by more than chance explains." if compared else "."),
    ]


def _are(number: int) -> str:
    return f"{number or 'None'} of them {'are' if number > 1 else 'is'}"


def _so_many(number: int) -> str:
    return "none" if number == 0 else f"{number}"


def _moved(facts: Facts, others: Iterable[Score]) -> list[Score]:
    """Return the measures that nothing judges and that changed most in per cent; a small figure has no percentage."""
    moved = []
    for line in others:
        change = None if line.number is None else facts.changes.get(line.number.key)
        if change is not None and change.percentage and line.figure is not None and line.judgement.kind == "unjudged":
            moved.append((-abs(change.percentage), line.metric.metric_id, line))
    return [line for _, _, line in sorted(moved, key=lambda one: one[:2])[:_MOVED]]


def _of_wards(yearly: Sequence[Judged], monthly: Sequence[Judged]) -> list[str]:
    if not yearly and not monthly:
        return ["No figure of a ward is large enough, or settled enough, for a fair test."]
    said = []
    for found, what in ((yearly, "of a ward with its year before"), (monthly, "of a month of a ward with its series")):
        if found:
            different = sum(_is_change(one) for one in found)
            said.append(
                f"Of {count(len(found), 'comparison')} {what}, {_so_many(different)} "
                f"{'shows' if different == 1 else 'show'} a change by more than chance explains."
            )
    return said


def _is_change(one: Judged) -> bool:
    return one.verdict.verdict in ("improving", "worsening")


def _signs(lines: Mapping[str, Score], found: Iterable[Judged]) -> list[WardSign]:
    """Return the changes among the judged numbers: the worse ones first, then by ward."""
    signs = [_sign(lines[one.number.key.metric_id], one) for one in found if _is_change(one)]
    return sorted(signs, key=lambda sign: (sign.judgement.kind != "worse", sign.ward, sign.score.metric.metric_id))


def _sign(line: Score, one: Judged) -> WardSign:
    number, verdict = one.number, one.verdict
    before = None
    if verdict.against == "year_before" and verdict.reference_value is not None:
        value = verdict.reference_value
        text = words.figure(value, number.unit)
        before = Shown(text=text, value=value, of=number.key, column="verdict_reference")
    return WardSign(
        score=line,
        ward=number.area_name,
        period=words.period(number.key.period, number.key.period_type),
        figure=value_of(number),
        before=before,
        judgement=judgement(line.metric, number, {"year_before": verdict}),
        reason=words.sentence(words.in_words(verdict.reason, number.key.period_type)),
    )
