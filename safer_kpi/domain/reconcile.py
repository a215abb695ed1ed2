"""The arithmetic of reconciliation: opening + movements = closing, residual 0.

Amounts are integers or decimals; ratios are exact until they are rounded for display.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import CheckFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Statement:
    """The opening balance, movements and closing balance of one metric, area, period and breakdown.

    Attributes:
        key: ``metric_id``, ``area_code``, ``area_name``, ``period``, ``breakdown``.
        opening: the balance on the first side.
        movements: the movement rows, by cause, the largest first within a cause.
        closing: the balance on the second side.
    """

    key: tuple[str, str, str, str, str]
    opening: Decimal
    movements: tuple[Mapping[str, Any], ...]
    closing: Decimal

    @property
    def residual(self) -> Decimal:
        """Opening + movements - closing; any value other than 0 is an error."""
        return self.opening + sum((Decimal(row["amount"]) for row in self.movements), Decimal(0)) - self.closing


def _key(row: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    return row["metric_id"], row["area_code"], row["area_name"], row["period"], row["breakdown"]


def statements(rows: Iterable[Mapping[str, Any]]) -> list[Statement]:
    """Return the statements that a comparison's rows form, in the order of the rows.

    Raises:
        CheckFailed: a statement has no opening or closing, or does not add up.
    """
    grouped: list[dict[str, list[Mapping[str, Any]]]] = []
    for row in rows:
        # A month and a financial year can have the same label (2010-11), so each opening begins a statement.
        if row["step"] == "opening":
            grouped.append({"opening": [], "movement": [], "closing": []})
        if not grouped or _key(row) != _key((grouped[-1]["opening"] or [row])[0]):
            raise CheckFailed(
                "A row of the comparison does not follow its opening.", next_action="Keep the rows in their order."
            )
        grouped[-1][row["step"]].append(row)
    result = []
    for steps in grouped:
        key = _key(steps["opening"][0])
        if len(steps["closing"]) != 1:
            raise CheckFailed(f"The statement of {key[0]}, {key[1]}, {key[3]} does not have exactly one closing.")
        statement = Statement(
            key,
            Decimal(steps["opening"][0]["amount"]),
            tuple(steps["movement"]),
            Decimal(steps["closing"][0]["amount"]),
        )
        if statement.residual:
            raise CheckFailed(f"The statement of {key[0]}, {key[1]}, {key[3]} does not add up.")
        result.append(statement)
    return result


def rounded(statement: Statement, places: int) -> Statement:
    """Return the statement with rounded amounts; the largest movement absorbs the rounding difference."""
    step = Decimal(1).scaleb(-places)
    opening, closing = statement.opening.quantize(step), statement.closing.quantize(step)
    amounts = [Decimal(row["amount"]).quantize(step) for row in statement.movements]
    if amounts:
        largest = max(range(len(amounts)), key=lambda i: abs(amounts[i]))
        amounts[largest] += closing - opening - sum(amounts)
    moved = tuple({**row, "amount": amount} for row, amount in zip(statement.movements, amounts, strict=True))
    return Statement(statement.key, opening, moved, closing)
