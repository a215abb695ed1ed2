"""The sentences of a comparison: how many numbers moved, the leading ones and their causes, and each delivery.

The sentences do not judge a change; only the metric's definition says which direction is better.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.reconcile import rounded
from safer_kpi.statements.moved import Moved, Named, Source, Totals, by_cause
from safer_kpi.statements.wording import (
    amount,
    better,
    clause,
    count,
    day_in_words,
    feed_in_words,
    lack,
    listed,
    part_word,
    spelled,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    Received = Mapping[int, dt.datetime]

#: The most causes in a sentence; the others are added up.
CAUSES = 4
#: With more deliveries than this, a sentence names them together and not with each cause.
DELIVERIES = 3


def side(named: Named) -> str:
    """Return a side's label, the time it was known and, for a release, its approvers."""
    known = f"known up to {named.known_at:%Y-%m-%d %H:%M} UTC" if named.known_at else "before the first entry"
    parts = [f"{named.label}: {known} (entry {named.last_entry})"]
    if named.approved_by:
        parts.append(f"approved by {listed(named.approved_by)}")
    if named.supersedes:
        parts.append(f"supersedes {named.supersedes}")
    return ", ".join(parts)


def shown(some: int, every: int) -> str:
    """Return how many of all items a list shows."""
    return "all of them" if some == every else f"{some:,} of {every:,}"


def overview(totals: Totals) -> list[str]:
    """Return how many numbers moved, one sentence per kind of change."""
    if not totals.numbers:
        return ["Neither side has a number for this selection."]
    if not totals.moved:
        same = count(totals.numbers, "number is", "numbers are")
        return [f"Nothing changed: {same} the same on both sides, residual 0."]
    sentences = ["No number has a figure on both sides."]
    explained = ", each explained to the last unit, residual 0" if totals.revised else ""
    if totals.both == 1:
        sentences = [f"Both sides have a figure for one number: it {'changed' if totals.revised else 'is the same'}."]
    elif totals.both:
        changed = _of(totals.revised, totals.both)
        sentences = [f"Both sides have a figure for {totals.both:,} numbers: {changed} changed{explained}."]
    if totals.gone:
        sentences.append(f"{count(totals.gone, 'number')} had a figure before and {_have(totals.gone)} none now.")
    if totals.first:
        sentences.append(f"{count(totals.first, 'number has', 'numbers have')} a figure for the first time.")
    if totals.unstated:
        sentences.append(
            f"{count(totals.unstated, 'number')} without a figure on either side (not covered, incomplete, suppressed "
            "or unavailable) moved."
        )
    if totals.settled:
        sentences.append(
            f"{count(totals.settled, 'number')} moved but {_have(totals.settled)} the same value as before."
        )
    return sentences


def _of(some: int, every: int) -> str:
    return "all of them" if some == every else f"{some:,} of them" if some else "none of them"


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def headline(moved: Moved, received: Received, *, backwards: bool = False) -> str:
    """Return one sentence on how a number changed and why."""
    shown = rounded(moved.statement, moved.places)
    rows = [row for row in shown.movements if row["amount"]]
    if not rows:
        return f"{_subject(moved)} {_change(moved)}."
    turned = [{**row, "amount": -row["amount"]} for row in rows] if backwards else rows
    joint = ", as it was before " if backwards else ": "
    return f"{_subject(moved)} {_change(moved)}{joint}{_reasons(moved, turned, received)}."


def beside(moved: Moved) -> list[str]:
    """Return sentences on a number's companions and on the other numbers that moved in its months."""
    sentences = [f"In the same period, {_title(number)} {_change(number)}." for number in moved.companions]
    if moved.followers:
        sentences.append(f"{count(moved.followers, 'other number')} of this metric moved in the same months.")
    return sentences


def nature(moved: Moved) -> str:
    """Return the metric's kind and better direction: ``outcome, lower is better``."""
    metric = moved.metric
    return ", ".join(word for word in (metric.kind, better(metric.polarity)) if word)


def _title(moved: Moved) -> str:
    """Return the metric's title for the middle of a sentence: in lower case unless it begins with an abbreviation."""
    first, _, rest = moved.metric.title.partition(" ")
    return f"{first.lower() if first[1:].islower() else first} {rest}".strip()


def _subject(moved: Moved) -> str:
    _, _, area, period, breakdown = moved.statement.key
    part = part_word(breakdown)
    return f"{moved.metric.title}{part} in {area}, {spelled(period, moved.period_type)},"


