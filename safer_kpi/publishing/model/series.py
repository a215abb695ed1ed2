"""The figures of a metric by period, as a table holds them: each with its verdict and with what the last report had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.domain.periods import LONGEST_FIRST, ROLLING
from safer_kpi.publishing.model.judgement import Judgement, judgement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safer_kpi.publishing.facts import Facts, Metric, Number, Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Dated:
    """One figure of one period.

    Attributes:
        number: the number.
        judgement: whether it is better than the year before, or than its baseline.
        signal: its verdict against its own series; None if it has none.
        earlier: the number of the release before; None if that had none.
    """

    number: Number
    judgement: Judgement
    signal: Verdict | None
    earlier: Number | None


def series(facts: Facts, metric: Metric, area: str) -> tuple[Dated, ...]:
    """Return the figures of a metric in an area: the longest periods first, each length in the order of time.

    Neighbours of rolling periods share most of their months: those that end in the same month as the latest stand for
    all, and twelve months are left out where there are years.
    """
    found: list[Dated] = []
    for kind in LONGEST_FIRST:
        numbers = _begun(facts.numbers.series(metric.metric_id, area, kind))
        if kind == "rolling12" and found:
            continue
        if kind in ROLLING and numbers:
            numbers = [number for number in numbers if number.end.month == numbers[-1].end.month]
        found += [_dated(facts, metric, number) for number in numbers]
    return tuple(found)


def _begun(numbers: Sequence[Number]) -> list[Number]:
    """Return the periods from the first to the last of which anything has come."""
    known = [place for place, number in enumerate(numbers) if number.status != "missing"]
    return list(numbers[known[0] : known[-1] + 1]) if known else []


def _dated(facts: Facts, metric: Metric, number: Number) -> Dated:
    verdicts = facts.verdicts.get(number.key, {})
    return Dated(
        number=number,
        judgement=judgement(metric, number, verdicts),
        signal=verdicts.get("series"),
        earlier=facts.earlier.get(number.key),
    )
