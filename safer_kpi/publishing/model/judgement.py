"""The stored verdict of a number in words: is it better, is it more than chance, and if it is not judged, why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from safer_kpi.publishing import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from safer_kpi.publishing.facts import Metric, Number, Verdict

Kind = Literal["better", "worse", "same", "waiting", "unjudged"]

_JUDGED: dict[str, tuple[str, Kind, str]] = {
    "improving": (
        "Improving",
        "better",
        "It moved in the direction that counts as better, by more than chance explains.",
    ),
    "worsening": (
        "Worsening",
        "worse",
        "It moved in the direction that counts as worse, by more than chance explains.",
    ),
    "no clear change": (
        "No clear change",
        "same",
        "Chance alone can explain the difference. That does not prove that nothing changed.",
    ),
}
_CONTEXT = "Up or down is neither good nor bad by itself, so nothing is judged."
_PROVISIONAL = "Late records still add to the figure, so it is judged once it has settled."
#: What the reasons stored with a verdict mean, by how they begin.
_REASONS = {
    "the question or the way of counting changed": (
        "The question or the way of counting changed in between, so the two figures cannot be compared."
    ),
    "too few": "There are too few events for a fair test: even a large change could be chance.",
    "no test fits this measure": "No statistical test fits this kind of figure.",
    "it shares months with": "The two periods share months, so they cannot be compared.",
    "there is no number of": "There is no earlier figure to compare with.",
}
_NONE = "There is no earlier figure that it is judged against."


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """Whether a number got better.

    Attributes:
        word: the verdict in one or two words.
        kind: how it is marked.
        why: one or two sentences on what the verdict means here.
        test: the test and its result in a sentence; empty where nothing was tested.
        verdict: the stored verdict; None where there is none.
    """

    word: str
    kind: Kind
    why: str
    test: str
    verdict: Verdict | None


def judgement(metric: Metric, number: Number | None, verdicts: Mapping[str, Verdict]) -> Judgement:
    """Return the judgement of a number: against the year before, else against its baseline."""
    verdict = verdicts.get("year_before") or verdicts.get("baseline")
    if number is None:
        return _unjudged("No data", "waiting", "No figure has been received.", None)
    if number.value is None:
        return _unjudged(words.LACKS.get(number.status, number.status.capitalize()), "waiting", _lack(number), verdict)
    if verdict is not None and verdict.verdict in _JUDGED:
        word, kind, why = _JUDGED[verdict.verdict]
        return Judgement(word=word, kind=kind, why=why, test=_test(verdict), verdict=verdict)
    if number.is_provisional:
        return _unjudged("Provisional", "waiting", _PROVISIONAL, verdict)
    if metric.polarity not in ("lower_is_better", "higher_is_better"):
        return _unjudged("Not judged", "unjudged", _CONTEXT, verdict)
    return _unjudged("Not judged", "unjudged", _reason(number, verdict), verdict)


def _unjudged(word: str, kind: Kind, why: str, verdict: Verdict | None) -> Judgement:
    return Judgement(word=word, kind=kind, why=why, test="", verdict=verdict)


def _lack(number: Number) -> str:
    told = {
        "incomplete": "Part of the data has not been received, and a part is not the whole.",
        "missing": "No data has been received for this period.",
        "suppressed": "The figure is withheld to protect people.",
        "unavailable": "The figure cannot be worked out, because something that it needs is not there.",
    }
    return told.get(number.status, f"The figure is {number.status}.")


def _reason(number: Number, verdict: Verdict | None) -> str:
    if verdict is None:
        return _NONE
    for beginning, meaning in _REASONS.items():
        if verdict.reason.startswith(beginning):
            return meaning
    return words.sentence(words.in_words(verdict.reason, number.key.period_type))


def _test(verdict: Verdict) -> str:
    """Return the test and how probable such a difference is by chance."""
    if verdict.test is None or verdict.p_value is None:
        return ""
    p = "below 0.001" if verdict.p_value < 0.001 else f"{verdict.p_value:.3g}"
    named = {"exact conditional Poisson": "An exact Poisson test", "score": "A score test of two proportions"}
    return f"{named.get(verdict.test, verdict.test)} of the two periods gives p {p}."
