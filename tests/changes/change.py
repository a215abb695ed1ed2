"""A change of a lake, and the words by which ``verify`` must name it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.changes.lake import Place


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change.

    Attributes:
        kind: bits, files, rows, columns, keys, chain, or nothing (what must pass unless it is found all the same).
        place: what is changed.
        what: it in words, for whoever looks for a change that was missed.
        make: makes the change.
        named: a pattern that a failed check must match, as ``check subject: detail``.
        pool: changes of one pool are made together, because each is named by itself; None: it is made alone.
    """

    kind: str
    place: str
    what: str
    make: Callable[[Place], Any] = field(repr=False)
    named: str
    pool: str | None = None
