"""CSV files in which the table stands among titles, totals and notes, found as the contract declares it."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from safer_kpi.errors import InputRefused, ProjectError
from safer_kpi.intake import Dialect, Parsed, parse_framed, preflight
from tests.feeds.reading_back import rows_of

TITLED = """Incidents by ward;;
"made up; for a test";;

Ward;Incidents [note 1];
A;3;
 ;;
B;4;
Total;7;
Notes
1. Provisional.
"""
FRAME: dict[str, Any] = {
    "delimiter": ";", "header_starts": "ward", "skip_rows": ["total"], "ends_at": [r"notes?\b"]
}  # fmt: skip


def framed(folder: Path, text: str | bytes, **terms: Any) -> Parsed:
    """What is read with every column under its own name."""
    path = folder / "file.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    dialect = Dialect(**(FRAME | terms))
    return parse_framed(path, preflight(path, dialect), dialect, lambda header: header, folder / "out.parquet")


def refused(folder: Path, text: str, **terms: Any) -> InputRefused:
    with pytest.raises(InputRefused) as error:
        framed(folder, text, **terms)
    return error.value


@pytest.mark.parametrize(
    "content",
    [
        TITLED.encode(),
        TITLED.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + TITLED.encode(),
        TITLED.encode("utf-16"),
        gzip.compress(TITLED.encode(), mtime=0),
    ],
)
def test_a_table_under_titles_and_above_a_total_and_notes(content: bytes, tmp_path: Path) -> None:
    parsed = framed(tmp_path, content, encodings=["utf-8", "utf-16"])
    # The header is row 4; A is row 5, B row 7 after a blank row.
    assert parsed.columns == ("Ward", "Incidents")
    assert rows_of(parsed) == [(5, "A", "3"), (7, "B", "4")]
    # Ten records: 9 read, of which 2 are data.
    assert (parsed.rows_read, parsed.rows_skipped, parsed.malformed) == (9, 7, ())


def test_a_header_of_two_rows_and_cells_filled_down(tmp_path: Path) -> None:
    text = "Area,Need,\n,Estimated,Unmet\nNorth,5,2\n,6,3\nSouth,7,\n"
    parsed = framed(tmp_path, text, delimiter=",", header_starts="Area", header_rows=2, fill_down=["Area"])
    assert parsed.columns == ("Area", "Need | Estimated", "Need | Unmet")
    assert rows_of(parsed) == [(3, "North", "5", "2"), (4, "North", "6", "3"), (5, "South", "7", None)]
    assert (parsed.rows_read, parsed.rows_skipped) == (4, 1)


def test_without_a_start_the_header_is_the_first_filled_row(tmp_path: Path) -> None:
    parsed = framed(tmp_path, "\n,\na,b\n1,2\nTotal,2\n", delimiter=",", header_starts=None)
    assert rows_of(parsed) == [(4, "1", "2")]
    assert (parsed.rows_read, parsed.rows_skipped) == (4, 3)


def test_rows_with_a_wrong_number_of_fields_are_malformed(tmp_path: Path) -> None:
    text = "Title\nWard,Incidents\nA,3\nB\nC,4,5\nD,6,\nNotes\nwhat,ever,stands,here\n"
    parsed = framed(tmp_path, text, delimiter=",")
    assert rows_of(parsed) == [(3, "A", "3"), (6, "D", "6")]
    assert parsed.malformed == ((4, "column_count"), (5, "column_count"))
    assert parsed.rows_read == 2 + 2 + parsed.rows_skipped
    error = refused(tmp_path, text, delimiter=",", max_malformed_rows=1)
    assert (error.rule, error.row) == ("column_count", 4)


def test_one_of_two_tables_side_by_side(tmp_path: Path) -> None:
    text = "Offered;;;Accepted;\nWard;Incidents;;Ward;Incidents\nA;3;;C;9\nB;4;;D;\n;;;E;2\nF;5\n"
    terms = {"title": "accepted", "beside": "left_out", "max_malformed_rows": 1}
    read = framed(tmp_path, text, **terms)
    # The record of F has too few fields to say anything of the second table; it is blank there.
    assert rows_of(read) == [(3, "C", "9"), (4, "D", None), (5, "E", "2")]
    left = framed(tmp_path, text, **(terms | {"title": "offered"}))
    assert rows_of(left) == [(3, "A", "3"), (4, "B", "4"), (6, "F", "5")]


def test_a_nil_return_in_words(tmp_path: Path) -> None:
    parsed = framed(tmp_path, "Incidents by ward\nNil return\n", nil_return="nil return.*")
    assert parsed.nil
    assert parsed.rows_read == parsed.rows_skipped == 2


def test_a_file_without_the_declared_header_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, "a;b\n1;2\n")
    assert error.rule == "header"
    assert "declared start of the header ('ward')" in str(error)


def test_an_open_quote_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, 'Ward;Incidents\nA;"3\n')
    assert error.rule == "unclosed_quote"


def test_a_refused_header_is_told_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text(TITLED)
    dialect = Dialect(**FRAME)

    def choose(_: tuple[str, ...]) -> tuple[str, ...]:
        raise InputRefused("A column is missing.", rule="missing_columns", row=1)

    with pytest.raises(InputRefused) as error:
        parse_framed(path, preflight(path, dialect), dialect, choose, tmp_path / "out.parquet")
    assert (error.value.rule, error.value.row) == ("missing_columns", 4)


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"header_starts": "("}, "is not a pattern"),
        ({"header_rows": 5}, "header_rows is 5"),
        ({"skip_rows": "total"}, "skip_rows is one text"),
        ({"ends_at": [" "]}, "is blank"),
        ({"encodings": ("utf-7",)}, "does not extend ASCII"),
    ],
)
def test_a_wrong_term_is_refused_when_the_contract_is_read(terms: dict[str, Any], told: str) -> None:
    with pytest.raises(ProjectError, match=told):
        Dialect(**terms)
