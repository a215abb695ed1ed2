"""Generated histories of one local authority each, and a second implementation of what is known after every entry.

A history is a register of records that deliveries change; nothing here knows of a ledger's rules. ``account`` is the
generator's own book of what it did: one line per unit that came into or went out of a cell, with its cause, the
delivery it belongs to and the row it rests on. ``counts`` is a plain recount of the records that are live.

Per authority: wards A and B, LSOAs a1 a2 (in A) and b1 b2 (in B); a2 and b2 may be moved to the other ward or out of
the lookup. Months January to March 2024, one quarter.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

MONTHS = (dt.date(2024, 1, 1), dt.date(2024, 2, 1), dt.date(2024, 3, 1))
QUARTER = MONTHS[0]
ENTRIES = 14
LSOAS = {"a1": "A", "a2": "A", "b1": "B", "b2": "B"}
MOVABLE = ("a2", "b2")
CHANGES = ("same",) * 5 + ("reclassified", "relocated", "progressed", "corrected", "gone")
# First the partner's causes in the order in which several changes of a thing take one.
PRECEDENCE = (
    "reference", "contract", "reverted", "replayed", "reclassified", "relocated", "progressed", "corrected", "held",
    "withdrawn", "late", "new",
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


@dataclass
class History:
    """One authority: what was delivered, what is live, and what is known of it after each entry."""

    code: str
    seed: int
    rules: Rules
    account: list[Line] = field(default_factory=list)
    coverage: list[tuple[str, dt.date, int, int]] = field(default_factory=list)  # feed, month, entry, weight
    known: list[dict[Key, Known]] = field(default_factory=list)
    live_rows: list[dict[dt.date, set[tuple[int, int]]]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.claims: dict[dt.date, list[Claim]] = {}
        self.undone: list[tuple[dt.date, Claim]] = []
        self.live: dict[dt.date, dict[int, Record]] = {}
        self.lookup = dict(LSOAS)
        self.residents = {2023: {lsoa: self.random.choice((0, 400, 900)) for lsoa in LSOAS}}
        self.figures: list[tuple[int, int | None]] = []  # delivery and figure; the last one stands; None: suppressed
        self.next_key, self.next_row = 1, 1

    def run(self, last_entry: int = ENTRIES) -> History:
        """Every entry up to the last, each with one event of this authority, drawn from the seed."""
        for lsoa, people in self.residents[2023].items():
            self._residents(Stamp(1, "new", 1), 2023, lsoa, people)
        self._remember(1)
        for entry in range(2, last_entry + 1):
            event = self._drawn(entry)
            self.events.append(event)
            getattr(self, f"_{event}")(entry)
            self._remember(entry)
        return self

    def _drawn(self, entry: int) -> str:
        usual = ["deliver"] * 6 + ["figure", "stale", "undo", "undo", "again", "move", "revise", "estimate", "reread"]
        return "deliver" if entry == 2 else self.random.choice([*usual, "pause"])

    # What may happen at an entry.

    def _pause(self, entry: int) -> None:
        """Nothing of this authority."""

    def _deliver(self, entry: int) -> None:
        month = self.random.choice(MONTHS)
        before = self.claims.get(month, [])
        fresh, causes = self._revised(entry, self.live.get(month, {}), covered=bool(before))
        self._claim(entry, month, Claim(entry, entry, fresh), causes)

    def _stale(self, entry: int) -> None:
        """A file published before the one that stands: it claims its month, and changes nothing."""
        month = self.random.choice(MONTHS)
        if standing := self.claims.get(month):
            content = {self._key(): self._record(entry) for _ in range(2)}
            standing.insert(0, Claim(entry, -entry, content))

    def _undo(self, entry: int) -> None:
        """Revert a delivery: what the next claim says stands again, or nothing does."""
        claims = [(month, claim) for month, stack in self.claims.items() for claim in stack]
        if not claims:
            return
        month, claim = self.random.choice(claims)
        self.claims[month].remove(claim)
        self.undone.append((month, claim))
        self._settle(entry, month, "reverted", claim.delivery)

    def _again(self, entry: int) -> None:
        """Replay a delivery that was reverted: it stands again where it stood."""
        if self.undone:
            month, claim = self.undone.pop(self.random.randrange(len(self.undone)))
            self.claims.setdefault(month, []).append(claim)
            self.claims[month].sort(key=lambda one: one.published)
            self._settle(entry, month, "replayed", claim.delivery)

    def _reread(self, entry: int) -> None:
        """A new contract version reads the same bytes differently."""
        month = self.random.choice(MONTHS)
        if stack := self.claims.get(month):
            top = stack[-1]
            top.records = {
                key: replace(record, kind="violence" if record.kind == "theft" else record.kind)
                for key, record in top.records.items()
            }
            self._settle(entry, month, "contract", top.delivery)

    def _move(self, entry: int) -> None:
        """The lookup puts an LSOA into another ward, or leaves it out."""
        lsoa = self.random.choice(MOVABLE)
        place = self.random.choice([ward for ward in ("A", "B", "unplaced") if ward != self.lookup[lsoa]])
        held = [record for month in sorted(self.live) for record in self.live[month].values() if record.lsoa == lsoa]
        months = {id(record): month for month in self.live for record in self.live[month].values()}
        before = self._people()
        for weight, ward in ((-1, self.lookup[lsoa]), (1, place)):
            for record in held:
                self._units(Stamp(entry, "reference", entry), months[id(record)], record, weight, ward)
            for year, people in self.residents.items():
                self._residents(Stamp(entry, "reference", entry), year, lsoa, weight * people[lsoa], ward)
        self.lookup[lsoa] = place
        self._people_changed(entry, before, dict.fromkeys(range(1, 4), "reference"), entry)

    def _revise(self, entry: int) -> None:
        """An estimate of residents is corrected."""
        lsoa, year = self.random.choice(list(LSOAS)), self.random.choice(list(self.residents))
        change = self.random.choice((-100, 50, 300))
        change = max(change, -self.residents[year][lsoa])
        self.residents[year][lsoa] += change
        self._residents(Stamp(entry, "corrected", entry), year, lsoa, change)

    def _estimate(self, entry: int) -> None:
        """The next year's estimate comes."""
        if 2024 not in self.residents:
            self.residents[2024] = {lsoa: self.random.choice((100, 500, 1000)) for lsoa in LSOAS}
            for lsoa, people in self.residents[2024].items():
                self._residents(Stamp(entry, "new", entry), 2024, lsoa, people)

    def _figure(self, entry: int) -> None:
        """A figure that comes whole for the quarter; it may be held back as too small."""
        figure = self.random.choice((None, 0, 7, 12, 30))
        if self.figures:
            self._figure_lines(entry, "corrected", -1)
        else:
            self.coverage.append(("figures", QUARTER, entry, 1))
        cause = "corrected" if self.figures else "new"
        self.figures.append((entry, figure))
        self._figure_lines(entry, cause, 1)

    # How a month comes to say something else.

    def _key(self) -> int:
        self.next_key += 1
        return self.next_key

    def _record(self, delivery: int) -> Record:
        self.next_row += 1
        return Record(
            self.random.choice(list(LSOAS)),
            self.random.choice(("violence", "violence", "robbery", "theft")),
            self.random.choice(("none", "caution", "court")),
            self.random.choice((0, 1, 2, 3)),
            (delivery, self.next_row),
        )

    def _revised(
        self, delivery: int, before: dict[int, Record], *, covered: bool
    ) -> tuple[dict[int, Record], dict[int, str]]:
        """A month as the partner sends it now, and why each record differs from what stood."""
        fresh: dict[int, Record] = {}
        causes: dict[int, str] = {}
        for key, record in before.items():
            change = self.random.choice(
                ("same",) * 5 + ("reclassified", "relocated", "progressed", "corrected", "gone")
            )
            if change == "gone":
                causes[key] = self.random.choice(("held", "withdrawn"))
                continue
            told = {
                "reclassified": {"kind": self.random.choice(("violence", "robbery", "theft"))},
                "relocated": {"lsoa": self.random.choice(list(LSOAS))},
                "progressed": {"outcome": self.random.choice(("none", "caution", "court"))},
                "corrected": {"person": self.random.choice((0, 1, 2, 3))},
            }.get(change, {})
            changed = replace(record, **told)  # type: ignore[arg-type]  # one of four columns, by name
            if changed != record:
                self.next_row += 1
                changed = replace(changed, origin=(delivery, self.next_row))
                causes[key] = change
            fresh[key] = changed
        for _ in range(self.random.choice((0, 1, 2, 4) if covered else (2, 4, 6))):
            key = self._key()
            fresh[key] = self._record(delivery)
            causes[key] = "late" if covered else "new"
        return fresh, causes

    def _claim(self, entry: int, month: dt.date, claim: Claim, causes: dict[int, str]) -> None:
        stack = self.claims.setdefault(month, [])
        if not stack:
            self.coverage.append(("street", month, entry, 1))
        stack.append(claim)
        self._become(entry, month, claim.records, causes, claim.delivery)

    def _settle(self, entry: int, month: dt.date, cause: str, delivery: int) -> None:
        """Make live what the strongest claim on a month says; every change has the one cause."""
        stack = self.claims[month]
        was_covered = month in self.live
        if was_covered != bool(stack):
            self.coverage.append(("street", month, entry, 1 if stack else -1))
        content = stack[-1].records if stack else {}
        keys = {*self.live.get(month, {}), *content}
        self._become(entry, month, content, dict.fromkeys(keys, cause), delivery)
        if not stack:
            del self.live[month]

    def _become(
        self, entry: int, month: dt.date, content: dict[int, Record], causes: dict[int, str], delivery: int
    ) -> None:
        people, live = self._people(), self.live.get(month, {})
        moved: dict[int, str] = {}
        after = dict(content)
        for key in sorted({*live, *content}):
            gone, came = live.get(key), content.get(key)
            if gone and came and replace(gone, origin=came.origin) == came:
                after[key] = gone  # the row that said it first stands for it
                continue
            for weight, record in ((-1, gone), (1, came)):
                if record:
                    self._units(Stamp(entry, causes[key], delivery), month, record, weight, self.lookup[record.lsoa])
                    if record.person:
                        moved[record.person] = _leading(moved.get(record.person, "new"), causes[key])
        self.live[month] = after
        if stack := self.claims.get(month):
            stack[-1].records = dict(after)
        self._people_changed(entry, people, moved, delivery)

    # The generator's own book.

    def _units(self, stamp: Stamp, month: dt.date, record: Record, weight: int, ward: str) -> None:
        area = ward if ward == "unplaced" else f"{self.code}{ward}"
        la = "unplaced" if ward == "unplaced" else self.code
        for metric in self.rules.metrics(record):
            self.account.append(
                Line(
                    metric,
                    area,
                    la,
                    "month",
                    month,
                    stamp.entry,
                    stamp.cause,
                    "street",
                    stamp.delivery,
                    weight,
                    record.origin,
                )
            )

    def _residents(self, stamp: Stamp, year: int, lsoa: str, people: int, ward: str | None = None) -> None:
        place = ward or self.lookup[lsoa]
        area = place if place == "unplaced" else f"{self.code}{place}"
        la = "unplaced" if place == "unplaced" else self.code
        row = (stamp.delivery, 2 + list(LSOAS).index(lsoa))
        month = dt.date(year, 6, 1)
        self.account.append(
            Line(
                "population",
                area,
                la,
                "month",
                month,
                stamp.entry,
                stamp.cause,
                "residents",
                stamp.delivery,
                people,
                row,
            )
        )

    def _figure_lines(self, entry: int, cause: str, sign: int) -> None:
        delivery, figure = self.figures[-1]
        measure, amount = ("suppressed", 1) if figure is None else ("amount", figure)
        self.account.append(
            Line(
                "x.figure", self.code, "none", "quarter", QUARTER, entry, cause, "figures", entry, sign * amount,
                (delivery, 2), measure,
            )
        )  # fmt: skip

    def _people(self) -> dict[tuple[str, dt.date], dict[int, tuple[int, int]]]:
        """Per month and quarter the people known in the authority, each with a row that says so."""
        found: dict[tuple[str, dt.date], dict[int, tuple[int, int]]] = {}
        for month in sorted(self.live):
            for record in self.live[month].values():
                if record.person and self.lookup[record.lsoa] != "unplaced" and self.rules.metrics(record):
                    for span in (("month", month), ("quarter", QUARTER)):
                        found.setdefault(span, {}).setdefault(record.person, record.origin)
        return found

    def _people_changed(
        self,
        entry: int,
        before: dict[tuple[str, dt.date], dict[int, tuple[int, int]]],
        moved: dict[int, str],
        delivery: int,
    ) -> None:
        after = self._people()
        for span in sorted({*before, *after}):
            was, now = before.get(span, {}), after.get(span, {})
            for person in sorted({*was} ^ {*now}):
                weight, row = (1, now[person]) if person in now else (-1, was[person])
                self.account.append(
                    Line("x.people", self.code, "none", *span, entry, moved[person], "street", delivery, weight, row)
                )

    # The recount.

    def _remember(self, entry: int) -> None:
        """What is known after an entry, counted from the live records alone."""
        known: dict[Key, Known] = {}
        settled = _months_before(posted_at(entry), 3)
        for area in (self.code, f"{self.code}A", f"{self.code}B"):
            by_month = {month: self._tally(area, records) for month, records in self.live.items()}
            people = self._residents_of(area, MONTHS[-1].year)  # every period ends in that year
            for length, start, months in SPANS:
                here = [by_month[month] for month in months if month in by_month]
                if not here:
                    if length == "month" and self.live and min(self.live) < start < max(self.live):
                        known |= dict.fromkeys(self._monthly(area, start), (None, None, "missing"))
                    continue
                whole = "incomplete" if len(here) < len(months) else None
                if length == "rolling12" and not min(self.live) <= months[-1] <= max(self.live):
                    whole = NOT_GIVEN
                age = "provisional" if _last_day(months[-1]) > settled else "final"
                count, positive = sum(one[0] for one in here), sum(one[1] for one in here)
                known["x.count", area, length, start] = (count, None, whole or age)
                known["x.positive", area, length, start] = (positive, None, whole or age)
                known["x.share", area, length, start] = (positive, count, whole or (age if count else "unavailable"))
                known["x.rate", area, length, start] = (count, people, whole or (age if people else "unavailable"))
                if area == self.code and length in ("month", "quarter"):
                    named = len(set().union(*(one[2] for one in here)))
                    known["x.people", area, length, start] = (named, None, whole or age)
        if self.figures:
            figure = self.figures[-1][1]
            age = "provisional" if _last_day(MONTHS[-1]) > settled else "final"
            known["x.figure", self.code, "quarter", QUARTER] = (figure, None, "suppressed" if figure is None else age)
        self.known.append(known)
        self.live_rows.append(self._origins())

    def _monthly(self, area: str, month: dt.date) -> list[Key]:
        """A month's numbers, which are given as missing between months that were delivered."""
        metrics = ["x.count", "x.positive", "x.share", "x.rate"] + ["x.people"] * (area == self.code)
        return [(metric, area, "month", month) for metric in metrics]

    def _tally(self, area: str, records: dict[int, Record]) -> tuple[int, int, set[int]]:
        """How many records of an area count, how many of them are positive, and which people they name."""
        count = positive = 0
        people: set[int] = set()
        for record in records.values():
            ward = self.lookup[record.lsoa]
            if ward == "unplaced" or area not in (self.code, f"{self.code}{ward}"):
                continue
            if record.kind in self.rules.violent:
                count += 1
                positive += record.outcome in self.rules.positive
                people.add(record.person)
        return count, positive, people - {0}

    def _origins(self) -> dict[dt.date, set[tuple[int, int]]]:
        """The rows of the records that count in the authority, by month."""
        return {
            month: {
                one.origin
                for one in records.values()
                if one.kind in self.rules.violent and self.lookup[one.lsoa] != "unplaced"
            }
            for month, records in self.live.items()
        }

    def _residents_of(self, area: str, year: int) -> int | None:
        """The latest estimate not after the year that says anybody lives there, else the earliest."""
        found = {}
        for known, people in self.residents.items():
            total = sum(
                number
                for lsoa, number in people.items()
                if self.lookup[lsoa] != "unplaced" and area in (self.code, f"{self.code}{self.lookup[lsoa]}")
            )
            if total > 0:
                found[known] = total
        before = [estimate for estimate in found if estimate <= year]
        return found[max(before)] if before else found[min(found)] if found else None


