"""The numbers that moved, each with what moved it: as many as a page holds, and how to get the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.domain.moved import by_cause
from safer_kpi.domain.reconcile import rounded
from safer_kpi.domain.wording import amount, count, lack, line_word, listed, signed, spelled
from safer_kpi.reading.statement.markup import data, element, head, table, text

if TYPE_CHECKING:
    from safer_kpi.domain.moved import Moved
    from safer_kpi.reading.statement.explain import Explanation

MOST = 200
_DELIVERIES = 6


def movements_section(found: Explanation, *, command: str) -> str:
    """The table of numbers that moved; ``command`` is the comparison's."""
    shown = found.foremost(most=MOST)
    left = found.totals.moved - len(shown)
    which = "Every number that moved."
    if left > 0:
        which = (
            f"The first {len(shown):,} of {found.totals.moved:,} numbers that moved: those reported before, then the "
            f"wider areas, wholes and longer periods. {count(left, 'number is', 'numbers are')} left out here."
        )
    every = f"{which} Every line of every statement: <code>{text(command)} --csv movements.csv</code>"
    rows = table(
        caption=f"Numbers that moved, {text(found.a.name)} to {text(found.b.name)}",
        heads=[head("Number"), head("From, to", "n"), head("Moved by")],
        rows=[_row(moved) for moved in shown],
    )
    return element("section", f"<h2>Movements</h2>\n<p>{every}</p>\n{rows}", id="movements", class_="own-page")


def _row(moved: Moved) -> str:
    metric_id, _, area, period, breakdown = moved.statement.key
    shown = rounded(moved.statement, moved.places)
    part = "" if breakdown == "all" else f" ({breakdown})"
    where = f"{data(area)}, {text(spelled(period))}{text(part)}"
    before = amount(shown.opening, moved.places) if moved.has_a else text(lack(moved.status_a))
    after = amount(shown.closing, moved.places) if moved.has_b else text(lack(moved.status_b))
    deliveries = sorted({row["delivery_id"] for row in shown.movements if row["delivery_id"] is not None})
    return (
        f'<tr><th scope="row">{text(moved.metric.title)}<small>{where}<br><code>{text(metric_id)}</code></small></th>'
        f'<td class="n">{before}<br>{after}</td>'
        f"<td>{text(_causes(moved))}<br><small>{text(_named(deliveries))}</small></td></tr>"
    )


def _causes(moved: Moved) -> str:
    shown = rounded(moved.statement, moved.places)
    return ", ".join(
        f"{signed(total, moved.places)} {line_word(cause, total)}" for cause, total, _ in by_cause(shown.movements)
    )


def _named(deliveries: list[int]) -> str:
    if not deliveries:
        return "no delivery"
    if len(deliveries) > _DELIVERIES:
        return f"{len(deliveries)} deliveries, {deliveries[0]} to {deliveries[-1]}"
    return f"{'delivery' if len(deliveries) == 1 else 'deliveries'} {listed([str(each) for each in deliveries])}"
