"""Which other sources add to a number, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.domain.periods import add_months, months_between

if TYPE_CHECKING:
    from collections.abc import Mapping


def also_from(row: Mapping[str, Any]) -> str:
    """Return which other sources add to a number, and in which of its months where these are not all."""
    start, end = row["period_start"], row["period_end"]
    every = [f"{add_months(start, month):%Y-%m}" for month in range(months_between(start, end) + 1)]
    told = []
    for source in row.get("contributors") or ():
        months = source["months"]
        without = [month for month in every if month not in months]
        where = f"without {', '.join(without)}" if len(without) < len(months) else ", ".join(months)
        told.append(f"{source['name']} ({where})" if without else source["name"])
    return "; ".join(told)
