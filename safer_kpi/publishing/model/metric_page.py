"""The page of one metric: figure, chart, years, parts, guards, peers, what it counts, and how it was revised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.domain.periods import LONGEST_FIRST
from safer_kpi.publishing import words
from safer_kpi.publishing.model.part_words import heading_of, in_order, part_in_words
from safer_kpi.publishing.model.series import Dated, series
from safer_kpi.publishing.model.shown import Shown, Was, interval_of, lack_of, value_of, was_of
from safer_kpi.publishing.protection import NOTES, made_how
from safer_kpi.statements.wording import count, day_in_words, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from safer_kpi.publishing.facts import Facts, Kpi, Metric, Number
    from safer_kpi.publishing.model.score import Score

_POLARITY = {
    "lower_is_better": "Lower is better.",
    "higher_is_better": "Higher is better.",
}
_NEITHER = "Neither: it is read beside other figures."


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of a table of figures: its name, its value and interval, or why there is none; and what it was.

    ``number`` is the number of the release that it shows; None if the release has none.
    """

    name: str
    shown: Shown | None
    interval: tuple[Shown, Shown] | None
    lack: str
    number: Number | None
    was: Was | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """A table of figures with its heading; ``caption`` says of which period and in which unit."""

    heading: str
    caption: str
    rows: tuple[Row, ...]
    has_intervals: bool
    has_earlier: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """A peer's figure beside the own one."""

    row: Row
    is_own: bool
    differs: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricPage:
    """Everything that the page of a metric says.

    Attributes:
        score: the line of the metric.
        kpi: the KPI that it belongs to; None where the strategy has no such line.
        years: its figures over the longest periods.
        series: its figures by period, of every length.
        parts: its figures by age, sex and the like.
        guards: the lines of the metrics to be read beside it.
        peers: the figures of other areas, and the own one among them.
        terms: what it counts and does not, and the like: name and text.
        quality: what is known of the data behind the figure, as sentences.
        revised: how the figures of the last report have changed, as sentences.
        made: how its published figures were made, as sentences; none where they are as certified.
    """

    score: Score
    kpi: Kpi | None
    years: Figures | None
    series: tuple[Dated, ...]
    parts: tuple[Figures, ...]
    guards: tuple[Score, ...]
    peers: tuple[Beside, ...]
    terms: tuple[tuple[str, str], ...]
    quality: tuple[str, ...]
    revised: tuple[str, ...]
    made: tuple[str, ...] = ()


def metric_page(facts: Facts, line: Score, lines: Mapping[str, Score]) -> MetricPage:
    """Return the page of a metric."""
    metric = line.metric
    return MetricPage(
        score=line,
        kpi=next((kpi for kpi in facts.kpis if kpi.kpi == metric.kpi), None),
        years=_years(facts, line),
        series=series(facts, metric, line.area_code),
        parts=tuple(parts(facts, line)),
        guards=tuple(lines[name] for name in metric.guards if name in lines),
        peers=_peers(facts, line),
        terms=_terms(facts, metric),
        quality=tuple(_quality(line.number)),
        revised=tuple(_revised(facts, line)),
        made=_made(facts, metric),
    )


def _made(facts: Facts, metric: Metric) -> tuple[str, ...]:
    """Return how the published figures of a metric were made."""
    shown = [*facts.numbers.by_key.values(), *facts.ward_counts]
    return made_how(number.note for number in shown if number.key.metric_id == metric.metric_id)


def row_of(number: Number, name: str, was: Was | None = None) -> Row:
    """Return the line of a number."""
    return Row(
        name=name,
        shown=value_of(number),
        interval=interval_of(number),
        lack=lack_of(number),
        number=number,
        was=was,
    )


def figures(heading: str, caption: str, rows: Sequence[Row]) -> Figures:
    """Return a table of figures."""
    return Figures(
        heading=heading,
        caption=caption,
        rows=tuple(rows),
        has_intervals=any(row.interval is not None for row in rows),
        has_earlier=any(row.was is not None and row.was.shown is not None for row in rows),
    )


def _years(facts: Facts, line: Score) -> Figures | None:
    """Return the figures over the longest periods; None if there is but one, or the chart shows the same ones."""
    for kind in LONGEST_FIRST:
        series = facts.numbers.series(line.metric.metric_id, line.area_code, kind)
        shown = [number for number in series if number.status != "missing"]
        if not shown:
            continue
        if kind in ("rolling12", "rolling36"):
            # Neighbours share most of their months: those that end with the latest period's month stand for all.
            shown = [number for number in shown if number.end.month == shown[-1].end.month]
        if len(shown) < 2 or (line.chart is not None and line.chart.kind == kind):
            return None
        rows = [
            row_of(number, words.period(number.key.period, kind), was_of(number, facts.earlier.get(number.key)))
            for number in shown
        ]
        return figures("Year by year", f"{line.metric.title} ({line.metric.unit})", rows)
    return None


