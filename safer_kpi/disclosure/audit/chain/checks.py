"""Check the figures of public editions by themselves: rules allow them, sums are sums, and no part is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.disclosure.audit.chain.cells import elsewhere, parts_in_time
from safer_kpi.disclosure.audit.chain.telling import named, stated
from safer_kpi.disclosure.audit.result import NOT_A_SUM, OUTSIDE_RULE, PART_MISSING, TWO_SERIES, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.disclosure.audit.chain.files import Chain, Edition, Key, Published


def outside(row: Published, edition: str, chain: Chain) -> Iterator[Finding]:
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
        yield Finding(OUTSIDE_RULE, named(key), because=(stated(row, edition),))


def not_sums(edition: Edition, chain: Chain) -> Iterator[Finding]:
    """Return a finding for each figure that is called a sum and is not one of figures of the same file."""
    sums = _FileSums(edition, chain)
    for row in edition.published:
        if row.how == "summed" and row.figure not in sums.of(row):
            yield Finding(NOT_A_SUM, named(row.key), because=(stated(row, edition.name),))


class _FileSums:
    """The sums that the figures of one file make."""

    def __init__(self, edition: Edition, chain: Chain) -> None:
        self.chain = chain
        self.rows = {(row.key, row.series): row.figure for row in edition.published}
        self.areas: dict[str, list[str]] = {}
        self.parts: dict[tuple[Key, int, str], list[int]] = {}
        for metric, area in sorted({(row.key.metric, row.key.area) for row in edition.published}):
            if area in chain.wards or area == elsewhere(chain.authority):
                self.areas.setdefault(metric, []).append(area)
        for row in edition.published:
            if row.key.breakdown != "all":
                whole = (row.key._replace(breakdown="all"), row.series, row.key.breakdown.partition(":")[0])
                self.parts.setdefault(whole, []).append(row.figure)

    def of(self, row: Published) -> Iterator[int]:
        """Return each sum that the figure of a row can be: of periods, areas, breakdowns or metrics."""
        for metric in self._equal(row.key.metric):
            key = row.key._replace(metric=metric)
            yield from self._of_periods(key, row.series)
            if key.area != self.chain.authority:
                continue
            yield from (
                sum(parts) for (whole, series, _), parts in self.parts.items() if (whole, series) == (key, row.series)
            )
            yield from self._of_areas(key, row.series)
            adding = [name for name, one in self.chain.metrics.items() if one.sums_to == metric]
            yield from self._sum([key._replace(metric=name) for name in adding], row.series)
            if metric != row.key.metric or key.length == "rolling12":
                longer = key._replace(length="year") if key.length == "rolling12" else key
                yield from self._sum([longer], row.series)

    def _of_periods(self, key: Key, series: int) -> Iterator[int]:
        for parts in parts_in_time(key):
            yield from self._sum(list(parts), series)

    def _of_areas(self, key: Key, series: int) -> Iterator[int]:
        areas = self.areas.get(key.metric, [])
        here = [key._replace(area=area) for area in areas]
        quarters = [part for one in here for parts in parts_in_time(one) for part in parts]
        for keys in (
            [one for one in here if (one, series) in self.rows],
            [one for one in quarters if (one, series) in self.rows],
        ):
            yield from self._sum(keys, series)

    def _sum(self, keys: list[Key], series: int) -> Iterator[int]:
        if keys and all((key, series) in self.rows for key in keys):
            yield sum(self.rows[key, series] for key in keys)

    def _equal(self, metric: str) -> set[str]:
        """Return the metrics that are the same number: those where one alone sums to another."""
        by_whole: dict[str, list[str]] = {}
        for name, one in self.chain.metrics.items():
            if one.sums_to:
                by_whole.setdefault(one.sums_to, []).append(name)
        equal = {metric}
        while True:
            more = {
                name
                for whole, parts in by_whole.items()
                if len(parts) == 1 and {whole, parts[0]} & equal
                for name in (whole, parts[0])
            }
            if more <= equal:
                return equal
            equal |= more


def two_series(figures: list[tuple[Published, str]]) -> Iterator[Finding]:
    """Return a finding for each figure of a later series in whose period one of an earlier series lies."""
    oldest = min((row.series for row, _ in figures), default=1)
    spans = {(row.series, _span(row.key)) for row, _ in figures}
    for row, edition in figures:
        if row.series == oldest:
            continue
        first, last = _span(row.key)
        if any(series < row.series and start <= last and first <= end for series, (start, end) in spans):
            because = (stated(row, edition), f"an earlier series than {row.series} has a figure of the same time")
            yield Finding(TWO_SERIES, named(row.key), because=because)


def _span(key: Key) -> tuple[int, int]:
    """Return the first and the last month of a period, as numbers."""
    start = int(key.start[:4]) * 12 + int(key.start[5:7])
    return start, start + {"month": 1, "quarter": 3}.get(key.length, 12) - 1


def missing(rows: list[Published], chain: Chain) -> Iterator[Finding]:
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
