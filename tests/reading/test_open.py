from __future__ import annotations

import gc
import json
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi import CheckFailed, NotFound
from safer_kpi.cli.main import app
from safer_kpi.reading import remote
from safer_kpi.reading.locate import locate
from safer_kpi.settings import Settings

VIOLENCE = "1a.violence_and_sexual_offences"
Writer = Callable[..., Path]


def _total(lake: safer_kpi.Lake) -> float:
    [row] = lake.metric(VIOLENCE, area="L1", period="2024-25-Q1").rows()
    value: float = row["value"]
    return value


def test_a_home_a_file_and_the_environment_open_the_same(
    book_writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = book_writer(tmp_path / "safer_kpi.duckdb")
    monkeypatch.setenv("SAFER_KPI_HOME", str(tmp_path))
    for where in (tmp_path, str(tmp_path), file, f"file://{tmp_path}", None):
        with safer_kpi.open(where) as lake:
            assert _total(lake) == 58


def test_nothing_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="safer-kpi build"):
        safer_kpi.open(tmp_path / "nowhere")
    (tmp_path / "safer_kpi.duckdb").write_bytes(b"not a database")
    with pytest.raises(NotFound, match="is not a readable file"):
        safer_kpi.open(tmp_path)


def test_a_home_that_an_earlier_version_built_is_read_and_told_of(book_writer: Writer, tmp_path: Path) -> None:
    book_writer(tmp_path / "kpi.duckdb", last_entry=4)
    with pytest.warns(FutureWarning, match=r"kpi\.duckdb.*Run safer-kpi build, which writes safer_kpi\.duckdb"):
        lake = safer_kpi.open(tmp_path)
    with lake:
        assert _total(lake) == 56
    shown = CliRunner().invoke(app, ["metrics", "--json", "--home", str(tmp_path)])
    assert shown.exit_code == 0
    assert json.loads(shown.stdout)["rows"]
    assert "Run safer-kpi build" in shown.stderr
    book_writer(tmp_path / "safer_kpi.duckdb", last_entry=7)  # the next build: the earlier file stays where it is
    with warnings.catch_warnings(action="error"), safer_kpi.open(tmp_path) as lake:
        assert _total(lake) == 58
    assert [file.name for file in Settings.load(tmp_path).superseded_files] == ["kpi.duckdb"]


def test_previews_of_an_earlier_version_go_with_its_file(book_writer: Writer, tmp_path: Path) -> None:
    for name in ("kpi.duckdb", "kpi.dev.duckdb"):
        book_writer(tmp_path / name)
    with pytest.warns(FutureWarning), safer_kpi.open(tmp_path) as lake:
        assert lake.compare("prod", "dev").moved.rows() == []
    book_writer(tmp_path / "safer_kpi.duckdb")
    # What is live was built since: an earlier preview does not stand at its entry, so it is not compared.
    with safer_kpi.open(tmp_path) as lake, pytest.raises(NotFound, match="build --env dev"):
        lake.compare("prod", "dev")
    assert [file.name for file in Settings.load(tmp_path).superseded_files] == ["kpi.dev.duckdb", "kpi.duckdb"]


def test_an_open_lake_keeps_its_picture_and_a_new_one_sees_the_new_file(book_writer: Writer, tmp_path: Path) -> None:
    book_writer(tmp_path / "safer_kpi.duckdb", last_entry=4)
    before = safer_kpi.open(tmp_path)
    assert _total(before) == 56
    book_writer(tmp_path / "safer_kpi.duckdb", last_entry=7)  # renamed over the file that is open
    after = safer_kpi.open(tmp_path)
    assert (_total(before), _total(after)) == (56, 58)
    table = before.metric(VIOLENCE, area="L1", period="2024-25-Q1")
    before.close()
    gc.collect()
    with safer_kpi.open(tmp_path) as again:
        assert _total(again) == 58
    del table
    after.close()


def test_tables_can_be_read_from_several_threads(book_writer: Writer, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    book_writer(tmp_path / "safer_kpi.duckdb")
    with safer_kpi.open(tmp_path) as lake, ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: _total(lake), range(40))) == {58}


@pytest.fixture
def memory() -> str:
    """A URL on fsspec's in-memory storage, which has no connection to lose and no path on this machine."""
    import fsspec

    filesystem = fsspec.filesystem("memory")
    filesystem.store.clear()
    return "memory://shelf"


def _put(url: str, file: Path) -> None:
    import fsspec

    filesystem, path = fsspec.core.url_to_fs(url)
    filesystem.pipe_file(path, file.read_bytes())


def test_a_remote_file_is_fetched_once_for_each_version(
    book_writer: Writer, tmp_path: Path, memory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("SAFER_KPI_CACHE", str(tmp_path))
    _put(f"{memory}/safer_kpi.duckdb", book_writer(tmp_path / "a" / "safer_kpi.duckdb", last_entry=4))
    first = locate(memory, cache)
    assert locate(f"{memory}/safer_kpi.duckdb", cache).file == first.file
    _put(f"{memory}/safer_kpi.duckdb", book_writer(tmp_path / "a" / "safer_kpi.duckdb", last_entry=7))
    second = locate(memory, cache)
    assert second.file != first.file
    with safer_kpi.open(memory) as lake:
        assert _total(lake) == 58


def test_a_remote_home_that_an_earlier_version_built_is_read(
    book_writer: Writer, tmp_path: Path, memory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _put(f"{memory}/kpi.duckdb", book_writer(tmp_path / "a" / "kpi.duckdb", last_entry=4))
    found = locate(memory, tmp_path)
    assert found.is_superseded
    monkeypatch.setenv("SAFER_KPI_CACHE", str(tmp_path))
    with pytest.warns(FutureWarning, match="safer-kpi build"), safer_kpi.open(memory) as lake:
        assert _total(lake) == 56
    _put(f"{memory}/safer_kpi.duckdb", book_writer(tmp_path / "a" / "safer_kpi.duckdb", last_entry=7))
    assert not locate(memory, tmp_path).is_superseded
    with pytest.raises(NotFound, match=r"elsewhere/safer_kpi\.duckdb"):
        locate("memory://elsewhere", tmp_path)


def test_a_fetched_file_is_read_when_the_storage_is_away(
    book_writer: Writer, tmp_path: Path, memory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> None:
        raise OSError("no route")

    _put(f"{memory}/safer_kpi.duckdb", book_writer(tmp_path / "a" / "safer_kpi.duckdb"))
    fetched = locate(memory, tmp_path)
    monkeypatch.setattr(remote, "_open", away)
    assert locate(f"{memory}/safer_kpi.duckdb", tmp_path).file == fetched.file
    with pytest.raises(NotFound, match="cannot be read"):
        locate("memory://elsewhere/safer_kpi.duckdb", tmp_path)


def test_a_manifest_that_leads_out_of_its_folder_is_refused(tmp_path: Path, memory: str) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text('{"files": {"../../outside": "00"}}')
    _put(f"{memory}/2024-25-Q1/manifest.json", manifest)
    with pytest.raises(CheckFailed, match="outside its folder"):
        locate(f"{memory}/2024-25-Q1", tmp_path / "cache")