def _change(moved: Moved) -> str:
    places, unit = moved.places, moved.metric.unit
    opening, closing = moved.statement.opening, moved.statement.closing
    before, after = lack(moved.status_a), lack(moved.status_b)
    if moved.change == "gone":
        return f"was {amount(opening, places)} {unit} and now has no figure ({after})"
    if moved.change == "first":
        return f"has its first figure, {amount(closing, places)} {unit} ({before} until now)"
    step = abs(rounded(moved.statement, places).closing - rounded(moved.statement, places).opening)
    points = " percentage points" if moved.metric.is_percentage else ""
    word = "rose" if closing > opening else "fell"
    change = f"{word} by {amount(step, places)}{points} to {amount(closing, places)} {unit}"
    if closing == opening:
        change = f"stayed at {amount(closing, places)} {unit}"
    return change if moved.change == "revised" else f"{change} in the ledger, with no figure on either side ({after})"


def _reasons(moved: Moved, rows: Sequence[Mapping[str, Any]], received: Received) -> str:
    """Return the causes with their deliveries; the deliveries once if they are the same for all causes, or many."""
    causes = by_cause(rows)
    named = causes if len(causes) <= CAUSES + 1 else causes[:CAUSES]
    clauses = [clause(cause, total, moved.places, is_count=moved.places == 0) for cause, total, _ in named]
    origins = [_from(lines, received, moved.feeds) for _, _, lines in named]
    left = causes[len(named) :]
    delivered = [row for row in rows if row["delivery_id"] is not None]
    same = len(set(origins)) == 1 and not left
    if len(clauses) > 1 and (same or len({row["delivery_id"] for row in delivered}) > DELIVERIES):
        every = "all in " if len(delivered) == len(rows) else ""
        origin = _from(delivered, received, moved.feeds)
        return listed(clauses + _rest(left, moved.places)) + (f" ({every}{origin})" if origin else "")
    reasons = [f"{reason} ({origin})" if origin else reason for reason, origin in zip(clauses, origins, strict=True)]
    return listed(reasons + _rest(left, moved.places))


def _rest(left: Sequence[tuple[str, Decimal, object]], places: int) -> list[str]:
    if not left:
        return []
    rest = sum((total for _, total, _ in left), Decimal(0))
    word = "added" if rest >= 0 else "subtracted"
    return [f"{count(len(left), 'smaller movement')} together {word} {amount(abs(rest), places)}"]


def _from(lines: Sequence[Mapping[str, Any]], received: Received, titles: Mapping[str | None, str]) -> str:
    """Return the delivery or the number of deliveries, and the feed; only the list if no delivery changed it."""
    deliveries = sorted({row["delivery_id"] for row in lines if row["delivery_id"] is not None})
    named = sorted({feed_in_words(row["feed"], titles.get(row["feed"])) for row in lines if row["feed"]})
    if not deliveries:
        return listed(named) if named else ""
    feeds = listed(named or ["unknown feed"])
    days = [day_in_words(day) for day in sorted({received[key].date() for key in deliveries if key in received})]
    if len(deliveries) == 1:
        return f"delivery {deliveries[0]}" + (f" of {days[0]}" if days else "") + f", {feeds}"
    when = f" of {days[0]}" if len(days) == 1 else f" from {days[0]} to {days[-1]}" if days else ""
    return f"{len(deliveries)} deliveries{when}, {feeds}"


def source(told: Source, titles: Mapping[str, str]) -> str:
    """Return one sentence on the effect of one delivery, or of one cause without a delivery, on all metrics."""
    reported = ", none of them reported before"
    if told.reported:
        reported = f", {'all' if told.reported == told.numbers else f'{told.reported:,}'} of them already reported"
    if told.numbers == 1:
        reported = ", already reported" if told.reported else ", not reported before"
    metrics = (
        titles.get(told.metrics[0], told.metrics[0]) if len(told.metrics) == 1 else count(len(told.metrics), "metric")
    )
    if told.delivery_id is None:
        reference = "A change of reference data" if told.cause == "reference" else f"A change of {told.cause}"
        subject = f"A new {told.cause}" if told.cause in {"definition", "method"} else reference
        lookup = f" ({feed_in_words(told.feed, told.feed_title)})" if told.feed else ""
        return f"{subject}{lookup} moved {count(told.numbers, 'number')} of {metrics}{reported}."
    parts = [f"file {PurePosixPath(told.file_name).name}"] if told.file_name else []
    parts += [feed_in_words(told.feed, told.feed_title)] if told.feed else []
    if told.received_at:
        parts.append(f"received {day_in_words(told.received_at)}")
    about = f" ({', '.join(parts)})" if parts else ""
    effect = f"Delivery {told.delivery_id}{about} moved {count(told.numbers, 'number')} of {metrics}{reported}"
    changes = ", ".join(f"{number:,} {cause}" for cause, number in (told.records or {}).items())
    return f"{effect}; its receipt lists {changes}." if changes else f"{effect}: {listed(told.causes)}."
