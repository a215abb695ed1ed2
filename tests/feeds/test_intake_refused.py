"""Each hostile or broken file is refused by its rule, with a message that says what to do and leaks nothing."""

from __future__ import annotations

import gzip
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from safer_kpi.errors import InputRefused, ProjectError, UsageError
from safer_kpi.intake import Dialect, parse, preflight
from tests.feeds.hostile import GOOD, HEADER, REFUSED
from tests.feeds.reading_back import intake

if TYPE_CHECKING:
    from pathlib import Path


def test_there_are_enough_hostile_files() -> None:
    assert len(REFUSED) >= 60


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    content, rule = REFUSED[name]
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(InputRefused) as refused:
        intake(path)
    assert refused.value.rule == rule
    assert refused.value.exit_code == 3
    assert refused.value.next_action.startswith("Ask the partner")
    for value in ("north", "south", "shore", "caf", "east"):
        assert value not in str(refused.value)
    assert [file.name for file in tmp_path.iterdir()] == ["file.csv"], "a refusal leaves nothing behind"


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (GOOD + b"3,east", 4),  # header, two good rows, then the fourth
        (HEADER + b'1,"a\nb",3\n2,so', 3),  # a row over two lines counts once
        (HEADER + b'1,north,3\n"never closed,4,\n2,south,4\n', 3),
        (HEADER + b'1,north,3\n\n1,"x"y,4\n', 4),  # a blank line counts, as in a spreadsheet
        (HEADER + b"1,north,3\n" + b"1,2\n" * 1001, 3),  # the first of too many
    ],
)
def test_the_row_to_blame(content: bytes, row: int, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(InputRefused) as refused:
        intake(path)
    assert refused.value.row == row


def test_a_line_of_a_gigabyte_is_given_up_early(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    with path.open("wb") as file:
        file.write(HEADER)
        for _ in range(1024):
            file.write(b"a" * 2**20)
    # In a process of its own, so that its peak is the pre-flight's. Its imports alone take about 20 MB.
    code = (
        "import sys; from pathlib import Path; from safer_kpi.errors import InputRefused\n"
        "from safer_kpi.intake import Dialect, preflight\n"
        "try: preflight(Path(sys.argv[1]), Dialect())\n"
        "except InputRefused as refused: print(refused.rule)\n"
        "status = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
        "print(int(status['VmHWM'].split()[0]) // 1024)"
    )
    said = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    path.unlink()
    rule, peak_mb = said.stdout.split()
    assert rule == "line_length"
    assert int(peak_mb) < 64


def test_a_quote_that_swallows_the_file_is_given_up_early(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(HEADER + b'1,"north,3\n' + b"2,south,4\n" * 500_000)
    with pytest.raises(InputRefused) as refused:
        intake(path)
    assert (refused.value.rule, refused.value.row) == ("unclosed_quote", 2)


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv"
    # 80 MB of one row compress about a thousandfold; the ratio is judged from 64 MB on.
    path.write_bytes(gzip.compress(HEADER + b"1,north,3\n" * 8_000_000))
    with pytest.raises(InputRefused) as refused:
        preflight(path, Dialect())
    assert refused.value.rule == "bomb"


@pytest.mark.parametrize("packed", [False, True])
def test_the_size_after_decompression_is_limited(packed: bool, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(gzip.compress(GOOD) if packed else GOOD)
    assert preflight(path, Dialect(max_bytes=len(GOOD))).bytes == len(GOOD)
    with pytest.raises(InputRefused) as refused:
        preflight(path, Dialect(max_bytes=len(GOOD) - 1))
    assert refused.value.rule == "too_large"


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_the_longest_line_is_exact(line_end: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    line = b"1,2," + b"x" * 96
    path.write_bytes(HEADER + line + line_end)
    longest = len(line)  # the line end does not count
    assert preflight(path, Dialect(max_line_bytes=longest)).lines == 2
    with pytest.raises(InputRefused) as refused:
        preflight(path, Dialect(max_line_bytes=longest - 1))
    assert refused.value.rule == "line_length"


def test_header_names_are_told_by_their_places(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    name = b"x" * 60 + b"\x1b[31m"
    path.write_bytes(name + b"," + name + b"\n")
    with pytest.raises(InputRefused) as refused:
        preflight(path, Dialect())
    assert str(refused.value).startswith("Columns 1 and 2 of the header have the same name.")
    assert "xx" not in str(refused.value)
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"delimiter": ""},
        {"delimiter": ",,"},
        {"delimiter": "\n"},
        {"delimiter": "é"},
        {"delimiter": '"'},
        {"quote": "x"},
        {"encodings": ()},
        {"encodings": ("utf-32",)},
        {"encodings": ("no such encoding",)},
        {"max_bytes": 0},
    ],
)
def test_a_dialect_that_contradicts_itself_does_not_load(wrong: dict[str, object]) -> None:
    with pytest.raises(ProjectError):
        Dialect(**wrong)  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize(
    "columns", [["a", "b"], ["a", "b", "A"], [None, None, None], ["a", "b", "source_row"], ["a", "b", ""]]
)
def test_columns_that_do_not_fit_are_a_usage_error(columns: list[str | None], tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(GOOD)
    with pytest.raises(UsageError):
        parse(path, preflight(path, Dialect()), Dialect(), columns, tmp_path / "out.parquet")
