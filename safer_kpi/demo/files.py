"""One file that a partner sends in the demo, and the random numbers it is made from."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from safer_kpi.demo.generator import SEED
from safer_kpi.domain.periods import add_months

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

#: The demo's first quarter and how many it has.
FIRST_MONTH = dt.date(2023, 4, 1)
QUARTERS = 8
MADE_UP = "SAMPLE: every figure in this file is made up"


@dataclass(frozen=True, kw_only=True)
class FileDrop:
    """One file that a partner sends.

    Attributes:
        feed: the feed it is sent for.
        path: its path below the folder of partner files: a folder per day of arrival, then the file name.
        published: the time at which its partner made it (UTC).
        received_at: the time at which it arrived (UTC).
        write: writes the file at a path.
        note: what is special about it; empty for an ordinary delivery.
        status: the status that its receipt must have.
    """

    feed: str
    path: str
    published: dt.datetime
    received_at: dt.datetime
    write: Callable[[Path], None]
    note: str = ""
    status: str = "accepted"


def file_drop(
    feed: str,
    name: str,
    made: dt.date,
    hour: int,
    write: Callable[[Path], None],
    *,
    note: str = "",
    status: str = "accepted",
) -> FileDrop:
    """Return a file made on a day and received on the next, at ``hour``."""
    published = dt.datetime(made.year, made.month, made.day)
    received_at = published + dt.timedelta(days=1, hours=hour)
    return FileDrop(
        feed=feed, path=f"{received_at:%Y-%m-%d}/{name}", published=published, received_at=received_at, write=write,
        note=note, status=status,
    )  # fmt: skip


def quarters() -> list[tuple[str, dt.date]]:
    """Return the demo's quarters: each one's label, and the first day after it."""
    found = []
    for number in range(QUARTERS):
        start = add_months(FIRST_MONTH, 3 * number)
        year = start.year - (start.month < FIRST_MONTH.month)
        found.append((f"{year}-{(year + 1) % 100:02}-Q{number % 4 + 1}", add_months(start, 3)))
    return found


def dice(*of: object) -> Random:
    """Return random numbers that are the same for the same words on every machine."""
    return Random("/".join(str(word) for word in (SEED, *of)))  # noqa: S311 (made-up data, not a secret)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a plain table; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(rows)
