"""All of England and Wales: a year, and ten years, landed month by month as received, built, certified and checked.

Nothing is said of seconds: they are printed, and ``make bench`` has ratios. What each command held in memory is held
against a bound.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from benchmarks.country import FORCE, by_hand_of, months
from benchmarks.national import ROWS_PER_MONTH, national_project, publisher
from benchmarks.own_lake import OwnLake
from benchmarks.spent import Spent

pytestmark = [pytest.mark.soak, pytest.mark.long(4000)]
RELEASE = "2024-25-Q4"
#: Rows of violence in the files, which the numbers of all forces together must count, by month.
VIOLENCE = """SELECT count(*) FROM read_csv({files}, header = true, all_varchar = true)
    WHERE "Crime type" = 'Violence and sexual offences'"""
COUNTED = """SELECT sum(numerator)::BIGINT FROM kpi.observation
    WHERE metric_id = '1a.violence_and_sexual_offences' AND period_type = 'month' AND area_type = 'force'"""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The months that are landed, the rows of each, the limit that is set, and the bytes that no command may exceed."""

    first: str
    count: int
    rows: int
    memory: str
    most: int


YEAR = Trial(first="2024-04", count=12, rows=ROWS_PER_MONTH, memory="1GB", most=10**9)
DECADE = Trial(first="2015-04", count=120, rows=541_667, memory="3GB", most=4 * 10**9)


@pytest.mark.parametrize("trial", [pytest.param(YEAR, id="a year"), pytest.param(DECADE, id="ten years")])
def test_a_country_fits_into_its_memory(trial: Trial, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A year of 4.0 million rows in one gigabyte, ten years of 65 million in four."""
    lake = OwnLake(folder=tmp_path, project=national_project(tmp_path / "project"), memory=trial.memory)
    given, costs, violence = months(trial.count, trial.first), list[tuple[str, Spent]](), 0

    def done(name: str, step: Callable[[], Spent]) -> None:
        costs.append((name, step()))
        with capsys.disabled():
            print(f"{name}: {costs[-1][1]}", flush=True)

    with publisher(trial.rows) as writer:
        for number, month in enumerate(given, start=1):
            done(f"land {month}", lambda month=month: lake.land_month(writer, month, writer.forces))
            violence += _violence(writer.street(tmp_path / "again", force, month) for force in writer.forces)
            shutil.rmtree(tmp_path / "again")
            if number in (12, 48, trial.count):
                done(f"build of {number} months", lambda: lake.run("build"))
        done("verify --deep", lambda: lake.run("verify", "--deep"))
        done("build with nothing new", lambda: lake.run("build"))
        done("draft and publish", lambda: _dearer(lake.certify(RELEASE)))
        for turn, month in enumerate(given[-3:-1], start=1):
            done(f"land {month} of one force again", lambda a=month, b=turn: lake.redeliver(writer, FORCE, a, turn=b))
            done("its build", lambda: lake.run("build"))
    with duckdb.connect(str(lake.home / "safer_kpi.duckdb"), read_only=True) as book:
        assert book.execute(COUNTED).fetchall() == [(violence,)]
    assert {name: cost.peak for name, cost in costs if cost.peak > trial.most} == {}
    if trial is YEAR:  # ten years do not fit into what the SQL by hand may use, which makes all at one time
        with capsys.disabled():
            print(f"the SQL of a first build by hand: {by_hand_of(lake)}")


def _violence(files: Iterable[Path]) -> int:
    with duckdb.connect() as connection:
        found = connection.execute(VIOLENCE.format(files=[str(file) for file in files])).fetchall()
    return int(found[0][0])


def _dearer(costs: tuple[Spent, Spent]) -> Spent:
    return max(costs, key=lambda cost: cost.peak)
