"""A comparison's rows as CSV, read back by another reader."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

import safer_kpi
from safer_kpi.statements.rows_csv import write_rows
from tests.reading.hostile_names import AREA, spoil

VIOLENCE = "1a.violence_and_sexual_offences"


@pytest.fixture
def home(book_writer: Callable[..., Path], tmp_path: Path) -> Path:
    book_writer(tmp_path / "safer_kpi.duckdb")
    return tmp_path


def test_the_rows_exactly(home: Path) -> None:
    stream = io.StringIO(newline="")
    with safer_kpi.open(home) as lake:
        table = lake.compare("2024-08-15", "now")
        written = write_rows(table, stream)
        rows = table.rows()
    text = stream.getvalue()
    assert text.startswith("metric_id,area_code,area_name,period,breakdown,step,cause,feed,delivery_id,amount\r\n")
    assert text.count("\r\n") == text.count("\n") == written + 1 == len(rows) + 1
    for row, read in zip(rows, csv.DictReader(io.StringIO(text, newline="")), strict=True):
        assert Decimal(read.pop("amount")) == row.pop("amount")
        assert read == {key: "" if value is None else str(value) for key, value in row.items()}


def test_a_spreadsheet_takes_no_name_for_a_formula(home: Path) -> None:
    spoil(home / "safer_kpi.duckdb")
    stream = io.StringIO(newline="")
    with safer_kpi.open(home) as lake:
        write_rows(lake.compare("2024-08-15", "now", metric=VIOLENCE, area="L1", period="2024-25-Q1"), stream)
    read = list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))
    assert {row["area_name"] for row in read} == {"'" + AREA}
    assert [row["amount"] for row in read] == ["56", "-14", "2", "-1", "15", "58"]  # numbers keep their sign


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\r=1", "\uff1d1+1", "\uff0d1"])
def test_every_beginning_of_a_formula(home: Path, name: str) -> None:
    stream = io.StringIO(newline="")
    with safer_kpi.open(home) as lake:
        table = lake.sql("SELECT 1 AS amount")
        quoted = name.replace("'", "''")
        write_rows(table.query(f"SELECT '{quoted}' AS area_name, -1 AS amount FROM this"), stream)
    assert list(csv.reader(io.StringIO(stream.getvalue(), newline="")))[1] == ["'" + name, "-1"]


def test_plain_names_stay_as_they_are(home: Path) -> None:
    stream = io.StringIO(newline="")
    with safer_kpi.open(home) as lake:
        write_rows(lake.sql("SELECT 'Alderney & \"Bourne\", Valley - East' AS area_name"), stream)
    assert stream.getvalue() == 'area_name\r\n"Alderney & ""Bourne"", Valley - East"\r\n'
