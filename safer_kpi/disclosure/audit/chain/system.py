"""Put together, under one model of revisions, all that an attacker knows from a chain of public editions."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from safer_kpi.disclosure.audit.chain.cells import Model, States, Sums, completed, named
from safer_kpi.disclosure.audit.chain.files import Count, Key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from safer_kpi.disclosure.audit.chain.files import Chain
    from safer_kpi.disclosure.audit.chain.told import Told
    from safer_kpi.disclosure.audit.knowledge import System, Term

_OPEN = "an external table"


class Open:
    """The exact counts that anybody can read, in the state of one release: of exact metrics and external tables."""

    def __init__(self, chain: Chain, release: int, counts: Mapping[Key, Count]) -> None:
        self.chain = chain
        name = chain.releases[release].name
        self.tables: dict[Key, tuple[int, str]] = {
            key: (count.number, _OPEN) for key, count in counts.items() if key.metric in chain.external
        }
        for edition in chain.editions:
            given = {
                row.key: Count(row.numerator, 0)
                for row in edition.certified
                if row.release == name
                and row.numerator is not None
                and row.denominator is None
                and chain.metrics[row.key.metric].method == "exact"
            }
            self.tables |= {key: (one.number, edition.name) for key, one in completed(given, chain).items()}

    def own(self) -> Iterator[Key]:
        """Return the counts of the own authority and its wards that editions publish exactly."""
        areas = {self.chain.authority, *self.chain.wards}
        quarters = {key.metric for key in self.tables if key.length == "quarter"}
        for key, (_, file) in self.tables.items():
            shortest = "quarter" if key.metric in quarters else "year"
            if file != _OPEN and key.area in areas and key.length == shortest and key.breakdown == "all":
                yield key

    def words(self, key: Key) -> str:
        """Return what a reason calls an exact count."""
        number, file = self.tables[key]
        return f"{file}: {named(key)}, is {number}"


class Assembly:
    """Collect cells and relations of all releases under one model."""

    def __init__(self, chain: Chain, told: Sequence[Told], model: Model) -> None:
        self.chain, self.told, self.model = chain, told, model
        counts = [completed(release.counts, chain) for release in chain.releases]
        self.states = States(chain, counts, model)
        self.places = {release.name: at for at, release in enumerate(chain.releases)}
        self.open = [Open(chain, at, counts[at]) for at in range(len(counts))]
        self.sums = [Sums(chain, one) for one in counts]
        self._related: set[tuple[object, ...]] = set()

    def system(self) -> System:
        """Return everything known."""
        direct = {(one.key, self.places[one.release]) for one in self.told}
        linked = {key for key, _ in direct}
        for at in range(len(self.chain.releases)):
            asked = {key for key, when in direct if when == at} if self.model is Model.NONE else linked
            wanted = self._wanted({key for key in asked if self.model is Model.NONE or self.states.count(key, at)}, at)
            self._relate(wanted, at)
        for one in self.told:
            self.states.knowledge.say(self.states.at(one.key, self.places[one.release]), one.least, one.most, one.words)
        return self.states.knowledge.system()

    def _wanted(self, direct: set[Key], at: int) -> set[Key]:
        """Return the counts that relations of a release tie to those that something is said of."""
        counts, metrics = self.states.counts[at], self.chain.metrics
        wanted = set(direct)
        if not wanted:
            return wanted
        for key in self.open[at].own():
            inside = {*metrics[key.metric].contains, *self._adding_to(key.metric)} & self.chain.protected
            wanted |= {part for part in (key._replace(metric=name) for name in inside) if part in counts}
        for key in sorted(wanted):
            for name in self.chain.protected & self._holding(key.metric):
                whole = key._replace(metric=name)
                if whole in counts:
                    wanted.add(whole)
        years = {(key.metric, year) for key in wanted if (year := _year(key))}
        for metric, start in years:
            if metrics[metric].is_additive:
                ends = [Key(metric, self.chain.authority, "year", start, "all")]
                ends += [
                    Key(metric, self.chain.authority, "quarter", day, "all")
                    for day in (start, f"{start[:4]}-07-01", f"{start[:4]}-10-01", f"{int(start[:4]) + 1}-01-01")
                ]
                wanted |= {key for key in ends if key in counts}
        while True:
            more = {
                part
                for whole in wanted
                if whole in counts
                for parts in self.sums[at].of(whole)
                if any(part in wanted for part in parts)
                for part in parts
            }
            if more <= wanted:
                return wanted
            wanted |= more

    def _holding(self, metric: str) -> set[str]:
        """Return the metrics that contain a metric, or that it is a part of."""
        one = self.chain.metrics[metric]
        return {name for name, other in self.chain.metrics.items() if metric in other.contains} | (
            {one.sums_to} if one.sums_to else set()
        )

    def _adding_to(self, metric: str) -> set[str]:
        return {name for name, other in self.chain.metrics.items() if other.sums_to == metric}

    def _relate(self, wanted: set[Key], at: int) -> None:
        states = self.states
        for key in sorted(wanted):
            for parts in self.sums[at].of(key) if key in states.counts[at] else ():
                if all(part in wanted for part in parts):
                    terms: list[Term] = [(states.at(key, at), 1.0), *((states.at(part, at), -1.0) for part in parts)]
                    self._once(terms, 0, 0, f"{states.name(key, at)}, is the sum of {_listed(parts)}")
        by_metric: dict[str, list[Key]] = {}
        for key in wanted:
            by_metric.setdefault(key.metric, []).append(key)
        for whole, inside, is_sum, law in self._laws():
            for key in sorted(
                {key._replace(metric=whole) for name in (whole, *inside) for key in by_metric.get(name, ())}
            ):
                self._law(key, inside, is_sum=is_sum, law=law, wanted=wanted, at=at)

    def _laws(self) -> Iterator[tuple[str, tuple[str, ...], bool, str]]:
        """Return wholes with their parts; a containment has one part each."""
        for name, one in self.chain.metrics.items():
            for part in one.contains:
                yield name, (part,), False, "contains"
            if one.is_share and one.denominator is not None:
                yield one.denominator, (one.numerator,), False, "is divided into by"
            if parts := tuple(sorted(self._adding_to(name))):
                yield name, parts, True, "is the sum of"

    def _law(self, whole: Key, parts: Sequence[str], *, is_sum: bool, law: str, wanted: set[Key], at: int) -> None:
        """State one law of metrics in one cell; exact counts that anybody knows are numbers and not cells."""
        table = self.open[at].tables
        terms: list[Term] = []
        known, reasons = 0.0, []
        for key, factor in [(whole, 1.0), *((whole._replace(metric=part), -1.0) for part in parts)]:
            if key.metric not in self.chain.protected and key in table:
                known += factor * table[key][0]
                reasons.append(self.open[at].words(key))
            elif key in wanted:
                terms.append((self.states.at(key, at), factor))
            elif factor > 0:
                return
            else:  # of a part nothing is known: the others are at most the whole
                is_sum = False
        words = "; ".join([f"{self.states.name(whole, at)}, {law} {', '.join(parts)}", *reasons])
        if len(terms) == 1:
            self._bound(terms[0], known, words, is_sum=is_sum)
        elif terms:
            self._once(terms, -known, -known if is_sum else inf, words)

    def _bound(self, term: Term, known: float, words: str, *, is_sum: bool) -> None:
        cell, factor = term
        if factor > 0:
            self.states.knowledge.say(cell, -known, -known if is_sum else inf, words)
        else:
            self.states.knowledge.say(cell, known if is_sum else 0, known, words)

    def _once(self, terms: Sequence[Term], least: float, most: float, words: str) -> None:
        """State a relation, unless the same cells have it already from another release."""
        if (same := (tuple(sorted(terms)), least, most)) not in self._related:
            self._related.add(same)
            self.states.knowledge.relate(terms, least, most, words)


def _year(key: Key) -> str | None:
    """Return the first day of the financial year that a count lies in; None if it lies in two."""
    if key.length == "rolling12" and key.start[5:7] != "04":
        return None
    year = int(key.start[:4]) - (key.start[5:7] < "04")
    return f"{year:04}-04-01"


def _listed(parts: Sequence[Key]) -> str:
    first, last = parts[0], parts[-1]
    if first.area != last.area:
        return f"{len(parts)} areas"
    if first.breakdown != last.breakdown:
        return f"its parts by {first.breakdown.partition(':')[0]}"
    return f"{len(parts)} {first.length}s"
