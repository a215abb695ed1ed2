"""Small tables of counts, written by hand, for tests of the public edition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from safer_kpi.disclosure.protect import Count, Place, Published, protect
from safer_kpi.disclosure.protect.values import Period
from safer_kpi.disclosure.rule import Rule

OWN = "E06000001"
KEY = bytes(range(32))
#: The first month and year of each quarter of the financial year 2023-24, and of the next.
STARTS = [(2023, 4), (2023, 7), (2023, 10), (2024, 1), (2024, 4), (2024, 7), (2024, 10), (2025, 1)]


def wards(number: int) -> list[str]:
    return [f"W{one:02}" for one in range(1, number + 1)]


def place(codes: Iterable[str]) -> Place:
    return Place(authority=OWN, wards=frozenset(codes))


def quarter(number: int) -> Period:
    """The quarter by its number: 0 is 2023-24-Q1, 4 is 2024-25-Q1."""
    year, month = STARTS[number]
    last = dt.date(year + month // 10, (month + 2) % 12 + 1, 1) - dt.timedelta(days=1)
    financial = 2023 + number // 4
    return Period(
        label=f"{financial}-{financial - 1999:02}-Q{number % 4 + 1}",
        length="quarter", starts_on=dt.date(year, month, 1), ends_on=last,
    )  # fmt: skip


def year(number: int) -> Period:
    """The financial year by its number: 0 is 2023-24."""
    first = quarter(4 * number)
    return Period(
        label=first.label[:7], length="year", starts_on=first.starts_on, ends_on=quarter(4 * number + 3).ends_on
    )


def rolling(last: int) -> Period:
    """The twelve months that end with a quarter."""
    ends_on = quarter(last).ends_on
    return Period(
        label=f"{ends_on:%Y-%m}-R12", length="rolling12", starts_on=quarter(last - 3).starts_on, ends_on=ends_on
    )


def count(
    value: int | None,
    period: Period,
    area: str = OWN,
    *,
    metric: str = "1a.m",
    breakdown: str = "all",
    version: int = 1,
) -> Count:
    """One count; without a value the release does not call it final."""
    kind = "local_authority" if area == OWN else "ward"
    return Count(
        metric_id=metric, definition_version=version, area_code=area, area_type=kind, period=period,
        breakdown=breakdown, value=value,
    )  # fmt: skip


def of_wards(values: Mapping[str, int], period: Period, *, whole: int, metric: str = "1a.m") -> list[Count]:
    """The counts of a quarter by ward, and of the authority."""
    rows = [count(value, period, area, metric=metric) for area, value in values.items()]
    return [*rows, count(whole, period, metric=metric)]


def rule(metric: str = "1a.m", **values: Any) -> dict[str, Rule]:
    """The rule of one protected count, by its id."""
    told: dict[str, Any] = {
        "definition_version": 1, "numerator": metric, "denominator": None, "additive": True,
        "method": "protected", "grain": "local_authority", "periods": ("quarter", "year"),
    }  # fmt: skip
    return {metric: Rule(metric_id=metric, **(told | values))}


def published(
    counts: Iterable[Count],
    rules: Mapping[str, Rule],
    *,
    wards: Iterable[str] = (),
    frozen: Iterable[Published] = (),
    edition: str = "2024-25-Q4.public.1",
    labels: Iterable[str] = (),
    key: bytes = KEY,
) -> list[Published]:
    return protect(
        counts=counts, labels=labels, frozen=frozen, rules=rules, place=place(wards), key=key,
        release_id=edition.split(".", maxsplit=1)[0], edition=edition,
    )  # fmt: skip


def figures(
    rows: Iterable[Published], *, metric: str = "1a.m", breakdown: str = "all"
) -> dict[tuple[str, str], tuple[int, str]]:
    """The figure and its kind, by area and period."""
    return {
        (row.area_code, row.period.label): (row.figure, row.how)
        for row in rows
        if row.metric_id == metric and row.breakdown == breakdown
    }
