"""Extensions are checked once in a process, and nothing unsigned is ever loaded."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from safer_kpi.lake import connect
from safer_kpi.lake.connection import _connection_with, extension_directory
from safer_kpi.settings import Settings


@pytest.fixture
def lake(tmp_path: Path, new_lake: Callable[..., Settings]) -> Settings:
    if extension_directory(Settings.load(tmp_path / "any")) is None:
        # Wheels are built for some platforms only; elsewhere DuckDB fetches its extensions by itself.
        pytest.skip("the extension wheels are not installed")
    return new_lake(tmp_path / "lake")


def test_a_later_connection_loads_nothing_unsigned(lake: Settings, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.duckdb_extension"
    stranger.write_bytes(b"\0" * 4096)
    for _ in range(2):
        with connect(lake) as connection:
            (allowed,) = connection.execute("SELECT current_setting('allow_unsigned_extensions')").fetchall()[0]
            assert allowed is False
            with pytest.raises(duckdb.Error):
                connection.execute(f"LOAD '{stranger}'")
            with pytest.raises(duckdb.Error):
                connection.execute("SET allow_unsigned_extensions = true")


def test_another_file_under_the_same_name_is_checked_again(lake: Settings, tmp_path: Path) -> None:
    with connect(lake):
        pass  # the wheels' own files are accepted now
    (found,) = extension_directory(lake).rglob("ducklake.duckdb_extension")
    folder = tmp_path / "extensions"
    place = folder / found.parent.relative_to(extension_directory(lake))
    shutil.copytree(found.parent, place)
    altered = place / found.name
    with altered.open("r+b") as file:
        file.seek(1000)
        byte = file.read(1)
        file.seek(1000)
        file.write(bytes([byte[0] ^ 1]))
    with pytest.raises(duckdb.IOException, match="signature"):
        _connection_with(folder, lake)
