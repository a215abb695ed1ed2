"""The limits between which a series varies by routine: those of an XmR chart, as verdicts use them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from safer_kpi.domain.judging import LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessLimits:
    """The mean of a series, and the limits on either side of it."""

    mean: float
    lower: float
    upper: float


def process_limits(values: Sequence[float]) -> ProcessLimits:
    """Return the limits of a series in the order of time: the mean plus and minus 2.66 mean moving ranges.

    Raises:
        ValueError: there are fewer than two values.
    """
    if len(values) < 2:
        raise ValueError("A chart needs two values.")
    mean = math.fsum(values) / len(values)
    reach = LIMIT * math.fsum(abs(after - before) for before, after in pairwise(values)) / (len(values) - 1)
    return ProcessLimits(mean=mean, lower=mean - reach, upper=mean + reach)
