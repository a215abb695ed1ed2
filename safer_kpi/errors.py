"""Everything that can go wrong, by who can mend it.

One base class. A branch carries the exit code a command ends with and the next action a person can take.
No message ever holds a row's value.
"""

from __future__ import annotations


class SaferKpiError(Exception):
    """Any error this package raises on purpose; ``exit_code`` is what a command ends with."""

    exit_code = 1

    def __init__(self, what: str, *, next_action: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.next_action = next_action

    def __str__(self) -> str:
        return f"{self.what} {self.next_action}".strip()


class CheckFailed(SaferKpiError):
    """A check of numbers, files or signatures did not hold."""

    exit_code = 1


class UsageError(SaferKpiError):
    """The call itself is wrong: an unknown name, a date in the future, a missing reason."""

    exit_code = 2


class ProjectError(UsageError):
    """The project's own contracts, definitions or settings contradict each other."""


class NotFound(UsageError):
    """What was named does not exist: a release, delivery, metric, feed or file."""


class ApprovedAlready(UsageError):
    """The same person, or the same key, has approved the draft already: another one must."""


class InputRefused(SaferKpiError):
    """A partner's file is unusable as a whole. Nothing changed but its receipt.

    Attributes:
        rule: the contract clause or reading rule that was broken.
        row: the source row (the header is row 1), where one row is to blame.
    """

    exit_code = 3

    def __init__(self, what: str, *, rule: str, row: int | None = None, next_action: str = "") -> None:
        super().__init__(what, next_action=next_action)
        self.rule = rule
        self.row = row


class LeaseHeld(SaferKpiError):
    """Another writer holds the lake's lease and did not let go in time."""


class LakeFormat(SaferKpiError):
    """The lake is stored in another format than this version, or this command, can use."""


class LakeBroken(SaferKpiError):
    """Stored state contradicts itself; a person must look."""
