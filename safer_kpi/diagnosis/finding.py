"""What one check found. No finding holds a secret: settings are called by the names of their variables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

OK, WARNING, WRONG = "ok", "warning", "wrong"
COLUMNS = ("check", "status", "found", "mend")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of a diagnosis.

    Attributes:
        check: what was looked at.
        status: ``ok``; ``warning``: it works, and a person should know; ``wrong``: something fails or will fail.
        found: what was found, in one sentence.
        mend: what would mend it; empty if nothing is to be done.
        fix: mends it and returns what it did; None if a person must.
    """

    check: str
    status: str
    found: str
    mend: str = ""
    fix: Callable[[], str] | None = field(default=None, compare=False, repr=False)

    def as_row(self) -> dict[str, str]:
        """Return the columns that are shown."""
        return {"check": self.check, "status": self.status, "found": self.found, "mend": self.mend}


def ok(check: str, found: str) -> Finding:
    """Return a finding of something that is as it should be."""
    return Finding(check=check, status=OK, found=found)


def warning(check: str, found: str, mend: str, *, fix: Callable[[], str] | None = None) -> Finding:
    """Return a finding that a person should know of."""
    return Finding(check=check, status=WARNING, found=found, mend=mend, fix=fix)


def wrong(check: str, found: str, mend: str, *, fix: Callable[[], str] | None = None) -> Finding:
    """Return a finding of something that fails or will fail."""
    return Finding(check=check, status=WRONG, found=found, mend=mend, fix=fix)
