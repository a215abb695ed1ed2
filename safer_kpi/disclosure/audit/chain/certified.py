"""Read the rows of ``kpi.certified``: what they say beyond the figures that the same file publishes."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from safer_kpi.disclosure.audit.chain.telling import Told, named
from safer_kpi.disclosure.audit.figures import from_limits, from_rate, tolerance
from safer_kpi.disclosure.audit.result import OUTSIDE_RULE, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from safer_kpi.disclosure.audit.chain.files import Certified, Chain, Edition, Key
    from safer_kpi.disclosure.audit.chain.telling import Telling


def read_certified(edition: Edition, chain: Chain, telling: Telling) -> None:
    """Add what the rows of protected metrics say, and what is wrong with them."""
    figures = {row.key: row for row in sorted(edition.published, key=lambda row: row.series)}
    exact = {
        row.key: row.numerator
        for row in edition.certified
        if row.numerator is not None and chain.metrics[row.key.metric].method == "exact" and row.denominator is None
    }
    known = {key: (row.figure, row.how == "exact") for key, row in figures.items()}
    known |= {key: (number, True) for key, number in exact.items()}
    for key in edition.unfounded:
        because = (f"{edition.name}: the verdict on {named(key)}, rests on numbers that are not published",)
        telling.findings.append(Finding(OUTSIDE_RULE, named(key), because=because))
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
