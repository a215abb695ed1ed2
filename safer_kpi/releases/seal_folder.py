"""Seal a drafted folder: a release's, or a publication's."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from typing import TYPE_CHECKING, Any

from safer_kpi.files import sync, write_durably
from safer_kpi.reading.place import MANIFEST
from safer_kpi.reading.record import canonical, checksum
from safer_kpi.releases.store import DRAFT_FILE

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
        shutil.copytree(folder, beside, ignore=shutil.ignore_patterns(DRAFT_FILE))
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
