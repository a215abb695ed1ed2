"""Several feeds' first files come at the same moment, to a lake that nobody has made yet."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from safer_kpi.compute import build
from safer_kpi.lake import connect
from safer_kpi.lake.connection import CATALOGUE
from safer_kpi.lake.statistics import give_statistics
from safer_kpi.landing import init, seeds
from safer_kpi.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
WRITERS = 3
INIT = """
import sys
from safer_kpi.landing import init
from safer_kpi.settings import Settings

settings = Settings.load(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
init(settings)
"""


@pytest.mark.e2e
def test_writers_that_come_first_together_make_one_lake(tmp_path: Path) -> None:
    home = tmp_path / "lake"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", INIT, str(home)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(WRITERS)
    ]
    for each in started:
        assert each.stdout is not None
        each.stdout.readline()
    for each in started:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    for each in started:
        each.communicate()
    assert [each.returncode for each in started] == [0] * WRITERS
    settings = Settings.load(home)
    with connect(settings, read_only=True) as lake:
        seeds = lake.execute("SELECT count(*) FROM journal.delivery").fetchall()[0][0]
    # Each file of seeds/<feed>/ once.
    assert seeds == len(list(settings.project.glob("seeds/*/*.csv")))


WITHOUT_STATISTICS = f"""
SELECT count(*) FROM {CATALOGUE}.ducklake_table WHERE table_id NOT IN (
    SELECT table_id FROM {CATALOGUE}.ducklake_table_stats
)"""


class Stopping:
    """A connection that is lost when something is to be deleted."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def execute(self, statement: str) -> duckdb.DuckDBPyConnection:
        if statement.startswith("DELETE"):
            raise ConnectionError
        return self._connection.execute(statement)


def test_every_table_of_a_new_lake_has_statistics_and_no_row_but_the_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where its making was stopped when each had one: of a table without any, every column is asked for anew."""
    settings = Settings.load(tmp_path / "lake")
    with monkeypatch.context() as patch:
        patch.setattr(seeds, "give_statistics", lambda connection: give_statistics(Stopping(connection)))
        with pytest.raises(ConnectionError):
            init(settings)
    with connect(settings) as lake:
        assert lake.execute("SELECT count(*) FROM landing.deaths").fetchall() == [(1,)]
    init(settings)
    with connect(settings) as lake:
        assert lake.execute(WITHOUT_STATISTICS).fetchall() == [(0,)]
        for table in ("landing.deaths", "landing.police_street", "journal.held", "journal.quarantine", "journal.build"):
            assert lake.execute(f"SELECT count(*) FROM {table}").fetchall() == [(0,)]
        # entries and deliveries are numbered from 1
        numbers = "SELECT count(*), max({0}) FROM journal.{1}"
        for number, table in (("entry", "entry"), ("delivery_id", "delivery")):
            ((rows, last),) = lake.execute(numbers.format(number, table)).fetchall()
            assert rows == last == len(seeds.seed_files(settings.project))


def test_every_table_of_the_models_has_statistics_and_no_row_of_its_own(
    tmp_path: Path, new_lake: Callable[..., Settings]
) -> None:
    settings = new_lake(tmp_path / "lake", built=True)
    with connect(settings, read_only=True) as lake:
        assert lake.execute(WITHOUT_STATISTICS).fetchall() == [(0,)]
        # the seeds tell residents; nobody has sent anything else
        posted = "SELECT DISTINCT split_part(metric_id, '.', 1) FROM kpi.ledger"
        assert lake.execute(posted).fetchall() == [("population",)]
        for table in ("counted", "counted_distinct", "kpi_2c", "kpi_3e"):
            assert lake.execute(f"SELECT count(*) FROM ledger.{table}").fetchall() == [(0,)]


@pytest.mark.soak
def test_a_row_that_a_stopped_build_left_in_a_table_is_gone_before_the_models_run(
    tmp_path: Path, new_lake: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = new_lake(tmp_path / "lake")
    building = importlib.import_module("safer_kpi.compute.build")
    with monkeypatch.context() as patch:
        patch.setattr(building, "give_statistics", lambda lake, which: give_statistics(Stopping(lake), which))
        with pytest.raises(ConnectionError):
            build(settings)
    nameless = "SELECT count(*) FROM kpi.ledger WHERE metric_id IS NULL"
    with connect(settings, read_only=True) as lake:
        assert lake.execute(nameless).fetchall() == [(4,)]

    def run(*_: object) -> None:
        with connect(settings, read_only=True) as lake:
            assert lake.execute(nameless).fetchall() == [(0,)]
        raise InterruptedError

    monkeypatch.setattr(building, "_run", run)
    with pytest.raises(InterruptedError):
        build(settings)
