"""Read the numbers and verdicts of an opened release."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.periods import LONGEST_FIRST
from safer_kpi.publishing.facts import Change, Judged, Key, Number, Numbers, Verdict
from safer_kpi.reading.every_verdict import every_verdict
from safer_kpi.reading.place import PUBLIC
from safer_kpi.sql import literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.reading.lake import Lake

_KEY = ("metric_id", "area_code", "period_type", "period", "breakdown")
_NUMBER = (
    "value", "lower", "upper", "numerator", "denominator", "unit", "status", "coverage", "placed", "held_rows",
    "unplaced", "series", "note",
)  # fmt: skip
_ABOUT = ("area_name", "area_type", "period_start", "period_end")
_VERDICT = (
    "against", "reference_period", "reference_value", "verdict", "reason", "test", "p_value", "statistic",
)  # fmt: skip


def key_of(row: Mapping[str, Any]) -> Key:
    """Return the name of the number in a row."""
    return Key(**{name: row[name] for name in _KEY})


def number_of(row: Mapping[str, Any]) -> Number:
    """Return the number in a row."""
    told: dict[str, Any] = {name: row.get(name) for name in _NUMBER}
    return Number(
        key=key_of(row),
        area_name=row["area_name"],
        area_type=row["area_type"],
        start=row["period_start"],
        end=row["period_end"],
        **told,
    )


def numbers(lake: Lake, areas: Sequence[str], *, la_code: str | None = None) -> Numbers:
    """Return every number of some areas and, of the wards of an authority, the totals of the longest periods."""
    held = {name for name in _NUMBER if lake.book.has_column("certified", name)}
    columns = ", ".join((*_KEY, *_ABOUT, *(name for name in _NUMBER if name in held)))
    listed = ", ".join(map(literal, areas))
    wards = ""
    if la_code is not None:
        longest = " ".join(f"WHEN {literal(kind)} THEN {place}" for place, kind in enumerate(LONGEST_FIRST))
        wards = f"""
            OR area_code IN (SELECT area_code FROM kpi.area WHERE area_type = 'ward' AND la_code = {literal(la_code)})
            AND breakdown = 'all' AND (CASE period_type {longest} END) = (
              SELECT min(CASE period_type {longest} END) FROM kpi.certified AS o WHERE o.metric_id = c.metric_id
            )"""
    rows = lake.sql(
        f"SELECT {columns} FROM kpi.certified AS c WHERE area_code IN ({listed}){wards} "
        "ORDER BY metric_id, area_code, breakdown, period_type, period_start"
    ).rows()
    by_key: dict[Key, Number] = {}
    by_series: dict[tuple[str, str, PeriodType, str], list[Number]] = {}
    for number in map(number_of, rows):
        key = number.key
        by_key[key] = number
        by_series.setdefault((key.metric_id, key.area_code, key.period_type, key.breakdown), []).append(number)
    return Numbers(by_key, {name: tuple(found) for name, found in by_series.items()})


def ward_counts(lake: Lake, la_code: str) -> tuple[Number, ...]:
    """Return the protected counts of a public edition by quarter and year: of each ward, and of what lies outside."""
    held = [name for name in (*_ABOUT, *_NUMBER) if lake.book.has_column("certified", name)]
    columns = ", ".join((*_KEY, *held))
    rows = lake.sql(
        f"SELECT {columns} FROM kpi.certified SEMI JOIN kpi.published USING (metric_id, area_code) "
        f"WHERE area_code IN (SELECT area_code FROM kpi.area WHERE la_code = {literal(la_code)}) "
        f"AND area_type <> 'local_authority' AND period_type IN ('quarter', 'year') AND breakdown = 'all' "
        "ORDER BY metric_id, area_code, period_type, period_start"
    ).rows()
    return tuple(number_of(row) for row in rows)


def verdicts(lake: Lake, areas: Sequence[str]) -> dict[Key, dict[str, Verdict]]:
    """Return the verdicts of some areas, by number and then by what it is compared with; none of an older release."""
    if not lake.book.has_table("certified_verdict"):
        return {}
    listed = ", ".join(map(literal, areas))
    every = every_verdict(lake, lake.place.release_id, [f"area_code IN ({listed})"])
    names, rows = lake.book.read(
        f"SELECT {', '.join((*_KEY, *_VERDICT))} FROM ({every}) "
        "ORDER BY metric_id, area_code, breakdown, period_type, period_start, against"
    )
    found: dict[Key, dict[str, Verdict]] = {}
    for row in (dict(zip(names, cells, strict=True)) for cells in rows):
        verdict = Verdict(key=key_of(row), **{name: row[name] for name in _VERDICT})
        found.setdefault(verdict.key, {})[verdict.against] = verdict
    return found


def judged_wards(lake: Lake, la_code: str, *, since: dt.date) -> list[Judged]:
    """Return the numbers of an authority's wards that were judged, of periods that end on a day or later.

    They are in the order of metric, ward and time; a release without verdicts has none.
    """
    if not lake.book.has_table("certified_verdict"):
        return []
    held = [name for name in (*_ABOUT, *_NUMBER) if lake.book.has_column("certified", name)]
    columns = ", ".join([*_KEY, *(f"c.{name}" for name in held), *_VERDICT])
    wards = f"SELECT area_code FROM kpi.area WHERE area_type = 'ward' AND la_code = {literal(la_code)}"
    rows = lake.sql(
        f"SELECT {columns} FROM kpi.certified_verdict AS v JOIN kpi.certified AS c USING ({', '.join(_KEY)}) "
        f"WHERE area_code IN ({wards}) "
        f"AND breakdown = 'all' AND verdict <> 'not judged' AND c.period_end >= {literal(since.isoformat())} "
        "ORDER BY metric_id, area_code, period_type, c.period_start, against"
    ).rows()
    return [
        Judged(number=number_of(row), verdict=Verdict(key=key_of(row), **{name: row[name] for name in _VERDICT}))
        for row in rows
    ]


def changes(lake: Lake, release_id: str, shown: Iterable[Number]) -> dict[Key, Change]:
    """Return the change of each number since the year before, at the same age."""
    asked: dict[tuple[str, PeriodType, str], list[str]] = {}
    for number in shown:
        key = number.key
        asked.setdefault((key.area_code, key.period_type, key.period), []).append(key.metric_id)
    found: dict[Key, Change] = {}
    for (area, by, period), metrics in asked.items():
        for row in lake.change(metrics, area=area, period=period, by=by, release=release_id).rows():
            change = _change(row)
            if lake.edition == PUBLIC:  # which holds no earlier states: what it compares is as it was published
                change = replace(change, basis=None)
            found[change.key] = change
    return found


def _change(row: Mapping[str, Any]) -> Change:
    names = (
        "reference_period", "value", "reference_value", "difference", "percentage", "basis", "latest_reference_value",
        "months", "of_months", "reason", "contributors_differ",
    )  # fmt: skip
    return Change(key=key_of(row), left_out=tuple(row["left_out"] or ()), **{name: row[name] for name in names})
