"""The pages of a project's metrics: which there are, and writing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.catalogue.definition_page import MARK, index_page, metric_page
from safer_kpi.catalogue.definitions import load_definitions

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.catalogue.definitions import Definition

INDEX = "README.md"


def metric_pages(project: Path) -> dict[str, str]:
    """Text by file name: a page per metric that has a worked example, and their list."""
    definitions = [one for one in load_definitions(project) if one.example is not None]
    paged = {one.metric_id for one in definitions}
    pages = {f"{one.metric_id}.md": metric_page(one, sql=_queries(project, one), paged=paged) for one in definitions}
    return {**pages, INDEX: index_page(definitions)}


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


def _queries(project: Path, one: Definition) -> dict[str, str]:
    """The query of the ledger model that posts a metric's numerator, without its MODEL header."""
    name = f"kpi_{one.numerator.partition('.')[0]}.sql"
    text = (project / "models" / "ledger" / name).read_text(encoding="utf-8")
    _, _, query = text.partition("\n);\n")
    return {name: query}
