"""The section of the page with the numbers that moved and their causes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.domain.reconcile import rounded
from safer_kpi.statements.markup import command as typed
from safer_kpi.statements.markup import data, element, head, number, prose, signed_number, table, text
from safer_kpi.statements.moved import by_cause
from safer_kpi.statements.wording import count, lack, line_word, listed, part_word, spelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safer_kpi.statements.explain import Explanation
    from safer_kpi.statements.moved import Moved

MOST = 120
_DELIVERIES = 6


def movements_section(found: Explanation, *, command: Sequence[str]) -> str:
    """Return the table of numbers that moved; ``command`` is the comparison's command line."""
    shown = found.foremost(most=MOST)
    left = found.totals.moved - len(shown)
    which = "The table has every number that moved."
    if left > 0:
        which = (
            f"The table has the first {len(shown):,} of {found.totals.moved:,} numbers that moved: reported numbers "
            "first, then wider areas, totals and longer periods. "
            f"{count(left, 'number is', 'numbers are')} not shown."
        )
    every = f"{which} To get every line of every statement, run {typed([*command, '--csv', 'movements.csv'])}"
    rows = table(
        caption=prose(f"Numbers that moved, {found.a.name} to {found.b.name}"),
        heads=[head("Number"), head("From", "n"), head("To", "n"), head("Moved by")],
        rows=[_row(moved) for moved in shown],
        class_="moved",
    )
    return element("section", f"<h2>Movements</h2>\n<p>{every}</p>\n{rows}", id="movements", class_="own-page")


def _row(moved: Moved) -> str:
    _, _, area, period, breakdown = moved.statement.key
    shown = rounded(moved.statement, moved.places)
    part = part_word(breakdown)
    where = f"{data(area)}, {prose(spelled(period, moved.period_type))}{text(part)}"
    before = number(shown.opening, moved.places) if moved.has_a else f"<small>{text(lack(moved.status_a))}</small>"
    after = number(shown.closing, moved.places) if moved.has_b else f"<small>{text(lack(moved.status_b))}</small>"
    causes = ", ".join(
        f"{signed_number(total, moved.places)} {text(line_word(cause, total))}"
        for cause, total, _ in by_cause(shown.movements)
        if total
    )
    deliveries = sorted({row["delivery_id"] for row in shown.movements if row["delivery_id"] is not None})
    return (
        f'<tr><th scope="row">{text(moved.metric.title)} <small>{where}</small></th>'
        f'<td class="n">{before}</td><td class="n">{after}</td>'
        f"<td>{causes}<br><small>{text(_named(deliveries))}</small></td></tr>"
    )


def _named(deliveries: list[int]) -> str:
    if not deliveries:
        return "no delivery"
    if len(deliveries) > _DELIVERIES:
        return f"{len(deliveries)} deliveries, {deliveries[0]} to {deliveries[-1]}"
    numbers = listed([str(delivery) for delivery in deliveries])
    return f"{'delivery' if len(deliveries) == 1 else 'deliveries'} {numbers}"
