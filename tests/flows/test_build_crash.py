"""Kill a build where the lake has changed and SQLMesh's memory of it has not, or the other way round."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from safer_kpi.compute import build
from safer_kpi.compute.recipes import forget
from safer_kpi.compute.state import state_file
from safer_kpi.lake.boundary import BUILDING
from safer_kpi.landing import Terms, land
from safer_kpi.settings import Settings
from tests.properties.histories import Delivery, Row

ROOT = Path(__file__).resolve().parents[2]
KILLED = """
import os, signal, sys
from safer_kpi.compute import build
from safer_kpi.lake import boundary
from safer_kpi.settings import Settings

def watch(point):
    if point == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

boundary.watch = watch
build(Settings.load(sys.argv[1]))
"""
# Four robberies in wards of the area and one that names no place.
MONTH = Delivery("2024-01", 1, (*(Row(n, "E01015272", "Robbery", "") for n in range(1, 5)), Row(5, "", "Robbery", "")))
ROBBERIES = """
SELECT area_type, sum(numerator)::INTEGER FROM kpi.observation
WHERE metric_id = '1a.robbery' AND period = '2024-01' AND area_type IN ('local_authority', 'force') GROUP BY area_type
"""


def _landed(settings: Settings, folder: Path) -> Settings:
    terms = Terms(published=MONTH.published, received_at=MONTH.published + dt.timedelta(days=1))
    land(settings, "police_street", [str(MONTH.write(folder, 1))], terms=terms)
    return settings


def _robberies(settings: Settings) -> dict[str, int]:
    with duckdb.connect(str(settings.kpi_file), read_only=True) as connection:
        return dict(connection.execute(ROBBERIES).fetchall())


POINTS = [f"{name}.{side}" for name in BUILDING for side in ("before", "after")]
#: The lake is ahead of the memory; at the other points one of the two has all and the other nothing to do.
AHEAD = "models.state.before"


@pytest.mark.parametrize(
    "point", [pytest.param(point, marks=pytest.mark.e2e if point == AHEAD else pytest.mark.soak) for point in POINTS]
)
def test_a_build_that_was_killed_is_done_again(point: str, tmp_path: Path, new_lake: Callable[..., Settings]) -> None:
    """Killed at a named point, the next build makes the same numbers; SQLMesh runs where the point is its own."""
    settings = _landed(new_lake(tmp_path / "lake", built=True), tmp_path)
    if point.startswith("models.state"):
        forget(settings)
    done = subprocess.run([sys.executable, "-c", KILLED, str(settings.home), point], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert build(settings).entries == 1
    assert _robberies(settings) == {"local_authority": 4, "force": 5}


@pytest.mark.soak
def test_a_first_build_that_lost_its_memory_is_done_again(tmp_path: Path, new_lake: Callable[..., Settings]) -> None:
    """SQLMesh's state is gone although every table is there."""
    # as after a kill between the lake's commit and the rename: every table is there, and SQLMesh knows of none
    settings = _landed(new_lake(tmp_path / "lake", built=True), tmp_path)
    state_file(settings).unlink()
    forget(settings)
    assert build(settings).entries == 1
    assert _robberies(settings) == {"local_authority": 4, "force": 5}
