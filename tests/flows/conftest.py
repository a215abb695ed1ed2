"""Two lakes that modules share: a small published one, and one with the files of several stories."""

import datetime as dt
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner
from uv import find_uv_bin

from safer_kpi.cli.main import app
from safer_kpi.compute import build
from safer_kpi.demo.generator import write_street
from safer_kpi.demo.partner import sample_partner
from safer_kpi.landing import land
from safer_kpi.landing.posting import Terms
from safer_kpi.settings import Settings
from tests.certifying import certify
from tests.flows import shared_lake
from tests.templates import SOURCES, copy_kept

PROJECT = Path(__file__).resolve().parents[2]
QUARTER = {"2024-01": 300, "2024-02": 280, "2024-03": 310}


@pytest.fixture(scope="session", autouse=True)
def _seldom_parsed() -> Iterator[None]:
    """Stacks of these tests parse their DAG files every two minutes: no test edits one, and parsing takes processor.

    They must be parsed again. If a DAG with ``max_active_runs`` is parsed while its run ends, Airflow 3.3 can keep the
    DAG marked as full, and only the next parse removes the mark (apache/airflow#73032). Files then wait in the inbox.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL", "120")
        patch.setenv("AIRFLOW__DAG_PROCESSOR__STALE_DAG_THRESHOLD", "240")
        yield


@dataclass(frozen=True)
class Published:
    """A lake with one release."""

    home: Path
    release_id: str

    @property
    def folder(self) -> Path:
        return self.home / "releases" / self.release_id


@pytest.fixture(scope="session")
def story_of(
    tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]
) -> Callable[[str], shared_lake.Story]:
    """Copy the lake that the stories share, for the story that a test module tells; it is made once for all workers."""

    def copy(module: str) -> shared_lake.Story:
        folder = tmp_path_factory.mktemp("stories") / module
        make = partial(shared_lake.make, new_lake=new_lake)
        copy_kept("stories", folder, make=make, sources=shared_lake.SOURCES)
        return shared_lake.load(folder, module)

    return copy


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Published:
    """Copy the lake with one release; it is made once for all workers."""
    home = tmp_path_factory.mktemp("published") / "lake"
    make = partial(_publish_a_quarter, new_lake=new_lake)
    copy_kept("published", home, make=make, sources=(*SOURCES, "tests/flows/conftest.py", "tests/certifying.py"))
    # The process that made the lake remembers the head of its chain. This one must remember it too.
    remembered = CliRunner().invoke(app, ["verify", "--remember", "--home", str(home)])
    assert remembered.exit_code == 0, remembered.output
    return Published(home, "2023-24-Q4")


def _publish_a_quarter(home: Path, *, new_lake: Callable[..., Settings]) -> None:
    settings = new_lake(home, built=True)
    partner = sample_partner(PROJECT / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv")
    files = []
    for month, rows in QUARTER.items():
        path = home.parent / f"{month}-dorset-street.csv"
        write_street(path, partner, month, rows=rows)
        files.append(str(path))
    terms = Terms(published=dt.datetime(2024, 5, 13), received_at=dt.datetime(2024, 5, 14, 9))
    receipts = land(settings, "police_street", files, terms=terms)
    assert [receipt.status for receipt in receipts] == ["accepted"] * 3
    build(settings)
    certify(settings, "2023-24-Q4")


@pytest.fixture(scope="session")
def empty_environment(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make an environment holding just the given requirements; answers its interpreter."""

    def make(*requirements: str, python: str = sys.executable) -> Path:
        folder = tmp_path_factory.mktemp("environment")
        uv = find_uv_bin()
        subprocess.run([uv, "venv", "--quiet", "--no-python-downloads", "--python", python, str(folder)], check=True)
        interpreter = folder / "bin" / "python"
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(interpreter), *requirements], check=True)
        return interpreter

    return make
