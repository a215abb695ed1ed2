"""A disk that fills at any moment of a landing: an error of ours, and the same rows once there is room."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.faults.full_disk import room, small_file_system
from tests.faults.lakes import Lake, land, undisturbed

#: Room for nothing, for the copy of the file, for its rows, for some of the lake's files, for all but the last of them.
LEFT = tuple(2**10 * kib for kib in (0, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256))


def converges(tmp_path: Path, new_lake, capsys: pytest.CaptureFixture[str], left: tuple[int, ...]) -> None:
    seeded = new_lake(tmp_path / "local").home
    mounted = tmp_path / "small"
    mounted.mkdir()
    with small_file_system(mounted) as how:
        shutil.copytree(seeded, mounted / "lake", ignore=shutil.ignore_patterns("extensions"))
        expected = undisturbed(Lake(seeded), tmp_path, len(left))
        lake, problems, ended = Lake(mounted / "lake"), [], []
        for number, size in enumerate(left):
            with room(mounted, how, size):
                code, output = land(lake, tmp_path, number)
            ended.append(code)
            problems += [f"{size} bytes left: {output}"] if code < 0 else []
            if code:
                code, output = land(lake, tmp_path, number)
                problems += [f"{size} bytes left: the retry ended with {code}: {output}"] if code else []
            problems += [] if lake.rows() == expected[number] else [f"{size} bytes left: other rows"]
        problems += lake.left_over()
    with capsys.disabled():
        print(f"\nfull disk by {how}: first exits {dict(zip(left, ended, strict=True))}")
    assert problems == []
    assert set(ended) <= {0, 4}
    assert 4 in ended


@pytest.mark.e2e
@pytest.mark.long(20)
def test_a_disk_that_fills_while_a_file_lands(tmp_path, new_lake, capsys):
    converges(tmp_path, new_lake, capsys, (0, 24 * 2**10, 48 * 2**10))


@pytest.mark.soak
def test_a_disk_that_fills_at_every_size(tmp_path, new_lake, capsys):
    converges(tmp_path, new_lake, capsys, LEFT)
