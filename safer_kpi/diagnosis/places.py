"""Check the home and its places: there, writable, private to their owner, and with room on the disk."""

from __future__ import annotations

import os
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.diagnosis.finding import ok, warning, wrong
from safer_kpi.files import make_private
from safer_kpi.lake.places import close_places, open_places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.diagnosis.finding import Finding
    from safer_kpi.settings import Settings

#: Below the first nothing can be landed or built; below the second a large delivery may fill the disk.
_LEAST, _LITTLE = 256 * 2**20, 5 * 2**30
_FEW_FILES = 10_000


def check_home(settings: Settings) -> Iterator[Finding]:
    """Check that the home exists and can be written."""
    home = settings.home
    if home.exists() and not home.is_dir():
        yield wrong("home", f"{home} is a file.", "Name a folder with --home or SAFER_KPI_HOME.")
    elif not home.is_dir():
        yield warning(
            "home", f"{home} does not exist.", "Make a lake with `safer-kpi init`, or name another home with --home."
        )
    elif not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        yield wrong("home", f"{home} cannot be read and written by this user.", "Give its owner's rights to this user.")
    elif not _probe(home):
        yield wrong("home", f"{home} lies on a file system that is read-only or full.", "Mend the file system.")
    else:
        yield ok("home", f"{home} can be read and written.")


def _probe(folder: Path) -> bool:
    """Return whether a small file can be written durably; it is removed."""
    from safer_kpi.files import replacing

    target = folder / f".doctor-{os.getpid()}"
    try:
        with replacing(target) as beside:
            beside.write_bytes(b"x" * 4096)
    except OSError:
        return False
    finally:
        target.unlink(missing_ok=True)
    return True


def check_rights(settings: Settings) -> Iterator[Finding]:
    """Check that nobody but their owner can enter or read the lake's places and the cache."""
    found = open_places(settings)
    if found:
        shown = ", ".join(_within(settings.home, path) for path in found[:3])
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        yield wrong(
            "rights",
            f"Other users of this machine can read, enter or write {shown}{more}.",
            "Run safer-kpi doctor --fix; what belongs to another user must be given back with chown.",
            fix=partial(_close, settings),
        )
    elif settings.home.is_dir():
        yield ok("rights", "Only their owner can enter the home, the data and the received bytes.")
    cache = settings.cache
    if cache.is_dir() and cache.lstat().st_mode & 0o077:
        yield warning(
            "rights",
            "Other users can enter the cache.",
            "Run safer-kpi doctor --fix.",
            fix=partial(_close_folder, cache),
        )


def _within(home: Path, path: Path) -> str:
    """Return a path as it lies in the home; the home itself by its whole path."""
    return str(path.relative_to(home)) if path.is_relative_to(home) and path != home else str(path)


def _close(settings: Settings) -> str:
    return f"Took the rights of others from {close_places(settings)} files and folders."


def _close_folder(folder: Path) -> str:
    make_private(folder, 0o700)
    return "Took the rights of others from the cache."


def check_disk(settings: Settings) -> Iterator[Finding]:
    """Check the room of every disk that holds a part of the lake, each once."""
    named = {"the home": str(settings.home), "the data": settings.data, "the received bytes": settings.raw}
    local = {name: Path(place) for name, place in named.items() if "://" not in place} | {"the cache": settings.cache}
    seen: set[int] = set()
    for name, place in local.items():
        folder = next((path for path in (place, *place.parents) if path.is_dir()), None)
        if folder is None or (device := folder.stat().st_dev) in seen:
            continue
        seen.add(device)
        yield _room(name, folder)


def _room(name: str, folder: Path) -> Finding:
    usage, files = shutil.disk_usage(folder), os.statvfs(folder)
    text = f"The disk of {name} has {usage.free / 2**30:,.1f} GiB of {usage.total / 2**30:,.0f} GiB free"
    mend = "Make room: `safer-kpi compact` drops what nothing refers to; or move the store to a larger disk."
    if usage.free < _LEAST:
        return wrong("disk", f"{text}: too little to land or build.", mend)
    if files.f_files and files.f_favail < _FEW_FILES:
        return warning("disk", f"The disk of {name} has room for {files.f_favail:,} more files only.", mend)
    return warning("disk", f"{text}.", mend) if usage.free < _LITTLE else ok("disk", f"{text}.")
