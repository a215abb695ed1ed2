"""The strategy that the metrics serve: the priorities, KPIs and measures of ``contracts/strategy.yaml``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.lines import read_document
from safer_kpi.catalogue.strategy_rules import against_definitions, mistakes
from safer_kpi.catalogue.suggestions import nearest
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from safer_kpi.catalogue.definition import Definition
    from safer_kpi.catalogue.lines import Document

FILE = "contracts/strategy.yaml"
#: Keys of a file of definitions that repeated the strategy before the strategy had a file.
_REPEATED = ("strategy", "paragraph", "priority")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One KPI of the strategy, or one measure that an action plan adds.

    Attributes:
        kpi: its code, such as 1a.
        kind: ``kpi`` or ``measure``.
        priority: the priority above it, in the strategy's words.
        words: what it asks for, in the words of the strategy or the action plan.
        direction: what it asks for: ``increase``, ``decrease``, or ``both`` where its parts ask for opposite ones.
        explanation: why, where the direction surprises or one number has two uses; else None.
        headlines: metrics that stand for it, in order; empty where the file names none.
        wanted: the direction that is asked of each headline metric, in the same order.
        data: what a partner would have to supply to measure it.
        asked_from: who is asked for that.
        plan: the action plan that adds a measure; None for a KPI.
    """

    kpi: str
    kind: str
    priority: str
    words: str
    direction: str
    explanation: str | None
    headlines: tuple[str, ...]
    wanted: tuple[str, ...]
    data: str
    asked_from: str
    plan: str | None


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """A strategy.

    Attributes:
        source: the file as it was read, which knows the lines.
        document: the strategy's title, body and date.
        paragraph: the paragraph that holds the words.
        lines: its KPIs in order, then the measures of action plans.
    """

    source: Document
    document: str
    paragraph: str
    lines: tuple[Line, ...]

    def line(self, kpi: str) -> Line | None:
        """Return a KPI or measure by its code, or None."""
        return next((line for line in self.lines if line.kpi == kpi), None)


def load_strategy(project: Path) -> Strategy | None:
    """Return the strategy of a project; None if an older version wrote the project and it states none.

    Raises:
        ProjectError: the file does not have the shape of a strategy, or contradicts itself; each mistake is named with
            its line.
    """
    path = project / FILE
    if not path.is_file():
        return None
    from safer_kpi.catalogue.strategy_file import SHAPE

    document = read_document(path)
    if not isinstance(document.data, dict):
        raise ProjectError(
            f"{path.name}: a strategy is a mapping of keys.", next_action="Needed: document, paragraph, priorities."
        )
    SHAPE.check(document)
    entries = list(_entries(document.data))
    if broken := mistakes(document):
        raise ProjectError("\n".join(broken))
    return Strategy(
        source=document,
        document=document.data["document"],
        paragraph=document.data["paragraph"],
        lines=tuple(_line(priority, kind, entry) for priority, kind, entry in entries),
    )


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield the priority, the kind and the entry of every KPI, then of every measure."""
    for kind in ("kpi", "measure"):
        for priority in data["priorities"]:
            for entry in priority.get(f"{kind}s") or ():
                yield priority["priority"], kind, entry


def _line(priority: str, kind: str, entry: Mapping[str, Any]) -> Line:
    parts = entry.get("parts") or [entry]
    named = [(metric_id, part["direction"]) for part in parts for metric_id in part.get("headlines") or ()]
    return Line(
        kpi=entry[kind],
        kind=kind,
        priority=priority,
        words=entry["words"],
        direction=entry["direction"],
        explanation=entry.get("explanation"),
        headlines=tuple(metric_id for metric_id, _ in named),
        wanted=tuple(direction for _, direction in named),
        data=entry["data"],
        asked_from=entry["asked_from"],
        plan=entry.get("plan"),
    )


def with_headlines(line: Line, definitions: Mapping[str, Definition]) -> Line:
    """Return a line with its headline metrics: those it names, else every metric of its own, by name."""
    if line.headlines:
        return line
    own = tuple(name for name in sorted(definitions) if definitions[name].kpi == line.kpi)
    return replace(line, headlines=own, wanted=tuple(line.direction for _ in own))


def check_strategy(strategy: Strategy, definitions: Mapping[str, Definition]) -> list[str]:
    """Name everything in which the strategy and the definitions contradict each other, each with its line."""
    return against_definitions(strategy.source, definitions)


def stands_under(strategy: Strategy | None, document: Document) -> dict[str, str]:
    """Return the KPI of a file of definitions, its wording, its place in the strategy and its priority.

    They come from the strategy. A KPI that is not in it has them in its own file, as older projects do.

    Raises:
        ProjectError: the KPI stands nowhere, or the file contradicts the strategy.
    """
    kpi, data = document.data["kpi"], document.data
    line = strategy.line(kpi) if strategy else None
    if strategy is None or line is None:
        if any(data.get(key) is None for key in _REPEATED):
            known = [one.kpi for one in strategy.lines] if strategy else []
            raise document.error(
                ("kpi",),
                f"{kpi} is not in {FILE}. {nearest(kpi, known)}",
                "Add it there under its priority: a KPI under kpis, what an action plan adds under measures.",
            )
        return {"kpi": kpi, **{key: data[key] for key in _REPEATED}}
    told = {"strategy": line.words, "priority": line.priority}
    for key, said in told.items():
        if data.get(key) is not None and data[key].split() != said.split():
            raise document.error(
                (key,),
                f"{key} contradicts {FILE}, which says it for all metrics of {kpi}.",
                f"Correct {FILE} if it is wrong, and remove {', '.join(_REPEATED)} here.",
            )
    where = f"{line.plan}, {kpi}" if line.plan else f"{strategy.document}, paragraph {strategy.paragraph}, KPI {kpi}"
    return {"kpi": kpi, "paragraph": where, **told}
