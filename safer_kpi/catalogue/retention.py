"""How long the bytes that a partner sent may be kept, as its contract says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Retention:
    """The bytes of a file go ``months`` months after it was received, as the legal ``rule`` of that name demands."""

    months: int
    rule: str


def retention_of(feed: str, terms: Mapping[str, Any]) -> Retention | None:
    """A contract's retention; None where its bytes are kept.

    Raises:
        ProjectError: it lacks the months or the rule's name, or holds something else.
    """
    told = terms.get("retention")
    if told is None:
        return None
    months, rule = told.get("months"), str(told.get("rule", "")).strip()
    if set(told) != {"months", "rule"} or not isinstance(months, int) or months < 1 or not rule:
        raise ProjectError(
            f"contracts/feeds/{feed}.py: retention needs the months, a whole number from 1, and the rule, its name."
        )
    return Retention(months=months, rule=rule)
