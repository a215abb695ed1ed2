"""Generated histories of deliveries, and a second implementation of what must be live after them."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from pathlib import Path

HEADER = [
    "Crime ID", "Month", "Reported by", "Falls within", "Longitude", "Latitude", "Location", "LSOA code", "LSOA name",
    "Crime type", "Last outcome category", "Context",
]  # fmt: skip
MONTHS = ("2024-01", "2024-02")
# One LSOA of two BCP wards each, one outside BCP, none, and one whose code breaks the contract.
LSOAS = ("E01015272", "E01015387", "E01020000", "", "not a code")
TYPES = ("Violence and sexual offences", "Anti-social behaviour", "Robbery", "Possession of weapons")
OUTCOMES = ("Under investigation", "Local resolution", "Awaiting court outcome")


@dataclass(frozen=True)
class Row:
    """One row of a street-level file; ``number`` makes its Crime ID, 0 has none."""

    number: int
    lsoa: str
    crime_type: str
    outcome: str

    @property
    def is_sound(self) -> bool:
        """Whether the contract's row checks accept it."""
        return self.lsoa != "not a code"

    def cells(self, month: str) -> list[str]:
        """The row as the file holds it."""
        crime_id = f"{self.number:064x}" if self.number else ""
        return [
            crime_id, month, "Dorset Police", "Dorset Police", "-1.9", "50.7", "On or near Sample Street", self.lsoa,
            "", self.crime_type, self.outcome, "",
        ]  # fmt: skip

    @property
    def rank(self) -> tuple[tuple[bool, str], ...]:
        """The contract's canonical order, empty last; location and coordinates are the same for all."""
        return tuple((text == "", text) for text in (self.crime_type, self.lsoa, self.outcome))


@dataclass(frozen=True)
class Delivery:
    """One file: its month, when it was published, its rows in file order."""

    month: str
    day: int
    rows: tuple[Row, ...]

    @property
    def published(self) -> dt.datetime:
        return dt.datetime(2024, 6, 1) + dt.timedelta(days=self.day)

    def write(self, folder: Path, number: int) -> Path:
        """Write the file as data.police.uk does; each in a folder of its own, for its name is fixed."""
        path = folder / f"d{number}" / f"{self.month}-dorset-street.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(HEADER)
            writer.writerows(row.cells(self.month) for row in self.rows)
        return path

    def counted(self) -> Counter[Row]:
        """The rows that count: sound ones, and of each Crime ID the first in canonical order."""
        first: dict[int, Row] = {}
        counted: Counter[Row] = Counter()
        for row in self.rows:
            if not row.is_sound:
                continue
            if row.number == 0:
                counted[row] += 1
            elif row.number not in first or row.rank < first[row.number].rank:
                first[row.number] = row
        return counted + Counter(first.values())


@dataclass
class Model:
    """What must be live, computed without any ledger: per month the content of its strongest claim."""

    claims: dict[int, Delivery] = field(default_factory=dict)

    def live(self) -> dict[str, Counter[Row]]:
        owners: dict[str, tuple[tuple[dt.datetime, int], Delivery]] = {}
        for number, delivery in self.claims.items():
            rank = (delivery.published, number)
            if delivery.month not in owners or rank > owners[delivery.month][0]:
                owners[delivery.month] = (rank, delivery)
        return {month: owner.counted() for month, (_, owner) in owners.items()}


rows = st.builds(
    Row,
    number=st.integers(0, 6),
    lsoa=st.sampled_from(LSOAS),
    crime_type=st.sampled_from(TYPES),
    outcome=st.sampled_from(OUTCOMES),
)
SOUND = Row(0, LSOAS[0], TYPES[1], "")  # a file none of whose rows is sound is refused as a whole


@st.composite
def deliveries(draw: st.DrawFn, day: int | None = None) -> Delivery:
    """A delivery with at least one sound row."""
    content = draw(st.lists(rows, max_size=8))
    return Delivery(
        month=draw(st.sampled_from(MONTHS)),
        day=draw(st.integers(0, 30)) if day is None else day,
        rows=(SOUND, *content),
    )


@st.composite
def distinct_deliveries(draw: st.DrawFn, max_size: int = 4) -> list[Delivery]:
    """Deliveries with distinct publication dates, in any order of arrival."""
    days = draw(st.lists(st.integers(0, 30), unique=True, min_size=2, max_size=max_size))
    return [draw(deliveries(day=day)) for day in days]
