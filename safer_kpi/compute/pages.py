"""The pages of a project's metrics: which there are, and writing them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from safer_kpi.catalogue.definition_page import MARK, index_page, metric_page
from safer_kpi.catalogue.definitions import FOLDER, load_definitions
from safer_kpi.catalogue.distinct_sql import posted_query
from safer_kpi.catalogue.ledgers import posted_by, shared_ledger
from safer_kpi.catalogue.strategy import load_strategy
from safer_kpi.compute.parsed import query_as_written

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from safer_kpi.catalogue.definition import Definition

INDEX = "README.md"


def metric_pages(project: Path) -> dict[str, str]:
    """Text by file name: a page per metric that has a worked example, and their list."""
    every = {one.metric_id: one for one in load_definitions(project)}
    definitions = [one for one in every.values() if one.example is not None]
    paged = {one.metric_id for one in definitions}
    pages = {
        f"{one.metric_id}.md": metric_page(
            one, counted=every[one.numerator].count, sql=_queries(project, one, every), paged=paged
        )
        for one in definitions
    }
    return {**pages, INDEX: index_page(definitions, load_strategy(project))}


def write_pages(project: Path, folder: Path) -> list[str]:
    """Write the pages into a folder and remove those of metrics that are no more; answers the names written."""
    pages = metric_pages(project)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.md"):
        if old.name not in pages and old.read_text(encoding="utf-8").startswith(MARK):
            old.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(pages)


def write_schemas(project: Path) -> None:
    """Write the JSON Schemas of the definitions and of the strategy beside them, for editors."""
    from safer_kpi.catalogue import definition_file, strategy_file

    for path, schema in (
        (project / FOLDER / "schema.json", definition_file.json_schema()),
        (project / "contracts" / "strategy.schema.json", strategy_file.json_schema()),
    ):
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _queries(project: Path, one: Definition, every: Mapping[str, Definition]) -> dict[str, str]:
    """Return the SQL that posts a metric's numerator, by the ledger model: of the shared one what its count makes."""
    counted = every[one.numerator]
    if counted.count is not None:
        return {f"{shared_ledger(counted.count)}.sql": posted_query(counted)}
    name = f"{posted_by(project, [counted])[counted.metric_id][0]}.sql"
    return {name: query_as_written(project, project / "models" / "ledger" / name)}
