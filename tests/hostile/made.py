"""A generated file with what is right for it, and the judgement of what reading it came to."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Of each process, as issue 12 states it.
MOST_MEMORY = 512 * 2**20
#: A row as it must be read: its source row, then its three texts.
Row = tuple[int, "str | None", "str | None", "str | None"]
ANY = None
#: A reference that a spreadsheet has rounded, such as ``5.42E+10``.
_ROUNDED = re.compile(r"\s*\d(\.\d+)?[eE]\+\d{1,3}\s*", re.ASCII)
_WORD = re.compile(r"zq[a-z]{5}x")


@dataclass(frozen=True, kw_only=True)
class Right:
    """What is right for a file.

    Attributes:
        rows: the rows of its table; None if nothing can be read from it that is right.
        malformed: rows that are held back because they have a wrong number of fields.
        read: the records after the header.
        may_refuse: whether refusing the file is right too.
    """

    rows: Sequence[Row] | None = None
    malformed: Sequence[int] = ()
    read: int | None = None
    may_refuse: bool = False

    @property
    def accepted(self) -> int:
        """How many rows count: of rows with one reference the first, none without one or with one that was rounded."""
        return len({row[1] for row in self.rows or () if row[1] is not None and not _ROUNDED.fullmatch(row[1])})


REFUSED = Right()


@dataclass(frozen=True, kw_only=True)
class Made:
    """One generated file: its kind, the feed it is landed for, its bytes and what is right."""

    kind: str
    feed: str
    content: bytes = field(repr=False)
    right: Right = field(repr=False)
    names: tuple[str, ...] = ()

    @property
    def words(self) -> set[str]:
        """The words of its cells, headings and names, none of which any message may hold."""
        rows = self.right.rows or ()
        cells = " ".join(text for row in rows for text in row[1:] if text) if len(rows) < 100 else ""
        return set(_WORD.findall(self.content.decode("latin-1") + cells + " ".join(self.names)))


def digest(rows: Iterable[Sequence[Any]]) -> str:
    """Return a hash of rows in their order."""
    made = hashlib.sha256()
    for row in rows:
        made.update(json.dumps(list(row)).encode() + b"\n")
    return made.hexdigest()


def problems(made: Made, answer: dict[str, Any]) -> list[str]:
    """Return what is wrong with the answer to a file: it is refused or right, or this says what it is."""
    if "fault" in answer:
        return [str(answer["fault"])]
    found = [
        f"{process} took {answer[process] // 2**20} MiB"
        for process in ("parent", "child")
        if answer[process] > MOST_MEMORY
    ]
    if answer["left"]:
        found.append(f"{answer['left']} work files were left")
    found += _refused(made, answer) if "rule" in answer else _read(made.right, answer)
    return found + (_landed(made, answer) if "landed" in answer else [])


def _landed(made: Made, answer: dict[str, Any]) -> list[str]:
    landed, found = answer["landed"], []
    if (landed["status"] == "refused") != ("rule" in answer):
        found.append(f"it was landed as {landed['status']}, and read otherwise")
    if landed["status"] == "accepted" and {landed["rows"], landed["live"]} != {answer["accepted"]}:
        found.append(f"{landed['live']} rows are live of {answer['accepted']}")
    if made.words & set(_WORD.findall(landed["said"])):
        found.append("values stand in the receipt")
    return found


def _refused(made: Made, answer: dict[str, Any]) -> list[str]:
    found = []
    if not (answer["rule"] and answer["said"] and answer["next_action"]):
        found.append("the refusal lacks its rule, its words or the next action")
    if answer["rule"] == "sandbox":
        found.append(f"the child's limits refused it, and no rule: {answer['said']}")
    if shown := made.words & set(_WORD.findall(f"{answer['said']} {answer['next_action']} {answer['rule']}")):
        found.append(f"{len(shown)} values stand in the message")
    if made.right.rows is not None and not made.right.may_refuse and made.right.accepted:
        found.append(f"it can be read, and was refused: {answer['rule']}: {answer['said']}")
    return found


def _read(right: Right, answer: dict[str, Any]) -> list[str]:
    if right.rows is None:
        return [f"it cannot be read right, and {answer['rows']} rows were read"]
    found = []
    if answer["digest"] != digest(right.rows):
        found.append(
            f"{answer['rows']} rows were read that are not the {len(right.rows)} of the file: {answer['first']}"
        )
    if tuple(answer["malformed"]) != tuple(right.malformed):
        found.append("other rows were held back as malformed")
    if right.read is not None and answer["read"] != right.read:
        found.append(f"{answer['read']} rows read of {right.read}")
    if answer["read"] != answer["accepted"] + answer["quarantined"] + answer["skipped"]:
        found.append("rows read are not those accepted, quarantined and skipped")
    if answer["accepted"] != right.accepted:
        found.append(f"{answer['accepted']} rows were accepted of {right.accepted}")
    return found
