"""An attacker on published counts: bounds, sums, differences and integer programs. No code of the product.

The attacker holds whole numbers that lie within bounds and sums that they make, and asks of each number which values
are left. Bounds are passed through the sums until nothing changes; then an integer program of each group of sums that
hang together (HiGHS, by ``scipy.optimize.milp``) looks for the smallest and the largest value.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Name = Hashable
#: More than any count that is asked for.
FAR = 1e7


class Knowledge:
    """What is known of numbers: the bounds of each, and which add up to which."""

    def __init__(self) -> None:
        self.place: dict[Name, int] = {}
        self.low: list[float] = []
        self.high: list[float] = []
        self.sums: list[dict[int, int]] = []

    def number(self, name: Name, low: float = 0, high: float = FAR) -> int:
        """Know that a number lies within bounds; without them, that it is a count."""
        at = self.place.setdefault(name, len(self.low))
        if at == len(self.low):
            self.low.append(low)
            self.high.append(high)
        else:
            self.low[at], self.high[at] = max(self.low[at], low), min(self.high[at], high)
        return at

    def is_sum(self, whole: Name, parts: Iterable[Name]) -> None:
        """Know that the parts add up to the whole."""
        terms = {self.number(part): 1 for part in parts}
        terms[self.number(whole)] = -1
        self.sums.append(terms)

    def is_part(self, part: Name, whole: Name) -> None:
        """Know that a number is at most another one."""
        self.is_sum(whole, [part, ("the rest of", whole, "without", part)])

    def is_near(self, first: Name, second: Name, by: int) -> None:
        """Know that two numbers, such as one count in two releases, differ by no more than this."""
        moved = self.number(("moved", first, second), -by, by)
        self.sums.append({self.number(first): 1, moved: -1, self.number(second): -1})

    def left(self, wanted: Mapping[Name, int], *, width: int = 5) -> dict[Name, tuple[int, int]]:
        """The bounds of every wanted number, each given with its true value, that are closer than ``width`` values.

        Raises:
            AssertionError: a true value lies outside what is left of it: something that is "known" is false.
        """
        low, high = self._passed_on()
        for name, true in wanted.items():
            at = self.place[name]
            assert low[at] <= true <= high[at], (name, true, low[at], high[at])
        close = {n: (int(low[i]), int(high[i])) for n in wanted if high[i := self.place[n]] - low[i] < width - 1}
        return close | self._solved(low, high, {n: t for n, t in wanted.items() if n not in close}, width)

    def _matrix(self) -> csr_array:
        rows = np.repeat(np.arange(len(self.sums)), [len(each) for each in self.sums])
        columns = np.array([at for each in self.sums for at in each], dtype=int)
        values = np.array([value for each in self.sums for value in each.values()], dtype=float)
        return csr_array((values, (rows, columns)), shape=(len(self.sums), len(self.low)))

    def _passed_on(self) -> tuple[np.ndarray, np.ndarray]:
        """The bounds after every sum has said what it says of its terms, as often as that changes one."""
        low, high = np.array(self.low), np.array(self.high)
        if not self.sums:
            return low, high
        matrix = self._matrix()
        row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        at, value = matrix.indices, matrix.data
        for _ in range(200):
            least = np.where(value > 0, low[at], -high[at])
            most = np.where(value > 0, high[at], -low[at])
            of_least, of_most = np.bincount(row, least), np.bincount(row, most)
            # A term is at most what is left when all others are least: the sum of the row is 0.
            up, down = -(of_least[row] - least), -(of_most[row] - most)
            new_low, new_high = low.copy(), high.copy()
            np.maximum.at(new_low, at, np.where(value > 0, down, -up))
            np.minimum.at(new_high, at, np.where(value > 0, up, -down))
            if (new_low == low).all() and (new_high == high).all():
                break
            low, high = new_low, new_high
        return low, high

    def _solved(
        self, low: np.ndarray, high: np.ndarray, wanted: Mapping[Name, int], width: int
    ) -> dict[Name, tuple[int, int]]:
        """Solve for the wanted numbers that no solution yet shows to have ``width`` values."""
        if not self.sums:
            return {}
        matrix = self._matrix()
        # Terms that are known tie nothing together.
        open_ = high > low
        tied = matrix[:, open_]
        _, group_of = connected_components(tied.T @ tied, directed=False)
        group = np.full(len(low), -1)
        group[open_] = group_of
        close: dict[Name, tuple[int, int]] = {}
        asked: dict[int, list[Name]] = {}
        for name in wanted:
            asked.setdefault(int(group[self.place[name]]), []).append(name)
        for number, names in asked.items():
            terms = np.flatnonzero(group == number)
            rows = np.unique(matrix[:, terms].nonzero()[0])
            if not len(rows):
                continue
            known = np.flatnonzero(~open_)
            given = -(matrix[rows][:, known] @ low[known])
            group_of_sums = _Group(matrix[rows][:, terms], given, low[terms], high[terms])
            close |= group_of_sums.close(
                {n: (int(np.searchsorted(terms, self.place[n])), wanted[n]) for n in names}, width
            )
        return close


class _Group:
    """Sums that hang together, and the solutions of them that were found."""

    def __init__(self, sums: csr_array, given: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        self.sums = LinearConstraint(sums, given, given)
        self.bounds = Bounds(low, high)
        self.least, self.most = np.full(len(low), math.inf), np.full(len(low), -math.inf)

    def close(self, names: Mapping[Name, tuple[int, int]], width: int) -> dict[Name, tuple[int, int]]:
        """Ask for the least and the greatest value of each number, given with its place and its true value.

        A solution that was found counts for all numbers, so most need not be asked for.
        """
        found: dict[Name, tuple[int, int]] = {}
        chance = np.random.default_rng(0)
        for _ in range(8):
            self._ask(chance.choice([-1.0, 0.0, 1.0], len(self.least)))
        for name, (at, true) in names.items():
            if self.least[at] <= true <= self.most[at] and self.most[at] - self.least[at] >= width - 1:
                continue
            costs = np.zeros(len(self.least))
            costs[at] = 1.0
            self._ask(costs)
            if self.most[at] - self.least[at] < width - 1:
                found[name] = int(self.least[at]), int(self.most[at])
        return found

    def _ask(self, costs: np.ndarray) -> None:
        """Find the solutions in which the costs are least and greatest."""
        for sign in (1, -1):
            found = milp(sign * costs, constraints=self.sums, bounds=self.bounds, integrality=np.ones(len(costs)))
            assert found.x is not None, f"what is known contradicts itself: {found.message}"
            np.minimum(self.least, np.round(found.x), out=self.least)
            np.maximum(self.most, np.round(found.x), out=self.most)
