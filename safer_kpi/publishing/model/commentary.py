"""Commentary: what named people say of a report. It is shown as theirs, and may not contradict the stored numbers.

A file such as ``commentary/2024-25-Q4.yaml`` holds a list of comments::

    - about: 1a.robbery            # a metric, or report (every page), summary, wards, people, changes or quality
      by: A. Sample (police)
      date: 2025-07-30
      text: Robbery fell after the patrols began.
      although: ...                # why it is written in spite of the stored numbers; shown beside it
      evidence: [1a.robbery]       # metrics that it rests on; shown beside it

A sentence that says that something rose, fell, improved or worsened is checked against the change and the verdict that
the release states of its metric, or of its evidence.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import CheckFailed, UsageError
from safer_kpi.statements.wording import day_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from safer_kpi.publishing.model.score import Score

#: The section of what somebody recommends to do.
RECOMMENDATIONS = "recommendations"
#: What a comment may be about besides a metric; one about the report stands at the head of every page.
SECTIONS = ("report", "summary", "wards", "people", "changes", "quality")
#: What a comment on a strategic assessment may be about besides a metric.
ASSESSMENT_SECTIONS = (
    "report", "summary", "levels", "wards", "times", "people", "repeats", "substances", "peers", "emerging", "progress",
    RECOMMENDATIONS, "views", "changes", "quality",
)  # fmt: skip
_FIELDS = ("about", "by", "date", "text")
#: What a word says: of the change, up or down; of the verdict, better or worse.
_SAYS = {
    says: re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for says, words in {
        "up": "rose|risen|rises?|rising|increase[sd]?|increasing|went up|gone up|grew|grown",
        "down": "fell|fallen|falls?|falling|decrease[sd]?|decreasing|went down|gone down|dropped|declined?|declining",
        "improving": "improve[sd]?|improving|improvement|better",
        "worsening": "worsen(?:ed|s|ing)?|worse|deteriorate[sd]?|deteriorating",
    }.items()
}
#: Words that say in a recommendation what should come and not what was, and what then stands before them, such as
#: "Increase the patrols" and "We should provide better lighting".
_ASKS = {"increase", "decrease", "improve", "better"}
_ASKED = re.compile(r"(?:^|[,:;]|\b(?:to|should|must|shall|and|or|with|for|need|provide))\W*$", re.IGNORECASE)
_NEGATED = re.compile(r"(?:\b(?:not|no|never|neither)\b|n't)(?:\W+\w+){0,2}\W*$", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?]+[.!?]?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Comment:
    """What one person says of one metric or section, and the metrics that it rests on.

    ``although`` is why it is said in spite of the stored numbers.
    """

    about: str
    by: str
    on: dt.date
    text: str
    although: str
    evidence: tuple[str, ...] = ()

    @property
    def day(self) -> str:
        """The day of the comment in words."""
        return day_in_words(self.on)


@dataclass(frozen=True, slots=True)
class Commentary:
    """The comments of a report, and the SHA-256 of their file; no comments where there is no file."""

    comments: tuple[Comment, ...] = ()
    sha256: str | None = None
    content: bytes = b""

    def of(self, about: str) -> tuple[Comment, ...]:
        """Return what is said of a metric or a section, in the order of the file."""
        return tuple(comment for comment in self.comments if comment.about == about)


def read_commentary(file: Path) -> Commentary:
    """Return the comments in a file.

    Raises:
        UsageError: the file is not a list of comments, or one of them lacks a field.
    """
    import yaml

    content = file.read_bytes()
    try:
        found = yaml.safe_load(content)
    except yaml.YAMLError:
        found = None
    if not isinstance(found, list):
        raise UsageError(
            f"{file.name} is not a list of comments.", next_action="Write each with about, by, date and text."
        )
    comments = tuple(_comment(file.name, place, one) for place, one in enumerate(found, start=1))
    return Commentary(comments, hashlib.sha256(content).hexdigest(), content)


def _comment(name: str, place: int, one: Any) -> Comment:
    given = one if isinstance(one, dict) else {}
    lacking = [field for field in _FIELDS if not given.get(field)]
    if lacking or not isinstance(given["date"], dt.date):
        what = f"lacks {', '.join(lacking)}" if lacking else "has no day, such as 2025-07-30, as its date"
        raise UsageError(f"Comment {place} of {name} {what}.", next_action="Write about, by, date and text.")
    about, by, text, although = (
        " ".join(str(given.get(key) or "").split()) for key in ("about", "by", "text", "although")
    )
    evidence = given.get("evidence") or []
    if not isinstance(evidence, list):
        raise UsageError(
            f"The evidence of comment {place} of {name} is not a list.",
            next_action="Write the ids of the metrics in brackets: [1a.robbery].",
        )
    rests_on = tuple(map(str, evidence))
    return Comment(about=about, by=by, on=given["date"], text=text, although=although, evidence=rests_on)


def require_true(commentary: Commentary, lines: Mapping[str, Score], sections: Sequence[str] = SECTIONS) -> None:
    """Raise unless each comment is about something of the report and contradicts no stored number.

    Raises:
        UsageError: a comment is about no metric and no section of the report, or rests on no metric of it.
        CheckFailed: a sentence contradicts the change or the verdict of its metric, and gives no reason.
    """
    for comment in commentary.comments:
        if comment.about not in lines and comment.about not in sections:
            raise UsageError(
                f"{comment.by} comments on {comment.about[:40]!r}, which is no measure of this report.",
                next_action=f"Name a metric's id, or one of {', '.join(sections)}.",
            )
        for name in comment.evidence:
            if name not in lines:
                raise UsageError(
                    f"{comment.by} rests on {name[:40]!r}, which is no measure of this report.",
                    next_action="Name the ids of metrics as evidence.",
                )
        told = [lines[name] for name in (comment.about, *comment.evidence) if name in lines]
        if not comment.although and (found := _contradictions(comment, told)):
            raise CheckFailed(
                f"The comment of {comment.by} contradicts the release: {' '.join(found)}",
                next_action="Mend the sentence, or say under although why it stands.",
            )


def _contradictions(comment: Comment, lines: Sequence[Score]) -> list[str]:
    found = []
    may_ask = comment.about == RECOMMENDATIONS
    for sentence in _SENTENCE.findall(comment.text):
        for says, pattern in _SAYS.items():
            for word in pattern.finditer(sentence):
                before = sentence[: word.start()]
                if may_ask and word[0].lower() in _ASKS and _ASKED.search(before):
                    continue
                negated = _NEGATED.search(before) is not None
                if (told := _against(says, negated=negated, lines=lines)) is not None:
                    found.append(f"{sentence.strip()!r} says {word[0]!r}, {told}.")
    return found


def _against(says: str, *, negated: bool, lines: Sequence[Score]) -> str | None:
    """Return what speaks against a word, with the numbers; None if it holds of any of the lines."""
    if not lines:
        return None if negated else "which nothing can be checked against in a section: say it of the measure itself"
    if any((says in _standing(line)) != negated for line in lines):
        return None
    return "; ".join(map(_stored, lines))


def _stored(line: Score) -> str:
    """Return what the release states of a metric, with the numbers."""
    stored = line.change.words.rstrip(".")
    if line.change.reference is not None:
        stored += f" from {line.change.reference.text}"
    return f"and the release states of {line.metric.title}: {stored}; verdict {line.judgement.word.lower()}"


def _standing(line: Score) -> Sequence[str]:
    """Return what is true of a metric: the direction of its change, and its verdict."""
    stored = line.judgement.verdict.verdict if line.judgement.verdict is not None else ""
    direction = {"Up": "up", "Down": "down"}.get(line.change.words.partition(" ")[0], "")
    return [direction, stored]
