"""Find the breaks that forbid comparing an earlier number with one of today: other boundaries, another reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.reading.older import resident_ledgers
from safer_kpi.reading.place import PUBLIC
from safer_kpi.reading.tracing.trace import EVERY_AREA, in_area, is_summed, ledgers
from safer_kpi.sql import literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from safer_kpi.domain.periods import Period
    from safer_kpi.reading.changing.figures import Asked
    from safer_kpi.reading.picture import Picture

_SAID = {
    "reference": "the lookup of areas changed on {on:%Y-%m-%d}: break in boundaries",
    "contract": "the partner's files are read in another way since {on:%Y-%m-%d}: break in method",
}


@dataclass(frozen=True, kw_only=True)
class Break:
    """One movement that no partner made: in which entry, of which area and of which months."""

    entry: int
    posted_at: dt.datetime
    cause: str
    area_code: str
    #: First month, or first day of a period that is posted as a whole; None for residents, who belong to no period.
    month: dt.date | None
    #: The length of a period that is posted as a whole; None where months are summed.
    period_type: str | None


def breaks(lake: Picture, metric_id: str, asked: Asked, known_at: dt.datetime) -> list[Break]:
    """Return the movements of a metric's ledgers that no partner made, up to a moment; none in a public edition."""
    if lake.edition == PUBLIC:
        return []
    one = asked.area_codes[0] if asked.area_codes is not None and len(asked.area_codes) == 1 else None
    place, area = (in_area(one), literal(one)) if one else ("TRUE", EVERY_AREA)
    residents = resident_ledgers(lake.book)
    found = []
    for ledger in ledgers(lake, metric_id):
        rows = lake.book.read(
            f"""SELECT entry, posted_at, cause, area, month, period_type
            FROM (
              SELECT entry, posted_at, cause, {area} AS area, month, period_type, amount FROM kpi.ledger
              WHERE metric_id = {literal(ledger)} AND breakdown = {literal(asked.breakdown)}
                AND posted_at <= {literal(known_at)} AND {place}
                AND cause IN ({", ".join(literal(cause) for cause in _SAID)})
            )
            GROUP BY entry, posted_at, cause, area, month, period_type HAVING sum(amount) <> 0
            ORDER BY entry, cause"""
        )[1]
        for entry, posted_at, cause, area_of, month, kind in rows:
            found.append(
                Break(
                    entry=entry,
                    posted_at=posted_at,
                    cause=cause,
                    area_code=area_of,
                    month=None if ledger in residents else month,
                    period_type=None if is_summed(lake, ledger) or ledger in residents else kind,
                )
            )
    return found


def reason(found: Sequence[Break], area_code: str, period: Period, *, after: int) -> str | None:
    """Return why a period as known after an entry has other rules than today; None if it has the same."""
    for each in found:
        if each.entry <= after or each.area_code != area_code:
            continue
        whole = each.period_type is not None and (each.period_type, each.month) == (period.period_type, period.start)
        within = each.period_type is None and (each.month is None or period.start <= each.month <= period.end)
        if whole or within:
            return _SAID[each.cause].format(on=each.posted_at)
    return None
