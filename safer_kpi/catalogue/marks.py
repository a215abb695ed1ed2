"""What the meaning of a mark does to a figure: a mark stands instead of a figure, or behind one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.suggestions import nearest
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from safer_kpi.catalogue.contract_source import ContractSource

#: What the lake keeps instead of a figure that is held back, and of one that is not known.
SUPPRESSED, UNAVAILABLE = "[c]", "[x]"


@dataclass(frozen=True)
class Meaning:
    """What a mark says.

    Attributes:
        words: what it says of the figure, as it follows *for* in a sentence.
        counts: whether a figure in front of the mark counts.
        kept: what the lake keeps where the mark stands alone, or behind a figure that does not count.
    """

    words: str
    counts: bool
    kept: str


def _counts(words: str) -> Meaning:
    return Meaning(words, counts=True, kept=UNAVAILABLE)


MEANINGS: Mapping[str, Meaning] = {
    "suppressed": Meaning("a figure you hold back", counts=False, kept=SUPPRESSED),
    "low": Meaning("a small figure that rounds to zero and is not zero", counts=False, kept=SUPPRESSED),
    "unavailable": Meaning("a figure that is not available", counts=False, kept=UNAVAILABLE),
    "not_applicable": Meaning("a figure that cannot exist", counts=False, kept=UNAVAILABLE),
    "none_recorded": Meaning("nothing recorded in a survey", counts=False, kept=UNAVAILABLE),
    "forecast": Meaning("a forecast, which is no observed figure", counts=False, kept=UNAVAILABLE),
    "provisional": _counts("a provisional figure"),
    "revised": _counts("a revised figure"),
    "estimated": _counts("an estimated figure"),
    "average": _counts("an average"),
    "total": _counts("a total"),
    "break": _counts("a break in the series"),
    "low_reliability": _counts("a figure of low reliability"),
    "significance": _counts("a test of significance"),
}


def stands_behind(mark: str, meaning: str) -> bool:
    """Return whether a mark may stand behind a figure: one in brackets, or one whose figure counts.

    ``12 ..`` is no figure and no mark, so that its row is held back.
    """
    return mark.startswith("[") or MEANINGS[meaning].counts


def checked_marks(terms: Mapping[str, Any], source: ContractSource) -> Mapping[str, str]:
    """Return the contract's own marks of figures, each with its meaning.

    Raises:
        ProjectError: names every unknown meaning with its line, and what is allowed.
    """
    marks: Mapping[str, str] = terms.get("marks") or {}
    mistakes = [
        f"{source.where('marks', mark)}: marks gives {mark!r} the meaning {meaning!r}. {nearest(meaning, MEANINGS)}"
        for mark, meaning in marks.items()
        if meaning not in MEANINGS
    ]
    mistakes += [
        f"{source.where('marks', mark)}: the mark {mark!r} is blank or part of a number. Write a mark of its own."
        for mark in marks
        if not mark.strip() or mark.strip()[0].isdigit() or mark.strip() in {".", ",", "%"}
    ]
    if mistakes:
        raise ProjectError("\n".join(mistakes))
    return {mark.strip(): meaning for mark, meaning in marks.items()}
