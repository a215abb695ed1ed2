"""The change of a number since the year before in words: how much, from what, and what must be known to read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.publishing import words
from safer_kpi.publishing.model.shown import Shown, reference_of
from safer_kpi.statements.wording import listed

if TYPE_CHECKING:
    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.publishing.facts import Change, Number

_NO_CHANGE = "No change"
#: How the reason begins if the earlier period has no number.
_NOTHING_BEFORE = "there is no number of"


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeTold:
    """A change for readers.

    Attributes:
        words: ``Down 367 (7.9%)``; or why there is none, as a sentence.
        is_known: whether there is one.
        reference: the value it starts from.
        period: the period of that value in words; empty where there is none.
        note: what must be known to read it, as sentences.
        value: the value of the months that both periods have, if these are not the whole period.
        covering: these months in words; empty where it is the whole period.
    """

    words: str
    is_known: bool
    reference: Shown | None = None
    period: str = ""
    note: str = ""
    value: Shown | None = None
    covering: str = ""


def change_told(number: Number | None, change: Change | None) -> ChangeTold:
    """Return the change of a number in words."""
    if number is None or change is None:
        return ChangeTold(words="There is no earlier figure.", is_known=False)
    kind, unit = number.key.period_type, number.unit
    if change.difference is None:
        return ChangeTold(words=_why(change.reason or "", kind), is_known=False)
    part = change.months != change.of_months
    value = None
    if part and change.value is not None:
        value = Shown(text=words.figure(change.value, unit), value=change.value, of=change.key, column="change_value")
    period = "" if change.reference_period is None else words.period(change.reference_period, kind)
    return ChangeTold(
        words=_moved(change, unit),
        is_known=True,
        reference=reference_of(change, unit),
        period=period,
        note=" ".join(_notes(change, unit)),
        value=value,
        covering=f"the {words.months(change.months)} that both periods have" if part else "",
    )


def _why(reason: str, kind: PeriodType) -> str:
    """Return why there is no change, as a sentence."""
    if not reason or reason.startswith(_NOTHING_BEFORE):
        return "There is no earlier figure."
    return f"Not compared: {words.in_words(reason, kind)}."


def _moved(change: Change, unit: str) -> str:
    difference = change.difference or 0.0
    if not words.is_seen(difference, unit):
        return _NO_CHANGE
    share = "" if change.percentage is None else f" ({words.share(change.percentage)})"
    return f"{'Up' if difference > 0 else 'Down'} {words.step(difference, unit)}{share}"


def _notes(change: Change, unit: str) -> list[str]:
    notes = []
    if change.left_out:
        left = listed([words.in_words(label, "month") for label in change.left_out])
        notes.append(f"Compared over {words.months(change.months)}, without {left}.")
    if change.basis == "latest known":
        notes.append("The earlier period was not known at the same age; it is compared as it is known now.")
    elif (
        change.latest_reference_value is not None
        and change.reference_value is not None
        and words.figure(change.latest_reference_value, unit) != words.figure(change.reference_value, unit)
    ):
        notes.append(
            "The earlier period is taken as it was known when it was as old as this one is now. Later records have "
            f"brought it to {words.figure(change.latest_reference_value, unit)}."
        )
    if change.contributors_differ:
        notes.append(words.sentence(words.in_words(change.contributors_differ, "month")))
    return notes
