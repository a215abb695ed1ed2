"""The lake's extensions are those of the installed wheels, and nothing else unsigned is ever loaded."""

from __future__ import annotations

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


def test_a_file_of_the_home_is_never_loaded_for_that_of_a_wheel(lake: Settings, tmp_path: Path) -> None:
    folder = extension_directory(lake)
    assert folder is not None
    (link,) = folder.rglob("ducklake.duckdb_extension")
    altered = bytearray(link.read_bytes())
    altered[1000] ^= 1
    copy = tmp_path / link.name
    copy.write_bytes(altered)
    with duckdb.connect() as connection, pytest.raises(duckdb.IOException, match="signature"):
        connection.execute(f"LOAD '{copy}'")
    link.unlink()
    link.write_bytes(b"\0" * 4096)  # not an extension: DuckDB could not load it
    with _connection_with(folder, lake) as connection:
        connection.execute(f"ATTACH 'ducklake:{lake.catalogue}' AS lake (READ_ONLY)")
        assert connection.execute("SELECT count(*) > 0 FROM ducklake_snapshots('lake')").fetchall() == [(True,)]
