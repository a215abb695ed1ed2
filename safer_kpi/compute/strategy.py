"""Write the strategy of the project into the lake, where the models read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.catalogue.strategy import load_strategy, with_headlines
from safer_kpi.compute import derived

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

COLUMNS = {
    "place": "INTEGER",
    "kpi": "VARCHAR",
    "kind": "VARCHAR",
    "priority": "VARCHAR",
    "words": "VARCHAR",
    "direction": "VARCHAR",
    "explanation": "VARCHAR",
    "headlines": "VARCHAR[]",
    "wanted": "VARCHAR[]",
    "data": "VARCHAR",
    "asked_from": "VARCHAR",
    "plan": "VARCHAR",
    "document": "VARCHAR",
    "paragraph": "VARCHAR",
}
DDL = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())


def write(connection: duckdb.DuckDBPyConnection, project: Path) -> None:
    """Make ``journal.strategy`` hold the project's strategy; write nothing if it already does."""
    derived.write(connection, "strategy", COLUMNS, strategy_rows(project), order="place")


def strategy_rows(project: Path) -> list[tuple[object, ...]]:
    """Return one row of ``COLUMNS`` per KPI and measure, in order; none if the project states no strategy."""
    strategy = load_strategy(project)
    if strategy is None:
        return []
    definitions = {one.metric_id: one for one in load_definitions(project)}
    lines = [with_headlines(line, definitions) for line in strategy.lines]
    return [
        (
            place, line.kpi, line.kind, line.priority, line.words, line.direction, line.explanation,
            list(line.headlines), list(line.wanted), line.data, line.asked_from, line.plan,
            strategy.document, None if line.plan else strategy.paragraph,
        )
        for place, line in enumerate(lines, start=1)
    ]  # fmt: skip