def _of(stamp: Stamp, feed: str) -> tuple[int, str, str, int]:
    return stamp.entry, stamp.cause, feed, stamp.delivery


def _leading(one: str, other: str) -> str:
    return min(one, other, key=PRECEDENCE.index)


def _months_after(day: dt.date, months: int) -> dt.date:
    index = day.year * 12 + day.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def _last_day(month: dt.date) -> dt.date:
    return _months_after(month, 1) - dt.timedelta(days=1)


def _months_before(moment: dt.datetime, months: int) -> dt.date:
    """The day that many months before; the posting times avoid the ends of months, where that is a question."""
    index = moment.year * 12 + moment.month - 1 - months
    return dt.date(index // 12, index % 12 + 1, min(moment.day, 28))


def _spans() -> Iterable[tuple[str, dt.date, tuple[dt.date, ...]]]:
    """Length, start and months of every period that holds one of the months."""
    for month in MONTHS:
        yield "month", month, (month,)
        year = tuple(_months_after(month, step) for step in range(-11, 1))
        yield "rolling12", year[0], year
    yield "quarter", QUARTER, MONTHS
    yield "year", dt.date(2023, 4, 1), tuple(_months_after(dt.date(2023, 4, 1), step) for step in range(12))


SPANS = tuple(_spans())
