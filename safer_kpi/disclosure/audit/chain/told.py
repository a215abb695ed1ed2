"""Turn the rows of public editions into what each says of one count, and into what is wrong with a row by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.disclosure.audit.chain.certified import read_certified
from safer_kpi.disclosure.audit.chain.checks import missing, not_sums, outside, two_series
from safer_kpi.disclosure.audit.chain.telling import UNDER, Small, Telling, Told, named, stated
from safer_kpi.disclosure.audit.figures import rounded
from safer_kpi.disclosure.audit.result import PUBLISHED_TWICE, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.disclosure.audit.chain.files import Chain, Key, Published

#: Wards without which an authority's own figures are sums, by length.
_WARDS = {"quarter": 17, "year": 8}


def read_told(chain: Chain) -> Telling:
    """Read every row of every edition of protected metrics."""
    telling = Telling([], [], set(), [])
    seen: dict[Key, tuple[Published, str]] = {}
    figures: list[tuple[Published, str]] = []
    for edition in chain.editions:
        for row in edition.published:
            before, file = seen.setdefault(row.key, (row, edition.name))
            if before is not row and row == before:
                continue
            _tell(row, edition.name, telling)
            if before is row or _is_correction(row, before, edition.name):
                seen[row.key] = row, edition.name
                figures.append(seen[row.key])
            elif _what_is_told(row) != _what_is_told(before):
                because = (stated(before, file), stated(row, edition.name))
                telling.findings.append(Finding(PUBLISHED_TWICE, named(row.key), because=because))
    rows = [row for row, _ in figures]
    telling.findings += [finding for row, file in figures for finding in outside(row, file, chain)]
    telling.findings += two_series(figures)
    telling.findings += [finding for edition in chain.editions for finding in not_sums(edition, chain)]
    telling.findings += missing(rows, chain)
    telling.small += _under_ten(rows, chain)
    for edition in chain.editions:
        read_certified(edition, chain, telling)
    return telling


def _is_correction(row: Published, before: Published, edition: str) -> bool:
    """Return whether an edition says that its figure corrects the one before; what is rounded is never corrected."""
    is_said = row.corrects == before.first and row.first == edition
    return is_said and row.how == before.how != "rounded" and row[1:3] == before[1:3]


def _what_is_told(row: Published) -> tuple[object, ...]:
    return row.series, row.figure, row.release, row.how


def _tell(row: Published, edition: str, telling: Telling) -> None:
    if row.how == "rounded":
        least, most = rounded(row.figure)
        telling.told.append(Told(row.key, row.release, least, most, stated(row, edition), row.series, row.figure))
    elif row.how == "summed":
        telling.summed.add((row.key, row.release))
    elif row.how == "exact":
        telling.told.append(Told(row.key, row.release, row.figure, row.figure, stated(row, edition)))


def _under_ten(rows: list[Published], chain: Chain) -> Iterator[Small]:
    """Return what follows from how an authority's figures are made.

    Where nothing else keeps a series from being exact and it is not, one of its counts was under ten when the first
    figure that is not exact was made.
    """
    series: dict[tuple[str, int, str], list[Published]] = {}
    for row in rows:
        is_own = (
            row.key.area == chain.authority and row.key.breakdown == "all" and row.key.length in {"quarter", "year"}
        )
        if is_own and row.key.metric in chain.protected:
            series.setdefault((row.key.metric, row.series, row.key.length), []).append(row)
    order = {release.name: at for at, release in enumerate(chain.releases)}
    for (metric, _, length), group in series.items():
        other = [row for row in group if row.how != "exact"]
        if not other or not (len(other) < len(group) or _would_be_exact(metric, length, rows, chain)):
            continue
        release = min((row.release for row in other), key=order.__getitem__)
        keys = tuple(row.key for row in group if order[row.release] <= order[release])
        words = f"{metric}, {chain.authority}, {length}s: not exact since {release}, so one was under {UNDER}"
        yield Small(keys, release, words)


def _would_be_exact(metric: str, length: str, rows: list[Published], chain: Chain) -> bool:
    """Return whether only a small count can keep an authority's figures from being exact."""
    one = chain.metrics[metric]
    has_parts = one.breakdowns or one.sums_to or any(other.sums_to == metric for other in chain.metrics.values())
    if not one.is_additive or has_parts or (length == "year" and "quarter" in one.lengths):
        return False
    if one.grain != "ward":
        return True
    quarters: dict[str, int] = {}
    for row in rows:
        if row.key.metric == metric and row.key.area in chain.wards and row.key.length == "quarter":
            quarters[row.key.start] = quarters.get(row.key.start, 0) + 1
    return min(quarters.values(), default=0) >= _WARDS[length]
