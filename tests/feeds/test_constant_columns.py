"""Columns of a large file that hold one value in every row are told by the first rows, and not stored."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from safer_kpi.catalogue.feeds import load_feed
from safer_kpi.intake import Dialect, Parsed, preflight
from safer_kpi.intake import even as even_rows
from safer_kpi.intake import read as reading
from safer_kpi.intake.even import Job
from safer_kpi.landing.checked_together import but_constants

PROJECT = Path(__file__).resolve().parents[2]
SAME = "1,2024-04,,it's,x\n2,2024-04,,it's,y\n3,2024-04,,it's,x\n"


def parsed(content: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *, shared_past: int) -> Parsed:
    """Read a file in this process, as a child does; a file of more bytes counts as large."""
    folder.mkdir()
    path = folder / "file.csv"
    path.write_text("id,month,empty,quoted,last\n" + content)
    found = preflight(path, Dialect())
    job = Job(path=path, found=found, dialect=Dialect(), columns=found.header, memory_bytes=2**30)
    monkeypatch.setattr(reading, "_SHARED_PAST", shared_past)
    monkeypatch.setattr(even_rows, "_LOOKED_AT", 3)
    monkeypatch.chdir(folder)
    answer = reading.read(job)
    assert answer["rows_skipped"] == 0
    return Parsed(**answer | {"malformed": ()}, parquet=folder / "rows.parquet", columns=found.header)


@pytest.mark.parametrize(
    ("content", "constants"),
    [
        (SAME, {"month": "2024-04", "empty": None, "quoted": "it's"}),
        (SAME + "4,2024-05,,it's,z\n", {}),
        (SAME + "4,2024-04,full,it's,z\n", {}),
        (SAME + "4,2024-04,,,z\n", {}),
        ("1,a,b,c,d\n1,a,b,c,d\n", {"month": "a", "empty": "b", "quoted": "c", "last": "d"}),
        ("1,a,b,c,d\n1,,b,c,e\n", {"empty": "b", "quoted": "c"}),
    ],
)
def test_rows_are_the_same_as_those_of_a_small_file(
    content: str, constants: dict[str, str | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = parsed(content, tmp_path / "small", monkeypatch, shared_past=10**6)
    large = parsed(content, tmp_path / "large", monkeypatch, shared_past=0)
    assert small.constants == {}
    assert large.constants == constants
    assert not set(pl.read_parquet_schema(large.parquet)) & set(constants)
    lines = [tuple(cell or None for cell in line.split(",")) for line in content.splitlines()]
    for each in (small, large):
        rows = duckdb.sql(f"SELECT * FROM ({each.relation_sql()}) ORDER BY source_row").fetchall()
        assert rows == [(number, *line) for number, line in enumerate(lines, 2)]


def test_a_constant_that_does_not_fit_is_looked_at_in_every_row() -> None:
    schema = load_feed(PROJECT, "police_street").layouts[0].schema
    fitting = {"month": "2024-04", "context": None, "longitude": "-1.9"}
    # The longitude has a check that the contract wrote itself: it may look at other rows.
    assert set(schema.columns) - set(but_constants(schema, fitting).columns) == {"month", "context"}
    assert but_constants(schema, {"month": "April"}) is schema
    assert but_constants(schema, {"month": None}) is schema
    assert but_constants(schema, {}) is schema
