"""A compaction merges what was recorded alone: a changed data file is never made good, and releases stay checked."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi.cli.main import app
from safer_kpi.domain.release_format import FORMAT
from safer_kpi.errors import LakeBroken
from safer_kpi.lake import connect
from safer_kpi.releases import compact
from safer_kpi.releases.compaction import named_snapshots
from safer_kpi.settings import Settings
from tests.flows.conftest import Published
from tests.flows.snapshot_rows import snapshots


def _entry_files(settings: Settings) -> list[Path]:
    """The data files of a table that the landing of each seed has added one to."""
    return sorted((Path(settings.data) / "journal" / "entry").glob("*.parquet"))


def _files(settings: Settings) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(settings.data).rglob("*.parquet")}


def test_a_changed_data_file_is_not_merged(new_lake: Callable[..., Settings], tmp_path: Path) -> None:
    settings = new_lake(tmp_path / "lake")
    file = _entry_files(settings)[0]
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    before, known = _files(settings), snapshots(settings)
    with pytest.raises(LakeBroken, match=f"the data file journal.entry/{file.name}: its SHA-256 is not the recorded"):
        compact(settings)
    assert (_files(settings), snapshots(settings)) == (before, known)


def test_a_missing_data_file_is_named_before_anything_is_merged(
    new_lake: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = new_lake(tmp_path / "lake")
    file = _entry_files(settings)[0]
    file.unlink()
    with pytest.raises(LakeBroken, match=f"{file.name}: missing"):
        compact(settings)


def test_rows_that_something_else_wrote_are_not_merged(new_lake: Callable[..., Settings], tmp_path: Path) -> None:
    settings = new_lake(tmp_path / "lake")
    with connect(settings) as lake:
        lake.execute("UPDATE journal.feed SET title = 'Another' WHERE feed = 'population'")
    with pytest.raises(LakeBroken, match=r"something else than safer-kpi has written to it: .*journal\.feed"):
        compact(settings)


@pytest.mark.e2e
def test_a_compacted_lake_has_its_releases_of_today(published: Published, tmp_path: Path) -> None:
    """Every check passes as before, the release's snapshot stays, and its source rows can be traced."""
    settings = Settings.load(shutil.copytree(published.home, tmp_path / "lake"))
    manifest = json.loads((settings.home / "releases" / published.release_id / "manifest.json").read_bytes())
    assert manifest["format"] == FORMAT
    traced = _traced(settings, published.release_id)
    assert any(row["source_row"] is not None for row in traced)
    checks = _verified(settings)
    done = compact(settings)
    assert done.files_after < done.files_before
    assert manifest["snapshot_id"] in named_snapshots(settings) & set(snapshots(settings))
    assert _verified(settings) == checks
    assert _traced(settings, published.release_id) == traced


def _verified(settings: Settings) -> dict[tuple[str, str], str]:
    """The status of each check of the whole lake, none of which fails."""
    done = CliRunner().invoke(app, ["verify", "--deep", "--home", str(settings.home), "--json"])
    assert done.exit_code == 0, done.output
    return {(row["check"], row["subject"]): row["status"] for row in json.loads(done.stdout)["rows"]}


def _traced(settings: Settings, release_id: str) -> list[dict[str, object]]:
    with safer_kpi.open(settings.home) as lake:
        found = lake.metric("1a.violence_and_sexual_offences", area="E06000058", by="month", release=release_id).rows()
        return lake.trace(
            "1a.violence_and_sexual_offences", area="E06000058", period=found[0]["period"], release=release_id
        ).rows()
