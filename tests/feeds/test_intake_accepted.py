"""What is accepted, and that every value arrives exactly as it was written."""

from __future__ import annotations

import csv
import gzip
from typing import TYPE_CHECKING

import pytest

from safer_kpi.errors import InputRefused
from safer_kpi.intake import Dialect, parse, preflight
from tests.feeds.reading_back import intake, rows_of

if TYPE_CHECKING:
    from pathlib import Path

HEADER = b"id,name\n"
TWO = [(2, "1", "north"), (3, "2", "south")]
PLAIN = HEADER + b"1,north\n2,south\n"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN[:-1],
        b"\xef\xbb\xbf" + PLAIN,
        PLAIN.replace(b"\n", b"\r\n"),
        PLAIN.replace(b"\n", b"\r\n")[:-2],
        PLAIN.replace(b"\n", b"\r"),
        PLAIN.replace(b"\n", b"\r")[:-1],
        b"id,name\r\n1,north\n2,south\r\n",
        b"id,name\n1,north\r\n2,south\n",
        b'"id","name"\n"1","north"\n"2","south"\n',
        gzip.compress(PLAIN, mtime=0),
        gzip.compress(b"\xef\xbb\xbf" + PLAIN, mtime=0),
        gzip.compress(PLAIN[:9], mtime=0) + gzip.compress(PLAIN[9:], mtime=0) + bytes(64),
    ],
)
def test_the_same_two_rows(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    parsed = intake(path)
    assert rows_of(parsed) == TWO
    assert (parsed.rows_read, parsed.rows_skipped, parsed.malformed) == (2, 0, ())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (b"=SUM(A1)", "=SUM(A1)"),
        (b"+44", "+44"),
        (b"-", "-"),
        (b"@x", "@x"),
        (b"\x01\x02\x0b\x0c\x1b[0m", "\x01\x02\x0b\x0c\x1b[0m"),
        (b"#x", "#x"),
        (b"NULL", "NULL"),
        (b"\\N", "\\N"),
        (b"007", "007"),
        (b"  x ", "  x "),
        (b" ", " "),
        (b"", None),
        (b'""', None),
        (b'" x "', " x "),
        (b'"a,b"', "a,b"),
        (b'"a""b"', 'a"b'),
        (b'""""', '"'),
        (b'6" pipe', '6" pipe'),
        (b' "x"', ' "x"'),  # a quote only counts where the field begins
        (b'"a\nb"', "a\nb"),
        (b'"a\r\nb"', "a\r\nb"),
        (b'"a\rb"', "a\rb"),
        (b'"\n"', "\n"),
        ("\u2028\x85\xa0\x1c".encode(), "\u2028\x85\xa0\x1c"),
        ("Bethnal Grëen 😀".encode(), "Bethnal Grëen 😀"),
        ("\ufeff".encode(), "\ufeff"),
        (b"caf\xe9 \x80 \x93x\x94", "café € “x”"),  # no UTF-8: read as cp1252
    ],
)
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_values_are_exact(written: bytes, meant: str | None, line_end: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(line_end.join([b"id,name", b"1," + written, b"2,south", b""]))
    assert rows_of(intake(path)) == [(2, "1", meant), (3, "2", "south")]


@pytest.mark.parametrize(
    ("body", "good", "counts", "malformed"),
    [
        # rows: 2 good, 3 short, 4 good
        (b"1,a\n2\n3,c\n", [(2, "1", "a"), (4, "3", "c")], (3, 0), [3]),
        # rows: 2 with one empty field too many, which DuckDB alone lets pass
        (b"1,a,\n3,c\n", [(3, "3", "c")], (2, 0), [2]),
        (b'1,a,""\n3,c\n', [(3, "3", "c")], (2, 0), [2]),
        # rows: 2 with two too many, 3 blank although it has fifty too many
        (b"1,a,,\n" + b"," * 51 + b"\n3,c\n", [(4, "3", "c")], (3, 1), [2]),
        # rows: 2 with fifty too many
        (b"1,a" + b"," * 50 + b"\n3,c\n", [(3, "3", "c")], (2, 0), [2]),
        # rows: 2 good, 3 blank, 4 short, 5 blank with spaces, 6 good
        (b"1,a\n\n2\n  \t\n3,c\n", [(2, "1", "a"), (6, "3", "c")], (5, 2), [4]),
        # rows: 2 over three lines, 3 good, 4 short
        (b'1,"a\n\nb"\n3,c\n4\n', [(2, "1", "a\n\nb"), (3, "3", "c")], (3, 0), [4]),
        # blank lines at the end
        (b"1,a\n\n\n", [(2, "1", "a")], (3, 2), []),
        # a last line that is too long is not cut short
        (b"1,a\n2,b,c", [(2, "1", "a")], (2, 0), [3]),
        # nothing but delimiters and blanks is a blank row, however many delimiters there are
        (b"1,a\n,\n", [(2, "1", "a")], (2, 1), []),
        (b"1,a\n,\n, \n,,\n3,c\n", [(2, "1", "a"), (6, "3", "c")], (5, 3), []),
        (b'1,a\n"",""\n2\n', [(2, "1", "a")], (3, 1), [4]),
        # an empty first field makes no row blank
        (b",a\n,\n", [(2, None, "a")], (2, 1), []),
        (b"", [], (0, 0), []),
        (b"1\n", [], (1, 0), [2]),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_rows_are_counted(
    body: bytes,
    good: list[tuple[object, ...]],
    counts: tuple[int, int],
    malformed: list[int],
    packed: bool,
    tmp_path: Path,
) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(gzip.compress(HEADER + body, mtime=0) if packed else HEADER + body)
    parsed = intake(path)
    assert rows_of(parsed) == good
    assert (parsed.rows_read, parsed.rows_skipped) == counts
    assert parsed.rows_read == len(good) + parsed.rows_skipped + len(malformed)
    assert parsed.malformed == tuple((row, "column_count") for row in malformed)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("body", "good", "counts", "malformed"),
    [
        (b"1,a,,\n2,b,,\n", [(2, "1", "a"), (3, "2", "b")], (2, 0), []),
        # a spreadsheet leaves the delimiters of empty columns out after some rows
        (b"1,a,,\n2,b\n3,c,\n", [(2, "1", "a"), (3, "2", "b"), (4, "3", "c")], (3, 0), []),
        (b"1,a, ,\n,,,\n2\n3,c,,,\n", [(2, "1", "a")], (4, 1), [4, 5]),
        (b'1,"a\nb",,\n', [(2, "1", "a\nb")], (1, 0), []),
    ],
)
def test_columns_without_a_name_at_the_end_are_left_out(
    body: bytes,
    good: list[tuple[object, ...]],
    counts: tuple[int, int],
    malformed: list[int],
    packed: bool,
    tmp_path: Path,
) -> None:
    path = tmp_path / "file.csv"
    content = b"id,name,, \n" + body
    path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    found = preflight(path, Dialect())
    assert found.header == ("id", "name", "", "")
    parsed = parse(path, found, Dialect(), ["id", "name", None, None], tmp_path / "out.parquet")
    assert rows_of(parsed) == good
    assert (parsed.rows_read, parsed.rows_skipped) == counts
    assert parsed.malformed == tuple((row, "column_count") for row in malformed)


def test_a_column_without_a_name_must_be_empty(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"id,name,\n1,a,\n2,b,x\n")
    with pytest.raises(InputRefused, match="Column 3 is filled in row 3 but has no name in the header") as refused:
        parse(path, preflight(path, Dialect()), Dialect(), ["id", "name", None], tmp_path / "out.parquet")
    assert (refused.value.rule, refused.value.row) == ("header", 3)


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-16", ("utf-16", "utf-8")),
        ("utf-16", ("utf-8", "utf-16")),
        ("utf-16-le", ("utf-16-le",)),
        ("utf-16-be", ("utf-16-be",)),
        ("utf-8", ("utf-16", "utf-8")),
        ("utf-8-sig", ("utf-16", "utf-8")),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_utf_16_by_declaration(encoding: str, declared: tuple[str, ...], packed: bool, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    content = "id\tname\r\n1\tBethnal Grëen 😀\r\n2\tsouth\r\n".encode(encoding)
    path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    parsed = intake(path, Dialect(delimiter="\t", encodings=declared))
    assert rows_of(parsed) == [(2, "1", "Bethnal Grëen 😀"), (3, "2", "south")]


def test_utf_16_over_many_pieces(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    # Pieces are 1 MiB: 200,000 rows of ten characters and more are about five of them.
    lines = ["id\tname", *(f"{number}\té{number:07}" for number in range(2, 200_002))]
    path.write_bytes("\n".join(lines).encode("utf-16"))
    parsed = intake(path, Dialect(delimiter="\t", encodings=("utf-16",)))
    rows = rows_of(parsed)
    assert len(rows) == 200_000
    assert all(text == f"é{row:07}" and number == str(row) for row, number, text in rows)


def test_a_header_alone_is_not_refused_here(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"id,name")
    parsed = intake(path)
    assert (parsed.rows_read, rows_of(parsed)) == (0, [])


def test_a_single_column_has_blank_lines_and_empty_values(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b'id\n1\n\n""\n \n2\n')
    parsed = intake(path)
    # row 3 is blank; row 4 holds an empty value, row 5 a space
    assert rows_of(parsed) == [(2, "1"), (4, None), (5, " "), (6, "2")]
    assert (parsed.rows_read, parsed.rows_skipped) == (5, 1)


@pytest.mark.parametrize(("delimiter", "quote"), [(";", '"'), ("\t", "'"), ("|", "~")])
def test_the_declared_delimiter_and_quote(delimiter: str, quote: str, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    lines = [f"id{delimiter}name", f"1{delimiter}{quote}a{delimiter}{quote * 2}b{quote}", f'2{delimiter}x,"y']
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    meant_second = 'x,"y'
    parsed = intake(path, Dialect(delimiter=delimiter, quote=quote))
    assert rows_of(parsed) == [(2, "1", f"a{delimiter}{quote}b"), (3, "2", meant_second)]


def test_columns_are_renamed_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"a,b,c\n1,2,3\n4\n5,6,\n")
    found = preflight(path, Dialect())
    parsed = parse(path, found, Dialect(), [None, 'the "second"', "malformed"], tmp_path / "out [1]*?.parquet")
    assert parsed.columns == ('the "second"', "malformed")
    assert rows_of(parsed) == [(2, "2", "3"), (4, "6", None)]
    assert parsed.malformed == ((3, "column_count"),)


def test_a_file_name_is_never_a_pattern_or_a_statement(tmp_path: Path) -> None:
    folder = tmp_path / "it's [a]*?;--"
    folder.mkdir()
    path = folder / "$(x) {y},'z'.csv"
    path.write_bytes(PLAIN)
    assert rows_of(intake(path)) == TWO


@pytest.mark.parametrize("uneven", [pytest.param(False, marks=pytest.mark.soak), True])
def test_many_rows_keep_their_numbers_and_order(uneven: bool, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    count = 300_000  # about 40 MB: several buffers and row groups on every thread
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "text"])
        for n in range(2, count + 2):
            rows.writerow([n] if uneven and n == count // 2 else [n, f"{n} " + "x, " * (n % 80)])
    parsed = intake(path)
    assert parsed.rows_read == count
    assert parsed.malformed == (((count // 2, "column_count"),) if uneven else ())
    rows_back = rows_of(parsed)
    assert len(rows_back) == count - uneven
    assert all(int(text) == row for row, text, _ in rows_back)


def test_a_line_end_cut_in_two_by_a_piece(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    # Pieces are 1 MiB: the CR is the last byte of the first, the LF the first of the second; another line ends in LF.
    first = b"id,name\n1,"
    rest = 2**20 - 1 - len(first)
    path.write_bytes(first + b"x" * rest + b"\r\n2,south\n")
    parsed = intake(path, Dialect(max_line_bytes=2**21))
    assert rows_of(parsed) == [(2, "1", "x" * rest), (3, "2", "south")]


def test_a_character_and_a_quoted_line_end_cut_in_two_by_a_piece(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    first = b'id,name\n1,"'
    rest = 2**20 - 1 - len(first)
    path.write_bytes(first + b"x" * rest + 'é\nñ"\n2,south\n'.encode())
    parsed = intake(path, Dialect(max_line_bytes=2**21))
    assert rows_of(parsed) == [(2, "1", "x" * rest + "é\nñ"), (3, "2", "south")]
