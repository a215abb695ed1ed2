"""The checks of a release's folder: it holds the files that its manifest names, and nothing else, not even a link."""

from __future__ import annotations

import os
import stat
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from safer_kpi.files import LARGE, each_hashed, sha256_of
from safer_kpi.reading.place import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Check = tuple[str, str, str, str]


def folder_checks(folder: Path, manifest: dict[str, Any]) -> list[Check]:
    """Return one check per file that the manifest names, and a failed one for everything else in the folder."""
    files: dict[str, str] = manifest["files"]
    outside = [name for name in files if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts]
    checks: list[Check] = [("file", name, "failed", "the path leads out of the folder") for name in outside]
    inside = sorted(files.keys() - set(outside))
    present = dict(_contents(folder, folder))
    checks += each_hashed(
        inside,
        lambda name: _file(folder, name, files[name], present.get(name)),
        is_slow=lambda name: name in present and present[name].st_size >= LARGE,
    )
    needed = {parent.as_posix() for name in inside for parent in PurePosixPath(name).parents}
    for name, found in sorted(present.items()):
        if problem := _problem(name, found, files.keys() | {MANIFEST}, needed):
            checks.append((problem[0], f"{folder.name}/{name}", "failed", problem[1]))
    return checks


def _contents(folder: Path, top: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yield everything in a folder by its path from ``top``; links are not followed."""
    with os.scandir(folder) as entries:
        for entry in entries:
            path = folder / entry.name
            yield path.relative_to(top).as_posix(), entry.stat(follow_symlinks=False)
            if entry.is_dir(follow_symlinks=False):
                yield from _contents(path, top)


def _problem(name: str, found: os.stat_result, files: set[str], needed: set[str]) -> tuple[str, str] | None:
    """Return the check and detail of something that does not belong in a release; None if it does."""
    if stat.S_ISLNK(found.st_mode):
        return "link", "a release holds no symbolic links"
    if stat.S_ISDIR(found.st_mode):
        return None if name in needed else ("extra folder", "no file of the manifest lies in it")
    if not stat.S_ISREG(found.st_mode):
        return "special file", "it is not an ordinary file"
    if name not in files:
        return "extra file", "not in the manifest"
    if found.st_nlink > 1:
        what = "the file has another name elsewhere (a hard link), through which it can be changed"
        return "link", f"{what}: put a copy of the folder in its place (cp -a, not cp -al)"
    return None


def _file(folder: Path, name: str, expected: str, found: os.stat_result | None) -> Check:
    subject = f"{folder.name}/{name}"
    if found is None and (folder / name).is_file():  # behind a linked folder, which fails by itself
        found = (folder / name).stat()
    if found is None:
        return ("file", subject, "failed", "missing")
    if not stat.S_ISREG(found.st_mode) and not (folder / name).is_file():
        return ("file", subject, "failed", "it is not an ordinary file")
    if sha256_of(folder / name) != expected:
        return ("file", subject, "failed", "SHA-256 differs")
    return ("file", subject, "ok", "SHA-256 as in the manifest")
