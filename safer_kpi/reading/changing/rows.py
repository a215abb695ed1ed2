"""One row of ``Lake.change``: a period beside the one it is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.change import (
    BREAK,
    Figure,
    Known,
    at_equal_age,
    difference,
    is_broken,
    paired,
    percentage,
    stands,
    summed,
)
from safer_kpi.domain.periods import add_months, months_between, period_at
from safer_kpi.reading.changing.breaks import reason
from safer_kpi.reading.contributing import unlike

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping, Sequence

    from safer_kpi.domain.change import Measure, Paired
    from safer_kpi.domain.periods import Period, PeriodType
    from safer_kpi.reading.changing.breaks import Break
    from safer_kpi.reading.changing.figures import Key
    from safer_kpi.reading.contributing import Contributors

EQUAL_AGE, LATEST = "equal age", "latest known"
_SETTLED = ("final", "certified")


@dataclass(frozen=True, kw_only=True)
class Call:
    """The values that every row of one metric shares.

    Attributes:
        measure: how the metric's numbers are made of their parts.
        contributors: the sources that add to the metric's numbers in some months.
        forces: the areas whose numbers are what one force recorded, so that no other source adds to them.
        part: the length of the parts of a period; None if no shorter periods add up to it.
        known_at: up to when the compared numbers were known.
        now: the numbers as known then.
        then: the numbers as known at earlier moments.
        entries: the last entry that had posted by each of these moments.
        breaks: the movements that no partner made.
        defined_otherwise: why today's rules are not those of the numbers; None if they are.
    """

    measure: Measure
    contributors: Contributors
    forces: Collection[str]
    part: PeriodType | None
    known_at: dt.datetime
    now: Mapping[Key, Figure]
    then: Mapping[dt.datetime, Mapping[Key, Figure]]
    entries: Mapping[dt.datetime, int | None]
    breaks: Sequence[Break]
    defined_otherwise: str | None


def moment_of(known_at: dt.datetime, earlier: Period, start: dt.date) -> dt.datetime:
    """Return when the earlier period was as old as the one that begins on ``start`` is at ``known_at``."""
    return at_equal_age(known_at, months_between(earlier.start, start))


def row(call: Call, key: Key, earlier: Period | str) -> dict[str, Any]:
    """Return the values of a row; ``reason`` says why it has no change. ``earlier`` may be such a reason itself."""
    metric_id, area, kind, start = key
    period, own = period_at(start, kind), call.now[key]
    told = _own(own, period.months, period.months)
    if isinstance(earlier, str):
        return told | {"reason": earlier}
    told |= {"reference_period": earlier.label}
    if earlier.end >= start:
        return told | {"reason": f"it shares months with {earlier.label}"}
    moment = moment_of(call.known_at, earlier, start)
    place = (metric_id, area)
    now, latest = _known(call, call.now, place, period), _known(call, call.now, place, earlier)
    then = _known(call, call.then.get(moment, {}), place, earlier)
    pair, basis = paired(now, then, call.measure), EQUAL_AGE
    if pair is None:
        # What has settled may be compared with what is known now: neither number moves with its age any more.
        pair, basis = paired(now, latest, call.measure), LATEST
        if pair is None or pair.now.status not in _SETTLED:
            return told | {"reason": _lack(call, now, latest, period, earlier)}
    told |= _compared(call, pair, period)
    known_then = moment if basis == EQUAL_AGE else call.known_at
    told |= {"basis": basis, "reference_known_at": known_then}
    if area not in call.forces:
        months = _months(call, period, pair)
        differ = unlike(call.contributors, (period, earlier), (call.known_at, known_then), months=months)
        told |= {"contributors_differ": differ}
    if is_broken(pair.now, pair.reference):
        return told | {"reason": BREAK}
    told |= _beside(call, pair, latest)
    why = call.defined_otherwise
    if why is None and basis == EQUAL_AGE:
        why = reason(call.breaks, area, earlier, after=call.entries[moment] or 0)
    if why is not None:
        return told | {"reason": why}
    return told | {
        "difference": difference(pair.now, pair.reference),
        "percentage": percentage(pair.now, pair.reference, call.measure),
    }


def _own(figure: Figure, months: int, of_months: int) -> dict[str, Any]:
    return {
        "value": figure.value,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "months": months,
        "of_months": of_months,
        "left_out": [],
    }


def _starts(call: Call, period: Period) -> list[dt.date]:
    """Return the first days of the parts of a period."""
    if call.part is None:
        return []
    step = 1 if call.part == "month" else 3
    return [add_months(period.start, months) for months in range(0, period.months, step)]


def _months(call: Call, period: Period, pair: Paired) -> set[int]:
    """Return which months of a period are compared, counted from 0."""
    if pair.places is None or call.part is None:
        return set(range(period.months))
    step = 1 if call.part == "month" else 3
    return {place * step + month for place in pair.places for month in range(step)}


def _known(call: Call, figures: Mapping[Key, Figure], place: tuple[str, str], period: Period) -> Known:
    whole = figures.get((*place, period.period_type, period.start))
    if call.part is None:
        return Known(whole=whole, parts=[])
    return Known(whole=whole, parts=[figures.get((*place, call.part, start)) for start in _starts(call, period)])


def _compared(call: Call, pair: Paired, period: Period) -> dict[str, Any]:
    """Return the two figures and the months they are of."""
    before = {
        "reference_value": pair.reference.value,
        "reference_numerator": pair.reference.numerator,
        "reference_denominator": pair.reference.denominator,
        "reference_status": pair.reference.status,
    }
    if pair.places is None or call.part is None:
        return _own(pair.now, period.months, period.months) | before
    starts = _starts(call, period)
    months = period.months // len(starts) * len(pair.places)
    left_out = [period_at(start, call.part).label for place, start in enumerate(starts) if place not in pair.places]
    return _own(pair.now, months, period.months) | before | {"left_out": left_out}


def _beside(call: Call, pair: Paired, latest: Known) -> dict[str, Any]:
    """Return the reference as known now, of the same months, and the change against it."""
    figure = latest.whole if pair.places is None else summed(latest, pair.places, call.measure)
    if figure is None or not stands(figure) or is_broken(pair.now, figure):
        return {}
    return {
        "latest_reference_value": figure.value,
        "latest_difference": difference(pair.now, figure),
        "latest_percentage": percentage(pair.now, figure, call.measure),
    }


def _lack(call: Call, now: Known, latest: Known, period: Period, earlier: Period) -> str:
    """Return why two periods cannot be compared."""
    parts = [part for part in now.parts if stands(part)]
    if now.whole is not None and not stands(now.whole) and not parts:
        words = ", and no shorter periods add up to it" if now.whole.status == "incomplete" and not call.part else ""
        return f"{period.label} is {now.whole.status}{words}"
    if latest.whole is None or latest.whole.status == "missing":
        return f"there is no number of {earlier.label}"
    if not stands(latest.whole) and not any(map(stands, latest.parts)):
        return f"{earlier.label} is {latest.whole.status}"
    if paired(now, latest, call.measure) is None:
        return f"no month is complete both in {period.label} and in {earlier.label}"
    return f"{earlier.label} was not known when it was as old, and {period.label} is provisional until it settles"
