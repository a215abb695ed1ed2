"""What each section of a strategic assessment finds, in a few sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.publishing import words
from safer_kpi.publishing.model.assessment.times import largest
from safer_kpi.publishing.model.assessment.whole import Finding
from safer_kpi.publishing.model.commentary import RECOMMENDATIONS
from safer_kpi.publishing.model.points import tally
from safer_kpi.statements.wording import count, listed

if TYPE_CHECKING:
    from safer_kpi.publishing.facts import Key
    from safer_kpi.publishing.model.assessment.times import TimesOf
    from safer_kpi.publishing.model.assessment.whole import Assessment
    from safer_kpi.publishing.model.score import Score


def findings(whole: Assessment) -> tuple[Finding, ...]:
    """Return what each section finds, in the order of the menu."""
    return (
        _finding("levels.html", "Levels and trends", whole.tally or "Nothing of the strategy is measured."),
        _finding("wards.html", "Wards", *_wards(whole)),
        _finding("times.html", "Time of day", *_times(whole)),
        _finding("people.html", "People", *_people(whole)),
        Finding(page="repeats.html", name="Repeat demand", told=_repeats(whole)),
        _finding("substances.html", "Substance misuse", _substances(whole)),
        _finding("peers.html", "Other areas", _peers(whole)),
        _finding("emerging.html", "Emerging issues", *_emerging(whole)),
        _finding("progress.html", "Progress", *whole.progress.overview),
        _finding("recommendations.html", "Recommendations", _recommended(whole)),
    )


def _finding(page: str, name: str, *texts: str) -> Finding:
    return Finding(page=page, name=name, told=tuple((text, None) for text in texts))


def _wards(whole: Assessment) -> list[str]:
    told = [f"{table.score.metric.title}: {words.lowered(table.told[0])}" for table in whole.wards]
    return told or ["No rate per resident is measured by ward."]


def _times(whole: Assessment) -> list[str]:
    told = [text for one in whole.times.measures if (text := _busiest(one))]
    return [text for text in (*told, whole.times.lacking) if text] or ["No measure by hour has a figure."]


def _busiest(one: TimesOf) -> str:
    """Return when a measure is largest; empty if it has no figures or many times share the largest one."""
    named = [
        f"{'from' if table.by == 'hour' else 'on'} "
        f"{listed([words.lowered(row.name) if table.by == 'hour' else row.name for row in table.most])}"
        for table in one.tables
        if table.most
    ]
    if not named:
        return ""
    area = f" in {one.score.area}" if one.score.area else ""
    return f"{one.score.metric.title}{area}, {one.tables[0].period}: most {listed(named)}."


def _people(whole: Assessment) -> list[str]:
    """Return the largest groups of each headline measure of what happened that is a count."""
    if not whole.people:
        return ["No measure is counted by age or by sex."]
    told = []
    first = {page.score.metric.metric_id for page in whole.headlines}
    for table in whole.people:
        metric = table.score.metric
        groups = [row.name for figures in table.figures for row in largest(figures.rows)]
        is_count = metric.kind == "outcome" and not metric.unit.startswith("per ")
        if metric.metric_id in first and is_count and groups:
            told.append(f"{metric.title}: the largest groups are {listed(groups)}.")
    measured = count(len(whole.people), "measure is", "measures are")
    return [f"{measured} counted by age or sex. Groups differ in size.", *told]


def _repeats(whole: Assessment) -> tuple[tuple[str, Key | None], ...]:
    told = [_repeat(one.page.score) for one in whole.repeats.counted]
    return tuple(told) or (("No measure counts people or places with repeats.", None),)


def _repeat(score: Score) -> tuple[str, Key | None]:
    figure = "no figure" if score.figure is None else f"{score.figure.text} {score.unit}".strip()
    when = f", {score.period}" if score.period else ""
    return f"{score.metric.title}: {figure}{when}.", None if score.number is None else score.number.key


def _substances(whole: Assessment) -> str:
    told = tally(
        [page.score for page in whole.substances], "measure of drugs and alcohol", "measures of drugs and alcohol"
    )
    return told or "No measure tells of drugs or alcohol."


def _peers(whole: Assessment) -> str:
    names = dict.fromkeys(
        peer.row.name
        for page in whole.beside_peers
        for peer in page.peers
        if not peer.is_own and peer.row.shown is not None
    )
    if not names:
        return "No other area has a figure to stand beside."
    measures = count(len(whole.beside_peers), "measure stands", "measures stand")
    return f"{measures} beside those of {listed(list(names))}. They are not ranked."


def _emerging(whole: Assessment) -> list[str]:
    return [*whole.emerging.overview, *whole.emerging.ward_overview]


def _recommended(whole: Assessment) -> str:
    said = whole.commentary.of(RECOMMENDATIONS)
    if not said:
        return "Nobody has written one yet."
    authors = list(dict.fromkeys(comment.by for comment in said))
    return f"{count(len(said), 'recommendation')} by {listed(authors)}."
