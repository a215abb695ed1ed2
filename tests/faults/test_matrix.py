"""Each operation of storage x fault x side: after at most one retry the rows are those of an undisturbed run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from safer_kpi.settings import Settings
from tests.faults.lakes import Lake, Trial, land, production, trial
from tests.faults.proxy import KINDS

#: What a landing asks of each server, found by ``seen`` of the proxies in an undisturbed run.
OPERATIONS = {
    "S3": ("HEAD raw", "PUT raw", "PUT data", "GET data", "HEAD data", "LIST raw", "POST data"),
    "Postgres": ("CONNECT", "PG_TRY_ADVISORY_LOCK", "BEGIN", "SELECT", "INSERT", "COPY", "COMMIT"),
}
SHORT = [
    ("S3", "PUT raw", "cut after"), ("S3", "PUT data", "503 before"), ("S3", "PUT data", "cut after"),
    ("S3", "GET data", "truncate after"), ("Postgres", "COMMIT", "cut after"), ("Postgres", "COMMIT", "cut before"),
    ("Postgres", "PG_TRY_ADVISORY_LOCK", "cut after"),
]  # fmt: skip


def undisturbed(folder: Path, settings: Settings, count: int) -> list[str]:
    """The rows' hash after each file, in a folder with SQLite and nothing in between."""
    lake = Lake(settings.home, {})
    found = []
    for number in range(count):
        code, output = land(lake, folder, number)
        assert code == 0, output
        found.append(lake.rows())
    return found


def run(
    cells: list[tuple[str, str, str]],
    tmp_path: Path,
    new_lake: Callable[..., Settings],
    capsys: pytest.CaptureFixture[str],
) -> list[Trial]:
    """Try each cell on a lake of its own history, and print the matrix as it grows; all must converge."""
    expected = undisturbed(tmp_path, new_lake(tmp_path / "local"), len(cells) + 1)
    found: list[Trial] = []
    with production(tmp_path) as lake:
        code, output = land(lake, tmp_path, 0)
        assert code == 0, output
        assert lake.rows() == expected[0]
        for number, (server, operation, fault) in enumerate(cells, 1):
            act = partial(land, lake, tmp_path, number)
            found.append(trial(lake, server, operation, fault, act, expected[number]))
            with capsys.disabled():
                print(("" if number > 1 else "\n") + line(found[-1]), flush=True)
        left = lake.left_over()
    good = sum(not each.problems for each in found)
    with capsys.disabled():
        print(
            f"{good} of {len(found)} cells converged after at most one retry; after the sweep: {left or 'nothing left'}"
        )
    assert [each for each in found if each.problems] == []
    assert left == []
    return found


def line(each: Trial) -> str:
    """One cell of the matrix."""
    return (
        f"{each.operation:30} {each.fault:15} hits {each.hits:3}  first exit {each.first:3}  {each.seconds:5.1f} s  "
        f"{'; '.join(each.problems) or 'converged'}"
    )


@pytest.mark.e2e
@pytest.mark.long(60)
def test_a_few_faults_of_each_server(tmp_path, new_lake, capsys):
    """Dropped acknowledgements and the commit itself; ``make soak`` tries the whole matrix."""
    trials = run(SHORT, tmp_path, new_lake, capsys)
    assert all(each.hits for each in trials)


@pytest.mark.soak
def test_every_operation_fault_and_side(tmp_path, new_lake, capsys):
    """An operation that a landing does not use has no hits, and its cell shows so."""
    cells = [
        (server, operation, fault) for server in KINDS for operation in OPERATIONS[server] for fault in KINDS[server]
    ]
    run(cells, tmp_path, new_lake, capsys)
