"""The arithmetic of reconciliation: opening + movements = closing, with nothing left over.

Amounts are integers or decimals; ratios are exact until they are rounded to be shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import CheckFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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


@dataclass(frozen=True)
class Statement:
    """One metric, area, period and breakdown: the balance it opened with, each movement, the balance it closed with.

    Attributes:
        key: ``metric_id``, ``area_code``, ``area_name``, ``period``, ``breakdown``.
        opening: the balance on the first side.
        movements: the movement rows, largest first within the order of causes.
        closing: the balance on the second side.
    """

    key: tuple[str, str, str, str, str]
    opening: Decimal
    movements: tuple[Mapping[str, Any], ...]
    closing: Decimal

    @property
    def residual(self) -> Decimal:
        """Opening + movements - closing; anything but 0 is a fault."""
        return self.opening + sum((Decimal(row["amount"]) for row in self.movements), Decimal(0)) - self.closing


def _key(row: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    return row["metric_id"], row["area_code"], row["area_name"], row["period"], row["breakdown"]


def statements(rows: Iterable[Mapping[str, Any]]) -> list[Statement]:
    """The rows of a comparison, grouped into statements in their order.

    Raises:
        CheckFailed: a statement has no opening or closing, or does not add up.
    """
    grouped: list[dict[str, list[Mapping[str, Any]]]] = []
    for row in rows:
        # A month and a financial year can bear the same label (2010-11): each opening begins a statement.
        if row["step"] == "opening":
            grouped.append({"opening": [], "movement": [], "closing": []})
        if not grouped or _key(row) != _key((grouped[-1]["opening"] or [row])[0]):
            raise CheckFailed("A line stands under no opening.", next_action="Keep a comparison's rows in their order.")
        grouped[-1][row["step"]].append(row)
    found = []
    for steps in grouped:
        key = _key(steps["opening"][0])
        if len(steps["closing"]) != 1:
            raise CheckFailed(f"The statement of {key[0]}, {key[1]}, {key[3]} has not one closing.")
        statement = Statement(
            key,
            Decimal(steps["opening"][0]["amount"]),
            tuple(steps["movement"]),
            Decimal(steps["closing"][0]["amount"]),
        )
        if statement.residual:
            raise CheckFailed(f"The statement of {key[0]}, {key[1]}, {key[3]} does not add up.")
        found.append(statement)
    return found


def rounded(statement: Statement, places: int) -> Statement:
    """The statement as it is shown: every amount rounded, what that leaves put on the largest movement."""
    step = Decimal(1).scaleb(-places)
    opening, closing = statement.opening.quantize(step), statement.closing.quantize(step)
    amounts = [Decimal(row["amount"]).quantize(step) for row in statement.movements]
    if amounts:
        largest = max(range(len(amounts)), key=lambda i: abs(amounts[i]))
        amounts[largest] += closing - opening - sum(amounts)
    moved = tuple({**row, "amount": amount} for row, amount in zip(statement.movements, amounts, strict=True))
    return Statement(statement.key, opening, moved, closing)
