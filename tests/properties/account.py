"""A generated history's own book of what it did: one line per unit that came into or went out of a cell."""

from __future__ import annotations

import datetime as dt

from tests.properties.register import LSOAS, QUARTER, Line, Record, Rules, Stamp

People = dict[tuple[str, dt.date], dict[int, tuple[int, int]]]


class Account:
    """The lines of the account; each says its cause, the delivery it belongs to and the row it rests on."""

    code: str
    rules: Rules
    account: list[Line]
    live: dict[dt.date, dict[int, Record]]
    lookup: dict[str, str]
    figures: list[tuple[int, int | None]]

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

    def _people(self) -> People:
        """Per month and quarter the people known in the authority, each with a row that says so."""
        found: People = {}
        for month in sorted(self.live):
            for record in self.live[month].values():
                if record.person and self.lookup[record.lsoa] != "unplaced" and self.rules.metrics(record):
                    for span in (("month", month), ("quarter", QUARTER)):
                        found.setdefault(span, {}).setdefault(record.person, record.origin)
        return found

    def _people_changed(
        self,
        entry: int,
        before: People,
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
