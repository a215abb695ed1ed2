"""A comparison for a terminal: the summary in sentences, then statements like those of a bank."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.reconcile import rounded
from safer_kpi.settings import PROD, is_environment
from safer_kpi.statements import sentences
from safer_kpi.statements.wording import count, line_word, rule_word, standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from safer_kpi.reading.table import Table
    from safer_kpi.statements import Explanation
    from safer_kpi.statements.moved import Moved, Named

_WIDTH = 66
_PAGE = 100
_AMOUNT = 12
_STATEMENTS = 3
_NARROW = 100
_SOURCES = 8
_ROWS = 1_000


def print_report(found: Explanation, *, statements: bool) -> None:
    """Print the summary and, if asked for, statements; control characters are shown as question marks."""
    from safer_kpi.cli.output import text

    lines = list(_summary(found))
    if statements:
        lines += _statements(found)
    sys.stdout.write("\n".join(text(line) for line in lines).rstrip() + "\n")


def _summary(found: Explanation) -> Iterable[str]:
    yield from _wrapped(f"From {sentences.side(found.a)}.", indent=0)
    yield from _wrapped(f"To {sentences.side(found.b)}.", indent=0)
    if _is_stale_preview(found.a, found.b):
        stale = "The preview knows other entries than what is live: build it again to see the change alone."
        yield from _wrapped(stale, indent=0)
    if found.only:
        yield from _wrapped(f"Only {', '.join(f'{name} {value}' for name, value in found.only)}.", indent=0)
    yield ""
    if len(found.moved) == found.totals.moved == 1 and found.chosen.period:
        yield from _wrapped(_told(found.moved[0], found), indent=0)
        yield ""
        return
    for sentence in sentences.overview(found.totals):
        yield from _wrapped(sentence, indent=0)
    yield ""
    if not found.totals.moved:
        return
    if found.moved:
        yield f"What moved most ({sentences.shown(len(found.moved), found.of)}; the whole area and the longest periods)"
        for place, moved in enumerate(found.moved, 1):
            yield from _wrapped(_told(moved, found), mark=f"{place}.")
        yield ""
    many = sentences.shown(min(_SOURCES, len(found.sources)), len(found.sources))
    yield f"Deliveries and rules behind the changes ({many})"
    for source in found.sources[:_SOURCES]:
        yield from _wrapped(sentences.source(source, found.titles), mark="-")
    yield ""


def _is_stale_preview(a: Named, b: Named) -> bool:
    """Return whether a preview is compared with live numbers of other entries, so that data movements show too."""
    live = {"now", PROD}
    previews = [each.name for each in (a, b) if is_environment(each.name) and each.name not in live]
    return bool(previews) and bool({a.name, b.name} & live) and a.last_entry != b.last_entry


def _told(moved: Moved, found: Explanation) -> str:
    said = [sentences.headline(moved, found.received, backwards=found.backwards), *sentences.beside(moved)]
    nature = sentences.nature(moved)
    return " ".join([*said, f"[{nature}]"] if nature else said)


def _wrapped(sentence: str, *, mark: str = "", indent: int = 4) -> list[str]:
    from safer_kpi.cli.output import width

    wide = min(width() or _PAGE, 120)
    first = mark.rjust(indent - 1) + " " if mark else " " * indent
    return textwrap.wrap(
        sentence,
        max(wide, 40),
        initial_indent=first,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _statements(found: Explanation) -> Iterable[str]:
    if found.is_narrow:
        shown = found.each(most=_NARROW)
        left = max(found.totals.moved - len(shown), 0)
        more = f"{count(left, 'more statement')}: narrow it with --by or --period, or write a page with --html."
    else:
        shown = found.moved[:_STATEMENTS]
        left = len(found.moved) - len(shown)
        more = f"Statements of the {left} others: --html FILE, or --metric and --area."
    for moved in shown:
        yield from statement_lines(moved, found)
    if left:
        yield more


def statement_lines(moved: Moved, found: Explanation) -> list[str]:
    """Return the lines of one statement: heading, opening, movements, closing, residual."""
    shown = rounded(moved.statement, moved.line_places)
    lines = [_heading(moved), _balance(found.a, moved.status_a, shown.opening, has_figure=moved.has_a)]
    lines += [_movement(row, found.received) for row in shown.movements]
    lines += [_balance(found.b, moved.status_b, shown.closing, has_figure=moved.has_b)]
    return [*lines, f"  residual {moved.statement.residual.normalize():f}", ""]


def _heading(moved: Moved) -> str:
    metric_id, _, area, period, breakdown = moved.statement.key
    left = " · ".join([metric_id, area, period] + ([] if breakdown == "all" else [breakdown]))
    return f"{left.ljust(_WIDTH)}  {moved.metric.unit.rjust(_AMOUNT)}".rstrip()


def _balance(side: Named, status: str | None, amount: Decimal, *, has_figure: bool) -> str:
    beside = standing(status, has_figure=has_figure)
    label = f"{side.label} ({beside})" if beside else side.label
    return f"  {label} ".ljust(_WIDTH, ".") + f"  {amount:{_AMOUNT},f}"


def _movement(row: Mapping[str, Any], received: Mapping[int, Any]) -> str:
    amount: Decimal = row["amount"]
    sign = "+" if amount >= 0 else "-"
    if row["delivery_id"] is None:
        return f"  {sign} {rule_word(row['cause'], row['feed'])} ".ljust(_WIDTH, ".") + f"  {amount:+{_AMOUNT},f}"
    word = line_word(row["cause"], amount)
    when = received.get(row["delivery_id"])
    delivery = f"delivery {row['delivery_id']}" + (f" ({when:%Y-%m-%d})" if when else "")
    return f"  {sign} {word:<18} {row['feed'] or '':<16} {delivery}".ljust(_WIDTH) + f"  {amount:+{_AMOUNT},f}"


def print_rows(rows: Table) -> None:
    """Print the first rows of a comparison, and how many there are."""
    from safer_kpi.cli.output import print_table

    shown = rows.query(f"SELECT * FROM this LIMIT {_ROWS}").rows()
    if shown:
        print_table(shown, rows.columns)
    number = rows.query("SELECT count(*) AS n FROM this").rows()[0]["n"]
    if number > len(shown):
        sys.stdout.write(f"{number - len(shown):,} more rows: --csv FILE writes all {number:,}.\n")


def as_json(found: Explanation) -> dict[str, Any]:
    """Return the summary for programs: both sides, totals, the largest movements, each delivery's effect."""
    return {
        "a": vars(found.a),
        "b": vars(found.b),
        "totals": vars(found.totals),
        "sentences": sentences.overview(found.totals),
        "moved": [_number(moved, found) for moved in found.moved],
        "moved_of": found.of,
        "sources": [
            {**vars(each), "sentence": sentences.source(each, found.titles)} for each in found.sources[:_SOURCES]
        ],
        "sources_of": len(found.sources),
    }


def _number(moved: Moved, found: Explanation) -> dict[str, Any]:
    names = ("metric_id", "area_code", "area_name", "period", "breakdown")
    return {
        **dict(zip(names, moved.statement.key, strict=True)),
        "opening": moved.statement.opening,
        "closing": moved.statement.closing,
        "status_a": moved.status_a,
        "status_b": moved.status_b,
        "change": moved.change,
        "unit": moved.metric.unit,
        "kind": moved.metric.kind,
        "polarity": moved.metric.polarity,
        "also_moved": moved.followers,
        "sentence": sentences.headline(moved, found.received, backwards=found.backwards),
        "beside": sentences.beside(moved),
    }
