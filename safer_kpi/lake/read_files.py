"""The SHA-256 of each read file that was written, recorded in the home before the file takes its place."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from safer_kpi.files import bytes_of, private_folder, replacing, sha256_of, write_durably
from safer_kpi.lake.known_state import KnownState
from safer_kpi.lake.places import record_file, state_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from safer_kpi.settings import Settings


@contextmanager
def replacing_read_file(settings: Settings, target: Path) -> Iterator[Path]:
    """Yield a path beside a read file to write to, rename it into place, and record its hash.

    Stopped between the two, both the hash of the old file and of the new one are recorded.
    """
    before = recorded(settings).get(target.name, [])[-1:]
    with replacing(target) as beside:
        yield beside
        sha256 = sha256_of(beside)
        _record(settings, target.name, [*before, sha256])
    _record(settings, target.name, [sha256])


def recorded(settings: Settings) -> dict[str, list[str]]:
    """Return the hashes that read files may have, by name; a damaged record allows no hash."""
    file = record_file(settings)
    if not file.is_file():
        return {}
    try:
        found = json.loads(bytes_of(file))
    except ValueError:
        return {settings.kpi_file.name: []}
    return found if isinstance(found, dict) else {settings.kpi_file.name: []}


def was_recorded(settings: Settings) -> bool:
    """Return whether the record of the catalogue says that hashes of read files were recorded too."""
    file = state_file(settings)
    return file.is_file() and KnownState.from_text(bytes_of(file)).read_files


def _record(settings: Settings, name: str, hashes: list[str]) -> None:
    private_folder(record_file(settings).parent)
    text = json.dumps(recorded(settings) | {name: hashes}, indent=1, sort_keys=True)
    write_durably(record_file(settings), f"{text}\n".encode(), private=True)
