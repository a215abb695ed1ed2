"""Two years of a partner's deliveries in order of arrival, with the faults that some of them have."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from safer_kpi.demo.files import FileDrop
from safer_kpi.demo.flaws import truncated, with_bad_rows
from safer_kpi.demo.generator import write_street
from safer_kpi.domain.periods import add_months

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from safer_kpi.demo.partner import Partner

FEED = "police_street"
FIRST_MONTH = dt.date(2023, 4, 1)
MONTHS = 24
ROWS_PER_MONTH = 4200
#: A month is first published about six weeks after its end, and received the next morning.
PUBLISHED_AFTER_MONTHS = 2
PUBLISHED_ON_DAY = 13
#: Every quarter the force publishes the last months again: publication's number -> how many months before it.
PUBLISHED_AGAIN = {3: 3, 6: 3, 9: 3, 12: 3, 15: 6, 18: 3, 21: 3, 25: 4}

#: Busy summers, quiet winters; January first.
SEASON = (0.94, 0.9, 0.97, 0.98, 1.02, 1.05, 1.1, 1.08, 1.03, 1.02, 0.95, 0.96)

Flaw = Literal["bad rows", "truncated"]
FLAWED: dict[int, Flaw] = {14: "bad rows", 16: "truncated"}


@dataclass(frozen=True, kw_only=True)
class Drop(FileDrop):
    """One street-level file that the force publishes; ``month`` is that of its records."""

    month: str


def scenario(partner: Partner) -> list[Drop]:
    """Return all deliveries in order of arrival; the files of one morning share ``received_at``."""
    drops = [*_first_publications(partner), *_later_publications(partner), *_mishaps(partner)]
    return sorted(drops, key=lambda drop: (drop.received_at, drop.path))


def write_month(path: Path, partner: Partner, month: str, *, vintage: int, flaw: Flaw | None) -> None:
    """Write a month as published ``vintage`` whole months after its first publication, with its faults."""
    write_street(path, partner, month, rows=round(ROWS_PER_MONTH * SEASON[int(month[5:]) - 1]), vintage=vintage)
    if flaw == "bad rows":
        with_bad_rows(path)
    elif flaw == "truncated":
        truncated(path)


def _first_publications(partner: Partner) -> Iterator[Drop]:
    """Yield every month once, two of them with faults."""
    for index in range(MONTHS):
        yield _drop(partner, index, _published(index), flaw=FLAWED.get(index))


def _later_publications(partner: Partner) -> Iterator[Drop]:
    """Yield, each quarter, the months before it again: late records, corrections, outcomes, withdrawals."""
    for index, before in PUBLISHED_AGAIN.items():
        for earlier in range(index - before, min(index, MONTHS)):
            yield _drop(partner, earlier, _published(index), vintage=index - earlier, note="published again")


def _mishaps(partner: Partner) -> Iterator[Drop]:
    """Yield the deliveries that go wrong by a partner's mistake."""
    yield _drop(partner, 5, _published(5), days=4, note="sent twice", status="duplicate")
    found_late = "an older publication, found months later"
    yield _drop(partner, 8, _published(8) + dt.timedelta(days=15), days=175, note=found_late, status="stale")
    yield _drop(partner, 14, _published(14) + dt.timedelta(days=6), note="sent again, bad cells mended")
    yield _drop(partner, 16, _published(16), days=3, note="sent again, whole this time")


def _published(index: int) -> dt.datetime:
    """Return the time at which the month was first published (UTC)."""
    month = add_months(FIRST_MONTH, index + PUBLISHED_AFTER_MONTHS)
    return dt.datetime(month.year, month.month, PUBLISHED_ON_DAY)


def _drop(
    partner: Partner,
    index: int,
    published: dt.datetime,
    *,
    days: int = 1,
    vintage: int = 0,
    note: str = "",
    status: str = "accepted",
    flaw: Flaw | None = None,
) -> Drop:
    """Return a file received ``days`` after its publication, at nine in the morning."""
    month = f"{add_months(FIRST_MONTH, index):%Y-%m}"
    received_at = published + dt.timedelta(days=days, hours=9)
    return Drop(
        feed=FEED,
        path=f"{received_at:%Y-%m-%d}/{month}-{partner.force_slug}-street.csv",
        month=month,
        published=published,
        received_at=received_at,
        write=partial(write_month, partner=partner, month=month, vintage=vintage, flaw=flaw),
        note=note or (f"with {flaw}" if flaw == "bad rows" else flaw or ""),
        status="refused" if flaw == "truncated" else status,
    )
