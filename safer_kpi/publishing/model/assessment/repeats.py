"""Repeat demand: people and places that are counted several times, where they are, and who offends again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.publishing.model.metric_page import Figures, MetricPage, figures, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safer_kpi.publishing.facts import Facts

_MOST = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class RepeatOf:
    """One measure of repeats.

    Attributes:
        page: the page of the measure.
        wards: the wards with the largest figures, the largest first; None if none has one above 0.
        more: how many further wards have one, and ``none`` how many have a figure of 0.
    """

    page: MetricPage
    wards: Figures | None
    more: int
    none: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Repeats:
    """People and places with several rows, and the measures of people who are followed up."""

    counted: tuple[RepeatOf, ...]
    followed: tuple[MetricPage, ...]


def repeats(facts: Facts, pages: Sequence[MetricPage]) -> Repeats:
    """Return the measures of repeats and of follow-up, in the order of the metrics."""
    return Repeats(
        counted=tuple(_repeat(facts, page) for page in pages if page.score.metric.at_least > 1),
        followed=tuple(page for page in pages if page.score.metric.follows_up),
    )


def _repeat(facts: Facts, page: MetricPage) -> RepeatOf:
    own = page.score.number
    wards = [
        number
        for number in facts.numbers.by_key.values()
        if own is not None and number.area_type == "ward" and number.value is not None
        and (number.key.metric_id, number.key.period_type) == (own.key.metric_id, own.key.period_type)
        and number.key.period == own.key.period
    ]  # fmt: skip
    above = sorted((one for one in wards if one.value), key=lambda one: (-(one.value or 0), one.area_name))
    caption = f"{page.score.metric.title} by ward, {page.score.period} ({page.score.metric.unit})"
    rows = [row_of(number, number.area_name) for number in above[:_MOST]]
    return RepeatOf(
        page=page,
        wards=figures("By ward", caption, rows) if rows else None,
        more=len(above) - len(rows),
        none=len(wards) - len(above),
    )
