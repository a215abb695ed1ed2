"""Parsing agrees with Python's csv module on generated tables and on generated text."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safer_kpi.errors import InputRefused
from tests.effort import examples
from tests.feeds.reading_back import intake, rows_of

# What trips readers of CSV far more often than chance would bring it up.
TRICKY = st.sampled_from(
    ['"', ",", "\n", "\r\n", " ", "\t", "'", ";", "\\", "é", "€", "\u2028", "\x85", "=1", "a", "0"]
)
CHARACTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
VALUES = st.one_of(st.just(""), st.lists(TRICKY, max_size=5).map("".join), st.text(CHARACTERS, max_size=8))


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, list[list[str]]]:
    width = draw(st.integers(1, 4))
    return width, draw(st.lists(st.lists(VALUES, min_size=width, max_size=width), max_size=6))


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    table=tables(),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quote_all=st.booleans(),
    mark=st.sampled_from(["", "\ufeff"]),
    packed=st.booleans(),
)
def test_what_csv_writes_is_read_back(
    table: tuple[int, list[list[str]]], line_end: str, quote_all: bool, mark: str, packed: bool
) -> None:
    width, rows = table
    header = [f"column {n}" for n in range(width)]
    text = io.StringIO()
    # A lone CR has to be quoted: before Python 3.13 the writer leaves it bare when it may.
    breaks = any("\r" in value or "\n" in value for row in rows for value in row)
    csv.writer(
        text, lineterminator=line_end, quoting=csv.QUOTE_ALL if quote_all or breaks else csv.QUOTE_MINIMAL
    ).writerows([header, *rows])
    content = (mark + text.getvalue()).encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.csv"
        path.write_bytes(gzip.compress(content) if packed else content)
        parsed = intake(path)
        read = rows_of(parsed)
    # A quoted nothing in a file of one column is a value: no delimiter stands there.
    whole = [(number, row) for number, row in enumerate(rows, 2) if width == 1 or not _is_blank(row)]
    assert read == [(number, *[value or None for value in row]) for number, row in whole]
    assert (parsed.rows_read, parsed.rows_skipped, parsed.malformed) == (len(rows), len(rows) - len(whole), ())


def _is_blank(row: list[str]) -> bool:
    """Whether a record is of delimiters and blanks alone."""
    return not any(value.strip(" \t\v\f") for value in row)


FRAGMENTS = st.sampled_from(
    ['"', '""', ",", ",", "\n", "\n", "\r\n", " ", "a", "bc", 'x,"y z"\n', "1,2\n", '"1","2"\n', "1,2\r\n", "é", "\t"]
)


@settings(max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=st.lists(FRAGMENTS, max_size=14).map("".join), ended=st.booleans())
def test_any_text_is_read_as_csv_reads_it_or_refused(body: str, ended: bool) -> None:
    content = "id,name\n" + body + ("\n" if ended else "")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.csv"
        path.write_bytes(content.encode())
        if rule := _refusal(content):
            with pytest.raises(InputRefused) as refused:
                intake(path)
            assert refused.value.rule == rule
            return
        parsed = intake(path)
        read = rows_of(parsed)
    records = list(csv.reader(io.StringIO(content, newline=""), strict=True))[1:]
    blank = sum(map(_is_blank, records))
    whole = [(n, record) for n, record in enumerate(records, 2) if len(record) == 2 and not _is_blank(record)]
    assert read == [(n, *[value or None for value in record]) for n, record in whole]
    assert (parsed.rows_read, parsed.rows_skipped) == (len(records), blank)
    assert len(read) + blank + len(parsed.malformed) == len(records)


def _refusal(content: str) -> str:
    """Why a text of two columns must be refused, by the csv module's own words; blank where it must not."""
    try:
        records = list(csv.reader(io.StringIO(content, newline=""), strict=True))
    except csv.Error as error:
        return "quote" if "expected after" in str(error) else "unclosed_quote"
    last = records[-1]
    return "truncated" if len(last) == 1 and last[0].strip(" \t") and not content.endswith("\n") else ""
