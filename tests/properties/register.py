"""The words of a generated history: months, records, rules, and the lines of its account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

MONTHS = (dt.date(2024, 1, 1), dt.date(2024, 2, 1), dt.date(2024, 3, 1))
QUARTER = MONTHS[0]
ENTRIES = 14
LSOAS = {"a1": "A", "a2": "A", "b1": "B", "b2": "B"}
MOVABLE = ("a2", "b2")
CHANGES = ("same",) * 5 + ("reclassified", "relocated", "progressed", "corrected", "gone")
# Where several changes of an entry concern one person, the first of these is the cause.
PRECEDENCE = (
    "reference", "contract", "reverted", "replayed", "reclassified", "relocated", "progressed", "corrected", "held",
    "released", "withdrawn", "late", "new",
)  # fmt: skip


def posted_at(entry: int) -> dt.datetime:
    """Entry 1 is the reference data's; the others follow every 17 days, from before the last month ended."""
    if entry == 1:
        return dt.datetime(2000, 1, 1)
    return dt.datetime(2024, 2, 10, 9) + dt.timedelta(days=17 * (entry - 2))


Key = tuple[str, str, str, dt.date]  # metric, area, length and start of the period
Known = tuple[int | None, int | None, str]  # numerator, denominator, status
# A rolling year is given for the months from the first that is delivered to the last; the ledger has a balance of it
# all the same.
NOT_GIVEN = "not given"


@dataclass(frozen=True)
class Record:
    """One record of the register; ``origin`` is the delivery and row that first said it so."""

    lsoa: str
    kind: str  # violence, robbery or theft
    outcome: str  # none, caution or court
    person: int  # 0 where nobody is known
    origin: tuple[int, int]


@dataclass(frozen=True)
class Rules:
    """What counts: the definitions and the models that a release was made by."""

    version: int = 1
    positive: frozenset[str] = frozenset({"court"})
    violent: frozenset[str] = frozenset({"violence"})

    def metrics(self, record: Record) -> list[str]:
        """The ledgers a record counts in once."""
        if record.kind not in self.violent:
            return []
        return ["x.count", "x.positive"] if record.outcome in self.positive else ["x.count"]


@dataclass(frozen=True)
class Line:
    """One unit that an entry put into a cell of the ledger, or took out."""

    metric: str
    area: str
    la: str
    period_type: str
    month: dt.date
    entry: int
    cause: str
    feed: str
    delivery: int
    weight: int
    row: tuple[int, int]
    measure: str = "amount"


@dataclass(frozen=True)
class Stamp:
    """What the lines of one change share."""

    entry: int
    cause: str
    delivery: int


@dataclass
class Claim:
    """A delivery's content of one month: records by key."""

    delivery: int
    published: int
    records: dict[int, Record]


def of(stamp: Stamp, feed: str) -> tuple[int, str, str, int]:
    return stamp.entry, stamp.cause, feed, stamp.delivery


def leading(one: str, other: str) -> str:
    return min(one, other, key=PRECEDENCE.index)


def months_after(day: dt.date, months: int) -> dt.date:
    index = day.year * 12 + day.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def last_day(month: dt.date) -> dt.date:
    return months_after(month, 1) - dt.timedelta(days=1)


def months_before(moment: dt.datetime, months: int) -> dt.date:
    """The day that many months before; the posting times avoid the ends of months, where that is a question."""
    index = moment.year * 12 + moment.month - 1 - months
    return dt.date(index // 12, index % 12 + 1, min(moment.day, 28))


def _spans() -> Iterable[tuple[str, dt.date, tuple[dt.date, ...]]]:
    """Length, start and months of every period that holds one of the months."""
    for month in MONTHS:
        yield "month", month, (month,)
        year = tuple(months_after(month, step) for step in range(-11, 1))
        yield "rolling12", year[0], year
    yield "quarter", QUARTER, MONTHS
    yield "year", dt.date(2023, 4, 1), tuple(months_after(dt.date(2023, 4, 1), step) for step in range(12))


SPANS = tuple(_spans())
