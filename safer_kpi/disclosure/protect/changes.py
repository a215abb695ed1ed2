"""What a later restricted release says of figures that are published and kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.disclosure.protect.values import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from safer_kpi.disclosure.protect.values import Count, Period, Published

#: A change below this is mentioned without its size.
_MENTIONED = 5


@dataclass(frozen=True, kw_only=True)
class Change:
    """One exact figure that the restricted release states otherwise by now.

    Attributes:
        is_large: whether the two differ by 5 or more.
    """

    metric_id: str
    area_code: str
    period: Period
    is_large: bool


def changes_since(published: Iterable[Published], counts: Iterable[Count]) -> list[Change]:
    """Return which exact figures a restricted release states otherwise, and whether by 5 or more.

    A count under another definition version is another number and no change of this one. Nothing is said of figures
    that are not exact.
    """
    now = {(count.metric_id, count.area_code, count.period, count.breakdown): count for count in counts}
    found = []
    for row in published:
        count = now.get((row.metric_id, row.area_code, row.period, row.breakdown))
        if row.how != EXACT or count is None or count.value is None:
            continue
        if count.definition_version == row.definition_version and count.value != row.figure:
            is_large = abs(count.value - row.figure) >= _MENTIONED
            found.append(Change(metric_id=row.metric_id, area_code=row.area_code, period=row.period, is_large=is_large))
    return found
