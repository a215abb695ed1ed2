"""The effects of numerator and denominator on a rate, in exact rationals: what the product's SQL is held against."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

PLACES = 9
NANO = 10**PLACES


def nano(value: Fraction) -> int:
    """A ratio in units of 1e-9, halves away from zero."""
    whole: int = (2 * abs(value.numerator) * NANO + value.denominator) // (2 * value.denominator)
    return whole if value >= 0 else -whole


def decimal(units: int) -> Decimal:
    """Units of 1e-9 as a decimal."""
    return Decimal(units).scaleb(-PLACES)


def rate_effects(
    *,
    opening: tuple[int, int],
    numerator_changes: Sequence[int],
    denominator_changes: Sequence[int],
    base: int,
) -> list[Decimal]:
    """What each change did to a rate: one decimal per numerator change, then one per denominator change.

    With N1/D1 the opening and N2/D2 the closing, a numerator change n has the effect n * (1/D1 + 1/D2) / 2 and the
    denominator's effect (N1 + N2)/2 * (1/D2 - 1/D1) is shared in proportion to its changes. A side whose denominator is
    0 has the balance 0; then a numerator change counts over the other denominator and the denominator's changes carry
    the numerator of the side without one. The decimals add up to closing - opening, both rounded to nine places: what
    rounding leaves goes to the largest.
    """
    n1, d1 = opening
    n2, d2 = n1 + sum(numerator_changes), d1 + sum(denominator_changes)
    start, end = (Fraction(n * base, d) if d else Fraction(0) for n, d in ((n1, d1), (n2, d2)))
    if d1 and d2:
        per_numerator, per_denominator = Fraction(d1 + d2, 2 * d1 * d2), Fraction(-(n1 + n2), 2 * d1 * d2)
    elif d1 or d2:
        there, carried = (d1, n2) if d1 else (d2, n1)
        per_numerator, per_denominator = Fraction(1, there), Fraction(carried, there * there)
    else:
        per_numerator = per_denominator = Fraction(0)
    lines = [nano(change * base * per_numerator) for change in numerator_changes]
    lines += [nano(change * base * per_denominator) for change in denominator_changes]
    if lines:
        largest = max(range(len(lines)), key=lambda i: abs(lines[i]))
        lines[largest] += nano(end) - nano(start) - sum(lines)
    return [decimal(line) for line in lines]
