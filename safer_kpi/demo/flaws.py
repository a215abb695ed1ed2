"""Put the faults of real files into sample files on purpose."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Column, value that no contract accepts; one row each, all in one file.
BAD_CELLS = (
    ("Latitude", "5075.1"),
    ("Longitude", "east"),
    ("LSOA code", "E0101"),
    ("Crime type", "Crime of a new type"),
    ("Crime ID", "not an id"),
)
BAD_EVERY = 100


def with_bad_rows(path: Path) -> int:
    """Spoil one cell in every hundredth row, a different column each time, and return how many rows were spoilt."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    spoilt = rows[BAD_EVERY - 1 :: BAD_EVERY][: 2 * len(BAD_CELLS)]
    for number, row in enumerate(spoilt):
        column, bad = BAD_CELLS[number % len(BAD_CELLS)]
        row[column] = bad
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return len(spoilt)


def truncated(path: Path, *, share: float = 0.7) -> None:
    """Cut the file short in the middle of a line, as a broken transfer does."""
    whole = path.read_bytes()
    cut = whole.rindex(b"\n", 0, int(len(whole) * share)) + 40
    path.write_bytes(whole[:cut])
