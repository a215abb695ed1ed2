"""A read file of an earlier version is removed on demand, if safer-kpi wrote it and a newer one replaces it."""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from safer_kpi.cli.main import app
from safer_kpi.errors import LeaseHeld
from safer_kpi.lake import lease
from safer_kpi.lake.superseded import remove_superseded
from safer_kpi.settings import Settings

ARCHIVE = Path(__file__).parent / "old_lakes" / "format-1.tar.xz"
REMOVE = ["migrate", "--remove-superseded", "--json", "--home"]


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The read file that commit 8ce2c44 wrote."""
    folder = tmp_path_factory.mktemp("earlier")
    with tarfile.open(ARCHIVE) as archive:
        archive.extract("lake/kpi.duckdb", folder, filter="data")
    return folder / "lake" / "kpi.duckdb"


@pytest.fixture
def settings(tmp_path: Path, new_lake: Callable[..., Settings], earlier: Path) -> Settings:
    """A lake that this version built, beside the read file of the earlier one."""
    made = new_lake(tmp_path / "lake", built=True)
    shutil.copy(earlier, made.home / "kpi.duckdb")
    return made


def removed(settings: Settings) -> tuple[int, dict[str, tuple[str, str]]]:
    done = CliRunner().invoke(app, [*REMOVE, str(settings.home)])
    return done.exit_code, {row["file"]: (row["action"], row["reason"]) for row in json.loads(done.stdout)["rows"]}


def test_the_file_that_an_earlier_version_wrote_is_removed(settings: Settings) -> None:
    before = settings.kpi_file.read_bytes()
    assert removed(settings) == (0, {"kpi.duckdb": ("removed", "")})
    assert not (settings.home / "kpi.duckdb").exists()
    assert settings.kpi_file.read_bytes() == before
    assert removed(settings) == (0, {})


def test_the_command_is_named_where_the_file_is_told_of(settings: Settings) -> None:
    told = CliRunner().invoke(app, ["migrate", "--home", str(settings.home)])
    assert "remove it with `safer-kpi migrate --remove-superseded`" in told.stderr
    assert (settings.home / "kpi.duckdb").is_file()


def without_successor(settings: Settings) -> None:
    settings.kpi_file.unlink()


def broken_successor(settings: Settings) -> None:
    settings.kpi_file.write_bytes(b"half a file")


def text(settings: Settings) -> None:
    (settings.home / "kpi.duckdb").write_bytes(b"somebody's notes")


def database(settings: Settings) -> None:
    (settings.home / "kpi.duckdb").unlink()
    with duckdb.connect(settings.home / "kpi.duckdb") as connection:
        connection.execute("CREATE SCHEMA kpi; CREATE TABLE kpi.kpi.metric (metric_id VARCHAR)")


def extended(settings: Settings) -> None:
    with duckdb.connect(settings.home / "kpi.duckdb") as connection:
        connection.execute("CREATE TABLE main.workings AS SELECT 1 AS mine")


def link(settings: Settings) -> None:
    (settings.home / "kpi.duckdb").unlink()
    (settings.home / "kpi.duckdb").symlink_to(settings.kpi_file.name)


KEPT = {
    without_successor: "No complete safer_kpi.duckdb replaces it yet. Run safer-kpi build first.",
    broken_successor: "No complete safer_kpi.duckdb replaces it yet. Run safer-kpi build first.",
    text: "It is not a DuckDB file that can be read. Delete it yourself if nobody needs it.",
    database: "It does not hold what safer-kpi writes into a read file. Delete it yourself if nobody needs it.",
    extended: "It holds 1 table that safer-kpi did not write. Delete it yourself if nobody needs it.",
    link: "It is a link, which safer-kpi did not make. Delete it yourself if nobody needs it.",
}


@pytest.mark.parametrize("change", KEPT, ids=lambda change: change.__name__)
def test_any_other_file_is_kept_and_the_reason_told(settings: Settings, change: Callable[[Settings], None]) -> None:
    change(settings)
    file = settings.home / "kpi.duckdb"
    before = file.is_symlink() or file.read_bytes()
    assert removed(settings) == (1, {"kpi.duckdb": ("kept", KEPT[change])})
    assert (file.is_symlink() or file.read_bytes()) == before


def test_a_preview_goes_when_its_own_successor_is_there(settings: Settings, earlier: Path) -> None:
    for name in ("kpi.dev.duckdb", "kpi.try.duckdb"):
        shutil.copy(earlier, settings.home / name)
    shutil.copy(settings.kpi_file, settings.home / "safer_kpi.dev.duckdb")
    needed = "No complete safer_kpi.try.duckdb replaces it yet. Run safer-kpi build --env try first."
    assert removed(settings) == (
        1,
        {"kpi.dev.duckdb": ("removed", ""), "kpi.duckdb": ("removed", ""), "kpi.try.duckdb": ("kept", needed)},
    )


def test_nothing_is_removed_while_somebody_writes(settings: Settings) -> None:
    with lease(settings), pytest.raises(LeaseHeld):
        remove_superseded(settings)
    assert (settings.home / "kpi.duckdb").is_file()


def test_it_excludes_the_renewal_of_a_project(settings: Settings) -> None:
    done = CliRunner().invoke(app, ["migrate", "--project", "--remove-superseded", "--home", str(settings.home)])
    assert done.exit_code == 2
    assert "exclude each other" in done.output