def parts(facts: Facts, line: Score) -> list[Figures]:
    """Return the figures of each breakdown over the latest period in which it has any."""
    found = []
    for breakdown in line.metric.breakdowns:
        numbers = _latest_parts(facts, line, breakdown)
        if not numbers:
            continue
        kind = numbers[0].key.period_type
        period = words.period(numbers[0].key.period, kind)
        rows = [row_of(number, part_in_words(number.key.breakdown)) for number in numbers]
        heading = heading_of(breakdown)
        found.append(figures(heading, f"{line.metric.title}, {period} ({line.metric.unit})", rows))
    return found


def _latest_parts(facts: Facts, line: Score, breakdown: str) -> list[Number]:
    prefix = f"{breakdown}:"
    for kind in LONGEST_FIRST:
        own = [
            number
            for (metric_id, area, length, part), numbers in facts.numbers.by_series.items()
            if metric_id == line.metric.metric_id and area == line.area_code and length == kind
            and part.startswith(prefix)
            for number in numbers
            if number.status != "missing"
        ]  # fmt: skip
        if own:
            last = max(number.start for number in own)
            return in_order([number for number in own if number.start == last])
    return []


def _peers(facts: Facts, line: Score) -> tuple[Beside, ...]:
    if line.number is None:
        return ()
    return tuple(
        Beside(
            row=Row(
                name=peer.area_name,
                shown=None if peer.number is None else value_of(peer.number),
                interval=None if peer.number is None else interval_of(peer.number),
                lack="No figure" if peer.number is None else "",
                number=peer.number,
            ),
            is_own=peer.is_own,
            differs=words.sentence(peer.differs) if peer.differs and peer.number is not None else "",
        )
        for peer in facts.peers.get(line.number.key, ())
    )


def _terms(facts: Facts, metric: Metric) -> tuple[tuple[str, str], ...]:
    feeds = {feed.feed: feed for feed in facts.feeds}
    sent = [f"{feeds[name].title} ({feeds[name].owner})" for name in metric.feeds if name in feeds]
    better = _POLARITY.get(metric.polarity, _NEITHER)
    settles = (
        f"A figure is provisional for {words.months(metric.settles_after_months)} after its period ends."
        if metric.settles_after_months
        else "A figure is final when its period ends."
    )
    told = (
        ("What it is", metric.statement),
        ("Counted", metric.counted),
        ("Not counted", metric.not_counted),
        ("Date", metric.date_used),
        ("Which way is better", f"{better} {metric.polarity_reason}".strip()),
        ("Care needed", metric.caveats),
        ("Comes from", words.sentence(listed(sent)) if sent else ""),
        ("Settling", settles),
        (
            "Definition",
            f"Version {metric.definition_version}" + (f", kept by {metric.owner}." if metric.owner else "."),
        ),
    )
    return tuple((name, text) for name, text in told if text)


def _quality(number: Number | None) -> list[str]:
    if number is None:
        return ["No figure has been received."]
    said = []
    if number.coverage is not None:
        said.append(f"{number.coverage:.0%} of the expected data has been received.")
    if number.placed is not None and number.placed < 1:
        said.append(f"{int(number.placed * 1000) / 10:g}% of what was received has a known place.")
    if number.unplaced:
        said.append(f"Up to {number.unplaced:,} more may belong here: their place is not known.")
    if number.held_rows:
        said.append(f"{count(number.held_rows, 'row')} of the files behind it did not pass a check and do not count.")
    if number.note and number.note not in NOTES.values():
        said.append(words.sentence(number.note))
    return said


def _revised(facts: Facts, line: Score) -> list[str]:
    """Return which figures of the last report have changed, those of the longest periods in sentences."""
    if facts.before is None:
        return []
    said = []
    version = facts.versions.get(line.metric.metric_id)
    if version is None:
        return ["The last report did not have this measure."]
    if version != line.metric.definition_version:
        said.append(
            f"The definition has changed since the last report, from version {version} to "
            f"{line.metric.definition_version}."
        )
    known = day_in_words(facts.before.known_at)
    for kind in LONGEST_FIRST:
        pairs = [
            (number, facts.earlier.get(number.key))
            for number in facts.numbers.series(line.metric.metric_id, line.area_code, kind)
        ]
        compared = [(now, was) for now, was in pairs if was is not None and was.value is not None]
        if not compared:
            continue
        now, was = compared[-1]
        then, text = value_of(was), value_of(now)
        when = words.period(now.key.period, kind)
        if then is None:
            continue
        if text is None:
            said.append(
                f"{when}: the last report, of what was known on {known}, showed {then.text}; now {lack_of(now)}."
            )
        elif text.text == then.text:
            said.append(f"{when}: {text.text}, as in the last report.")
        else:
            said.append(f"{when}: {text.text} now; the last report, of what was known on {known}, showed {then.text}.")
        return said
    return [*said, "The last report had no figure of this measure."]
