"""One metric in a line: its latest figure, how it changed, whether that is better, and its course."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.publishing import words
from safer_kpi.publishing.model.change_words import ChangeTold, change_told
from safer_kpi.publishing.model.chart import Chart, chart
from safer_kpi.publishing.model.judgement import Judgement, judgement
from safer_kpi.publishing.model.shown import Shown, interval_of, lack_of, value_of

if TYPE_CHECKING:
    from safer_kpi.publishing.facts import Facts, Metric, Number


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """One metric of the own area, or of its police force where the metric exists for the force only.

    Attributes:
        metric: the metric, and ``page`` the file of its page.
        number: the number that stands for it; None if the release has none.
        area: the area that the number is of, where that is not the own one; else empty.
        area_code: the code of the area that it is of.
        period: the number's period in words.
        figure: the value, and ``lack`` why there is none.
        unit: the words beside it.
        sentence: the line as one sentence, or a few, without its title.
    """

    metric: Metric
    page: str
    number: Number | None
    area: str
    area_code: str
    period: str
    figure: Shown | None
    lack: str
    unit: str
    interval: tuple[Shown, Shown] | None
    change: ChangeTold
    judgement: Judgement
    chart: Chart | None
    sentence: str


def page_of(metric_id: str) -> str:
    """Return the file name of a metric's page."""
    return f"{metric_id.replace('.', '-').replace('_', '-')}.html"


def score(facts: Facts, metric: Metric) -> Score:
    """Return the line of a metric."""
    number, area = _standing(facts, metric)
    change = change_told(number, None if number is None else facts.changes.get(number.key))
    judged = judgement(metric, number, {} if number is None else facts.verdicts.get(number.key, {}))
    period = "" if number is None else words.period(number.key.period, number.key.period_type)
    figure = None if number is None else value_of(number)
    unit = words.unit_beside(metric.unit if number is None else number.unit)
    return Score(
        metric=metric,
        page=page_of(metric.metric_id),
        number=number,
        area="" if area == facts.area else area[1],
        area_code=area[0],
        period=period,
        figure=figure,
        lack=lack_of(number),
        unit=unit,
        interval=None if number is None else interval_of(number),
        change=change,
        judgement=judged,
        chart=chart(facts, metric, area[0]),
        sentence=_sentence(period, figure, unit, change, judged),
    )


def _standing(facts: Facts, metric: Metric) -> tuple[Number | None, tuple[str, str]]:
    """Return the number that stands for a metric, and its area: the own one, else the force's."""
    areas = [facts.area, *([facts.force] if facts.force else [])]
    for area in areas:
        number = facts.numbers.latest(metric.metric_id, area[0])
        if number is not None:
            return number, area
    return None, facts.area


def _sentence(period: str, figure: Shown | None, unit: str, change: ChangeTold, judged: Judgement) -> str:
    """Return what the line says, in sentences."""
    if figure is None:
        said = "No figure" + (f" for {period}" if period else "") + f". {judged.why}"
        if change.is_known and change.value is not None:
            value = f"{change.value.text} {unit}".strip()
            said += f" Over {change.covering} it was {value}: {_compared(change)}."
        return said
    said = f"{figure.text} {unit}".strip() + f", {period}"
    said += f"; {_compared(change)}." if change.is_known else f". {change.words}"
    return f"{said} {_verdict(judged)}"


def _compared(change: ChangeTold) -> str:
    reference = "" if change.reference is None else change.reference.text
    if change.words.startswith(("Up", "Down")):
        return f"{words.lowered(change.words)} from {reference} in {change.period}"
    return f"no change from {reference} in {change.period}"


def _verdict(judged: Judgement) -> str:
    if judged.kind in ("better", "worse"):
        return f"{judged.word}, by more than chance explains."
    return f"{judged.word}: {words.lowered(judged.why)}"
