"""The files in an archive, after everything that must not be unpacked has been refused."""

from __future__ import annotations

import re
import stat
from collections import Counter
from typing import TYPE_CHECKING, BinaryIO

from safer_kpi.errors import InputRefused
from safer_kpi.intake.content import A_ZIP, kind_of
from safer_kpi.intake.zip import content, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.intake.archive.limits import ArchiveLimits
    from safer_kpi.intake.zip import Part

_MAKE_ANEW = "Ask the partner for an archive of the agreed files alone, made anew."
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".tgz", ".tar.gz", ".bz2", ".xz", ".zst", ".jar", ".iso", ".cab")
_DRIVE = re.compile(r"[A-Za-z]:")
_LONGEST_NAME = 255


def files_of(file: BinaryIO, limits: ArchiveLimits) -> Iterator[tuple[int, str, int]]:
    """Return each file in an archive: its place in the directory, its name without folders, its size in bytes.

    Folders are left out. Of each file the first bytes are unpacked, to see whether it is an archive itself.

    Raises:
        InputRefused: ``path``, ``link``, ``nested``, ``duplicate_part``, ``too_large`` or ``empty``, or what reading
            the directory is refused for.
    """
    found = []
    for place, part in enumerate(parts_of(file, limits)):
        _refuse_path(part)
        if part.name.endswith("/"):
            _refuse_full_folder(part)
            continue
        name = part.name.rsplit("/", 1)[-1]
        if name.lower().endswith(_ARCHIVES):
            raise _nested()
        found.append((place, name, part))
    if len(found) > limits.max_files:
        raise _refused(f"The archive holds more than {limits.max_files:,} files.", "too_large")
    if not found:
        raise _refused("The archive holds no file.", "empty")
    if any(times > 1 for times in Counter(name.casefold() for _, name, _ in found).values()):
        raise _refused("Two files in the archive have the same name, in different folders.", "duplicate_part")
    for _, _, part in found:
        for head in content(file, part, limits):
            if kind_of(head) == A_ZIP:
                raise _nested()
            break
    return iter([(place, name, part.size) for place, name, part in found])


def _refuse_path(part: Part) -> None:
    name = part.name
    steps = name.removesuffix("/").split("/")
    if (
        "\\" in name
        or _DRIVE.match(name)
        or any(step in {"", ".", ".."} for step in steps)
        or len(steps[-1].encode(errors="replace")) > _LONGEST_NAME
        or not name.isprintable()
    ):
        raise _refused("A file in the archive has a name that leads out of it, or that is no name.", "path")
    kind = stat.S_IFMT(part.mode)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise _refused("The archive holds a link or a device, and not only files.", "link")


def _refuse_full_folder(part: Part) -> None:
    if part.size:
        raise _refused("A folder in the archive holds bytes of its own.", "damaged")


def _nested() -> InputRefused:
    return _refused("The archive holds another archive; nothing was unpacked.", "nested")


def _refused(what: str, rule: str) -> InputRefused:
    return InputRefused(what, rule=rule, next_action=_MAKE_ANEW)
