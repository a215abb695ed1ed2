"""Parsed models are remembered by what they hold: an edit is always seen, and a copied project is not parsed again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from safer_kpi.catalogue.template import write_project
from safer_kpi.compute.project import open_project
from safer_kpi.lake import change_tables, connect
from safer_kpi.settings import Settings

MODEL = Path("models") / "staging" / "police_street.sql"
MACROS = Path("macros") / "places.py"
COUNT = Path("contracts") / "kpis" / "kpi_1a.yaml"

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Settings:
    """A lake, a project of its own, which the tests edit one after the other, and a cache that began empty."""
    folder = tmp_path_factory.mktemp("cached")
    write_project(folder / "project", area="E06000058")
    return replace(new_lake(folder / "lake"), project=folder / "project", cache=folder / "cache")


def fingerprints(settings: Settings) -> dict[str, str]:
    """The fingerprint of every model's data, by its name."""
    connection = connect(settings, read_only=True)
    try:
        feeds = change_tables(connection)
    finally:
        connection.close()
    context = open_project(settings, feeds)
    try:
        return {model.name: model.data_hash for model in context.models.values()}
    finally:
        context.close()


def remembered(settings: Settings) -> set[str]:
    return {path.name for path in (settings.cache / "models" / "model_definition").iterdir()}


def replaced(path: Path, old: str, new: str) -> None:
    """Replace a file by another that is an hour older, as a copy that keeps its times is."""
    text, time = path.read_text(encoding="utf-8"), path.stat().st_mtime - 3600
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    os.utime(path, (time, time))


@pytest.mark.soak
def test_a_model_a_macro_and_a_count_replaced_by_older_files_are_read_anew(settings: Settings) -> None:
    known = fingerprints(settings)
    for path, old, new, model in (
        (MODEL, "lsoa_code::TEXT AS", "UPPER(lsoa_code)::TEXT AS", "staging.police_street"),
        (MACROS, "unplaced", "elsewhere", None),
        (COUNT, "crime_type = 'Robbery'", "crime_type = 'Burglary'", "ledger.counted"),
    ):
        replaced(settings.project / path, old, new)
        after = fingerprints(settings)
        changed = {name for name, found in after.items() if known.get(name) != found}
        assert changed if model is None else model in changed, path
        known = after


def test_a_copied_project_is_not_parsed_again(settings: Settings, tmp_path: Path) -> None:
    first = fingerprints(settings)
    known = remembered(settings)
    shutil.copytree(settings.project, tmp_path / "copy")
    assert fingerprints(replace(settings, project=tmp_path / "copy")) == first
    assert remembered(settings) == known
