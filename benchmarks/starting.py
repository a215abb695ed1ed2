"""Short calls: what starts often must start fast. Each is measured against the least that such a process can do."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import safer_kpi
from benchmarks.facts import demo
from benchmarks.figure import Figure, alternate, process, timed
from benchmarks.workplace import PROJECT, SCRIPT
from safer_kpi.errors import InputRefused
from safer_kpi.intake import WorkbookDialect, parse_workbook, preflight_workbook
from safer_kpi.releases import due
from safer_kpi.settings import Settings
from tests.feeds.hostile_workbooks import REFUSED
from tests.feeds.workbook_maker import DIALECT, messy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.workplace import Workplace

ROUNDS = 7
IMPORT_AIRFLOW = "import airflow.providers.standard.operators.hitl, airflow.sdk, airflow.triggers.base"


def figures(place: Workplace) -> Iterator[Figure]:
    """Five figures: the import, the help, a DAG file, the quarter that is due, a hostile workbook."""
    yield _figure("import safer_kpi / an empty process", ["-c", "import safer_kpi"], ["-c", "pass"])
    ours, theirs = alternate(
        lambda: process(SCRIPT, "--help"), lambda: process(sys.executable, "-c", "pass"), rounds=ROUNDS
    )
    yield Figure(name="safer-kpi --help / an empty process", ours=ours, theirs=theirs, note=f"{ours * 1000:.0f} ms")
    dag = f"{IMPORT_AIRFLOW}; import runpy; runpy.run_path({str(PROJECT / 'dags' / 'certify_release.py')!r})"
    yield _figure("load a DAG file / import Airflow alone", ["-c", dag], ["-c", IMPORT_AIRFLOW])
    yield _due(place)
    yield _refusal(place)


def _figure(name: str, ours: list[str], theirs: list[str]) -> Figure:
    first, second = alternate(
        lambda: process(sys.executable, *ours), lambda: process(sys.executable, *theirs), rounds=ROUNDS
    )
    note = f"{(first - second) * 1000:.0f} ms beyond it"
    return Figure(name=name, ours=first, theirs=second, note=note)


def _due(place: Workplace) -> Figure:
    """Airflow asks after every build which quarter is due."""
    settings = Settings.load(demo(place).home)

    def listed() -> None:
        with safer_kpi.open(settings.home) as lake:
            lake.releases().rows()

    ours, theirs = alternate(lambda: due(settings), listed, rounds=ROUNDS)
    return Figure(name="which quarter is due / the list of releases", ours=ours, theirs=theirs)


def _refusal(place: Workplace) -> Figure:
    """The slowest of the hostile workbooks that the tests refuse, against a sound one."""
    sound = place.folder / "sound.xlsx"
    sound.write_bytes(messy([["Ward", "Count"], ["north", 3]]))
    seconds: dict[str, float] = {}
    for number, (name, case) in enumerate(REFUSED.items()):
        path = place.folder / f"hostile-{number}.xlsx"
        path.write_bytes(case.make())
        seconds[name] = timed(partial(_read, path, DIALECT | case.dialect))
        path.unlink()
    slowest = max(seconds, key=lambda name: seconds[name])
    note = f"{len(REFUSED)} hostile workbooks; the slowest: {slowest}"
    theirs = timed(partial(_read, sound, DIALECT))
    return Figure(name="refuse a hostile workbook / read a sound one", ours=seconds[slowest], theirs=theirs, note=note)


def _read(path: Path, terms: dict[str, Any]) -> None:
    dialect = WorkbookDialect(**terms)
    with suppress(InputRefused):
        found = preflight_workbook(path, dialect)
        parse_workbook(path, found, dialect, lambda header: header, path.with_suffix(".parquet"))
