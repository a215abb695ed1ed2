"""The checksums of a Parquet file's pages: a file whose bytes were changed on its way is refused."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from safer_kpi.errors import InputRefused
from safer_kpi.intake import ParquetDialect, parse_parquet
from safer_kpi.intake.parquet.pages import DamagedPageError, check_pages
from tests.feeds.reading_back import rows_of

LONG = "y" * 3000
TEXTS = ["zqaaaaax", "zqbbbbbx", LONG, "zqcccccx", "zqdddddx"]
#: How a writer may lay its pages out.
WAYS = [
    {"use_dictionary": dictionary, "data_page_version": version, "row_group_size": size, "compression": compression}
    for dictionary, version, size, compression in itertools.product(
        (True, False), ("1.0", "2.0"), (2, 1000), ("none", "zstd")
    )
]


def file_of(**way: object) -> bytes:
    """A file of two columns whose pages have checksums; the long text makes some headers longer than a kibibyte."""
    out = io.BytesIO()
    table = pa.table({"text": TEXTS, "whole": pa.array([1, 70_000, None, 3, 4], pa.int64())})
    pq.write_table(table, out, write_page_checksum=True, **way)
    return out.getvalue()


def read(content: bytes, path: Path) -> list[tuple[object, ...]]:
    path.write_bytes(content)
    return rows_of(parse_parquet(path, ParquetDialect(), list, path.with_suffix(".out")))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(map(str, way.values())))
def test_a_whole_file_is_read(way: dict[str, object], tmp_path: Path) -> None:
    wholes = ["1", "70000", None, "3", "4"]
    expected = [(row, text, whole) for row, (text, whole) in enumerate(zip(TEXTS, wholes, strict=True), 2)]
    assert read(file_of(**way), tmp_path / "file") == expected


@pytest.mark.parametrize("way", WAYS[::2], ids=lambda way: "-".join(map(str, way.values())))
def test_a_changed_value_is_refused(way: dict[str, object], tmp_path: Path) -> None:
    """DuckDB reads the changed text; statistics hold the smallest and the largest text, and not this one."""
    content = file_of(**way)
    changed = content.replace(b"zqbbbbbx", b"zqbbbabx")
    assert changed != content
    with pytest.raises(InputRefused, match="does not have the checksum that it declares") as refused:
        read(changed, tmp_path / "file")
    assert refused.value.rule == "damaged"


def test_a_file_without_checksums_is_read_as_it_is(tmp_path: Path) -> None:
    out = io.BytesIO()
    pq.write_table(pa.table({"text": TEXTS}), out, write_page_checksum=False)
    assert [row[1] for row in read(out.getvalue(), tmp_path / "file")] == TEXTS


# A page without a checksum by hand: field 1 is 0, fields 2 and 3 are 1, so the page has one byte after its header.
HEADER = b"\x15\x00\x15\x02\x15\x02"


@pytest.mark.parametrize(
    "content",
    [
        b"\x15\x00\x15\x02\x00x",  # no size
        b"\x15\x00\x15\x02\x15\x01\x00x",  # a size of -1
        HEADER,  # no end
        HEADER + b"\x18\xff\xff\xff\xff\x0f",  # a text longer than the file
        HEADER + b"\x15" + b"\xff" * 11,  # a number without an end
        HEADER + b"\x1d\x00",  # a type that does not exist
        HEADER + b"\x19" + b"\x19" * 40,  # lists within lists
        HEADER + b"\x1c" * 40,  # records within records
        HEADER + b"\x19\xf1\xff\xff\xff\xff\x7f",  # a list of more truth values than there are bytes
        HEADER + b"\x15\x02\x00",  # a checksum, and no byte after it
    ],
)
def test_a_header_that_cannot_be_read_is_damage(content: bytes) -> None:
    with pytest.raises(DamagedPageError):
        check_pages(io.BytesIO(content), [(0, len(content))])


@pytest.mark.parametrize("runs", [[(-1, 8)], [(0, 9)], [(8, 0)], [(0, 8), (0, 8)], [(0, 8), (4, 8)]])
def test_columns_that_do_not_lie_in_bytes_of_their_own_are_damage(runs: list[tuple[int, int]]) -> None:
    """Of a page of eight bytes: before it, beyond it, backwards, twice, and one within another."""
    with pytest.raises(DamagedPageError):
        check_pages(io.BytesIO(HEADER + b"\x00x"), runs)


def test_a_page_with_a_checksum_ends_in_its_column() -> None:
    page = HEADER + b"\x15\x00\x00x"  # its checksum is 0
    with pytest.raises(DamagedPageError):
        check_pages(io.BytesIO(page), [(0, len(page) - 1)])


def test_fields_that_nobody_knows_yet_are_passed_over() -> None:
    """A truth value, a byte, a floating-point number, a text, a list of two numbers and a record, then two pages."""
    later = b"\x21\x13\x07\x17" + b"\0" * 8 + b"\x18\x01a" + b"\x19\x25\x02\x04" + b"\x1c\x15\x02\x00" + b"\x00"
    content = (HEADER + later + b"x") * 2
    check_pages(io.BytesIO(content), [(0, len(content))])
