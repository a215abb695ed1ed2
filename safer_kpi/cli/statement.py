"""A reconciliation statement as a bank would print it, and the summary of a large comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.domain.reconcile import Statement, rounded, statements
from safer_kpi.settings import PROD, is_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from safer_kpi.reading.lake import Lake

_WIDTH = 66
_AMOUNT = 12
# The words a line begins with where the cause alone does not say which way it went.
_EITHER_WAY = {"reclassified", "relocated"}


def statement_lines(lake: Lake, rows: Iterable[Mapping[str, Any]], *, a: str, b: str) -> list[str]:
    """The lines of every statement in ``rows``, in their order."""
    units = {row["metric_id"]: row["unit"] for row in lake.metrics().rows()}
    received = {row["delivery_id"]: row["received_at"] for row in lake.deliveries().rows()}
    lines: list[str] = []
    for each in statements(rows):
        is_count = all(amount == int(amount) for amount in (each.opening, each.closing))
        is_count = is_count and all(row["amount"] == int(row["amount"]) for row in each.movements)
        shown = rounded(each, 0 if is_count else 2)
        lines += [_heading(shown, units.get(each.key[0], "")), _balance(_named(lake, a), shown.opening)]
        lines += [_movement(row, received) for row in shown.movements]
        lines += [_balance(_named(lake, b), shown.closing), f"  residual {shown.residual:,f}", ""]
    return lines


def _heading(statement: Statement, unit: str) -> str:
    metric_id, _, area, period, breakdown = statement.key
    left = " · ".join([metric_id, area, period] + ([] if breakdown == "all" else [breakdown]))
    return f"{left.ljust(_WIDTH)}  {unit.rjust(_AMOUNT)}".rstrip()


def _named(lake: Lake, side: str) -> str:
    if side in {"now", PROD}:
        return "as it stands now"
    if is_environment(side):
        return f"as previewed in {side}"
    known = {row["release_id"] for row in lake.releases().rows()}
    return f"as certified in {side}" if side in known else f"as known on {side}"


def _balance(label: str, amount: Decimal) -> str:
    return f"  {label} ".ljust(_WIDTH, ".") + f"  {amount:{_AMOUNT},f}"


def _movement(row: Mapping[str, Any], received: Mapping[int, Any]) -> str:
    amount: Decimal = row["amount"]
    sign = "+" if amount >= 0 else "-"
    cause = row["cause"]
    if row["delivery_id"] is None:
        what = f"{cause} changed" if row["feed"] is None else f"{cause} changed, {row['feed']}"
        return f"  {sign} {what} (on the same evidence) ".ljust(_WIDTH, ".") + f"  {amount:+{_AMOUNT},f}"
    word = f"{cause} {'in' if amount >= 0 else 'out'}" if cause in _EITHER_WAY else cause
    when = received.get(row["delivery_id"])
    delivery = f"delivery {row['delivery_id']}" + (f" ({when:%Y-%m-%d})" if when else "")
    return f"  {sign} {word:<18} {row['feed'] or '':<16} {delivery}".ljust(_WIDTH) + f"  {amount:+{_AMOUNT},f}"
