"""A book that is brought up to its lake entry by entry equals one that is made of the whole lake.

The lake is tables of random rows, with everything that a number is made of: postings of several ledgers, areas and
forces, what has no place, cells of forces, authorities, weeks and whole tables, rows held back, estimates, moved areas,
edited definitions and contracts, and a calendar that jumps.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from safer_kpi.compute import schema, verdicts
from safer_kpi.compute.changed import EVER, Since
from safer_kpi.compute.observations import EVERY, insert_observations
from safer_kpi.compute.renewing import Built, renew, write_build
from safer_kpi.domain.periods import add_months
from tests.effort import examples

PROJECT = Path(__file__).resolve().parents[2]
STEPS = 8
FORCES = ("F1", "F2", "F3")
AUTHORITIES = {"L1": "F1", "L2": "F1", "L3": "F2", "L4": "F3"}
WARDS = {f"{la}W{number}": la for la in AUTHORITIES for number in (1, 2)}
MONTHS = [dt.date(2023 + number // 12, number % 12 + 1, 1) for number in range(20)]
WARD, LOCAL = ["ward", "local_authority", "force", "partnership"], ["local_authority", "force"]
#: metric: numerator, denominator, its kind, base, additive, cadence, areas, periods, feeds, months before it settles
METRICS: dict[str, tuple[object, ...]] = {
    "count": ("count", None, "none", None, True, "monthly", WARD, ["month", "quarter", "rolling12"], ["street"], 3),
    "share": ("part", "count", "count", 100, False, "monthly", LOCAL, ["month", "year"], ["street", "result"], 6),
    "rate": ("count", "population", "residents", 1000, False, "monthly", WARD, ["quarter"], ["street"], 0),
    "per": ("tool", "12", "constant", 1, True, "monthly", LOCAL, ["month"], ["tools"], 1),
    "people": ("people", None, "none", None, False, "quarterly", LOCAL, ["quarter", "rolling12"], ["tools"], 2),
    "deaths": ("deaths", None, "none", None, False, "yearly", ["local_authority"], ["calendar_year"], ["table"], 0),
    "again": ("part", "count", "count", 100, False, "monthly", LOCAL, ["quarter"], ["result"], 2),
}
PARTS = {"street": [], "result": [], "tools": ["council", "housing"], "table": []}


class Lake:
    """Random rows, entry after entry, in the tables of a lake that a read file copies."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, seed: int) -> None:
        self.connection = connection
        self.random = Random(seed)
        self.models = schema.read_schema(PROJECT)
        self.entry = 0
        self.posted = dt.datetime(2023, 3, 1, 9)
        self.cells: list[tuple[object, ...]] = []
        connection.execute("ATTACH ':memory:' AS lake; CREATE SCHEMA lake.kpi")
        for table in schema.COPIED:
            columns = ", ".join(f"{name} {kind}" for name, kind in self.models[table.name].types.items())
            connection.execute(f"CREATE TABLE lake.kpi.{table.name} ({columns})")
        self._begin()

    def _insert(self, table: str, **values: object) -> None:
        names, marks = ", ".join(values), ", ".join("?" for _ in values)
        self.connection.execute(f"INSERT INTO lake.kpi.{table} ({names}) VALUES ({marks})", list(values.values()))

    def _begin(self) -> None:
        self._next()
        for feed, parts in PARTS.items():
            self._insert("feed", feed=feed, cadence="monthly", parts=parts)
        for name, rule in METRICS.items():
            top, bottom, kind, base, additive, cadence, areas, periods, feeds, settles = rule
            self._insert(
                "metric", metric_id=name, definition_version=1, title=name, unit="units", numerator=top,
                denominator=bottom, denominator_kind=kind, rate_base=base, interval_method="byar", additive=additive,
                settles_after_months=settles, feeds=feeds, areas=areas, periods=periods, cadence=cadence,
                looks_back_months=12 if name == "again" else 0, polarity="lower_is_better", comparison="year_before",
            )  # fmt: skip
        for numerator in range(10):
            self._insert("poisson_exact", numerator=numerator, lower=numerator / 2, upper=numerator * 2 + 3)
        for force in FORCES:
            counted = sum(force == each for each in AUTHORITIES.values())
            self._insert(
                "police_force", force_slug=force, force_code=force, force_name=force, local_authorities=counted
            )
            self._area(force, "force", None, force)
        for la, force in AUTHORITIES.items():
            self._area(la, "local_authority", la, force)
        for ward, la in WARDS.items():
            self._area(ward, "ward", la, AUTHORITIES[la])
        self._area("P", "partnership", "P", None)
        self._area("unplaced", "unplaced", "unplaced", "unplaced")

    def _area(self, code: str, kind: str, la: str | None, force: str | None, weight: int = 1, name: str = "") -> None:
        self._insert(
            "area_change", area_code=code, area_name=name or code, area_type=kind, la_code=la, force_code=force,
            weight=weight, **self._stamp(),
        )  # fmt: skip

    def _stamp(self) -> dict[str, object]:
        return {"entry": self.entry, "posted_at": self.posted}

    def _next(self) -> None:
        """Begin the next entry, some days later: now and then so many that periods settle."""
        self.entry += 1
        self.posted += dt.timedelta(days=self.random.choice([0, 1, 20, 70]), minutes=1)
        self._insert("entry", kind="delivery", feed="street", delivery_id=self.entry, **self._stamp())

    def change(self) -> tuple[dt.date, bool]:
        """Post one entry of one to three changes; return its day, and whether the project was edited too."""
        self._next()
        acts = [self._post, self._post, self._unplace, self._cover, self._uncover, self._hold]
        acts += [self._move, self._estimate]
        for act in self.random.choices(acts, k=self.random.randint(1, 3)):
            act()
        edited = self.random.random() < 0.2
        if edited:
            self.random.choice([self._define, self._restate, self._contract])()
        return self.posted.date(), edited

    def _posting(
        self, ledger: str, area: str, la: str, force: str, month: dt.date, amount: int, **other: object
    ) -> None:
        told = {"period_type": "month", "breakdown": "all", "measure": "amount", "series": 1, "feed": "street"} | other
        self._insert(
            "ledger", metric_id=ledger, area_code=area, la_code=la, force_code=force, month=month, cause="new",
            delivery_id=self.entry, amount=amount, **told, **self._stamp(),
        )  # fmt: skip

    def _post(self) -> None:
        ward = self.random.choice(list(WARDS))
        la = WARDS[ward]
        force = self.random.choice([AUTHORITIES[la]] * 4 + list(FORCES))  # a force may record in another's area
        month = self.random.choice(MONTHS)
        amount = self.random.choice([1, 2, 15, 40])
        ledger = self.random.choice(["count", "count", "part", "tool", "people", "deaths"])
        if ledger in ("people", "deaths"):
            length, start = ("quarter", dt.date(month.year, (month.month - 1) // 3 * 3 + 1, 1))
            if ledger == "deaths":
                length, start = "calendar_year", dt.date(month.year, 1, 1)
            code = self.random.choice([la, force])
            feed = "table" if ledger == "deaths" else "tools"
            self._posting(ledger, code, "none", "none", start, amount, period_type=length, feed=feed)
            return
        breakdown = self.random.choice(["all", "all", "sex:F", f"kind:{self.entry // 4}"])
        self._posting(ledger, ward, la, force, month, amount, breakdown=breakdown)
        if self.random.random() < 0.3:
            self._posting(ledger, ward, la, force, month, -amount, breakdown=breakdown)
        if self.random.random() < 0.1:
            self._posting(ledger, ward, la, force, month, 1, measure=self.random.choice(["suppressed", "unavailable"]))

    def _unplace(self) -> None:
        la, force = self.random.choice([("L1", "F1"), ("unplaced", "F2"), ("unplaced", "none"), ("none", "none")])
        self._posting(self.random.choice(["count", "part"]), "unplaced", la, force, self.random.choice(MONTHS), 3)

    def _cover(self) -> None:
        feed = self.random.choice(list(PARTS))
        month = self.random.choice(MONTHS)
        cell = f"{feed}/{self.entry}/{len(self.cells)}"
        if feed == "table":
            cover, start, months = None, None, None
        elif feed == "tools":
            cover, start, months = self.random.choice(list(AUTHORITIES)), month, self.random.choice([1, 3])
        else:
            cover, start, months = self.random.choice(FORCES), month, self.random.choice([1, 1, 12, 0])
        part = self.random.choice(PARTS[feed]) if PARTS[feed] else None
        if start is None or not any(self._overlap(each, (feed, cover, part), start, months) for each in self.cells):
            self.cells.append((feed, cell, cover, part, start, months))
            self._cell(self.cells[-1], 1)

    @staticmethod
    def _overlap(cell: tuple[Any, ...], whose: tuple[object, ...], start: dt.date, months: int | None) -> bool:
        """Return whether a cell covers a month of another one: landing lets no month of a part be covered twice."""
        feed, _, cover, part, other, its = cell
        if (feed, cover, part) != whose:
            return False
        return bool(add_months(other, -(months or 1)) < start < add_months(other, its or 1))

    def _cell(self, cell: tuple[object, ...], weight: int) -> None:
        names = ("feed", "cell", "cover_code", "part", "starts_on", "months")
        self._insert("coverage", **dict(zip(names, cell, strict=True)), weight=weight, **self._stamp())

    def _uncover(self) -> None:
        if self.cells:
            self._cell(self.cells.pop(self.random.randrange(len(self.cells))), -1)

    def _hold(self) -> None:
        if self.cells:
            feed, cell, *_ = self.random.choice(self.cells)
            self._insert("held", feed=feed, cell=cell, rows=self.random.choice([1, 4, -1]), **self._stamp())

    def _move(self) -> None:
        """An area gets another name, or a ward another authority."""
        ward = self.random.choice(list(WARDS))
        la = WARDS[ward]
        self._area(ward, "ward", la, AUTHORITIES[la], name=f"{ward} {self.entry}")

    def _estimate(self) -> None:
        la = self.random.choice(list(AUTHORITIES))
        month = dt.date(self.random.choice([2022, 2023, 2024]), 7, 1)
        for ward in (ward for ward, its in WARDS.items() if its == la):
            self._posting("population", ward, la, AUTHORITIES[la], month, 900, feed="residents")

    def _define(self) -> None:
        name = self.random.choice(list(METRICS))
        self.connection.execute(
            f"UPDATE lake.kpi.metric SET definition_version = definition_version + 1, rate_base = 10, "
            f"settles_after_months = {self.random.choice([0, 3])} WHERE metric_id = '{name}'"
        )

    def _restate(self) -> None:
        """A count is edited: its ledger is other from the start."""
        self.connection.execute("DELETE FROM lake.kpi.ledger WHERE metric_id = 'part' AND entry % 3 = 0")

    def _contract(self) -> None:
        self.connection.execute("UPDATE lake.kpi.feed SET parts = ['council'] WHERE feed = 'tools'")

    def built(self) -> Built:
        return Built(last_entry=self.entry, built_at=self.posted, snapshot=self.entry, lake_id=None)


def _make(lake: Lake, name: str) -> None:
    """Attach an empty database as ``name`` and make all of the book there from the lake as it stands."""
    connection = lake.connection
    connection.execute(f"ATTACH ':memory:' AS {name}; USE {name}; CREATE SCHEMA kpi")
    for table in schema.COPIED:
        connection.execute(f"CREATE TABLE kpi.{table.name} AS FROM lake.kpi.{table.name}")
    for table, types in (("build", schema.BUILD_TYPES), ("observation", lake.models["observation"].types)):
        connection.execute(f"CREATE TABLE kpi.{table} ({', '.join(f'{key} {kind}' for key, kind in types.items())})")
    write_build(connection, lake.built())
    insert_observations(connection, PROJECT, EVERY, "kpi.observation")
    verdicts.write(connection)


@pytest.mark.parametrize("seed", range(examples(12)))
def test_a_book_brought_up_to_its_lake_equals_one_made_of_it(seed: int) -> None:
    with duckdb.connect() as connection:
        lake = Lake(connection, seed)
        for _ in range(6):
            lake.change()
        _make(lake, "book")
        carried = 0
        for _ in range(STEPS):
            first = lake.entry + 1
            changes = [lake.change() for _ in range(lake.random.choice([1, 1, 2]))]
            edited = any(was_edited for _, was_edited in changes)
            connection.execute("USE book")
            before = _rows(connection, "observation")
            made = renew(connection, PROJECT, lake.built(), EVER if edited else Since(entry=first, day=changes[0][0]))
            carried += before > made
            _make(lake, "whole")
            for table in (*(each.name for each in schema.COPIED), "build", "observation", "verdict"):
                assert _apart(connection, table) == [], (seed, lake.entry, table)
            connection.execute("USE book; DETACH whole")
        assert carried > 0  # else nothing was tried: each time all was made again


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    ((rows,),) = connection.execute(f"SELECT count(*) FROM kpi.{table}").fetchall()
    return int(rows)


def _apart(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[object, ...]]:
    one, other = f"FROM book.kpi.{table}", f"FROM whole.kpi.{table}"
    both = f"({one} EXCEPT ALL {other}) UNION ALL ({other} EXCEPT ALL {one})"
    return connection.execute(f"FROM ({both}) LIMIT 3").fetchall()
