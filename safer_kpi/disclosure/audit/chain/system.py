"""Put together, under one model of revisions, all that an attacker knows from a chain of public editions."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from safer_kpi.disclosure.audit.chain.cells import Model, States, Sums, completed
from safer_kpi.disclosure.audit.chain.files import Count, Key
from safer_kpi.disclosure.audit.chain.telling import UNDER, named
from safer_kpi.disclosure.audit.figures import BASE
from safer_kpi.disclosure.audit.knowledge import Either

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from safer_kpi.disclosure.audit.chain.files import Chain
    from safer_kpi.disclosure.audit.chain.telling import Telling, Told
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
            self.tables |= {key: (one.number, edition.name) for key, one in completed(given, chain, {}).items()}

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


class Ground:
    """What does not depend on a model of revisions: counts with what follows from them, open tables, and equations."""

    def __init__(self, chain: Chain, told: Sequence[Told]) -> None:
        self.chain = chain
        shown: dict[Key, set[str]] = {}
        for one in told:
            if one.key.area in chain.wards:
                shown.setdefault(one.key._replace(area=chain.authority), set()).add(one.key.area)
        every = [_with_empty_parts(release.counts, told) for release in chain.releases]
        self.counts = [completed(counts, chain, shown) for counts in every]
        self.places = {release.name: at for at, release in enumerate(chain.releases)}
        self.open = [Open(chain, at, counts) for at, counts in enumerate(self.counts)]
        self.sums = [Sums(chain, counts) for counts in self.counts]


def _with_empty_parts(counts: Mapping[Key, Count], told: Sequence[Told]) -> dict[Key, Count]:
    """Return counts with a 0 for each part of a breakdown that has a figure, and no row in the release."""
    every = dict(counts)
    for key in {one.key for one in told if one.key.breakdown != "all"} - counts.keys():
        if whole := counts.get(key._replace(breakdown="all")):
            every[key] = Count(0, whole.version)
    return every


class Assembly:
    """Collect cells and relations of all releases under one model."""

    def __init__(self, ground: Ground, telling: Telling, model: Model) -> None:
        self.chain, self.telling, self.model = ground.chain, telling, model
        self.states = States(ground.chain, ground.counts, model)
        self.places, self.open, self.sums = ground.places, ground.open, ground.sums
        self._related: set[tuple[object, ...]] = set()
        self._depths: dict[str, set[str]] = {}

    def system(self) -> System:
        """Return everything known."""
        direct = {(one.key, self.places[one.release]) for one in self.telling.told}
        summed = {(key, self.places[release]) for key, release in self.telling.summed}
        linked = {key for key, _ in direct}
        for at in range(len(self.chain.releases)):
            asked = {key for key, when in direct if when == at} if self.model is Model.NONE else linked
            wanted = {key for key in asked if self.model is Model.NONE or self.states.count(key, at)}
            # A sum tells nothing of its parts, so that only small ones matter: they must keep their numbers too.
            wanted |= {key for key, when in summed if when == at and _is_small(self.states.count(key, at))}
            self._relate(self._wanted(wanted, at), at)
        for one in self.telling.told:
            self.states.knowledge.say(self.states.at(one.key, self.places[one.release]), one.least, one.most, one.words)
        self._share_offsets()
        self._small()
        return self.states.knowledge.system()

    def _share_offsets(self) -> None:
        """Tie figures of one cell that metrics inside each other share an offset for: a number from 0 to 4."""
        knowledge = self.states.knowledge
        beside: dict[tuple[Key, int], list[Told]] = {}
        for one in self.telling.told:
            if one.rounded is not None:
                beside.setdefault((one.key._replace(metric=""), one.series), []).append(one)
        for (place, _), told in beside.items():
            for family in self._families({one.key.metric for one in told}):
                members = [one for one in told if one.key.metric in family]
                offset = knowledge.cell(f"the offset of {', '.join(sorted(family))}{named(place)}")
                knowledge.say(offset, 0, BASE - 1, "an offset is 0 to 4")
                for one in members:
                    cell = self.states.at(one.key, self.places[one.release])
                    figure = one.rounded or 0
                    words = f"{one.words}; its offset is that of {', '.join(sorted(family - {one.key.metric}))}"
                    knowledge.relate([(cell, 1.0), (offset, 1.0)], figure, figure + BASE - 1, words)

    def _families(self, metrics: set[str]) -> list[set[str]]:
        """Return the sets of two metrics or more that share an offset: each leads to another by being inside it."""
        families: list[set[str]] = []
        for metric in sorted(metrics):
            near = {other for other in metrics if other in self._inside(metric) or metric in self._inside(other)}
            joined = [family for family in families if family & near]
            families = [family for family in families if family not in joined]
            families.append({metric, *near, *(name for family in joined for name in family)})
        return [family for family in families if len(family) > 1]

    def _inside(self, metric: str) -> set[str]:
        """Return what lies inside a metric at any depth; of two that are equal each lies inside the other."""
        if metric not in self._depths:
            reached: set[str] = set()
            look = [metric]
            while look:
                one = look.pop()
                whole = self.chain.metrics[one].sums_to if one in self.chain.metrics else None
                below = (
                    {*self.chain.metrics[one].contains, *self._adding_to(one)} if one in self.chain.metrics else set()
                )
                if whole is not None and self._adding_to(whole) == {one}:
                    below.add(whole)
                look += sorted(below - reached)
                reached |= below
            self._depths[metric] = reached - {metric}
        return self._depths[metric]

    def _small(self) -> None:
        """State what is known of an authority's series that is not exact, where it is true."""
        for one in self.telling.small:
            at = self.places[one.release]
            counts = [self.states.count(key, at) for key in one.keys]
            if all(counts) and any(count.number < UNDER for count in counts if count):
                choices = [(((self.states.at(key, at), 1.0),), UNDER - 1.0) for key in one.keys]
                self.states.knowledge.eithers.append(Either(tuple(choices), one.words))

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


def _is_small(count: Count | None) -> bool:
    return count is not None and 1 <= count.number <= 4


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
