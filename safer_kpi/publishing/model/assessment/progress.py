"""Progress against the plan: whether each headline measure moved as the strategy asks, and by more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from safer_kpi.statements.wording import count, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from safer_kpi.publishing.model.score import Score
    from safer_kpi.publishing.model.scorecard import KpiLine, PriorityLines

Course = Literal["as asked", "not as asked", "no change", "not known"]
_UP = {"increase": True, "decrease": False}
_ASKED = {"increase": "more", "decrease": "less"}
_SAID: dict[Course, str] = {
    "as asked": "As asked",
    "not as asked": "Not as asked",
    "no change": "No change",
    "not known": "Not known",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One headline measure: what the strategy asks of it, and how its figure moved."""

    score: Score
    asked: str
    course: Course

    @property
    def said(self) -> str:
        """The course in words."""
        return _SAID[self.course]


@dataclass(frozen=True, kw_only=True, slots=True)
class Steps:
    """One KPI, or measure of a plan, and its headline measures."""

    line: KpiLine
    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PrioritySteps:
    """One priority of the strategy and its KPIs."""

    place: int
    priority: str
    kpis: tuple[Steps, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """The page of progress; ``has_plan`` says whether an action plan added measures of its own."""

    priorities: tuple[PrioritySteps, ...]
    overview: tuple[str, ...]
    has_plan: bool


def progress(card: Sequence[PriorityLines]) -> Progress:
    """Return the headline measures against the direction that the strategy asks for."""
    priorities = tuple(
        PrioritySteps(
            place=priority.place,
            priority=priority.priority,
            kpis=tuple(Steps(line=line, steps=tuple(_steps(line))) for line in priority.kpis),
        )
        for priority in card
    )
    steps = [step for priority in priorities for kpi in priority.kpis for step in kpi.steps]
    return Progress(
        priorities=priorities,
        overview=tuple(_overview(steps)),
        has_plan=any(line.kpi.plan for priority in card for line in priority.kpis),
    )


def _steps(line: KpiLine) -> list[Step]:
    wanted = dict(zip(line.kpi.headlines, line.kpi.wanted, strict=False))
    return [_step(score, wanted.get(score.metric.metric_id, line.kpi.direction)) for score in line.scores]


def _step(score: Score, wanted: str) -> Step:
    return Step(score=score, asked=_ASKED.get(wanted, "not said"), course=_course(score, wanted))


def _course(score: Score, wanted: str) -> Course:
    moved = {"Up": True, "Down": False}.get(score.change.words.partition(" ")[0])
    if not score.change.is_known or wanted not in _UP:
        return "not known"
    if moved is None:
        return "no change"
    return "as asked" if moved is _UP[wanted] else "not as asked"


def _overview(steps: Iterable[Step]) -> list[str]:
    """Return how many measures moved as asked and how many did not, and how many of these by more than chance."""
    once = list({step.score.metric.metric_id: step for step in steps}.values())
    told = {
        "as asked": "moved as the strategy asks",
        "not as asked": "moved the other way",
        "no change": "did not change",
        "not known": "cannot be compared with the year before",
    }
    parts = [f"{number} {text}" for course, text in told.items() if (number := _many(once, course))]
    if not parts:
        return ["Nothing of the strategy is measured, so its progress cannot be told."]
    beyond = [
        f"{_many(once, course, beyond=True) or 'none'} of those that {told[course]}"
        for course in ("as asked", "not as asked")
    ]
    return [
        f"Of {count(len(once), 'headline measure')}, {listed(parts)}.",
        f"By more than chance explains: {listed(beyond)}.",
    ]


def _many(steps: Iterable[Step], course: str, *, beyond: bool = False) -> int:
    judged = ("better", "worse")
    return sum(step.course == course and (not beyond or step.score.judgement.kind in judged) for step in steps)
