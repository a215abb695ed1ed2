"""How DuckDB is opened."""

from __future__ import annotations

import os

import pytest

from safer_kpi.engine import open_engine
from safer_kpi.errors import UsageError
from safer_kpi.landing import reader

THREADS = "SELECT current_setting('threads')"


def threads_of(**config: str) -> int:
    with open_engine(**config) as engine:
        return int(engine.execute(THREADS).fetchall()[0][0])


def test_the_environment_says_how_many_threads_a_command_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAFER_KPI_THREADS", raising=False)
    assert threads_of() == os.cpu_count()
    monkeypatch.setenv("SAFER_KPI_THREADS", "3")
    assert threads_of() == 3
    assert threads_of(threads="5") == 5


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "1025", "\u0663", "1" * 5000])
def test_what_is_no_number_of_threads_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SAFER_KPI_THREADS", text)
    with pytest.raises(UsageError, match="SAFER_KPI_THREADS is not a whole number from 1 to 1024"):
        open_engine()


@pytest.mark.parametrize(("given", "small", "large"), [("", 1, os.cpu_count()), ("3", 1, 3)])
def test_a_small_file_is_read_with_one_thread(
    monkeypatch: pytest.MonkeyPatch, given: str, small: int, large: int
) -> None:
    monkeypatch.setenv("SAFER_KPI_THREADS", given)
    for size, expected in ((10, small), (10**9, large)):
        with reader.reader(size) as found:
            assert found.rows.execute(THREADS).fetchall() == [(expected,)]
