"""Values as programs and people read them outside a frame: plain JSON, and numbers in text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from math import isfinite
from typing import Any

_SMALL = 0.01


def plain(value: object) -> Any:
    """Return a value as JSON has it: times are UTC and marked so, decimals are numbers."""
    if isinstance(value, dt.datetime):
        return f"{value.isoformat()}Z" if value.tzinfo is None else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        # Nine places of a number below a million come through a double unchanged.
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def number(value: float | Decimal | None) -> str:
    """Return a value for people: whole numbers without places, others with two, tiny ones with two digits."""
    if value is None:
        return "-"
    if not isfinite(value):
        return str(value)
    if value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(float(value)) >= _SMALL else f"{value:.2g}"
