"""The wards of the own area beside the whole: a rate per resident in each, higher, similar or lower."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from safer_kpi.publishing import words
from safer_kpi.publishing.boundaries import WardShape, ward_shapes
from safer_kpi.publishing.model.shown import Shown, interval_of, lack_of, value_of
from safer_kpi.reading.place import PUBLIC
from safer_kpi.statements.wording import count, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from safer_kpi.publishing.facts import Facts, Number
    from safer_kpi.publishing.model.score import Score

Standing = Literal["higher", "similar", "lower", "none"]
_SAID: dict[Standing, str] = {"higher": "Higher", "similar": "Similar", "lower": "Lower", "none": "Not compared"}
_NAMED = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class WardRow:
    """One ward.

    Attributes:
        place: its number on the map and in the table, by name.
        code, name: the ward.
        rate: its rate, with its interval, or why there is none.
        standing: how it compares with the whole, and ``said`` the same in a word.
        shape: its boundary; None where none is known.
    """

    place: int
    code: str
    name: str
    number: Number
    rate: Shown | None
    interval: tuple[Shown, Shown] | None
    lack: str
    events: Shown | None
    standing: Standing
    said: str
    shape: WardShape | None


@dataclass(frozen=True, kw_only=True, slots=True)
class WardTable:
    """One rate in every ward.

    Attributes:
        score: the line of the metric for the whole area.
        whole: the rate of the whole area, which each ward is compared with; None if it has none.
        rows: the wards, the highest rate first; those without a rate last.
        has_map: whether every ward has a boundary.
        without: the wards whose boundary is not known, by name.
        told: the table in sentences.
        period: the period in words.
        events: what is counted, in words, such as ``offences``; empty where the counts are not shown.
    """

    score: Score
    whole: Number
    rows: tuple[WardRow, ...]
    has_map: bool
    without: tuple[str, ...]
    told: tuple[str, ...]
    period: str
    events: str

    @property
    def has_intervals(self) -> bool:
        """Whether any ward's rate has an interval, by which it is compared with the whole."""
        return any(row.interval is not None for row in self.rows)


def ward_tables(facts: Facts, lines: Mapping[str, Score]) -> tuple[WardTable, ...]:
    """Return a table for each rate per resident that has figures for wards, in the order of the metrics."""
    found = (_table(facts, line) for line in lines.values() if line.metric.per_residents)
    return tuple(table for table in found if table is not None)


def _table(facts: Facts, line: Score) -> WardTable | None:
    whole = line.number
    if whole is None or whole.value is None or line.area:
        return None
    wards = [
        number
        for number in facts.numbers.by_key.values()
        if number.area_type == "ward"
        and (number.key.metric_id, number.key.period_type) == (whole.key.metric_id, whole.key.period_type)
        and number.key.period == whole.key.period
    ]
    if not wards:
        return None
    shapes = ward_shapes(number.key.area_code for number in wards)
    places = {number.key.area_code: place for place, number in enumerate(_by_name(wards), start=1)}
    rows = [_row(number, whole.value, places[number.key.area_code], shapes) for number in wards]
    rows.sort(key=lambda row: (row.number.value is None, -(row.number.value or 0), row.name))
    without = tuple(row.name for row in sorted(rows, key=lambda row: row.place) if row.shape is None)
    return WardTable(
        score=line,
        whole=whole,
        rows=tuple(rows),
        has_map=not without,
        without=without,
        told=tuple(_told(facts, rows, whole)),
        period=line.period,
        events=_counted(facts, line),
    )


def _by_name(wards: Iterable[Number]) -> list[Number]:
    return sorted(wards, key=lambda number: (number.area_name, number.key.area_code))


def _counted(facts: Facts, line: Score) -> str:
    """Return the unit of what a rate counts: that of the first of its guards that is a count."""
    guards = (facts.metrics.get(name) for name in line.metric.guards)
    return next((guard.unit for guard in guards if guard is not None and not guard.unit.startswith("per ")), "events")


def _row(number: Number, whole: float, place: int, shapes: Mapping[str, WardShape]) -> WardRow:
    standing = _standing(number, whole)
    events = None
    if number.numerator is not None and number.value is not None:
        events = Shown(text=f"{number.numerator:,}", value=float(number.numerator), of=number.key, column="numerator")
    return WardRow(
        place=place,
        code=number.key.area_code,
        name=number.area_name,
        number=number,
        rate=value_of(number),
        interval=interval_of(number),
        lack=lack_of(number),
        events=events,
        standing=standing,
        said=_SAID[standing],
        shape=shapes.get(number.key.area_code),
    )


def _standing(number: Number, whole: float) -> Standing:
    """Return whether the whole area's rate lies outside the ward's 95% interval, and on which side."""
    if number.lower is None or number.upper is None or number.value is None:
        return "none"
    return "higher" if number.lower > whole else "lower" if number.upper < whole else "similar"


def _told(facts: Facts, rows: Sequence[WardRow], whole: Number) -> list[str]:
    area = facts.area[1]
    by_standing = {name: [row for row in rows if row.standing == name] for name in _SAID}
    higher, lower, similar = (by_standing[name] for name in ("higher", "lower", "similar"))
    rate = words.figure(whole.value or 0.0, whole.unit)
    if facts.edition == PUBLIC and all(row.interval is None for row in rows):
        return [f"The rate of {area} is {rate}. No ward's rate has an interval, so none is compared with it."]
    overview = (
        f"The rate of {area} is {rate}. Of {count(len(rows), 'ward')}, {len(higher)} "
        f"{'has' if len(higher) == 1 else 'have'} a higher rate by more than chance explains, {len(lower)} a lower "
        f"one, and {len(similar)} {'is' if len(similar) == 1 else 'are'} similar."
    )
    said = [overview]
    top = [f"{row.name} ({row.rate.text})" for row in rows[:_NAMED] if row.rate is not None]
    if top:
        said.append(f"The highest {'rate is' if len(top) == 1 else 'rates are'} in {listed(top)}.")
    return said
