"""A plain recount of a generated history's live records: the second implementation its numbers are held against."""

from __future__ import annotations

import datetime as dt

from tests.properties.register import (
    MONTHS,
    NOT_GIVEN,
    QUARTER,
    SPANS,
    Key,
    Known,
    Record,
    Rules,
    last_day,
    months_before,
    posted_at,
)


class Recount:
    """What is known of an authority after each entry, from the records that are live and nothing else."""

    code: str
    rules: Rules
    known: list[dict[Key, Known]]
    live_rows: list[dict[dt.date, set[tuple[int, int]]]]
    live: dict[dt.date, dict[int, Record]]
    lookup: dict[str, str]
    residents: dict[int, dict[str, int]]
    figures: list[tuple[int, int | None]]

    def remember(self, entry: int) -> None:
        """What is known after an entry, counted from the live records alone."""
        known: dict[Key, Known] = {}
        settled = months_before(posted_at(entry), 3)
        for area in (self.code, f"{self.code}A", f"{self.code}B"):
            by_month = {month: self._tally(area, records) for month, records in self.live.items()}
            people = self._residentsof(area, MONTHS[-1].year)  # every period ends in that year
            for length, start, months in SPANS:
                here = [by_month[month] for month in months if month in by_month]
                if not here:
                    if length == "month" and self.live and min(self.live) < start < max(self.live):
                        known |= dict.fromkeys(self._monthly(area, start), (None, None, "missing"))
                    continue
                whole = "incomplete" if len(here) < len(months) else None
                if length == "rolling12" and not min(self.live) <= months[-1] <= max(self.live):
                    whole = NOT_GIVEN
                age = "provisional" if last_day(months[-1]) > settled else "final"
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
            age = "provisional" if last_day(MONTHS[-1]) > settled else "final"
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

    def _residentsof(self, area: str, year: int) -> int | None:
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
