"""Turn the rows of public editions into what each says of one count, and into what is wrong with a row by itself."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from safer_kpi.disclosure.audit.chain.cells import elsewhere, named, parts_in_time
from safer_kpi.disclosure.audit.figures import from_limits, from_rate, rounded, tolerance
from safer_kpi.disclosure.audit.result import NOT_A_SUM, OUTSIDE_RULE, PART_MISSING, PUBLISHED_TWICE, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from safer_kpi.disclosure.audit.chain.files import Certified, Chain, Edition, Key, Published

#: An authority's own count is rounded only after one of its series was under this.
_UNDER = 10


class Told(NamedTuple):
    """The least and most that a public file says of one count, in the state of one release."""

    key: Key
    release: str
    least: float
    most: float
    words: str


@dataclass
class Telling:
    """All that public files say of protected counts, and the findings about rows by themselves."""

    told: list[Told]
    findings: list[Finding]


def read_told(chain: Chain) -> Telling:
    """Read every row of every edition of protected metrics."""
    telling = Telling([], [])
    seen: dict[tuple[Key, int], tuple[Published, str]] = {}
    for edition in chain.editions:
        for row in edition.published:
            before, file = seen.setdefault((row.key, row.series), (row, edition.name))
            if file == edition.name or row == before:
                if before is row:
                    _tell(row, edition.name, telling)
                continue
            _tell(row, edition.name, telling)
            if (row.figure, row.release, row.how) != (before.figure, before.release, before.how):
                because = (_words(before, file), _words(row, edition.name))
                telling.findings.append(Finding(PUBLISHED_TWICE, named(row.key), because=because))
    rows = [row for row, _ in seen.values()]
    telling.findings += [finding for row, file in seen.values() for finding in _outside(row, file, chain)]
    telling.findings += [finding for edition in chain.editions for finding in _not_sums(edition, chain)]
    telling.findings += _missing(rows, chain)
    telling.told += _under_ten(rows, chain)
    for edition in chain.editions:
        _read_certified(edition, chain, telling)
    return telling


def _words(row: Published, edition: str) -> str:
    return f"{edition}: {named(row.key)}, is {row.figure} ({row.how}), of {row.release}"


def _tell(row: Published, edition: str, telling: Telling) -> None:
    if row.how == "rounded":
        telling.told.append(Told(row.key, row.release, *rounded(row.figure), _words(row, edition)))
    elif row.how == "exact":
        telling.told.append(Told(row.key, row.release, row.figure, row.figure, _words(row, edition)))


def _outside(row: Published, edition: str, chain: Chain) -> Iterator[Finding]:
    """Return a finding if the rule of the metric does not let the figure be published."""
    key, metric = row.key, chain.metrics.get(row.key.metric)
    own, outer = chain.authority, elsewhere(chain.authority)
    if metric is None or metric.name not in chain.protected:
        allowed = False
    elif key.area == own:
        is_sum = key.length == "rolling12" and row.how == "summed"
        allowed = key.length in metric.lengths or is_sum
        allowed &= key.breakdown == "all" or key.breakdown.partition(":")[0] in metric.breakdowns
    elif key.area == outer or key.area in chain.wards:
        lengths = {"rounded": {"quarter"}, "summed": {"year", "rolling12"}}.get(row.how, set())
        allowed = metric.grain == "ward" and key.length in lengths and key.breakdown == "all"
    else:
        allowed = False
    if not allowed:
        yield Finding(OUTSIDE_RULE, named(key), because=(_words(row, edition),))


def _not_sums(edition: Edition, chain: Chain) -> Iterator[Finding]:
    """Return a finding for each figure that is called a sum and is not one of figures of the same file."""
    series = {(row.key, row.series): row for row in edition.published}
    wards = {(row.key.metric, row.key.area) for row in edition.published if row.key.area in chain.wards}
    wards_of: dict[str, list[str]] = {}
    for metric, ward in sorted(wards):
        wards_of.setdefault(metric, []).append(ward)
    for row in edition.published:
        if row.how != "summed":
            continue
        sums = [_sum(parts, row.series, series) for parts in parts_in_time(row.key)]
        if row.key.area == chain.authority:
            areas = (*wards_of.get(row.key.metric, ()), elsewhere(chain.authority))
            present = [
                row.key._replace(area=area) for area in areas if (row.key._replace(area=area), row.series) in series
            ]
            sums.append(_sum(tuple(present), row.series, series) if present else None)
            if row.key.length == "rolling12":
                sums.append(_sum((row.key._replace(length="year"),), row.series, series))
        if row.figure not in sums:
            yield Finding(NOT_A_SUM, named(row.key), because=(_words(row, edition.name),))


def _missing(rows: list[Published], chain: Chain) -> Iterator[Finding]:
    """Return a finding for each ward, and for *elsewhere*, that has no figure in a quarter in which others have one."""
    counts = {release.name: release.counts for release in chain.releases}
    given = {(row.key, row.series) for row in rows}
    quarters = {
        (row.key._replace(area=chain.authority), row.series, row.release)
        for row in rows
        if row.key.area in chain.wards and row.key.length == "quarter" and row.how == "rounded"
    }
    for key, series, release in sorted(quarters):
        wards = sorted(area for area in chain.wards if key._replace(area=area) in counts[release])
        for area in (*wards, elsewhere(chain.authority)):
            part = key._replace(area=area)
            if (part, series) not in given:
                yield Finding(PART_MISSING, named(part), because=(f"other parts of {named(key)}, are of {release}",))


def _sum(parts: tuple[Key, ...], series: int, rows: Mapping[tuple[Key, int], Published]) -> int | None:
    found = [rows.get((part, series)) for part in parts]
    return sum(row.figure for row in found if row) if all(found) else None


def _under_ten(rows: list[Published], chain: Chain) -> Iterator[Told]:
    """Return what is known from how an authority's own figure is made: one that is not rounded is of ten or more.

    The first that is rounded after others that are not is under ten, if it is the only new one.
    """
    series: dict[tuple[str, int, str], list[Published]] = {}
    for row in rows:
        metric = chain.metrics.get(row.key.metric)
        is_own = (
            row.key.area == chain.authority and row.key.breakdown == "all" and row.key.length in {"quarter", "year"}
        )
        if metric and metric.is_additive and is_own:
            series.setdefault((row.key.metric, row.series, row.key.length), []).append(row)
    for group in series.values():
        plain = [row for row in group if row.how != "rounded"]
        turned = [row for row in group if row.how == "rounded"]
        for row in plain:
            yield Told(row.key, row.release, _UNDER, inf, f"{named(row.key)}, is not rounded, so it is 10 or more")
        first = [row for row in turned if row.first == min(turned, key=lambda one: _order(one, chain)).first]
        if plain and len(first) == 1:
            row = first[0]
            words = f"{named(row.key)}, is the first of its series that is rounded, so it is under 10"
            yield Told(row.key, row.release, 0, _UNDER - 1, words)


def _order(row: Published, chain: Chain) -> int:
    names = [edition.name for edition in chain.editions]
    return names.index(row.first) if row.first in names else len(names)


def _read_certified(edition: Edition, chain: Chain, telling: Telling) -> None:
    """Read the rows of ``kpi.certified``: what they say beyond the figures that the same file publishes."""
    figures = {row.key: row for row in sorted(edition.published, key=lambda row: row.series)}
    exact = {
        row.key: row.numerator
        for row in edition.certified
        if row.numerator is not None and chain.metrics[row.key.metric].method == "exact" and row.denominator is None
    }
    known = {key: (row.figure, row.how == "exact") for key, row in figures.items()}
    known |= {key: (number, True) for key, number in exact.items()}
    for row in edition.certified:
        if chain.metrics[row.key.metric].method == "protected":
            told = _Row(row, edition.name, chain, known)
            telling.told += told.says()
            telling.findings += told.breaks()


class _Row:
    """One row of ``kpi.certified`` of a protected metric."""

    def __init__(self, row: Certified, edition: str, chain: Chain, known: Mapping[Key, tuple[int, bool]]) -> None:
        metric = chain.metrics[row.key.metric]
        self.row, self.metric, self.chain = row, metric, chain
        self.words = f"{edition}: the row of {named(row.key)}, of {row.release}"
        self.top = row.key._replace(metric=metric.numerator)
        over = metric.denominator if metric.denominator in chain.metrics else None
        self.bottom = row.key._replace(metric=over) if over else None
        figure: tuple[int | None, bool] = known.get(self.top, (None, False))
        self.figure, self.is_exact = figure
        self.divisor: float | None = row.denominator
        self.divisor_is_exact = True
        if self.bottom is not None:
            self.divisor, self.divisor_is_exact = known.get(self.bottom, (None, False))

    def breaks(self) -> Iterator[Finding]:
        """Return a finding if the row says what its rule does not let it."""
        has_limits = self.row.lower is not None or self.row.upper is not None
        if has_limits and not (self.is_exact and self.divisor_is_exact):
            yield Finding(OUTSIDE_RULE, named(self.row.key), because=(f"{self.words}: limits of a figure not exact",))
        if self.row.numerator is not None and self.row.numerator != self.figure:
            yield Finding(
                OUTSIDE_RULE, named(self.row.key), because=(f"{self.words}: a number that is not the figure",)
            )
        if self.bottom is not None and self.row.denominator is not None and self.row.denominator != self.divisor:
            because = (f"{self.words}: a denominator that is not the figure",)
            yield Finding(OUTSIDE_RULE, named(self.row.key), because=because)
        if not self.metric.is_count and self.row.value is not None and not self._is_made_of_figures(self.row.value):
            because = (f"{self.words}: a value that is not made of figures",)
            yield Finding(OUTSIDE_RULE, named(self.row.key), because=because)

    def says(self) -> Iterator[Told]:
        """Return what the row says of the counts behind it that published figures do not say."""
        row = self.row
        if row.numerator is not None and row.numerator != self.figure:
            yield self._told(self.top, row.numerator, row.numerator, "its number")
        if self.bottom is not None and row.denominator is not None and row.denominator != self.divisor:
            yield self._told(self.bottom, row.denominator, row.denominator, "its denominator")
        yield from self._of_value()
        yield from self._of_limits()

    def _of_value(self) -> Iterator[Told]:
        value, divisor, figure = self.row.value, self.divisor, self.figure
        if self.metric.is_count or divisor is None:
            return
        if self.bottom is not None and value is None and divisor > 0 and (figure or 0) <= divisor:
            yield self._told(self.bottom, 0, 0, "it has no value, so nothing is divided by")
        elif self.bottom is not None and value is not None and divisor == 0:
            yield self._told(self.bottom, 1, inf, "it has a value, so something is divided by")
        elif value is not None and divisor > 0 and self.divisor_is_exact and not self._is_made_of_figures(value):
            yield self._told(self.top, *from_rate(value, denominator=divisor, base=self.metric.rate_base), "its value")

    def _is_made_of_figures(self, value: float) -> bool:
        if self.figure is None or not self.divisor:
            return False
        return bool(abs(self.figure * self.metric.rate_base / self.divisor - value) <= tolerance(value))

    def _of_limits(self) -> Iterator[Told]:
        row, divisor = self.row, self.divisor
        if (row.lower is None and row.upper is None) or (self.is_exact and self.divisor_is_exact):
            return
        if row.method == "wilson" or (not self.metric.is_count and not divisor):
            return
        scale = 1.0 if self.metric.is_count or not divisor else self.metric.rate_base / divisor
        least, most = from_limits(row.lower, row.upper, scale=scale)
        if self.figure is None or not (least == most == self.figure):
            yield self._told(self.top, least, most, "its limits")

    def _told(self, key: Key, least: float, most: float, what: str) -> Told:
        return Told(key, self.row.release, least, most, f"{self.words}: {what}")
