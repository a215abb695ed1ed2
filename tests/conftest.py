"""What every test may ask for."""

from __future__ import annotations

import fcntl
import gc
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from safer_kpi.settings import Settings
from tests.effort import use_profile

use_profile()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: what is begun last decides when everything ends.

    While the longest makes the lakes that many copy, other workers take what needs none of them.
    """

    def seconds(item: pytest.Item) -> int:
        marker = item.get_closest_marker("long")
        return marker.args[0] if marker else 0

    items.sort(key=seconds, reverse=True)
    first = items[0].path if items else None
    items.sort(key=lambda item: item.path != first and (not seconds(item) or "_templates" in item.fixturenames))


def pytest_collection_finish() -> None:
    """What was imported by now stays for good: the garbage collector need not look through it at each turn."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line for each reason how many tests were skipped."""
    reports = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in reports)
    for reason, number in sorted(reasons.items()):
        terminalreporter.write_line(f"{number} {'test' if number == 1 else 'tests'} skipped: {reason}")


@pytest.fixture(scope="session", autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Heads of chains are remembered in the person's own state folder: not in that of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Published files kept beside the repository; tests of real input skip where they are absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the published files of ../shared/data are not on this machine")
    return folder


@pytest.fixture(scope="session")
def _templates(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A seeded lake and one that is built too, made once for all workers: a lake may be copied."""
    from tests.templates import copy_templates

    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if hasattr(request.config, "workerinput") else base) / "templates"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            copy_templates(folder / "lakes")
            (folder / "done").touch()
    return folder / "lakes"


@pytest.fixture(scope="session")
def new_lake(_templates: Path) -> Callable[..., Settings]:
    """Make a lake of this project that holds its seeds alone; ``built`` too, where a test builds on it."""

    def make(home: Path, *, built: bool = False) -> Settings:
        shutil.copytree(_templates / ("built" if built else "seeded"), home, symlinks=True, dirs_exist_ok=True)
        return Settings.load(home)

    return make
