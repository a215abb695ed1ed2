"""Keep a record of a demo's own files, so that removing the demo deletes nothing else."""

from __future__ import annotations

import shutil
from collections import Counter
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from safer_kpi.errors import NotFound, UsageError
from safer_kpi.files import sha256_of
from safer_kpi.lake import connect, lease
from safer_kpi.lake.journal import is_empty
from safer_kpi.reading.place import MANIFEST
from safer_kpi.reading.verifying.heads import forget
from safer_kpi.settings import DRAFTS, PUBLICATIONS, RELEASES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from safer_kpi.settings import Settings

#: Says that a folder is a demo's lake. A line below its first is the SHA-256 and the name of a file that the demo made.
MARKER = "DEMO"
_TITLE = "A demo's lake: every record in it is made up. To remove it: safer-kpi demo --remove"
#: Folders of the lake itself; their files belong to the deliveries that the journal names.
_LAKE = {"data", "raw", "state", "tmp"}
#: Folders of what people sealed; the manifest of each names all its files.
_SEALED = {RELEASES, PUBLICATIONS}
#: Files of the lake itself, and the read files that builds and previews write again.
_FILES = (
    MARKER,
    "attach.lock",
    "lease.lock",
    "reading.lock",
    "catalogue.sqlite*",
    "safer_kpi.*duckdb",
    ".safer_kpi.*duckdb*",
)
_MOST_NAMED = 5


def begin(home: Path) -> None:
    """Mark an empty folder as a demo's lake."""
    home.mkdir(parents=True, exist_ok=True)
    (home / MARKER).write_text(f"{_TITLE}\n", encoding="utf-8")


def note(home: Path, *files: Path) -> None:
    """Record files in the home as the demo's own, before they are landed."""
    _append(home, [(sha256_of(file), file.relative_to(home).as_posix()) for file in files])


def note_seeds(settings: Settings) -> None:
    """Record the deliveries of a lake that was just made: the project's reference data."""
    with connect(settings, read_only=True) as connection:
        rows = connection.execute("SELECT sha256, file_name FROM journal.delivery ORDER BY delivery_id").fetchall()
    _append(settings.home, [(sha256, f"seeds/{name or sha256}") for sha256, name in rows])


def _append(home: Path, lines: list[tuple[str, str]]) -> None:
    with (home / MARKER).open("a", encoding="utf-8") as marker:
        marker.writelines(f"{sha256}  {name}\n" for sha256, name in lines)


def is_demo(home: Path) -> bool:
    """Return whether a demo made the folder, even if it holds other files now."""
    return (home / MARKER).is_file()


def remove(settings: Settings) -> None:
    """Delete everything in the home of a demo's lake.

    Raises:
        UsageError: the home is no demo's lake, holds something that the demo did not make, or was made by an earlier
            version, which kept no record of its files. Nothing was removed.
        LeaseHeld: somebody is writing to the lake.
    """
    home = settings.home
    if not is_demo(home):
        raise UsageError(f"{home} is not a demo's lake.", next_action="Name a demo's lake with --home.")
    by_hand = f"Make the demo elsewhere with --home, or delete {home} yourself if nobody needs it."
    record = _record(home)
    if not record:
        raise UsageError(
            f"The demo's lake at {home} was not removed: an earlier version made it and kept no record of its files.",
            next_action=by_hand,
        )
    with lease(settings, wait_seconds=0):
        others = list(_others(settings, record))
        if others:
            shown = "; ".join(others[:_MOST_NAMED])
            more = f"; {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
            raise UsageError(
                f"The demo's lake at {home} was not removed. It holds what the demo did not make: {shown}{more}.",
                next_action=by_hand,
            )
        forget(settings.heads, home / RELEASES)
        for path in home.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def _record(home: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of the demo by its name."""
    lines = (home / MARKER).read_text(encoding="utf-8").splitlines()[1:]
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}


def _others(settings: Settings, record: dict[str, str]) -> Iterator[str]:
    """Describe everything that a person would lose, without the name of any partner's file."""
    yield from _other_entries(settings, set(record.values()))
    counts: Counter[str] = Counter()
    for path in sorted(settings.home.rglob("*")):
        parts = path.relative_to(settings.home).parts
        is_folder = path.is_dir() and not path.is_symlink()
        if not is_folder and not _is_own(settings.home, parts, record):
            counts[_place(parts)] += 1
    for place, count in counts.items():
        yield f"{count} {'file' if count == 1 else 'files'} in {place}"


def _place(parts: tuple[str, ...]) -> str:
    """Return the folder that a file of the home is counted in; a sealed folder and a draft count by themselves."""
    if len(parts) == 1:
        return "the home itself"
    return "/".join(parts[: 2 if parts[0] in {*_SEALED, DRAFTS} and len(parts) > 2 else 1])


def _is_own(home: Path, parts: tuple[str, ...], record: dict[str, str]) -> bool:
    name = "/".join(parts)
    if name in record:
        return sha256_of(home / name) == record[name]
    if len(parts) == 1:
        return any(fnmatch(name, pattern) for pattern in _FILES)
    if parts[0] in _SEALED:
        manifest = f"{parts[0]}/{parts[1]}/{MANIFEST}"
        return len(parts) > 2 and manifest in record and sha256_of(home / manifest) == record[manifest]
    return parts[0] in _LAKE


def _other_entries(settings: Settings, own: set[str]) -> Iterator[str]:
    try:
        connection = connect(settings, read_only=True)
    except NotFound:
        return  # the demo was stopped before it had made a lake
    with connection:
        if is_empty(connection):
            return
        deliveries = "SELECT delivery_id, feed, sha256 FROM journal.delivery ORDER BY delivery_id"
        for delivery, feed, sha256 in connection.execute(deliveries).fetchall():
            if sha256 not in own:
                yield f"delivery {delivery} ({feed})"
        entries = "SELECT entry, kind FROM journal.entry WHERE kind <> 'delivery' ORDER BY entry"
        for entry, kind in connection.execute(entries).fetchall():
            yield f"entry {entry} (a {kind})"
