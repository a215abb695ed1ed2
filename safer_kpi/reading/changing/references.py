"""The period that each period is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.domain.periods import PERIOD_TYPES, Period, PeriodType, add_months, parse_period, period_at
from safer_kpi.errors import UsageError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from typing import Any

YEAR_BEFORE, BASELINE = "year_before", "baseline"


def named_period(against: str, by: PeriodType | None) -> Period | None:
    """Return the period that ``against`` names; None if it names ``year_before`` or ``baseline``.

    Raises:
        UsageError: it names neither.
    """
    if against in (YEAR_BEFORE, BASELINE):
        return None
    try:
        return parse_period(against, by=by)
    except UsageError as mistake:
        raise UsageError(
            f"{against[:20]!r} is nothing to compare with: {mistake.what}",
            next_action=f"Use {YEAR_BEFORE}, {BASELINE}, or a period as long as the one compared.",
        ) from None


def reference(
    metric: Mapping[str, Any], against: str, named: Period | None, start: dt.date, kind: PeriodType
) -> Period | str:
    """Return the period that another one is compared with, or the reason why no such period exists.

    A financial year as baseline serves as itself, and as its own months, quarters and the twelve months to its March;
    any other baseline serves its own length only.
    """
    if named is not None:
        if named.period_type != kind:
            return f"{named.label} is a {named.period_type}, and this is a {kind}"
        return named if named.start < start else f"{named.label} is not an earlier period"
    if against == YEAR_BEFORE:
        return period_at(add_months(start, -36 if kind == "rolling36" else -12), kind)
    return _baseline(metric, start, kind)


def _baseline(metric: Mapping[str, Any], start: dt.date, kind: PeriodType) -> Period | str:
    base, first = metric.get("baseline_type"), metric.get("baseline_start")
    if base is None or first is None:
        return "no baseline is declared"
    serves = base == kind or (base == "year" and kind in ("month", "quarter", "rolling12"))
    if base == "calendar_year" or base not in PERIOD_TYPES or not serves:
        return f"the baseline {metric.get('baseline')} is of another length"
    if start <= first or (base == "year" and kind in ("month", "quarter") and start < add_months(first, 12)):
        return "it lies in the baseline or before it"
    if base == "year" and kind in ("month", "quarter"):
        # The same month of the baseline's financial year; April is its first.
        return period_at(add_months(first, (start.month + 8) % 12), kind)
    return period_at(first, kind)
