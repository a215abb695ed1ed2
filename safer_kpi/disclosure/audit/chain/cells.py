"""The cells of an audit: every count in the state that a release knew, and how states of one count are joined."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

from safer_kpi.disclosure.audit.chain.files import Chain, Count, Key
from safer_kpi.disclosure.audit.chain.telling import named
from safer_kpi.disclosure.audit.knowledge import Knowledge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

#: How many possible numbers in a row every protected count of 1 to 4 keeps.
WIDTH = 5


class Model(StrEnum):
    """What the attacker knows of changes between releases."""

    NONE = "nothing is known of revisions"
    REVISED = "known which counts were revised"
    BOUNDED = "known which counts were revised, and by how much at most"


def elsewhere(authority: str) -> str:
    """Return the code of what no ward of an authority holds."""
    return f"{authority}:elsewhere"


def rest(force: str) -> str:
    """Return the code of a force's area without the own authority."""
    return f"{force}:rest"


@lru_cache(maxsize=100_000)
def parts_in_time(key: Key) -> tuple[tuple[Key, ...], ...]:
    """Return the shorter periods that a count that adds up is the sum of."""
    lengths = {"year": ("quarter", 4, 3), "rolling12": ("quarter", 4, 3), "quarter": ("month", 3, 1)}
    if key.length not in lengths:
        return ()
    length, number, step = lengths[key.length]
    start = dt.date.fromisoformat(key.start)
    if key.length == "rolling12" and start.month % 3 != 1:
        return ()
    months = [start.year * 12 + start.month - 1 + step * at for at in range(number)]
    days = [f"{month // 12:04}-{month % 12 + 1:02}-01" for month in months]
    return (tuple(key._replace(length=length, start=day) for day in days),)


def completed(counts: Mapping[Key, Count], chain: Chain, shown: Mapping[Key, set[str]]) -> dict[Key, Count]:
    """Return counts with what follows from them: *elsewhere* in the authority, and the force's area without it.

    Args:
        counts: what a release, or a table, counts.
        chain: the areas and metrics.
        shown: the wards that have figures in a cell of the authority. What lies outside them is *elsewhere*; where no
            ward has a figure, what lies outside all wards of the metric.
    """
    every = dict(counts)
    inside: dict[Key, dict[str, int]] = {}
    wards: dict[str, set[str]] = {}
    for key, count in counts.items():
        if key.area in chain.wards and chain.metrics[key.metric].is_additive:
            inside.setdefault(key._replace(area=chain.authority), {})[key.area] = count.number
            wards.setdefault(key.metric, set()).add(key.area)
    for key, numbers in inside.items():
        whole = counts.get(key)
        if whole is not None and numbers.keys() == shown.get(key, wards[key.metric]):
            left = whole.number - sum(numbers.values())
            every[key._replace(area=elsewhere(chain.authority))] = Count(left, whole.version)
    for key, count in counts.items():
        own = counts.get(key._replace(area=chain.authority)) if key.area == chain.force else None
        if own is not None and chain.metrics[key.metric].is_additive:
            every[key._replace(area=rest(chain.force))] = Count(count.number - own.number, count.version)
    return every


class States:
    """Give each count, in the state of each release, its cell; a state that changed nothing has the cell before it."""

    def __init__(self, chain: Chain, counts: list[dict[Key, Count]], model: Model) -> None:
        self.chain, self.counts, self.model = chain, counts, model
        self.knowledge = Knowledge()
        self._cells: dict[tuple[Key, int], int] = {}

    def count(self, key: Key, release: int) -> Count | None:
        """Return what a release counts in a cell."""
        return self.counts[release].get(key)

    def at(self, key: Key, release: int) -> int:
        """Return the cell of a count in the state of a release."""
        if (key, release) not in self._cells:
            before = self._before(key, release)
            count = self.count(key, release)
            if before is not None and count == self.count(key, before):
                self._cells[key, release] = self.at(key, before)
            else:
                self._cells[key, release] = self._new(key, release, before)
        return self._cells[key, release]

    def _before(self, key: Key, release: int) -> int | None:
        """Return the release before in which the same thing was counted; None if states are not joined."""
        count = self.count(key, release)
        if self.model is Model.NONE or count is None:
            return None
        earlier = (at for at in range(release - 1, -1, -1) if self.count(key, at) is not None)
        before = next(earlier, None)
        same = before is not None and self.counts[before][key].version == count.version
        return before if same else None

    def _new(self, key: Key, release: int, before: int | None) -> int:
        count = self.count(key, release)
        number = count.number if count else None
        is_small = key.metric in self.chain.protected and number is not None and 1 <= number <= 4
        name = self.name(key, release)
        cell = self.knowledge.cell(name, truth=number, enough=WIDTH if is_small else 0)
        if before is not None:
            change = self._largest_change(key) if self.model is Model.BOUNDED else inf
            known = f" by at most {change:g}" if change < inf else ""
            words = f"{name} differs{known} from release {self.chain.releases[before].name}"
            self.knowledge.link(self.at(key, before), cell, change, words)
        return cell

    def _largest_change(self, key: Key) -> float:
        numbers = [counts[key].number for counts in self.counts if key in counts]
        return max([1, *(abs(after - before) for before, after in pairwise(numbers))])

    def name(self, key: Key, release: int) -> str:
        """Return what a finding calls a count in the state of a release."""
        return f"{named(key)}, as counted in {self.chain.releases[release].name}"


class Sums:
    """The equations of counts that add up, in the state of one release."""

    def __init__(self, chain: Chain, counts: Mapping[Key, Count]) -> None:
        self.chain, self.counts = chain, counts
        self._wards: dict[Key, list[str]] = {}
        self._parts: dict[Key, dict[str, list[Key]]] = {}
        for key in sorted(counts):
            if key.area in chain.wards:
                self._wards.setdefault(key._replace(area=chain.authority), []).append(key.area)
            if key.breakdown != "all":
                whole = key._replace(breakdown="all")
                self._parts.setdefault(whole, {}).setdefault(key.breakdown.partition(":")[0], []).append(key)

    def of(self, whole: Key) -> Iterator[tuple[Key, ...]]:
        """Return each set of parts that a count is the sum of, if the release counts them all."""
        if not self.chain.metrics[whole.metric].is_additive:
            return
        for parts in (*self._in_space(whole), *parts_in_time(whole), *self._in_breakdowns(whole)):
            if all(part in self.counts for part in parts):
                yield parts

    def _in_space(self, whole: Key) -> Iterable[tuple[Key, ...]]:
        if wards := self._wards.get(whole):
            yield tuple(whole._replace(area=area) for area in (*wards, elsewhere(self.chain.authority)))
        if whole.area == self.chain.force:
            yield tuple(whole._replace(area=area) for area in (self.chain.authority, rest(self.chain.force)))

    def _in_breakdowns(self, whole: Key) -> Iterable[tuple[Key, ...]]:
        return (tuple(parts) for parts in self._parts.get(whole, {}).values())
