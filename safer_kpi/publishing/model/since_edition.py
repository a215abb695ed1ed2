"""What changed since the public edition before: figures that are new, figures that were corrected, and a new series.

A protected figure is published once and kept, so nothing else of it can change. All of this stands in the edition's own
files, for anybody to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from safer_kpi.publishing import words
from safer_kpi.statements.wording import count, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from safer_kpi.publishing.editions import PublishedPeriod
    from safer_kpi.publishing.facts import Facts

#: So many periods are named one by one.
_NAMED = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class SinceEdition:
    """What changed since the public edition before.

    Attributes:
        before: the id of that edition.
        new: the measures with figures of new periods, a sentence each.
        corrected: the figures that this edition corrects, a sentence each.
        series: that a new series begins, as a sentence; empty where none does.
        gone: that measures are not published any more, as a sentence; empty where none is.
    """

    before: str
    new: tuple[str, ...]
    corrected: tuple[str, ...]
    series: str
    gone: str


def since_edition(facts: Facts) -> SinceEdition | None:
    """Return what changed since the public edition before; None for a first one, and for a restricted report."""
    own, before = facts.release.publication_id, facts.release.follows
    if own is None or before is None:
        return None
    earlier = [one for one in facts.published if one.edition != own]
    made = [one for one in facts.published if one.edition == own and one.metric_id in facts.metrics]
    return SinceEdition(
        before=before,
        new=tuple(_new(facts, [one for one in made if one.corrects is None])),
        corrected=tuple(_corrected(facts, one) for one in made if one.corrects is not None),
        series=_series(made, earlier),
        gone=_gone(len({one.metric_id for one in earlier} - facts.metrics.keys())),
    )


def _new(facts: Facts, made: Iterable[PublishedPeriod]) -> Iterable[str]:
    for metric_id, found in groupby(made, key=lambda one: one.metric_id):
        own = list(found)
        lengths = groupby(own, key=lambda one: one.period_type)
        periods = listed([text for _, of_length in lengths for text in _periods(list(of_length))])
        yield f"{facts.metrics[metric_id].title}: {periods} ({count(sum(one.figures for one in own), 'figure')})."


def _periods(of_length: Sequence[PublishedPeriod]) -> list[str]:
    named = [words.period(one.period, one.period_type) for one in of_length]
    if len(named) <= _NAMED:
        return named
    return [f"{len(named)} periods, the first {named[0]} and the last {named[-1]}"]


def _corrected(facts: Facts, one: PublishedPeriod) -> str:
    period = words.period(one.period, one.period_type)
    return f"{facts.metrics[one.metric_id].title}, {period}: published in {one.corrects}, corrected in this edition."


def _series(made: Iterable[PublishedPeriod], earlier: Iterable[PublishedPeriod]) -> str:
    begun = max((one.series for one in earlier), default=0)
    first = min((one for one in made if one.series > begun), key=lambda one: one.start, default=None)
    if first is None or not begun:
        return ""
    said = f"A new series begins with {words.period(first.period, first.period_type)}"
    return f"{said}: its figures are rounded with a new key, and are not compared with those of the series before."


def _gone(measures: int) -> str:
    if not measures:
        return ""
    are = "is" if measures == 1 else "are"
    return f"{count(measures, 'measure')} of earlier editions {are} not published any more. Earlier editions keep them."
