"""Generated histories of one local authority each, and a second implementation of what is known after every entry.

A history is a register of records that deliveries change; nothing here knows of a ledger's rules. ``account`` is the
generator's own book of what it did: one line per unit that came into or went out of a cell, with its cause, the
delivery it belongs to and the row it rests on. ``known`` is a plain
recount of the records that are live (``recount.py``).

Per authority: wards A and B, LSOAs a1 a2 (in A) and b1 b2 (in B); a2 and b2 may be moved to the other ward or out of
the lookup. Months January to March 2024, one quarter.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field, replace

from tests.properties.account import Account
from tests.properties.recount import Recount
from tests.properties.register import (
    ENTRIES,
    LSOAS,
    MONTHS,
    MOVABLE,
    QUARTER,
    Claim,
    Key,
    Known,
    Line,
    Record,
    Rules,
    Stamp,
    leading,
)


@dataclass
class History(Account, Recount):
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
        self.remember(1)
        for entry in range(2, last_entry + 1):
            event = self._drawn(entry)
            self.events.append(event)
            getattr(self, f"_{event}")(entry)
            self.remember(entry)
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
            changed = replace(record, **told)
            if changed != record:
                self.next_row += 1
                changed = replace(changed, origin=(delivery, self.next_row))
                causes[key] = change
            fresh[key] = changed
        for _ in range(self.random.choice((0, 1, 2, 4) if covered else (2, 4, 6))):
            key = self._key()
            fresh[key] = self._record(delivery)
            causes[key] = self.random.choice(("late", "late", "released")) if covered else "new"
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
                        moved[record.person] = leading(moved.get(record.person, "new"), causes[key])
        self.live[month] = after
        if stack := self.claims.get(month):
            stack[-1].records = dict(after)
        self._people_changed(entry, people, moved, delivery)
