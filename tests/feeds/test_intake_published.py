"""Real published files, against counts taken from their publishers' rows and Python's csv module."""

from __future__ import annotations

import csv
import shutil
from typing import TYPE_CHECKING

import pytest

from safer_kpi.errors import InputRefused
from safer_kpi.intake import Dialect, preflight
from tests.feeds.reading_back import intake, rows_of

if TYPE_CHECKING:
    from pathlib import Path


def copied(shared_data: Path, name: str, tmp_path: Path) -> Path:
    """A copy, for the output is written beside it."""
    path = tmp_path / "file.csv"
    shutil.copy(shared_data / name, path)
    return path


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("police_uk/dorset/2018-10-dorset-street.csv", 6440),
        ("police_uk/dorset/2025-01-dorset-street.csv", 4156),
        ("police_uk/dorset/2025-02-dorset-street.csv", 4146),
        ("police_uk/dorset/2025-03-dorset-street.csv", 4759),
        ("police_uk/northumbria/2020-05-northumbria-stop-and-search.csv", 457),
        ("police_uk/city_of_london/published_2024-06/2024-01-city-of-london-street.csv", 734),
        ("reference/lookup_lsoa21_ward24_ltla24.csv.gz", 35672),
        ("reference/bcp_lsoa21_ward24.csv", 240),
        ("published/ho_csp_2025_26_dorset_force.csv", 27),
    ],
)
def test_every_row_is_read(name: str, rows: int, shared_data: Path, tmp_path: Path) -> None:
    parsed = intake(copied(shared_data, name, tmp_path))
    assert (parsed.rows_read, parsed.rows_skipped, parsed.malformed) == (rows, 0, ())
    assert [row[0] for row in rows_of(parsed)] == list(range(2, rows + 2))


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("police_uk/dorset/2025-03-dorset-street.csv", "utf-8"),
        ("police_uk/northumbria/2020-06-northumbria-outcomes.csv", "utf-8"),
        ("published/drug_poisoning_registrations_by_LA.csv", "cp1252"),
        ("published/civil_orders_foi_01FIN231029.csv", "utf-8"),
        ("reference/bcp_population20_lsoa11.csv", "utf-8"),
    ],
)
def test_every_value_is_what_csv_reads(name: str, encoding: str, shared_data: Path, tmp_path: Path) -> None:
    path = copied(shared_data, name, tmp_path)
    assert preflight(path, Dialect()).encoding == encoding
    with path.open(encoding=encoding, newline="") as file:
        header, *records = csv.reader(file, strict=True)
    parsed = intake(path)
    assert list(parsed.columns) == header
    assert rows_of(parsed) == [(n, *[v or None for v in record]) for n, record in enumerate(records, 2)]


@pytest.mark.parametrize("name", ["messy/ethnic-groups-by-borough.xls", "messy/scot_census_table.xlsx"])
def test_spreadsheets_are_refused(name: str, shared_data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as refused:
        preflight(copied(shared_data, name, tmp_path), Dialect())
    assert refused.value.rule == "not_csv"
