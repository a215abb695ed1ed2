"""A comparison in sentences: how much moved, what moved most and why, what each delivery did.

Whether a change is for the better is said by the metric's definition alone; these sentences never judge.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.reconcile import rounded
from safer_kpi.statements.moved import Moved, Named, Source, Totals, by_cause
from safer_kpi.statements.wording import amount, better, clause, count, lack, listed, spelled

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    Received = Mapping[int, dt.datetime]

#: Causes named in a sentence before the others are added up.
CAUSES = 4
#: With more deliveries than this they are named once, not beside each cause.
DELIVERIES = 3


def side(named: Named) -> str:
    """What a side is, when it was known and, for a release, who approved it."""
    known = f"known up to {named.known_at:%Y-%m-%d %H:%M} UTC" if named.known_at else "before anything was known"
    said = [f"{named.label}: {known} (entry {named.last_entry})"]
    if named.approved_by:
        said.append(f"approved by {listed(named.approved_by)}")
    if named.supersedes:
        said.append(f"supersedes {named.supersedes}")
    return ", ".join(said)


def shown(some: int, every: int) -> str:
    """Return how many of the numbers a list shows."""
    return "all of them" if some == every else f"{some:,} of {every:,}"


def overview(totals: Totals) -> list[str]:
    """Return how many numbers moved of how many, one sentence per kind of change."""
    if not totals.numbers:
        return ["Neither side holds such a number."]
    if not totals.moved:
        return [f"Nothing changed: {count(totals.numbers, 'number')}, the same on both sides, residual 0."]
    said = ["No number has a figure on both sides."]
    explained = ", each explained to the last unit, residual 0" if totals.revised else ""
    if totals.both == 1:
        said = [f"Both sides give a figure for one number: it {'changed' if totals.revised else 'is the same'}."]
    elif totals.both:
        changed = _of(totals.revised, totals.both)
        said = [f"Both sides give a figure for {totals.both:,} numbers: {changed} changed{explained}."]
    if totals.gone:
        said.append(f"{count(totals.gone, 'number')} had a figure and {_have(totals.gone)} none now.")
    if totals.first:
        said.append(f"{count(totals.first, 'number')} {_have(totals.first)} a first figure now.")
    if totals.unstated:
        said.append(
            f"{count(totals.unstated, 'number')} moved that {_have(totals.unstated)} no figure on either side "
            "(not covered, incomplete, suppressed or unavailable)."
        )
    if totals.settled:
        said.append(f"Of those that moved, {totals.settled:,} ended where they began.")
    return said


def _of(some: int, every: int) -> str:
    return "all of them" if some == every else f"{some:,} of them" if some else "none of them"


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def headline(moved: Moved, received: Received, *, backwards: bool = False) -> str:
    """What one number did and why, in one sentence."""
    shown = rounded(moved.statement, moved.places)
    rows = [row for row in shown.movements if row["amount"]]
    if not rows:
        return f"{_subject(moved)} {_change(moved)}."
    turned = [{**row, "amount": -row["amount"]} for row in rows] if backwards else rows
    joint = ", as it was before " if backwards else ": "
    return f"{_subject(moved)} {_change(moved)}{joint}{_reasons(moved, turned, received)}."


def beside(moved: Moved) -> list[str]:
    """Sentences on what stands beside a number: its rate or share, and how many others moved in its months."""
    said = [f"Beside it, {_title(each)} {_change(each)}." for each in moved.companions]
    if moved.followers:
        said.append(f"{count(moved.followers, 'other number')} of this metric moved in the same months.")
    return said


def nature(moved: Moved) -> str:
    """What kind of metric it is and which way it should go: ``outcome, lower is better``."""
    metric = moved.metric
    return ", ".join(word for word in (metric.kind, better(metric.polarity)) if word)


def _title(moved: Moved) -> str:
    """Return the metric's title within a sentence: its first word in small letters unless it is an abbreviation."""
    first, _, rest = moved.metric.title.partition(" ")
    return f"{first.lower() if first[1:].islower() else first} {rest}".strip()


def _subject(moved: Moved) -> str:
    _, _, area, period, breakdown = moved.statement.key
    part = "" if breakdown == "all" else f" ({breakdown})"
    return f"{moved.metric.title}{part} in {area}, {spelled(period)},"


