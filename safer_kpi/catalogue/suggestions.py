"""What a message says after an unknown word: the word that was probably meant, and the allowed words."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return the next action after an unknown word: the suggestion if one word is close, and all allowed words."""
    known = sorted(allowed)
    return f"{suggested(word, known)} Allowed: {', '.join(known) or 'nothing'}.".lstrip()


def suggested(word: str, allowed: Iterable[str]) -> str:
    """Return a question that suggests the allowed word closest to ``word``, or an empty text if none is close."""
    # In a short word, two letters that changed places leave only half of it equal.
    close = difflib.get_close_matches(word, sorted(allowed), n=1, cutoff=0.5 if len(word) < 4 else 0.6)
    return f"Did you mean {close[0]}?" if close else ""


def closest(word: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed word closest to ``word``, capitals aside; None if none is close."""
    known = {other.casefold(): other for other in allowed}
    close = difflib.get_close_matches(word.casefold(), sorted(known), n=1, cutoff=0.6)
    return known[close[0]] if close else None
