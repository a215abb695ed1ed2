"""How DuckDB is opened."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from safer_kpi.compute.engine_tables import engine_of
from safer_kpi.engine import open_engine
from safer_kpi.errors import UsageError
from safer_kpi.landing import reader
from safer_kpi.settings import Settings, engine_threads

CONF = "DUCKDB_JE_MALLOC_CONF"
THREADS = "SELECT current_setting('threads')"


def threads_of(**config: str) -> int:
    with open_engine(**config) as engine:
        return int(engine.execute(THREADS).fetchall()[0][0])


def test_the_environment_says_how_many_threads_a_command_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAFER_KPI_THREADS", raising=False)
    monkeypatch.setenv("SAFER_KPI_MEMORY", "500GB")
    assert threads_of() == os.cpu_count()
    monkeypatch.setenv("SAFER_KPI_THREADS", "3")
    assert threads_of() == 3
    assert threads_of(threads="5") == 5


@pytest.mark.parametrize(("whole", "threads"), [("100MB", 1), ("1GB", 1), ("2GB", 3), ("4GB", 8), ("500GB", 16)])
def test_a_thread_has_400_megabytes_where_the_environment_does_not_say(
    monkeypatch: pytest.MonkeyPatch, whole: str, threads: int
) -> None:
    """Of sixteen processors: DuckDB has 40, 450, 1450, 3450 and 499,450 MB."""
    monkeypatch.delenv("SAFER_KPI_THREADS", raising=False)
    monkeypatch.setenv("SAFER_KPI_MEMORY", whole)
    monkeypatch.setattr(os, "cpu_count", lambda: 16)
    assert (engine_threads() or 16) == threads


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "1025", "\u0663", "1" * 5000])
def test_what_is_no_number_of_threads_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SAFER_KPI_THREADS", text)
    with pytest.raises(UsageError, match="SAFER_KPI_THREADS is not a whole number from 1 to 1024"):
        open_engine()


def test_what_does_not_fit_into_the_memory_of_a_command_goes_to_its_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Eight million texts are sorted in 100 MB, two fifths of what the command may use."""
    monkeypatch.setenv("SAFER_KPI_MEMORY", "250MB")
    monkeypatch.setenv("SAFER_KPI_SPILL", str(tmp_path / "spill"))
    with open_engine() as engine:
        assert engine.execute("SELECT current_setting('memory_limit')").fetchall() == [("95.3 MiB",)]
        engine.execute("CREATE TABLE word AS SELECT range::VARCHAR AS word FROM range(8_000_000)")
        with open_engine() as other:
            places = [each.execute("SELECT current_setting('temp_directory')").fetchall() for each in (engine, other)]
        assert places[0] != places[1]
        assert list((tmp_path / "spill").iterdir()) != []
        assert engine.execute("SELECT max(word) FROM word").fetchall() == [("999999",)]


@pytest.mark.parametrize(("whole", "engine"), [("4GB", "3.2 GiB"), ("2GB", "1.3 GiB"), ("1GB", "429.1 MiB")])
def test_python_has_550_megabytes_of_the_memory_of_a_command(
    monkeypatch: pytest.MonkeyPatch, whole: str, engine: str
) -> None:
    """4000 - 550 = 3450 MB are 3.21 GiB, 2000 - 550 = 1450 MB are 1.35 GiB, and 1000 - 550 = 450 MB are 429.15 MiB."""
    monkeypatch.setenv("SAFER_KPI_MEMORY", whole)
    with open_engine() as connection:
        assert connection.execute("SELECT current_setting('memory_limit')").fetchall() == [(engine,)]


@pytest.mark.parametrize("text", ["0MB", "1.5GB", "1 GB", "80%", "12345678MB"])
def test_what_is_no_size_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SAFER_KPI_MEMORY", text)
    with pytest.raises(UsageError, match="SAFER_KPI_MEMORY is not a whole number followed by MB or GB"):
        open_engine()


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, None),
        ({"SAFER_KPI_MEMORY": "1GB"}, "dirty_decay_ms:50,muzzy_decay_ms:0"),
        ({"SAFER_KPI_MEMORY": "1GB", CONF: "dirty_decay_ms:9"}, "dirty_decay_ms:9"),
    ],
)
def test_a_command_with_bounded_memory_has_freed_memory_given_back_soon(
    given: dict[str, str], found: str | None
) -> None:
    """The allocator of DuckDB reads the variable once, when DuckDB is imported."""
    told = (
        "import os, sys\n"
        "from safer_kpi.engine import give_back_soon\n"
        "give_back_soon()\n"
        "assert 'duckdb' not in sys.modules\n"
        f"print(os.environ.get({CONF!r}))\n"
    )
    others = {key: value for key, value in os.environ.items() if key not in {"SAFER_KPI_MEMORY", CONF}}
    done = subprocess.run([sys.executable, "-c", told], env=others | given, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(found)]


@pytest.mark.parametrize(("given", "small", "large"), [("", 1, os.cpu_count()), ("3", 1, 3)])
def test_a_small_file_is_read_with_one_thread(
    monkeypatch: pytest.MonkeyPatch, given: str, small: int, large: int
) -> None:
    monkeypatch.setenv("SAFER_KPI_THREADS", given)
    for size, expected in ((10, small), (10**9, large)):
        with reader.reader(size) as found:
            assert found.rows.execute(THREADS).fetchall() == [(expected,)]


def test_an_unknown_engine_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SAFER_KPI_ENGINE", "flink")
    with pytest.raises(UsageError, match="none of duckdb, sail, spark"):
        Settings.load(tmp_path)


def test_an_engine_refuses_a_lake_in_object_storage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SAFER_KPI_ENGINE", "sail")
    monkeypatch.setenv("SAFER_KPI_DATA", "s3://lake/data/")
    settings = Settings.load(tmp_path)
    with pytest.raises(UsageError, match="cannot read the lake's files in object storage"), engine_of(settings):
        pass
