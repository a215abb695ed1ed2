"""One file of a project that is not as today's version needs it, and how to make it so."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

Action = Literal["replace", "add", "remove", "change"]


@dataclass(frozen=True, kw_only=True)
class Outdated:
    """One file of a project that is not as today's version needs it.

    Attributes:
        path: the file, from the project's folder.
        action: ``replace``, ``add`` and ``remove`` are safe: no person has written it. ``change`` is for a person.
        lines: for ``change``, what to change, a line each.
    """

    path: str
    action: Action
    lines: tuple[str, ...] = ()


def differences(own: bytes, today: bytes) -> tuple[str, ...]:
    """Return how to make a file today's, as ``line 7: - old`` and ``line 7: + new``."""
    before = own.decode(errors="replace").splitlines()
    after = today.decode(errors="replace").splitlines()
    found: list[str] = []
    for tag, first, last, start, end in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            found += [f"line {number + 1}: - {before[number]}" for number in range(first, last)]
            found += [f"line {first + 1}: + {after[number]}" for number in range(start, end)]
    return tuple(found)