def _change(moved: Moved) -> str:
    places, unit = moved.places, moved.metric.unit
    opening, closing = moved.statement.opening, moved.statement.closing
    before, after = lack(moved.status_a), lack(moved.status_b)
    if moved.change == "gone":
        return f"was {amount(opening, places)} {unit} and has no figure now ({after})"
    if moved.change == "first":
        return f"has its first figure, {amount(closing, places)} {unit} ({before} until now)"
    step = abs(rounded(moved.statement, places).closing - rounded(moved.statement, places).opening)
    points = " percentage points" if moved.metric.is_percentage else ""
    word = "rose" if closing > opening else "fell"
    told = f"{word} by {amount(step, places)}{points} to {amount(closing, places)} {unit}"
    if closing == opening:
        told = f"stayed at {amount(closing, places)} {unit}"
    return told if moved.change == "revised" else f"{told} in the ledger, with no figure on either side ({after})"


def _reasons(moved: Moved, rows: Sequence[Mapping[str, Any]], received: Received) -> str:
    """Return the causes, each with its deliveries; deliveries are named once if they are the same or many."""
    causes = by_cause(rows)
    named = causes if len(causes) <= CAUSES + 1 else causes[:CAUSES]
    clauses = [clause(cause, total, moved.places, is_count=moved.places == 0) for cause, total, _ in named]
    origins = [_from(lines, received) for _, _, lines in named]
    left = causes[len(named) :]
    delivered = [row for row in rows if row["delivery_id"] is not None]
    same = len(set(origins)) == 1 and not left
    if len(clauses) > 1 and (same or len({row["delivery_id"] for row in delivered}) > DELIVERIES):
        every = "all " if len(delivered) == len(rows) else ""
        origin = _from(delivered, received)
        return listed(clauses + _rest(left, moved.places)) + (f" ({every}{origin})" if origin else "")
    reasons = [f"{each} ({origin})" if origin else each for each, origin in zip(clauses, origins, strict=True)]
    return listed(reasons + _rest(left, moved.places))


def _rest(left: Sequence[tuple[str, Decimal, object]], places: int) -> list[str]:
    if not left:
        return []
    rest = sum((total for _, total, _ in left), Decimal(0))
    word = "added" if rest >= 0 else "took off"
    return [f"{count(len(left), 'smaller movement')} together {word} {amount(abs(rest), places)}"]


def _from(lines: Sequence[Mapping[str, Any]], received: Received) -> str:
    """Return the feed and the delivery, or how many of them and when; the lookup alone where no delivery brought it."""
    deliveries = sorted({row["delivery_id"] for row in lines if row["delivery_id"] is not None})
    named = sorted({row["feed"] for row in lines if row["feed"]})
    if not deliveries:
        return listed(named) if named else ""
    feeds = listed(named or ["feed unknown"])
    days = sorted({f"{received[each]:%Y-%m-%d}" for each in deliveries if each in received})
    if len(deliveries) == 1:
        return f"{feeds}, delivery {deliveries[0]}" + (f" of {days[0]}" if days else "")
    when = f" of {days[0]}" if len(days) == 1 else f", {days[0]} to {days[-1]}" if days else ""
    return f"{feeds}, {len(deliveries)} deliveries{when}"


def source(told: Source, titles: Mapping[str, str]) -> str:
    """What one delivery, or one cause that came with none, did across metrics."""
    reported = ", none of them reported before"
    if told.reported:
        reported = f", {'all' if told.reported == told.numbers else f'{told.reported:,}'} of them already reported"
    if told.numbers == 1:
        reported = ", already reported" if told.reported else ", not reported before"
    metrics = (
        titles.get(told.metrics[0], told.metrics[0]) if len(told.metrics) == 1 else count(len(told.metrics), "metric")
    )
    if told.delivery_id is None:
        what = f"A new {told.cause}" if told.cause in {"definition", "method"} else f"A change of {told.cause}"
        lookup = f" ({told.feed})" if told.feed else ""
        return f"{what}{lookup} moved {count(told.numbers, 'number')} of {metrics}{reported}."
    parts = [part for part in (told.file_name, told.feed) if part]
    if told.received_at:
        parts.append(f"received {told.received_at:%Y-%m-%d}")
    about = f" ({', '.join(parts)})" if parts else ""
    said = f"Delivery {told.delivery_id}{about} moved {count(told.numbers, 'number')} of {metrics}{reported}"
    records = ", ".join(f"{number:,} {cause}" for cause, number in (told.records or {}).items())
    return f"{said}; its receipt says: {records}." if records else f"{said}: {listed(told.causes)}."
