"""The pages under docs/metrics are what the definitions say now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.catalogue.template import write_project
from safer_kpi.cli.main import app
from safer_kpi.compute.pages import metric_pages

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "metrics"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return metric_pages(ROOT)


def test_the_pages_are_those_of_the_definitions(pages: dict[str, str]) -> None:
    """Where this fails, run `safer-kpi docs` and look at what changed."""
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert sorted(kept) == sorted(pages)
    assert [name for name in pages if kept[name] != pages[name]] == []


def test_every_metric_has_a_worked_example_and_so_a_page(pages: dict[str, str]) -> None:
    assert {f"{one.metric_id}.md" for one in load_definitions(ROOT)} == set(pages) - {"README.md"}


def test_links_lead_somewhere(pages: dict[str, str]) -> None:
    links = {link for text in pages.values() for link in re.findall(r"\]\(([^)]+)\)", text)}
    assert links
    assert [link for link in links if not (FOLDER / link).exists()] == []


def test_the_sql_on_a_page_is_the_query_however_the_models_header_is_written(
    tmp_path: Path, pages: dict[str, str]
) -> None:
    write_project(tmp_path / "project", area="E06000058")
    ledger = tmp_path / "project" / "models" / "ledger" / "kpi_2c.sql"
    written = ledger.read_text(encoding="utf-8")
    ledger.write_text(written.replace("\n);\n", "/* the end */ ); ", 1), encoding="utf-8")
    assert ledger.read_text(encoding="utf-8") != written
    assert metric_pages(tmp_path / "project")["2c.screenings.md"] == pages["2c.screenings.md"]


def test_the_command_removes_pages_of_metrics_that_are_no_more_and_no_other_file(
    tmp_path: Path, pages: dict[str, str]
) -> None:
    (tmp_path / "9z.gone.md").write_text(pages["README.md"], encoding="utf-8")
    (tmp_path / "own.md").write_text("Written by a person.", encoding="utf-8")
    done = CliRunner().invoke(app, ["docs", "--out", str(tmp_path)])
    assert done.exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {*pages, "own.md"}
