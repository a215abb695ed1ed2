"""Small files that one child reads together are read as each is alone, and none suffers from another."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from safer_kpi.catalogue.cells import covered
from safer_kpi.catalogue.feeds import load_feed
from safer_kpi.intake import Dialect, Parsed, parse, preflight, together
from safer_kpi.intake.together import Plain, is_plain, parse_each
from safer_kpi.landing.checked_together import fit, frames_of, is_whole

PROJECT = Path(__file__).resolve().parents[2]
EVEN = (b"id,name\n1,north\n2,\n", b'id,name\r\n3,"a,b"\r\n', b"id,name\n")
UNEVEN = b"id,name\n4\n5,east\n"


def plain(folder: Path, contents: tuple[bytes, ...]) -> list[Plain]:
    files = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.csv"
        path.write_bytes(content)
        found = preflight(path, Dialect())
        assert is_plain(found)
        files.append(Plain(path=path, found=found, columns=found.header, out=folder / f"{number}.parquet"))
    return files


def rows_of(parsed: Parsed) -> list[tuple[object, ...]]:
    return duckdb.sql(f"SELECT * FROM ({parsed.relation_sql()}) ORDER BY source_row").fetchall()


def test_even_files_are_read_as_each_is_alone_and_uneven_ones_are_left(tmp_path: Path) -> None:
    files = plain(tmp_path, (EVEN[0], UNEVEN, *EVEN[1:]))
    parsed = parse_each(files, Dialect())
    assert [each is not None for each in parsed] == [True, False, True, True]
    for file, each in zip(files, parsed, strict=True):
        if each is not None:
            alone = parse(file.path, file.found, Dialect(), file.columns, tmp_path / "alone.parquet")
            assert rows_of(each) == rows_of(alone)
            assert (each.rows_read, each.rows_skipped, each.malformed) == (alone.rows_read, 0, ())
    assert rows_of(parsed[0] or alone) == [(2, "1", "north"), (3, "2", None)]
    assert sorted(path.name for path in tmp_path.glob("*.parquet")) == [
        "0.parquet", "2.parquet", "3.parquet", "alone.parquet",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.kill(os.getpid(), 9)",
        "raise SystemExit(7)",
        "print('[]')",
        "open('rows.0.parquet', 'w').close(); import os; os.abort()",
    ],
)
def test_if_the_child_dies_each_file_is_left_to_one_of_its_own(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = plain(tmp_path, EVEN)
    monkeypatch.setattr(together, "_START", code)
    assert parse_each(files, Dialect()) == [None] * 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.csv", "1.csv", "2.csv"]


def test_a_cell_that_does_not_fit_is_that_of_its_file(tmp_path: Path) -> None:
    """Of six files the second has a wrong code, the fourth a longitude outside the country, the fifth no month."""
    (layout,) = load_feed(PROJECT, "police_street").layouts
    right = dict.fromkeys(layout.columns) | {
        "month": "2024-04", "reported_by": "Dorset Police", "lsoa_code": "E01015272", "longitude": "-1.9",
        "crime_type": "Robbery",
    }  # fmt: skip
    paths = []
    for number, wrong in enumerate(({}, {"lsoa_code": "E1"}, {}, {"longitude": "14"}, {"month": None}, {})):
        rows = [right, right | wrong, right]
        paths.append(tmp_path / f"{number}.parquet")
        pl.DataFrame(rows, schema=dict.fromkeys(layout.columns, pl.String)).write_parquet(paths[-1])
    assert fit(layout, frames_of(layout, paths)) == [True, False, True, False, False, True]


def test_a_file_is_whole_if_every_row_counts() -> None:
    """Two rows of one key, another month than the file's name says, and a rounded reference are looked at again."""
    feed = load_feed(PROJECT, "police_street")
    (layout,) = feed.layouts
    covers = covered(feed, "2024-04-dorset-street.csv", layout)
    right = dict.fromkeys(layout.columns) | {
        "month": "2024-04", "reported_by": "Dorset Police", "lsoa_code": "E01015272", "crime_type": "Robbery",
    }  # fmt: skip
    first, second, none = right | {"crime_id": "a1"}, right | {"crime_id": "b2"}, right

    def judged(*rows: dict[str, str | None]) -> bool:
        return is_whole(feed, layout, covers, pl.DataFrame(rows, schema=dict.fromkeys(layout.columns, pl.String)))

    assert judged(first, second, none, none)
    assert not judged(first, second, first)
    assert not judged(first, second | {"month": "2024-05"})
    assert not judged(first, second | {"month": None})
    assert not judged(first, second | {"crime_id": "1.2E+15"})
    assert not judged()
