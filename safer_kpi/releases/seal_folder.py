"""Seal a drafted folder: a release's, or a publication's."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from typing import TYPE_CHECKING, Any

from safer_kpi.files import sync, write_durably
from safer_kpi.reading.place import MANIFEST
from safer_kpi.reading.record import canonical, checksum
from safer_kpi.releases.store import DRAFT_FILE, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def seal_folder(folder: Path, draft: Mapping[str, Any], target: Path) -> dict[str, Any]:
    """Copy a draft's folder with its manifest beside ``target`` and rename it into place; return the manifest.

    The caller holds the lease. A crash before the rename leaves the draft as it was.
    """
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    target.parent.mkdir(parents=True, exist_ok=True)
    # What a sealing left that was killed before its rename; nobody else seals now.
    for left in target.parent.glob(f".{target.name}.*"):
        shutil.rmtree(left)
    try:
        _copy(folder, beside)
        published_at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        manifest = {**draft, "published_at": published_at.isoformat(sep=" ")}
        manifest["checksum"] = checksum(manifest)
        for path in beside.rglob("*"):
            sync(path)
        write_durably(beside / MANIFEST, canonical(manifest))
        beside.replace(target)
        sync(target.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return manifest


def sealed_before(folder: Path, target: Path) -> dict[str, Any] | None:
    """Return the manifest of ``target`` if what is left in ``folder`` is the draft that it was sealed of, else None."""
    record = folder / DRAFT_FILE
    if not folder.is_dir() or not (target / MANIFEST).is_file():
        return None
    if not record.is_file() and any(folder.iterdir()):
        return None
    manifest = read_json(target / MANIFEST)
    draft = read_json(record) if record.is_file() else {}
    return manifest if all(manifest.get(name) == value for name, value in draft.items()) else None


def drop_draft(folder: Path) -> None:
    """Remove a sealed draft; its record goes last, so that a removal that was stopped can be done again."""
    record = folder / DRAFT_FILE
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path != record:
            path.unlink()
    record.unlink(missing_ok=True)
    folder.rmdir()


def _copy(folder: Path, beside: Path) -> None:
    """Copy everything but the draft's record; the first error ends it, where ``shutil`` would collect all of them."""
    beside.mkdir()
    for path in sorted(folder.rglob("*")):
        copy = beside / path.relative_to(folder)
        if path.is_dir():
            copy.mkdir()
        elif path.name != DRAFT_FILE:
            shutil.copy(path, copy)
