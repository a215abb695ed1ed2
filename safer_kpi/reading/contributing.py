"""Other sources that add to an area's numbers in some months, such as British Transport Police.

A feed's contract declares them (``adds_elsewhere``), and ``kpi.contributor`` lists them. The coverage of their own
cells says which months have them, up to any moment. They add to every area but a police force, whose number counts what
that force itself recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.periods import add_months
from safer_kpi.reading.place import PUBLIC
from safer_kpi.sql import literal, values

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping, Sequence

    from safer_kpi.domain.periods import Period
    from safer_kpi.reading.picture import Picture

#: One item per source: its code, its name, and the months of the period that have it.
TYPE = "STRUCT(code VARCHAR, name VARCHAR, months VARCHAR[])[]"
_ADDED = {"code": "VARCHAR", "name": "VARCHAR", "month": "DATE"}
#: Area types whose numbers hold what one force recorded and nothing else.
OWN_RECORD = "force"


@dataclass(frozen=True, kw_only=True)
class Contributors:
    """The sources that add to one metric's numbers.

    Attributes:
        names: the name of each source by its code.
        steps: each change of the months that have a source: when it was posted, its code, the month and the weight.
    """

    names: dict[str, str]
    steps: Sequence[tuple[dt.datetime, str, dt.date, int]]

    def months(self, known_at: dt.datetime) -> dict[str, list[dt.date]]:
        """Return the months that had each source at a moment, in order."""
        weights: dict[tuple[str, dt.date], int] = {}
        for posted_at, code, month, weight in self.steps:
            if posted_at <= known_at:
                weights[code, month] = weights.get((code, month), 0) + weight
        return {code: sorted(month for one, month in weights if one == code and weights[one, month] > 0)
                for code in sorted(self.names)}  # fmt: skip


def has_contributors(lake: Picture) -> bool:
    """Return whether any month of any feed has ever had such a source."""
    sql = "SELECT count(*) FROM kpi.coverage JOIN kpi.contributor USING (feed, cover_code)"
    if lake.edition == PUBLIC:  # which months have one stands in the coverage
        return False
    return lake.book.has_table("contributor") and bool(lake.book.read(sql)[1][0][0])


def contributors(lake: Picture, metric_id: str) -> Contributors:
    """Return the sources that the contracts of a metric's feeds declare; none in a file of an older version."""
    feeds = (lake.book.metrics.get(metric_id) or {}).get("feeds") or []
    if not feeds or lake.edition == PUBLIC or not lake.book.has_table("contributor"):
        return Contributors(names={}, steps=())
    among = f"feed IN ({', '.join(map(literal, feeds))})"
    names = dict(lake.book.known(f"SELECT cover_code, contributor FROM kpi.contributor WHERE {among}"))
    rows = lake.book.known(
        f"SELECT posted_at, cover_code, starts_on, months, weight FROM kpi.coverage JOIN kpi.contributor "
        f"USING (feed, cover_code) WHERE {among} AND starts_on IS NOT NULL ORDER BY entry"
    )
    steps = [
        (posted_at, code, add_months(starts_on.replace(day=1), step), weight)
        for posted_at, code, starts_on, months, weight in rows
        for step in range(max(months, 1))  # a week stands in the month it begins in
    ]
    return Contributors(names=names, steps=steps)


def with_contributors(
    columns: Mapping[str, str], numbers: str, order: Sequence[str], found: Contributors, known_at: dt.datetime
) -> str:
    """Return a query of numbers with their column ``contributors``; NULL where no contract declares any.

    Args:
        columns: the select list of all other columns, by name.
        numbers: the relation that they are selected from, and the conditions on it.
        order: the names of all columns, in order.
        found: the sources.
        known_at: up to when their months count.
    """
    added: list[tuple[str, str, dt.date]] = [
        (code, found.names[code], month) for code, months in found.months(known_at).items() for month in months
    ]
    told = f"CAST(NULL AS {TYPE})"
    if found.names:
        told = f"CASE WHEN area_type <> '{OWN_RECORD}' THEN coalesce(p.contributors, CAST([] AS {TYPE})) END"
    if not added:
        own = {**columns, "contributors": f"{told.replace('p.contributors', 'NULL')} AS contributors"}
        return f"SELECT {', '.join(own[name] for name in order)} FROM {numbers}"
    selected = ", ".join(f"{told} AS contributors" if name == "contributors" else f"n.{name}" for name in order)
    others = ", ".join(columns.values())
    return f"""
        WITH n AS (SELECT {others} FROM {numbers}), added AS ({values(_ADDED, list(added))}), source AS (
          SELECT period_start, period_end, code, name, list(strftime(month, '%Y-%m') ORDER BY month) AS months
          FROM (SELECT DISTINCT period_start, period_end FROM n) AS period
          JOIN added ON month BETWEEN period_start AND period_end
          GROUP BY period_start, period_end, code, name
        ), p AS (
          SELECT period_start, period_end,
            list({{'code': code, 'name': name, 'months': months}} ORDER BY code) AS contributors
          FROM source GROUP BY period_start, period_end
        )
        SELECT {selected} FROM n LEFT JOIN p ON n.period_start = p.period_start AND n.period_end = p.period_end"""


def unlike(
    found: Contributors,
    periods: tuple[Period, Period],
    moments: tuple[dt.datetime, dt.datetime],
    *,
    months: Collection[int],
) -> str | None:
    """Return how two periods differ in the months that have a source; None if they are alike.

    Args:
        found: the sources.
        periods: the period and the one that it is compared with.
        moments: up to when the months of each count.
        months: the months that are compared, counted from 0 in each period.
    """
    had = [found.months(moment) for moment in moments]
    told = []
    for code, name in sorted(found.names.items()):
        here, there = (
            [month for month in sorted(months) if add_months(period.start, month) in own[code]]
            for own, period in zip(had, periods, strict=True)
        )
        if here != there:
            now, before = (
                _months(own, period, len(months)) for own, period in zip((here, there), periods, strict=True)
            )
            told.append(f"{name} adds to {now}, and to {before}")
    return "; ".join(told) or None


def _months(own: Sequence[int], period: Period, of: int) -> str:
    """Return which of the compared months of a period have a source, in words."""
    if of == 1:
        return period.label if own else f"nothing of {period.label}"
    if not own:
        return f"none of the {of} months of {period.label}"
    named = ", ".join(f"{add_months(period.start, month):%Y-%m}" for month in own)
    return f"{len(own)} of the {of} months of {period.label} ({named})"


def unlike_sources(own: Sequence[Mapping[str, Any]] | None, other: Sequence[Mapping[str, Any]] | None) -> str | None:
    """Return how the sources of two areas' numbers differ in one period; None if they are alike."""
    months = [{each["name"]: each["months"] for each in sources or ()} for sources in (own, other)]
    told = [
        f"{name} adds to {', '.join(months[1].get(name, ())) or 'no month'} here, to "
        f"{', '.join(months[0].get(name, ())) or 'no month'} of the own number"
        for name in sorted(months[0] | months[1])
        if months[0].get(name) != months[1].get(name)
    ]
    return "; ".join(told) or None
