"""The checks that the releases of a lake belong to it, and that it is the lake that this machine remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.reading.place import PUBLIC
from safer_kpi.reading.verifying.heads import head_at, head_of_lake, lake_at
from safer_kpi.settings import RELEASES

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.reading.picture import Picture
    from safer_kpi.reading.verifying.chain import Shelf

Check = tuple[str, str, str, str]
_RESTORE = "restore the lake and its releases from backup"
_ANEW = "if you made a new lake here yourself, run safer-kpi verify --forget"


def lake_id_of(lake: Picture) -> str | None:
    """Return the lake's identity in the read file; None if it is older than identities, or a public edition's."""
    if lake.edition == PUBLIC:
        return None
    names, rows = lake.book.read("SELECT * FROM kpi.build")
    found = dict(zip(names, rows[0], strict=True)).get("lake_id") if rows else None
    return None if found is None else str(found)


def identity_checks(lake_id: str | None, releases: Path | None, shelf: Shelf, heads: Path | None) -> list[Check]:
    """Return failed checks of the lake's identity and of its known releases, else one check if it has releases.

    Args:
        lake_id: the identity in the lake; None if it has none yet.
        releases: the folder of the lake's releases; None if they are not on this machine.
        shelf: their manifests.
        heads: the file of what this machine remembers.
    """
    checks = [*_of_place(lake_id, releases, heads), *_of_releases(lake_id, shelf)]
    checks += _known_head(lake_id, releases, shelf, heads)
    if checks or not shelf:
        return checks
    if lake_id is None:
        return [("identity", "lake", "open", "the lake has no identity yet: run safer-kpi build")]
    return [("identity", "lake", "ok", f"the lake is {lake_id[:12]}, and no release belongs to another")]


def _of_place(lake_id: str | None, releases: Path | None, heads: Path | None) -> list[Check]:
    known = lake_at(heads, releases) if releases is not None else None
    if known is None or known == lake_id:
        return []
    now = f"the lake here is {lake_id[:12]}" if lake_id else "the lake here has no identity"
    return [("identity", "lake", "failed", f"{now}, and the one known here was {known[:12]}: {_RESTORE}; {_ANEW}")]


def _of_releases(lake_id: str | None, shelf: Shelf) -> list[Check]:
    """Return a failed check for each release that states another lake than this one."""
    return [
        ("identity", name, "failed", f"the release belongs to lake {stated[:12]}, not to this one: {_RESTORE}")
        for name, sealed in sorted(shelf.items())
        if isinstance(stated := (sealed.manifest or {}).get("lake_id"), str) and stated != lake_id
    ]


def _known_head(lake_id: str | None, releases: Path | None, shelf: Shelf, heads: Path | None) -> list[Check]:
    """Return a failed check if the last known head of this lake, or of this place, is not among the releases."""
    hashes = {sealed.sha256 for sealed in shelf.values()}
    here = head_at(heads, releases) if releases is not None else None
    known = {head for head in (head_of_lake(heads, lake_id), here) if head is not None}
    return [("head", RELEASES, "failed", _gone(head, is_empty=not shelf)) for head in sorted(known - hashes)]


def _gone(head: str, *, is_empty: bool) -> str:
    if is_empty:
        return f"the lake had releases, the last one {head[:12]}, and has none now: {_RESTORE}; {_ANEW}"
    return f"rolled back or forged anew: the last known release {head[:12]} is gone: {_RESTORE}; {_ANEW}"
