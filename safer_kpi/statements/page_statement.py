"""One statement as a table with running balances and a bar per line."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.reconcile import rounded
from safer_kpi.statements import sentences
from safer_kpi.statements.markup import data, element, head, number, prose, signed_number, table, text
from safer_kpi.statements.wording import day_in_words, feed_in_words, line_word, part_word, rule_word, spelled, standing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from safer_kpi.statements.explain import Explanation
    from safer_kpi.statements.moved import Moved

#: The style sheet of a statement; the page around it names the colours.
STATEMENT_STYLE = Path(__file__).with_name("statement.css")
_WIDE = 144  # the drawing of the bars is 144 by 20 units, at any display size
_TICK = 3
_LINES = 30  # the most lines that fit on one sheet with the heading


def statement_section(moved: Moved, place: int, found: Explanation) -> str:
    """Return a statement with its heading; its anchor is ``statement-<place>``."""
    _, _, area, period, breakdown = moved.statement.key
    part = part_word(breakdown)
    when = prose(spelled(period, moved.period_type))
    title = f"{place}. {text(moved.metric.title)}{text(part)}, {data(area)}, {when}"
    kept = "statement kept" if len(moved.statement.movements) <= _LINES else "statement"
    return element("section", f"<h3>{title}</h3>\n{_table(moved, found)}", class_=kept, id=f"statement-{place}")


def _table(moved: Moved, found: Explanation) -> str:
    places = moved.line_places
    shown = rounded(moved.statement, places)
    steps = [row["amount"] for row in shown.movements]
    balances = list(accumulate(steps, initial=shown.opening))
    low, high = min(balances), max(balances)
    rows = [
        _balance(found.a.label, standing(moved.status_a, has_figure=moved.has_a), "", number(shown.opening, places),
                 _mark(shown.opening, low, high)),
        *(
            _movement(row, found, places, balance, _bar(balance - row["amount"], balance, low, high))
            for row, balance in zip(shown.movements, balances[1:], strict=True)
        ),
        _balance(found.b.label, standing(moved.status_b, has_figure=moved.has_b),
                 signed_number(shown.closing - shown.opening, places), number(shown.closing, places),
                 _mark(shown.closing, low, high)),
    ]  # fmt: skip
    about = " · ".join(word for word in (moved.metric.unit, sentences.nature(moved)) if word)
    scale = f"Course <small>{number(low, places)} to {number(high, places)}</small>"
    course = element("th", scale, scope="col", class_="course")
    residual = text(f"{moved.statement.residual.normalize():f}")
    return table(
        caption=text(about),
        heads=[head("Line"), head("Amount", "n"), head("Balance", "n"), course],
        rows=rows,
        foot=f'<tfoot><tr><th scope="row">residual</th><td class="n">{residual}</td><td></td>'
        '<td class="course"></td></tr></tfoot>\n',
    )


def _balance(label: str, beside: str, change: str, balance: str, mark: str) -> str:
    note = f" <small>{text(beside)}</small>" if beside else ""
    return (
        f'<tr class="balance"><th scope="row">{prose(label)}{note}</th><td class="n">{change}</td>'
        f'<td class="n">{balance}</td><td class="course">{mark}</td></tr>'
    )


def _movement(row: Mapping[str, Any], found: Explanation, places: int, balance: Decimal, bar: str) -> str:
    feed = feed_in_words(row["feed"], found.feeds.get(row["feed"])) if row["feed"] else ""
    word, origin = rule_word(row["cause"], feed), ""
    if row["delivery_id"] is not None:
        word = line_word(row["cause"], row["amount"])
        when = found.received.get(row["delivery_id"])
        day = f" ({day_in_words(when)})" if when else ""
        origin = f" <small>{data(feed)} · delivery {row['delivery_id']}{prose(day)}</small>"
    return (
        f'<tr><th scope="row">{text(word)}{origin}</th><td class="n">{signed_number(row["amount"], places)}</td>'
        f'<td class="n">{number(balance, places)}</td><td class="course">{bar}</td></tr>'
    )


def _place(value: Decimal, low: Decimal, high: Decimal) -> float:
    """Return the position of a balance between the least and the greatest, in units of the drawing."""
    span = high - low
    return float((value - low) / span) * (_WIDE - _TICK) if span else 0.0


def _bar(before: Decimal, after: Decimal, low: Decimal, high: Decimal) -> str:
    left, right = sorted((_place(before, low, high), _place(after, low, high)))
    kind = "up" if after >= before else "down"
    return _drawing(f'<rect class="{kind}" x="{left:.1f}" y="4" width="{right - left + _TICK:.1f}" height="12"/>')


def _mark(value: Decimal, low: Decimal, high: Decimal) -> str:
    return _drawing(f'<rect class="level" x="{_place(value, low, high):.1f}" y="0" width="{_TICK}" height="20"/>')


def _drawing(shape: str) -> str:
    # The cells before the drawing contain every figure in it, so screen readers can skip it.
    return (
        f'<svg viewBox="0 0 {_WIDE} 20" preserveAspectRatio="none" aria-hidden="true" focusable="false">{shape}</svg>'
    )
