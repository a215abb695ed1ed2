"""What changed since the last report, and why: the reconciliation of two releases for readers of reports."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from safer_kpi.publishing.facts import Key
from safer_kpi.publishing.words import people
from safer_kpi.statements import sentences
from safer_kpi.statements.wording import count, day_in_words

if TYPE_CHECKING:
    from safer_kpi.publishing.facts import Facts, Signed
    from safer_kpi.statements.explain import Explanation
    from safer_kpi.statements.moved import Moved, Totals

SOURCES = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """One figure that changed: the sentence, what moved with it, and the number that its statement explains."""

    text: str
    beside: str
    moved: Moved
    of: Key
    place: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Redefined:
    """A measure whose definition changed since the last report."""

    title: str
    metric_id: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Revised:
    """The page of what changed.

    Attributes:
        sides: the two reports in a sentence each.
        overview: how many figures changed, in sentences.
        told: the figures that changed most; ``of_all`` is how many there are to choose from.
        sources: what each delivery changed, in a sentence each; ``of_sources`` is how many there are.
        redefined: the measures whose definitions changed, are new or are gone.
        explained: the comparison itself.
    """

    sides: tuple[str, ...]
    overview: tuple[str, ...]
    told: tuple[Told, ...]
    of_all: int
    sources: tuple[str, ...]
    of_sources: int
    redefined: tuple[Redefined, ...]
    explained: Explanation


def revised(facts: Facts) -> Revised | None:
    """Return what changed since the last report; None for a first report."""
    found = facts.explained
    if found is None or facts.before is None:
        return None
    return Revised(
        sides=(f"Last report: {_side(facts.before)}", f"This report: {_side(facts.release)}"),
        overview=tuple(overview(found.totals)),
        told=tuple(_told(moved, place, found) for place, moved in enumerate(found.moved, start=1)),
        of_all=found.of,
        sources=tuple(
            sentences.source(replace(source, file_name=None), found.titles) for source in found.sources[:SOURCES]
        ),
        of_sources=len(found.sources),
        redefined=tuple(_redefined(facts)),
        explained=found,
    )


def _side(release: Signed) -> str:
    return (
        f"release {release.release_id}, of what was known on {day_in_words(release.known_at)}, approved by "
        f"{people([approval.name for approval in release.approvals])}."
    )


def overview(totals: Totals) -> list[str]:
    """Return how many figures changed, a sentence for each kind of change."""
    if not totals.both:
        return ["No figure of this report was in the last one."]
    said = [f"The last report could show {count(totals.both, 'figure')} of this area that this one has too."]
    if totals.revised:
        said.append(f"{totals.revised:,} of them changed. Every difference is explained to the last unit.")
    else:
        said.append("None of them changed.")
    if totals.first:
        said.append(f"{count(totals.first, 'figure is', 'figures are')} new, mostly because time has passed.")
    if totals.gone:
        said.append(
            f"{count(totals.gone, 'figure')} of the last report {'has' if totals.gone == 1 else 'have'} no value now."
        )
    return said


def _told(moved: Moved, place: int, found: Explanation) -> Told:
    metric_id, area, _, period, breakdown = moved.statement.key
    return Told(
        text=sentences.headline(moved, found.received, backwards=found.backwards),
        beside=" ".join(sentences.beside(moved)),
        moved=moved,
        of=Key(metric_id=metric_id, area_code=area, period_type=moved.period_type, period=period, breakdown=breakdown),
        place=place,
    )


def _redefined(facts: Facts) -> list[Redefined]:
    found = []
    for metric_id, metric in facts.metrics.items():
        was = facts.versions.get(metric_id)
        if was is None:
            found.append(Redefined(title=metric.title, metric_id=metric_id, text="New since the last report."))
        elif was != metric.definition_version:
            text = f"The definition changed from version {was} to version {metric.definition_version}."
            found.append(Redefined(title=metric.title, metric_id=metric_id, text=text))
    return found
