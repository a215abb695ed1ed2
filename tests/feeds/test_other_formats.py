"""JSON lines and Parquet: read as text under limits; hostile and damaged ones are refused by rule."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from safer_kpi.errors import InputRefused
from safer_kpi.intake import Dialect, ParquetDialect, Parsed, parse_json_lines, parse_parquet
from safer_kpi.intake.json_lines import child
from tests.feeds.reading_back import rows_of
from tests.feeds.workbook_maker import GOOD as WORKBOOK
from tests.feeds.workbook_maker import NOISE

LINES = b'{"id": 1, "name": "north"}\n{"id": 2, "name": "south"}\n'


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "file"


def told(path: Path, content: bytes, **limits: int) -> dict[str, Any]:
    """What the child answers, without the cost of its start."""
    from dataclasses import asdict

    path.write_bytes(content)
    return child.copy({"path": path, "bytes": len(content), "dialect": asdict(Dialect(**limits))})


JSON: dict[str, tuple[bytes, str, dict[str, int]]] = {
    "no bytes": (b"", "empty", {}),
    "blank lines": (b"\n\n", "empty", {}),
    "an array": (b'[{"id": 1}]', "json", {}),
    "an object over several lines": (b'{\n"id": 1\n}\n', "json", {}),
    "a CSV": (b"id,name\n1,north\n", "json", {}),
    "a workbook": (WORKBOOK, "not_json", {}),
    "not UTF-8": (LINES + b'{"id": 3, "name": "caf\xe9"}\n', "encoding", {}),
    "cut short": (LINES + b'{"id": 3, "na', "truncated", {}),
    "brackets in brackets": (b'{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", "nested", {}),
    "a long line": (b'{"id": "' + b"x" * 2000 + b'"}\n', "line_length", {"max_line_bytes": 1000}),
    "many names": (b"".join(b'{"c%d": 1}\n' % n for n in range(4097)), "header", {}),
    "too many bytes": (LINES * 10, "too_large", {"max_bytes": 100}),
    "more broken lines than are allowed": (LINES + b"x\n" * 3, "json", {"max_malformed_rows": 2}),
    # 80 MB unpacked: the ratio is judged past 64.
    "a bomb": (gzip.compress((b'{"id": "' + b" " * 990 + b'"}\n') * 80_000, 1, mtime=0), "bomb", {"max_expansion": 50}),
}


@pytest.mark.parametrize("name", JSON)
def test_hostile_json_lines_are_refused(name: str, path: Path) -> None:
    content, rule, limits = JSON[name]
    with pytest.raises(InputRefused) as refused:
        told(path, content, **limits)
    assert refused.value.rule == rule
    assert refused.value.next_action


@pytest.mark.parametrize(
    "line",
    ['{"id": [1]}', '{"id": {"a": 1}}', '{"id": 1, "id": 2}', '{"id": NaN}', '{"": 1}', '{"id": "\\ud800"}', "3", "{",
     '{"id": "\\u0000"}', f'{{"id": {"9" * 5000}}}'],
)  # fmt: skip
def test_a_line_that_is_no_object_of_single_values_is_held_back(line: str, path: Path) -> None:
    answer = told(path, LINES + line.encode() + b"\n")
    assert (answer["rows"], answer["malformed"]) == (2, [(3, "json")])


def test_json_lines_through_the_children(path: Path) -> None:
    lines = [{"id": 1, "ok": True, "x": None}, {"name": 'a,"b"\n', "id": 2.50, "ok": False}]
    text = "\ufeff" + "\n\n".join(json.dumps(line) for line in lines).replace("2.5,", "2.50,")
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    headers: list[tuple[str, ...]] = []

    def choose(header: tuple[str, ...]) -> list[str | None]:
        headers.append(header)
        return [name if name != "x" else None for name in header]

    parsed = parse_json_lines(path, Dialect(), choose, path.with_suffix(".parquet"))
    assert headers == [("id", "ok", "x", "name")]
    assert rows_of(parsed) == [(1, "1", "TRUE", None), (3, "2.50", "FALSE", 'a,"b"\n')]
    assert (parsed.rows_read, parsed.rows_skipped) == (3, 1)


def parquet(path: Path, **limits: int) -> Parsed:
    return parse_parquet(path, ParquetDialect(**limits), list, path.with_suffix(".out"))


def test_parquet_as_text(path: Path) -> None:
    frame = pl.DataFrame({
        "whole": [3, None],
        "float": [3.0, 0.1],
        "decimal": [Decimal("1.50"), Decimal("2.00")],
        "day": [dt.date(2024, 5, 1), None],
        "time": [dt.datetime(2024, 5, 1, 10, 30), None],
        "zoned": pl.Series([dt.datetime(2024, 5, 1, 10, 30), None]).dt.replace_time_zone("Europe/London"),
        "truth": [True, False],
        "text": ["", "x\n"],
    })  # fmt: skip
    frame.write_parquet(path)
    parsed = parquet(path)
    # Half past ten of a summer's day in London is half past nine in UTC; a text of no characters is NULL everywhere.
    assert rows_of(parsed) == [
        (2, "3", "3", "1.5", "2024-05-01", "2024-05-01T10:30:00", "2024-05-01T09:30:00Z", "TRUE", None),
        (3, None, "0.1", "2", None, None, None, "FALSE", "x\n"),
    ]
    assert (parsed.rows_read, parsed.columns) == (2, tuple(frame.columns))


def made(frame: pl.DataFrame) -> Callable[[Path], None]:
    return frame.write_parquet


def written(content: bytes) -> Callable[[Path], Any]:
    return lambda path: path.write_bytes(content)


PARQUET: dict[str, tuple[Callable[[Path], Any], str, dict[str, int]]] = {
    "no bytes": (written(b""), "empty", {}),
    "a CSV": (written(b"id,name\n"), "not_parquet", {}),
    "a workbook": (written(WORKBOOK), "not_parquet", {}),
    "cut short": (written(b"PAR1" + NOISE), "truncated", {}),
    "noise": (written(b"PAR1" + NOISE + b"PAR1"), "damaged", {}),
    "a list": (made(pl.DataFrame({"a": [[1]]})), "nested", {}),
    "an object": (made(pl.DataFrame({"a": [{"b": 1}]})), "nested", {}),
    "bytes": (made(pl.DataFrame({"a": [b"x"]})), "nested", {}),
    "a million times one value": (made(pl.DataFrame({"a": pl.repeat(1, 2_000_000, eager=True)})), "too_large",
                                  {"max_rows": 1_999_999}),
    "too many bytes": (made(pl.DataFrame({"a": [1]})), "too_large", {"max_bytes": 10}),
    "too many bytes unpacked": (made(pl.DataFrame({"a": list(range(10_000))})), "too_large", {"max_unpacked": 1000}),
}  # fmt: skip


@pytest.mark.parametrize("name", PARQUET)
def test_hostile_parquet_is_refused(name: str, path: Path) -> None:
    make, rule, limits = PARQUET[name]
    make(path)
    with pytest.raises(InputRefused) as refused:
        parquet(path, **limits)
    assert refused.value.rule == rule
    assert refused.value.next_action
    assert not path.with_suffix(".out").exists()
