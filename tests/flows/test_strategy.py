"""The strategy travels with the numbers: in the read file, in releases, and in a project with measures of its own."""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

import safer_kpi
from safer_kpi.catalogue.template import write_project
from safer_kpi.compute import build, export
from safer_kpi.errors import ProjectError
from safer_kpi.lake import connect
from safer_kpi.settings import Settings
from tests.flows.conftest import Published
from tests.unit.test_strategy import MEASURE, METRIC

ARCHIVE = Path(__file__).parent / "old_lakes" / "format-2.tar.xz"
TWELVE = ["1a", "1b", "1c", "2a", "2b", "2c", "2d", "3a", "3b", "3c", "3d", "3e"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Settings:
    return new_lake(tmp_path_factory.mktemp("strategy") / "lake", built=True)


def test_a_lake_of_seeds_alone_lists_twelve_that_are_not_measured(built: Settings) -> None:
    with safer_kpi.open(built.home) as lake:
        rows = lake.kpis().rows()
    assert [row["kpi"] for row in rows] == TWELVE
    assert {row["status"] for row in rows} == {"not measured"}
    for row in rows:
        assert row["note"].startswith("not measured: no partner supplies ")
        assert ", asked for from " in row["note"]


def test_every_column_of_the_table_is_commented(built: Settings) -> None:
    with duckdb.connect(str(built.kpi_file), read_only=True) as connection:
        bare = connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() "
            "WHERE table_name IN ('strategy', 'certified_strategy') AND comment IS NULL"
        ).fetchall()
        count = connection.execute("SELECT count(*), count(DISTINCT place) FROM kpi.strategy").fetchall()
    assert (bare, count) == ([], [(12, 12)])


def test_a_lake_that_no_build_has_given_the_table_yet_says_so(built: Settings, tmp_path: Path) -> None:
    home = Path(shutil.copytree(built.home, tmp_path / "lake"))
    settings = Settings.load(home)
    with connect(settings) as connection:
        connection.execute("DROP VIEW lake.kpi.strategy")
        newest = "(SELECT max(snapshot_id) FROM ducklake_snapshots('lake'))"
        connection.execute(f"UPDATE journal.build SET snapshot_id = {newest}")
    (home / "state" / "carried.json").unlink()  # nor has a build of this version written the read file
    with pytest.raises(ProjectError, match=r"models/kpi/strategy\.sql and the lake .* Run safer-kpi build"):
        export(settings)


@pytest.mark.e2e
def test_a_release_keeps_the_strategy_it_was_made_under(published: Published, tmp_path: Path) -> None:
    """Street data alone was landed: its metrics are of 1a, 1c and 3c."""
    folder = tmp_path / published.release_id
    shutil.copytree(published.folder, folder)  # alone, as it is handed over
    for place in (published.home, folder):
        with safer_kpi.open(place) as lake:
            rows = lake.kpis().rows()
            assert {row["release_id"] for row in rows} == {published.release_id}
            assert [row["kpi"] for row in rows] == TWELVE
            assert {row["kpi"] for row in rows if row["status"] == "measured"} == {"1a", "1c", "3c"}
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert {"strategy.yaml", "strategy.parquet"} <= set(manifest["files"])
    with safer_kpi.open(published.home) as lake:
        assert "failed" not in {row["status"] for row in lake.verify(folder).rows()}
    (folder / "strategy.yaml").write_text("other words", encoding="utf-8")
    with safer_kpi.open(published.home) as lake:
        failed = {row["subject"] for row in lake.verify(folder).rows() if row["status"] == "failed"}
    assert f"{published.release_id}/strategy.yaml" in failed


def test_a_release_of_an_older_version_says_that_it_records_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whom to trust is the verifier's own list: here that of the lake itself, not of a demo in the working folder.
    monkeypatch.setenv("SAFER_KPI_HOME", str(tmp_path / "lake"))
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    with safer_kpi.open(tmp_path / "lake" / "releases" / "2023-24-Q4") as lake:
        rows = lake.kpis().rows()
        assert {row["status"] for row in rows} == {"strategy not recorded"}
        assert {row["kpi"] for row in rows} >= {"1a", "1c", "3c"}
        checks = lake.verify(tmp_path / "lake" / "releases" / "2023-24-Q4").rows()
    assert [row for row in checks if row["status"] == "failed"] == []
    assert checks


@pytest.mark.soak
def test_a_partnership_sees_the_measure_it_added(built: Settings, tmp_path: Path) -> None:
    """A measure of an action plan is listed after the twelve KPIs."""
    write_project(tmp_path / "project", area="E06000058")
    strategy = tmp_path / "project" / "contracts" / "strategy.yaml"
    second = "  - priority: Keep young people"
    strategy.write_text(strategy.read_text(encoding="utf-8").replace(second, MEASURE + second), encoding="utf-8")
    (tmp_path / "project" / "contracts" / "kpis" / "plan.yaml").write_text(METRIC, encoding="utf-8")
    home = Path(shutil.copytree(built.home, tmp_path / "lake"))
    settings = replace(Settings.load(home), project=tmp_path / "project")
    build(settings)
    with safer_kpi.open(home) as lake:
        rows = lake.kpis().rows()
        defined = {row["metric_id"] for row in lake.metrics().rows()}
    assert [row["kpi"] for row in rows] == [*TWELVE, "p1"]
    assert (rows[-1]["kind"], rows[-1]["plan"]) == ("measure", "Action plan 2026-27")
    assert (
        rows[-1]["note"]
        == "not measured: no partner supplies recorded offences with their places, asked for from the police"
    )
    assert set(rows[-1]["headlines"]) <= defined
