"""ZIP archives: hostile ones are refused before anything is unpacked, each file of the others can be read by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from safer_kpi.errors import InputRefused
from safer_kpi.intake.archive import child
from safer_kpi.intake.archive.reading import is_archive, members_of, unpack
from safer_kpi.intake.confined import SPARE_BYTES
from tests.feeds.archive_maker import CSV, GOOD, REFUSED, archive
from tests.feeds.workbook_maker import GOOD as WORKBOOK
from tests.feeds.workbook_maker import zeros

LIMITS = {"max_bytes": 2**30, "max_unpacked": 2**30, "max_expansion": 200, "max_files": 100}


def looked_into(path: Path, **limits: int) -> list[str]:
    """The names that the child lists, without the cost of its start."""
    answer = child.work({"path": path, "place": None, "limits": LIMITS | limits})
    return sorted(name for _, name, _ in answer["files"])


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_archive_is_refused(name: str, tmp_path: Path) -> None:
    make, rule = REFUSED[name]
    path = tmp_path / "file.zip"
    path.write_bytes(make())
    with pytest.raises(InputRefused) as refused:
        looked_into(path)
    assert refused.value.rule == rule
    assert refused.value.next_action


@pytest.mark.parametrize("name", GOOD)
def test_the_files_of_an_archive_are_listed(name: str, tmp_path: Path) -> None:
    make, names = GOOD[name]
    path = tmp_path / "file.zip"
    path.write_bytes(make())
    assert looked_into(path) == names


def test_more_files_than_are_allowed(tmp_path: Path) -> None:
    path = tmp_path / "file.zip"
    path.write_bytes(archive((f"{number}.csv", CSV) for number in range(4)))
    with pytest.raises(InputRefused, match="more than 3 files"):
        looked_into(path, max_files=3)


def test_a_file_is_unpacked_in_a_child_and_by_its_place(tmp_path: Path) -> None:
    path = tmp_path / "file.zip"
    path.write_bytes(archive([("b.csv", b"second\n"), ("a.csv", b"first\n")]))
    members = members_of(path, tmp_path)
    assert [(member.name, member.place, member.size) for member in members] == [("a.csv", 1, 6), ("b.csv", 0, 7)]
    unpack(path, 1, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"first\n"
    assert {each.name for each in tmp_path.iterdir()} == {"file.zip", "out"}


def test_a_file_that_unpacks_to_more_than_it_declares_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "file.zip"
    path.write_bytes(zeros(40 * 2**20, declared=1000))
    with pytest.raises(InputRefused) as refused:
        child.work({"path": path, "place": 4, "limits": LIMITS})
    assert refused.value.rule == "bomb"


def test_a_child_that_lists_files_may_write_next_to_nothing() -> None:
    assert child._most_written({"place": None, "limits": LIMITS}) == SPARE_BYTES


def test_a_workbook_is_no_archive(tmp_path: Path) -> None:
    for content, expected in ((WORKBOOK, False), (archive([("a.csv", CSV)]), True), (CSV, False), (b"", False)):
        path = tmp_path / "file"
        path.write_bytes(content)
        assert is_archive(path) is expected
