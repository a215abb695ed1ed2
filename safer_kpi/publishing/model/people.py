"""Who is affected: every measure that is counted by age or sex, and what no feed says about people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.publishing.model.metric_page import Figures, parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from safer_kpi.publishing.facts import Facts
    from safer_kpi.publishing.model.score import Score

OF_PEOPLE = ("age", "sex")


@dataclass(frozen=True, kw_only=True, slots=True)
class PeopleTable:
    """One measure by age and sex."""

    score: Score
    figures: tuple[Figures, ...]


def people_tables(facts: Facts, lines: Mapping[str, Score]) -> tuple[PeopleTable, ...]:
    """Return the measures that are counted by age or sex and have figures, in the order of the metrics."""
    found = []
    for line in lines.values():
        if set(OF_PEOPLE) & set(line.metric.breakdowns):
            told = [figures for figures in parts(facts, line) if figures.heading in {"By age", "By sex"}]
            if told:
                found.append(PeopleTable(score=line, figures=tuple(told)))
    return tuple(found)
