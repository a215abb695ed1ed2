"""How the sealed publications of a lake stand: published, superseded by a later one, or withdrawn."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from safer_kpi.files import bytes_of
from safer_kpi.reading.place import MANIFEST
from safer_kpi.reading.record import NOTICE, checksum, parse
from safer_kpi.reading.verifying.publications import publication_folders

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Check = tuple[str, str, str, str]
COLUMNS = (
    "publication_id",
    "kind",
    "edition",
    "release_id",
    "published_at",
    "status",
    "superseded_by",
    "approvals",
)
_TEXTS = ("publication_id", "edition", "release_id", "published_at")


def publication_rows(root: Path) -> list[dict[str, Any]]:
    """Return one row per sealed publication in a folder, oldest first, with the columns ``COLUMNS``.

    ``status`` is ``published``, ``superseded`` or ``withdrawn``. ``superseded_by`` is the newest later publication of
    the same edition and kind; one that is withdrawn supersedes nothing. ``approvals`` is the number of approvals. A
    publication whose manifest was changed has no row.
    """
    rows: list[dict[str, Any]] = []
    newest: dict[tuple[str, str], str] = {}
    for folder in reversed(publication_folders(root)):
        manifest = parse(bytes_of(folder / MANIFEST))
        if manifest is None or not _is_whole(manifest):
            continue
        own, kind = manifest["publication_id"], manifest.get("kind", "report")
        later = newest.get((manifest["edition"], kind))
        status = "published" if later is None else "superseded"
        if (root / NOTICE.format(release_id=own)).is_file():
            status = "withdrawn"
        else:
            newest.setdefault((manifest["edition"], kind), own)
        row = (
            own,
            kind,
            manifest["edition"],
            manifest["release_id"],
            dt.datetime.fromisoformat(manifest["published_at"]),
            status,
            later,
            len(manifest["approvals"]),
        )
        rows.append(dict(zip(COLUMNS, row, strict=True)))
    return rows[::-1]


def _is_whole(manifest: Mapping[str, Any]) -> bool:
    """Return whether a manifest has the fields and types of a row, and its checksum."""
    if manifest.get("checksum") != checksum(manifest) or not isinstance(manifest.get("approvals"), list):
        return False
    if not all(isinstance(manifest.get(name), str) for name in _TEXTS):
        return False
    try:
        dt.datetime.fromisoformat(manifest["published_at"])
    except ValueError:
        return False
    return isinstance(manifest.get("kind", "report"), str)


def superseded_checks(folder: Path) -> list[Check]:
    """Return the check that says which publication beside this one supersedes it; an empty list if none does."""
    return [
        ("superseded", row["publication_id"], "ok", f"by {row['superseded_by']}")
        for row in publication_rows(folder.parent)
        if row["publication_id"] == folder.name and row["superseded_by"] is not None
    ]
