"""The stored bytes of a delivery: under their own hash, or in the archive that they came in."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused, LakeBroken
from safer_kpi.files import private_folder, sha256_of
from safer_kpi.intake.archive.reading import unpack
from safer_kpi.lake import raw

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from safer_kpi.lake.raw import Reference
    from safer_kpi.settings import Settings


def fetch(settings: Settings, sha256: str) -> Path:
    """Return a local file with the bytes stored under a hash, checked against it; ``raw.release`` lets go of it.

    Raises:
        LakeBroken: the bytes are gone or no longer match their hash.
    """
    reference = None if raw.holds_apart(settings, sha256) else raw.reference_of(settings, sha256)
    return raw.fetch(settings, sha256) if reference is None else _from_archive(settings, sha256, reference)


def fold(settings: Settings, archive: Path, archive_sha256: str, places: Mapping[str, int]) -> None:
    """Store an archive once, for the files in it, instead of each file's own bytes; the caller holds the lease.

    Each file was stored by itself when it was landed, so that a stop at any moment loses nothing: first the archive is
    stored, then what refers to it, and the files' own bytes go last.

    Args:
        settings: the lake.
        archive: a local file with the archive's bytes.
        archive_sha256: their hash.
        places: for the hash of each file in it, its place.
    """
    raw.keep(settings, archive, archive_sha256)
    for sha256, place in places.items():
        raw.refer(settings, sha256, raw.Reference(archive=archive_sha256, place=place))
    for sha256 in places:
        raw.forget(settings, sha256)


def forget(settings: Settings, sha256: str) -> None:
    """Delete the bytes of a hash wherever they are stored; the caller has checked that no receipt needs them.

    An archive that holds them goes too: the other files in it are stored by themselves first.
    """
    reference = raw.reference_of(settings, sha256)
    if reference is not None:
        siblings = {
            other: where for other, where in raw.references(settings).items() if where.archive == reference.archive
        }
        for other, where in siblings.items():
            if other != sha256 and not raw.holds_apart(settings, other):
                path = _from_archive(settings, other, where)
                try:
                    raw.keep(settings, path, other)
                finally:
                    raw.release(settings, path)
        raw.forget(settings, reference.archive)
        for other in siblings:
            raw.forget(settings, other + raw.MEMBER)
    raw.forget(settings, sha256)


def _from_archive(settings: Settings, sha256: str, reference: Reference) -> Path:
    archive = raw.fetch(settings, reference.archive)
    private_folder(settings.scratch)
    path = settings.scratch / f"member-{uuid.uuid4().hex}"
    try:
        unpack(archive, reference.place, path)
    except InputRefused as refused:
        raise LakeBroken(
            f"The archive {reference.archive} no longer gives the bytes of {sha256}: {refused.what}",
            next_action="Restore from backup.",
        ) from refused
    finally:
        raw.release(settings, archive)
    if sha256_of(path) != sha256:
        path.unlink()
        raise LakeBroken(f"The bytes stored under {sha256} do not match it.", next_action="Restore from backup.")
    return path
