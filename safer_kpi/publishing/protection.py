"""What a public edition says of itself: how its figures were made, and what it promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.reading.place import PUBLIC, RESTRICTED

if TYPE_CHECKING:
    from collections.abc import Iterable

#: How a figure was made, for readers, by its ``how``; ``made`` is that of rates and shares.
NOTES = {
    "exact": "The exact count, published once and not revised",
    "corrected": "The exact count, corrected since it was first published",
    "rounded": "Rounded to a multiple of 5 to protect people: at most 4 above or below the count",
    "summed": "Summed from published figures, so roundings may add up",
    "made": "Made of published figures, which may be rounded to protect people",
}
#: What is said after that of an exact figure that the release states otherwise by now, by whether by 5 or more.
LATER = {False: "The count has changed by less than 5 since", True: "The count has changed by 5 or more since"}
#: What stands at the head of every page.
MARKS = {
    RESTRICTED: "Restricted: exact numbers, for partners only",
    PUBLIC: "Public: small numbers are protected",
}
#: What was done, in plain words.
MANNER = (
    "Some figures count people, or what happened to them. They are published in a way that protects these people.",
    (
        "A count of a ward in a quarter is rounded to a multiple of 5, up or down by a secret rule, so it is at most 4 "
        "above or below the true count. It is published once, when it has settled, and never changed."
    ),
    "A ward's year is the sum of its four published quarters, and twelve months likewise, so it may be up to 16 off.",
    (
        "The partnership's own figures are exact where that tells nothing of small groups. Elsewhere they are rounded "
        "or summed in the same way. So the figures of wards may not add up to those of the whole area."
    ),
    "Rates and shares are made of published figures. A figure that may be rounded has no interval.",
)
#: What an attacker is taken to know; what is promised against them, in three sentences; and what is not promised.
ATTACKER = (
    "The attacker has every public file ever issued, the method, denominators, formulas, declared containments and "
    "sums, and the listed external tables; knows for every published cell whether it was revised between releases and "
    "by at most how much; does not have the key, restricted files, or records of the cell."
)
PROMISE = (
    "For every protected count truly 1 to 4, the published files leave at least five consecutive whole numbers "
    "possible, the true one among them. So no such count is established exactly or within one."
)
ZERO_AND_FIVE = "A shown 0 means 0 to 4; a shown 5 means 1 to 9."
NOT_PROMISED = (
    "Not promised: likelihoods; existence where 5 or more is shown; that width against someone who knows records in "
    "the cell, or the exact number of revisions."
)


def made_how(notes: Iterable[str | None]) -> tuple[str, ...]:
    """Return how figures were made, as sentences in the order of ``NOTES``; none for figures without such a note."""
    there = {(note or "").partition(". ")[0] for note in notes}
    return tuple(f"{note}." for note in NOTES.values() if note in there)
