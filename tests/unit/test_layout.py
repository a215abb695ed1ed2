"""Tables as text: nothing that is a number or a name is broken, at any width."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safer_kpi.reading.layout import Column, lay_out, same_in_every_row

WIDTHS = (80, 120, 200)
NAMES = st.text("abcdefghij_.", min_size=1, max_size=40)
NUMBERS = st.integers(-(10**9), 10**9).map(lambda number: f"{number:,}")
TIMES = st.datetimes().map(lambda time: time.strftime("%Y-%m-%d %H:%M"))
PROSE = st.lists(NAMES, max_size=30).map(" ".join)


def test_the_years_of_a_triangle_keep_their_digits_at_eighty_columns() -> None:
    """25 columns of three digits do not fit: 9 + 24 * 3 + 24 * 2 > 80, so each period is a record."""
    months = [Column(str(month), ("103", "98"), is_number=True) for month in range(24)]
    text = lay_out([Column("period", ("2024-25-Q4", "2025-26-Q1")), *months], width=80)
    assert len(re.findall(r"\b103\b", text)) == 24
    assert max(map(len, text.splitlines())) <= 80


@given(
    rows=st.lists(st.tuples(NAMES, NUMBERS, TIMES, PROSE, NUMBERS), min_size=1, max_size=6),
    width=st.sampled_from(WIDTHS),
)
def test_cells_stay_whole_and_lines_within_the_width(rows: list[tuple[str, ...]], width: int) -> None:
    names = ("id", "count of rows", "received at", "description", "other count")
    columns = [
        Column(name, tuple(row[place] for row in rows), is_number=place in (1, 4)) for place, name in enumerate(names)
    ]
    text = lay_out(columns, width=width)
    assert max(map(len, text.splitlines())) <= width
    tokens = text.split()
    for name, number, time, prose, other in rows:
        assert {name, number, other, *prose.split()} <= set(tokens)
        assert time in text


def test_without_a_width_each_row_is_one_line() -> None:
    text = lay_out([Column("a", ("x " * 300, "y")), Column("b", ("1", "2"))], width=None)
    assert len(text.splitlines()) == 4  # names, a line, two rows


def test_what_is_the_same_in_every_row_stands_in_the_heading() -> None:
    rows = [("E1", "2024-04", "7", ""), ("E1", "2024-05", "7", "")]
    names = ("code", "period", "value", "note")
    moved = same_in_every_row(names, rows, kept=("value",))
    assert moved == ["code", "note"]
    columns = [Column(name, tuple(row[place] for row in rows)) for place, name in enumerate(names)]
    lines = lay_out(columns, width=80, moved=moved).splitlines()
    assert lines[:2] == ["In every row: code = E1", "Empty in every row: note"]
    assert lines[3].split() == ["period", "value"]


@pytest.mark.parametrize("rows", [[("a", 1)], []])
def test_a_single_row_has_no_heading(rows: list[tuple[str, int]]) -> None:
    assert same_in_every_row(("x", "y"), rows) == []


def test_rows_that_are_all_the_same_keep_a_column() -> None:
    assert same_in_every_row(("x", "y"), [("a", 1), ("a", 1)]) == ["y"]


def test_a_record_names_its_values_and_leaves_out_what_no_row_has() -> None:
    columns = [
        Column("file name", ("a_very_long_name_of_a_file_" * 3 + ".csv", "b.csv")),
        Column("rows", ("12", "1,234"), is_number=True),
        Column("error", ("", "")),
        Column("status", ("accepted", "")),
    ]
    assert lay_out(columns, width=60).splitlines() == [
        "file name:",
        f"  {'a_very_long_name_of_a_file_' * 3}.csv",
        "  rows:    12  status: accepted",
        "",
        "file name: b.csv",
        "  rows: 1,234  status: -",
    ]


def test_wide_letters_take_two_columns() -> None:
    lines = lay_out([Column("name", ("日本", "abc")), Column("n", ("1", "2"), is_number=True)], width=80).splitlines()
    assert lines[2:] == ["日本  1", "abc   2"]
