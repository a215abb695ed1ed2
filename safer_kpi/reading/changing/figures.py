"""The numbers of metrics as known at a moment, and as known at earlier ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.change import Figure
from safer_kpi.reading import moments
from safer_kpi.reading.older import denominator_year
from safer_kpi.reading.place import PUBLIC
from safer_kpi.sql import literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.reading.picture import Picture

#: Metric, area, length and first day of a number.
Key = tuple[str, str, "PeriodType", "dt.date"]
_ABOUT = (
    "metric_id", "definition_version", "area_code", "area_name", "area_type", "period", "period_type", "period_start",
    "period_end", "unit",
)  # fmt: skip
_FIGURE = ("numerator", "denominator", "value", "status", "series")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which numbers are read: of some metrics one part, of some lengths, in some areas or in all."""

    metric_ids: Sequence[str]
    area_codes: Sequence[str] | None
    breakdown: str
    kinds: Sequence[str]

    def conditions(self) -> list[str]:
        """Return the conditions that select the numbers, but for metric and area."""
        return [f"breakdown = {literal(self.breakdown)}", f"period_type IN ({_listed(self.kinds)})"]


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Numbers as known at one moment; ``about`` holds the columns that name each."""

    about: Mapping[Key, Mapping[str, Any]]
    figures: Mapping[Key, Figure]


def numbers(lake: Picture, relation: str, where: Sequence[str], asked: Asked) -> Numbers:
    """Return the numbers that a relation of a file holds."""
    conditions = [f"metric_id IN ({_listed(asked.metric_ids)})", *where, *asked.conditions()]
    if asked.area_codes is not None:
        conditions.append(f"area_code IN ({_listed(asked.area_codes)})")
    names = (*_ABOUT, *_FIGURE)
    rows = lake.book.read(f"SELECT {', '.join(names)} FROM {relation} WHERE {' AND '.join(conditions)}")[1]
    about: dict[Key, Mapping[str, Any]] = {}
    figures: dict[Key, Figure] = {}
    for row in rows:
        found = dict(zip(names, row, strict=True))
        key = (found["metric_id"], found["area_code"], found["period_type"], found["period_start"])
        about[key] = {name: found[name] for name in _ABOUT}
        figures[key] = Figure(**{name: found[name] for name in _FIGURE})
    return Numbers(about=about, figures=figures)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(literal(name) for name in names)


def entry_at(lake: Picture, moment: dt.datetime) -> int | None:
    """Return the last entry that had posted by a moment; None if there was none, or in a public edition."""
    if lake.edition == PUBLIC:
        return None
    rows = lake.book.read(f"SELECT max(entry) FROM kpi.entry WHERE posted_at <= {literal(moment)}")[1]
    return None if rows[0][0] is None else int(rows[0][0])


def earlier(lake: Picture, at: Iterable[dt.datetime], asked: Asked) -> dict[dt.datetime, Mapping[Key, Figure]]:
    """Return the numbers as known at each moment; nothing for a moment at which nothing was known."""
    entries = {moment: entry for moment in at if (entry := entry_at(lake, moment)) is not None}
    if not entries:
        return {}
    if len(asked.metric_ids) > 1 or not moments.can_be_told(lake):
        # Several metrics share one call of as_of for each moment, and nearly all of them have the same few moments.
        return {moment: numbers(lake, f"kpi.as_of({literal(moment)})", [], asked).figures for moment in sorted(entries)}
    found = _told(lake, sorted(set(entries.values())), asked)
    return {moment: found.get(entry, {}) for moment, entry in entries.items()}


def _told(lake: Picture, entries: Sequence[int], asked: Asked) -> dict[int, dict[Key, Figure]]:
    """Return the numbers of one metric known after each entry, with one query for all entries."""
    (metric_id,) = asked.metric_ids
    area = asked.area_codes[0] if asked.area_codes is not None and len(asked.area_codes) == 1 else None
    schema = lake.book.stand_in()
    cursor = lake.book.cursor()
    try:
        cursor.execute(f"USE {schema}")
        year = denominator_year(lake.book)
        moments.tell(cursor, lake, metric_id, area, asked.conditions(), year=year, entries=entries)
        names = ", ".join(("entry", "area_code", "period_type", "period_start", *_FIGURE))
        rows = cursor.execute(f"SELECT {names} FROM told").fetchall()
    finally:
        cursor.close()
        lake.book.detach(schema)
    found: dict[int, dict[Key, Figure]] = {}
    for entry, area_code, kind, start, *figure in rows:
        key = (metric_id, area_code, kind, start)
        found.setdefault(entry, {})[key] = Figure(**dict(zip(_FIGURE, figure, strict=True)))
    return found
