"""``python -m benchmarks.by_engine STEP HOME``: one step of a build on a lake, by the engine that the settings name."""

from __future__ import annotations

import datetime as dt
import json
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.compute import build
from safer_kpi.compute.engine_tables import run_elsewhere
from safer_kpi.compute.modelling import EPOCH
from safer_kpi.compute.recipes import Due, recorded, run
from safer_kpi.lake import connect, lease
from safer_kpi.lake.transaction import transaction
from safer_kpi.settings import DUCKDB, Settings

if TYPE_CHECKING:
    from safer_kpi.compute.recipes import Recipe

EVERY_DAY = Due(first=EPOCH, last=dt.date(2100, 1, 1))


def recipes_of(settings: Settings) -> list[Recipe]:
    """Return what the last build recorded of the lake's project."""
    name = json.loads((settings.home / "state" / "recipes.json").read_text(encoding="utf-8"))["project"]
    found = recorded(settings, name)
    assert found
    return found


def make_every_day(settings: Settings) -> None:
    """Make all days of all tables again, in one transaction."""
    with closing(connect(settings)) as connection, lease(settings), transaction(connection):
        if settings.engine == DUCKDB:
            run(connection, recipes_of(settings), EVERY_DAY)
        else:
            run_elsewhere(settings, connection, recipes_of(settings), EVERY_DAY)


def make_every_number(settings: Settings) -> None:
    """Make all numbers again, and the read file that holds them."""
    build(settings, full=True)


#: What can be asked for, by its name.
STEPS = {"all days of all tables": make_every_day, "all numbers and their read file": make_every_number}

if __name__ == "__main__":
    STEPS[sys.argv[1]](Settings.load(Path(sys.argv[2])))
