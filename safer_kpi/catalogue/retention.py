"""How long the bytes that a partner sent may be kept, as its contract says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Retention:
    """The bytes of a file go ``months`` months after it was received, as the ``rule`` demands.

    If ``months`` is None they are kept without limit, and the rule is the reason for that.
    """

    months: int | None
    rule: str


def retention_of(terms: Mapping[str, Any]) -> Retention | None:
    """Return the retention of a contract whose terms are checked; None if it declares none."""
    told = terms.get("retention")
    return None if told is None else Retention(months=told["months"], rule=told["rule"].strip())
