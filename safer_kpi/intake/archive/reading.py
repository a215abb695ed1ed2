"""The parent's side of reading an archive: a child lists its files, and unpacks one at a time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import InputRefused
from safer_kpi.intake.archive.child import UNPACKED
from safer_kpi.intake.archive.limits import ArchiveLimits
from safer_kpi.intake.content import A_ZIP, kind_of
from safer_kpi.intake.sandbox import START, working

if TYPE_CHECKING:
    from pathlib import Path

_START = START.format("archive.child")
_LIMITS = ArchiveLimits()


@dataclass(frozen=True, kw_only=True)
class Member:
    """A file in an archive: its place there, its name without folders, and its size in bytes.

    ``has_remarks`` says whether the archive holds comments, which belong to no file.
    """

    place: int
    name: str
    size: int
    has_remarks: bool = False


def is_archive(path: Path) -> bool:
    """Return whether a file is a ZIP archive of files, by its first bytes; a workbook, which is a ZIP too, is not."""
    try:
        with path.open("rb") as file:
            return kind_of(file.read(4096)) == A_ZIP
    except OSError:
        return False


def members_of(path: Path, work: Path, limits: ArchiveLimits = _LIMITS) -> list[Member]:
    """Return the files in an archive, by name.

    Args:
        path: the archive.
        work: a folder for work files.
        limits: how large it may be.

    Raises:
        InputRefused: ``too_large``, ``bomb``, ``nested``, ``link``, ``path``, ``duplicate_part``, ``empty``,
            ``encrypted``, ``truncated``, ``damaged``, or ``sandbox`` if the child broke a limit or died.
    """
    if path.stat().st_size > limits.max_bytes:
        raise InputRefused(
            f"The archive holds more than {limits.max_bytes:,} bytes.",
            rule="too_large",
            next_action="Ask the partner to send it in parts.",
        )
    answer = _asked(path, None, work, limits)
    found = [
        Member(place=place, name=name, size=size, has_remarks=answer["has_remarks"])
        for place, name, size in answer["files"]
    ]
    return sorted(found, key=lambda member: member.name)


def unpack(path: Path, place: int, out: Path, limits: ArchiveLimits = _LIMITS) -> None:
    """Unpack the file at a place of an archive to ``out``, whole or not at all.

    Raises:
        InputRefused: ``damaged`` or ``bomb``, or ``sandbox`` if the child broke a limit or died.
    """
    _asked(path, place, out.parent, limits, out)


def _asked(path: Path, place: int | None, work: Path, limits: ArchiveLimits, out: Path | None = None) -> dict[str, Any]:
    job = {
        "path": str(path.resolve()),
        "place": place,
        "limits": asdict(limits),
        "memory_bytes": 512 * 2**20,
        "cpu_seconds": 600,
    }
    with working(work) as own:
        answer = own.ask(_START, job, 600)
        if out is not None:
            (own.folder / UNPACKED).replace(out)
    return answer
