"""What somebody knows who has every public edition, the method, the definitions and the open tables.

Nothing here is code of the product: the files are read as anybody reads them, and the rules are those that the methods
page tells. Of revisions the attacker is told more than the files say: which counts were revised, and how far at most.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from tests.oracles.attacker import Knowledge


class Cell(NamedTuple):
    """A count, in the state of one release."""

    release: str
    metric: str
    area: str
    kind: str
    period: str
    part: str = "all"


_KEY = "metric_id, area_code, period_type, period, breakdown"
_KINDS = "period_type IN ('quarter', 'year', 'rolling12')"


def truths(releases: Iterable[tuple[str, Path]]) -> dict[Cell, int]:
    """The counts of restricted releases, each given with its name."""
    found = {}
    for name, file in releases:
        with duckdb.connect(str(file), read_only=True) as book:
            sql = (
                f"SELECT {_KEY}, CAST(numerator AS INTEGER) FROM kpi.certified WHERE {_KINDS} AND numerator IS NOT NULL"
            )
            for *key, count in book.execute(sql).fetchall():
                found[Cell(name, *key)] = count
    return found


@dataclass
class Told:
    """What the editions tell.

    Attributes:
        rules: the rule of each metric.
        own: the authority.
        wards: its wards.
        figures: each published figure of a protected metric and how it was made, in the release whose count it is.
        open: each published count of a metric that is exact.
        days: the first and the last day of each period.
    """

    rules: dict[str, dict[str, Any]]
    own: str
    wards: set[str]
    figures: dict[Cell, tuple[int, str]] = field(default_factory=dict)
    open: dict[Cell, int] = field(default_factory=dict)
    days: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, editions: list[Path], *, own: str, wards: set[str]) -> Told:
        """Read the ``public.duckdb`` of every edition, oldest first.

        Raises:
            AssertionError: a later edition tells another figure of a protected count.
        """
        told = cls({}, own, wards)
        for file in editions:
            with duckdb.connect(str(file), read_only=True) as book:
                told._add(book)
        seen: dict[tuple[str, ...], tuple[Cell, tuple[int, str]]] = {}
        for cell, figure in told.figures.items():
            assert seen.setdefault(cell[1:], (cell, figure)) == (cell, figure), cell
        return told

    def _add(self, book: duckdb.DuckDBPyConnection) -> None:
        for metric, text in book.execute("SELECT metric_id, definition FROM kpi.metric").fetchall():
            self.rules[metric] = json.loads(text)["public"]
        sql = "SELECT DISTINCT period_type, period, CAST(period_start AS VARCHAR), CAST(period_end AS VARCHAR) "
        for kind, period, *days in book.execute(f"{sql} FROM kpi.certified").fetchall():
            self.days[kind, period] = (days[0], days[1])
        sql = f"SELECT release_id, {_KEY}, figure, how FROM kpi.published WHERE how <> 'summed'"
        for *cell, figure, how in book.execute(sql).fetchall():
            self.figures[Cell(*cell)] = (figure, how)
        sql = f"SELECT release_id, {_KEY}, CAST(numerator AS INTEGER) FROM kpi.certified WHERE {_KINDS}"
        for *key, count in book.execute(f"{sql} AND numerator IS NOT NULL").fetchall():
            cell = Cell(*key)
            if self.rules[cell.metric]["method"] == "exact":
                self.open[cell] = count

    def _family(self, cell: Cell) -> Cell:
        """Of the cells that share an offset, because one lies inside another or is the same count, the first by name.

        The methods page tells that they do.
        """
        beside = {
            other.metric for other, (_, how) in self.figures.items() if how == "rounded" and other[2:] == cell[2:]
        }
        reached, look = {cell.metric}, [cell.metric]
        while look:
            one = look.pop()
            new = {other for other in beside - reached if self._are_nested(one, other) or self._are_nested(other, one)}
            reached |= new
            look += new
        return cell._replace(release="", metric=min(reached))

    def _are_nested(self, inner: str, outer: str) -> bool:
        return inner in self.rules[outer].get("contains", ()) or self.rules[inner].get("sums_to") == outer

    def knowledge(self, true: Mapping[Cell, int], *, revisions: str) -> Knowledge:
        """Put together what is known.

        Args:
            true: the counts of all releases, for what is known of revisions alone.
            revisions: ``"nothing"`` is known of them; ``"which"`` counts were revised; ``"how far"`` each was at most.
        """
        k = Knowledge()
        for cell, (figure, how) in self.figures.items():
            if how == "exact":
                k.number(cell, figure, figure)
            else:
                # The count and an offset of 0 to 4 make the figure and a rest of 0 to 4.
                k.number(cell, max(0, figure - 4), figure + 4)
                k.number(("offset of", self._family(cell)), 0, 4)
                k.number(("figure and rest of", cell), figure, figure + 4)
                k.is_sum(("figure and rest of", cell), [cell, ("offset of", self._family(cell))])
        for release in {cell.release for cell in self.figures}:
            _State(self, k, release).add()
        if revisions != "nothing":
            _revisions(k, true, how_far=revisions == "how far")
        return k


def _revisions(k: Knowledge, true: Mapping[Cell, int], *, how_far: bool) -> None:
    states: dict[tuple[str, ...], list[Cell]] = defaultdict(list)
    for name in list(k.place):
        if isinstance(name, Cell) and name in true:
            states[name[1:]].append(name)
    for found in states.values():
        for one, other in pairwise(sorted(found)):
            moved = abs(true[one] - true[other])
            if how_far or not moved:
                k.is_near(one, other, moved)


@dataclass
class _State:
    """Whatever adds up, or lies inside something, among the counts of one release."""

    told: Told
    k: Knowledge
    release: str

    def add(self) -> None:
        """Add it all."""
        self.cells = {cell for cell in self.told.figures if cell.release == self.release}
        for metric, kind, period in {(cell.metric, cell.kind, cell.period) for cell in self.cells}:
            self._places(metric, kind, period)
            self._quarters(metric, kind, period)
            self._parts(metric, kind, period)
        for whole in self.told.rules:
            self._between(whole)

    def _cell(self, metric: str, area: str, kind: str, period: str, part: str = "all") -> Cell:
        return Cell(self.release, metric, area, kind, period, part)

    def _smaller(self, metric: str, period: str) -> set[str]:
        """The wards of a published quarter, with what lies elsewhere; none if it is not published by ward."""
        areas = {
            cell.area
            for cell in self.told.figures
            if (cell.metric, cell.period, cell.part) == (metric, period, "all") and cell.area != self.told.own
        }
        return areas if self.told.wards <= areas else set()

    def _places(self, metric: str, kind: str, period: str) -> None:
        """The wards add up to the authority; of a quarter that was published earlier, they do in this state, too."""
        if kind == "quarter" and (areas := self._smaller(metric, period)):
            whole = self._cell(metric, self.told.own, kind, period)
            self.k.is_sum(whole, [self._cell(metric, area, kind, period) for area in areas])

    def _quarters(self, metric: str, kind: str, period: str) -> None:
        if kind != "year" or self._cell(metric, self.told.own, kind, period) not in self.cells:
            return
        first, last = self.told.days[kind, period]
        quarters = [p for (t, p), (a, b) in self.told.days.items() if t == "quarter" and first <= a and b <= last]
        published = {(cell.metric, cell.period) for cell in self.told.figures}
        if len(quarters) == 4 and all((metric, quarter) in published for quarter in quarters):
            whole = self._cell(metric, self.told.own, kind, period)
            self.k.is_sum(whole, [self._cell(metric, self.told.own, "quarter", quarter) for quarter in quarters])
            for quarter in quarters:
                self._places(metric, "quarter", quarter)

    def _parts(self, metric: str, kind: str, period: str) -> None:
        dimensions: dict[str, list[Cell]] = defaultdict(list)
        for cell in self.cells:
            if (cell.metric, cell.kind, cell.period) == (metric, kind, period) and cell.part != "all":
                dimensions[cell.part.split(":")[0]].append(cell)
        for cells in dimensions.values():
            self.k.is_sum(self._cell(metric, self.told.own, kind, period), cells)

    def _between(self, whole: str) -> None:
        """What a metric's count says of another's: lines that add up to it, and what lies inside it."""
        rules = self.told.rules
        lines = [metric for metric, rule in rules.items() if rule.get("sums_to") == whole]
        inside = {
            *rules[whole].get("contains", ()),
            *(m for m, rule in rules.items() if whole in rule.get("external", ())),
        }
        for cell in [cell for cell in self.cells if cell.metric in {*lines, *inside}]:
            outer = cell._replace(metric=whole)
            if cell.metric in inside and (outer in self.told.open or outer in self.cells):
                self._is_open(outer)
                self.k.is_part(cell, outer)
            of_lines = [cell._replace(metric=metric) for metric in lines]
            if lines and cell.metric == lines[0] and all(each in self.cells for each in of_lines):
                self._is_open(outer)
                self.k.is_sum(outer, of_lines)

    def _is_open(self, cell: Cell) -> None:
        if cell in self.told.open:
            self.k.number(cell, self.told.open[cell], self.told.open[cell])
