"""The errors this package raises, grouped by who can fix them.

Every error derives from one base class and carries the exit code of the command and the next action for a person.
No message contains a value from a row.
"""

from __future__ import annotations


class SaferKpiError(Exception):
    """An error this package raises on purpose; a command that fails with it ends with ``exit_code``."""

    exit_code = 1

    def __init__(self, what: str, *, next_action: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.next_action = next_action

    def __str__(self) -> str:
        return f"{self.what} {self.next_action}".strip()


class CheckFailed(SaferKpiError):
    """A check of numbers, files or signatures failed."""

    exit_code = 1


class UsageError(SaferKpiError):
    """A call or command is wrong: an unknown name, a date in the future or a missing reason."""

    exit_code = 2


class ProjectError(UsageError):
    """The project's contracts, definitions or settings contain a mistake or contradict each other."""


class NotFound(UsageError):
    """The named release, delivery, metric, feed or file does not exist."""


class ApprovedAlready(UsageError):
    """The person or key has already approved the draft; a different person must approve it."""


class InputRefused(SaferKpiError):
    """A partner's file is refused as a whole; only its receipt is stored.

    Attributes:
        rule: the contract clause or reading rule that the file breaks.
        row: the source row at fault (the header is row 1); None if the whole file is at fault.
    """

    exit_code = 3

    def __init__(self, what: str, *, rule: str, row: int | None = None, next_action: str = "") -> None:
        super().__init__(what, next_action=next_action)
        self.rule = rule
        self.row = row


class MissingExtra(UsageError):
    """A package is not installed that an extra of this one brings.

    Attributes:
        extra: the extra, such as ``pipeline``.
    """

    def __init__(self, package: str, *, extra: str) -> None:
        super().__init__(
            f"{package} is not installed.", next_action=f"Install it with: pip install 'safer-kpi[{extra}]'."
        )
        self.extra = extra


class Unavailable(SaferKpiError):
    """The disk, the object storage, the catalogue or the network failed; nothing was half done.

    Attributes:
        kind: what failed, such as ``disk full`` or ``S3 busy``; the reference of commands lists them.
    """

    exit_code = 4

    def __init__(self, what: str, *, next_action: str = "", kind: str = "") -> None:
        super().__init__(what, next_action=next_action)
        self.kind = kind


class LeaseHeld(SaferKpiError):
    """Another writer held the lake's lease until the waiting time ended."""


class LakeFormat(SaferKpiError):
    """The lake is stored in another format than this version, or this command, can use."""


class ReleaseFormat(SaferKpiError):
    """A release is of a newer format than this version can read."""


class ClockAhead(SaferKpiError):
    """A time lies too far after what other clocks say; an entry with it would keep that time for ever."""


class LakeBroken(SaferKpiError):
    """The lake's stored state contradicts itself; a person must inspect it."""


class FetchFailed(SaferKpiError):
    """A source could not be asked, or gave something that is not the file; nothing of it was dropped."""


class SourceUnreachable(FetchFailed):
    """A source failed again and again; asking it for its other files now would not help."""
