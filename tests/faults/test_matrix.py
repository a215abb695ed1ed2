"""Each operation of storage x fault x side: after at most one retry the rows are those of an undisturbed run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from safer_kpi.settings import Settings
from tests.faults.lakes import Lake, environment, land, production
from tests.faults.proxy import KINDS
from tests.faults.trials import ACTS, Cell, Trial, asked, trial

#: A landing meets every fault; other acts ask the same of the same servers, and meet those of a connection.
FAULTS = {
    "land": KINDS,
    "other": {"S3": ("cut before", "cut after", "503 before"), "Postgres": ("cut before", "cut after")},
}
SHORT = [
    Cell("land", "S3", "PUT raw", "cut after"), Cell("land", "S3", "PUT data", "503 before"),
    Cell("land", "S3", "PUT data", "cut after"), Cell("land", "S3", "GET data", "truncate after"),
    Cell("land", "Postgres", "COMMIT", "cut after"), Cell("land", "Postgres", "COMMIT", "cut before"),
    Cell("land", "Postgres", "PG_TRY_ADVISORY_LOCK", "cut after"),
]  # fmt: skip


def undisturbed(folder: Path, lake: Lake) -> Iterator[str]:
    """Return the rows' hashes after each file, in a folder with SQLite and nothing in between, as they are asked for.

    Each file is landed in the environment of now, whatever it is then.
    """
    return _hashes(folder, lake, dict(os.environ))


def _hashes(folder: Path, lake: Lake, before: dict[str, str]) -> Iterator[str]:
    for number in count():
        with environment(before, alone=True):
            code, output = land(lake, folder, number)
            assert code == 0, output
            rows = lake.rows()
        yield rows


def cells_of(lake: Lake, folder: Path, first: int) -> list[Cell]:
    """Every cell of the matrix: each act x what it asks of each server, seen in an undisturbed run, x each fault."""
    return [
        Cell(name, server, operation, fault)
        for number, name in enumerate(ACTS, first)
        for server, operations in asked(lake, name, folder, number).items()
        for operation in sorted(operations)
        for fault in FAULTS.get(name, FAULTS["other"])[server]
    ]


def tried(lake: Lake, cells: list[Cell], folder: Path, expected: Iterator[tuple[int, str]]) -> Iterator[Trial]:
    """Try each cell on a lake of its own history."""
    for cell in cells:
        number, rows = next(expected)
        yield trial(lake, cell, folder, number, rows)


def run(
    cells: list[Cell] | None, tmp_path: Path, new_lake: Callable[..., Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    """Try some cells, or all, and print the matrix as it grows; all must be hit, and converge."""
    local = Lake(new_lake(tmp_path / "local").home, {})
    expected = enumerate(undisturbed(tmp_path, local))
    found: list[Trial] = []
    with production(tmp_path) as lake:
        number, rows = next(expected)
        code, output = land(lake, tmp_path, number)
        assert code == 0, output
        assert lake.rows() == rows
        if cells is None:
            cells = cells_of(lake, tmp_path, number + 1)
            for _ in ACTS:
                next(expected)
        for each in tried(lake, cells, tmp_path, expected):
            found.append(each)
            with capsys.disabled():
                print(("" if len(found) > 1 else "\n") + line(each), flush=True)
        left = lake.left_over()
    good = sum(not each.problems for each in found)
    with capsys.disabled():
        print(
            f"{good} of {len(found)} cells converged after at most one retry; after the sweep: {left or 'nothing left'}"
        )
    assert [each for each in found if each.problems] == []
    assert left == []
    assert [each.cell for each in found if not each.hits] == []


def line(each: Trial) -> str:
    """One cell of the matrix."""
    cell = each.cell
    return (
        f"{cell.act:8} {f'{cell.server} {cell.operation}':30} {cell.fault:15} hits {each.hits:3}  "
        f"first exit {each.first:3}  {each.seconds:5.1f} s  {'; '.join(each.problems) or 'converged'}"
    )


@pytest.mark.e2e
@pytest.mark.long(60)
def test_a_few_faults_of_each_server(tmp_path, new_lake, capsys):
    """Dropped acknowledgements and the commit itself; ``make soak`` tries the whole matrix."""
    run(SHORT, tmp_path, new_lake, capsys)


@pytest.mark.soak
def test_every_operation_fault_and_side(tmp_path, new_lake, capsys):
    """Around a landing, an inbox, a sweep, a compaction and a build, as far as each asks anything of a server."""
    run(None, tmp_path, new_lake, capsys)
