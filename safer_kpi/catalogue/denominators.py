"""What a metric may be divided by: residents, a number, or another count. A definition names it, and says so once."""

from __future__ import annotations

import re

_POPULATION = re.compile(r"population(\.[a-z0-9_-]+)?")


def is_population(metric_id: str | None) -> bool:
    """Return whether it names residents: ``population``, or a band of them."""
    return metric_id is not None and _POPULATION.fullmatch(metric_id) is not None


def is_constant(denominator: str | None) -> bool:
    """Return whether a denominator is a number instead of a metric."""
    return denominator is not None and denominator.lstrip("-").isdigit()


def kind_of(denominator: str | None) -> str:
    """Return what a metric is divided by: ``none``, a ``constant``, ``residents``, or another ``count``."""
    if denominator is None:
        return "none"
    if is_constant(denominator):
        return "constant"
    return "residents" if is_population(denominator) else "count"
