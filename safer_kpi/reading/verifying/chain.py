"""The chain of releases: each manifest names the hash of the one before, and the last is the head."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import CheckFailed
from safer_kpi.files import sha256_of
from safer_kpi.reading.place import MANIFEST
from safer_kpi.reading.record import NOTICE, parse
from safer_kpi.reading.verifying.heads import remember, remembered

if TYPE_CHECKING:
    from pathlib import Path

Check = tuple[str, str, str, str]


@dataclass(frozen=True, kw_only=True)
class Chain:
    """The releases a folder's chain holds.

    Attributes:
        release_id: the release it was followed from.
        hashes: manifest hashes, newest first: the release's own, then those before it.
        following: manifest hashes of releases that lie beside the folder and follow it, oldest first.
        is_whole: whether the first release was reached.
        checks: what was found on the way.
    """

    release_id: str
    hashes: list[str]
    following: list[str]
    is_whole: bool
    checks: list[Check]

    @property
    def head(self) -> str:
        """The manifest hash of the last release there is."""
        return self.following[-1] if self.following else self.hashes[0]


@dataclass(frozen=True)
class Sealed:
    """A manifest as it lies there: its hash, and its content where it can be read."""

    sha256: str
    manifest: dict[str, Any] | None


Shelf = dict[str, Sealed]


def shelf_of(releases: Path) -> Shelf:
    """The manifests of all folders that lie together, by folder: read once, however many of them are checked."""
    contents = {path.parent.name: path.read_bytes() for path in releases.glob(f"*/{MANIFEST}")}
    return {name: Sealed(hashlib.sha256(text).hexdigest(), parse(text)) for name, text in contents.items()}


def chain_of(folder: Path, manifest: dict[str, Any], shelf: Shelf) -> Chain:
    """Follow the chain from a release to its beginning and its end, through the folders that lie beside it."""
    checks: list[Check] = []
    hashes = [shelf[folder.name].sha256]
    seen, previous, is_whole = {manifest["release_id"]}, manifest.get("previous"), True
    checks += _recorded_notices(folder.parent, manifest)
    while previous:
        release_id, expected = str(previous.get("release_id")), str(previous.get("manifest_sha256"))
        hashes.append(expected)
        if release_id in seen:
            checks.append(("chain", release_id, "failed", "the chain returns to itself"))
            break
        seen.add(release_id)
        earlier = shelf.get(release_id)
        if earlier is None:
            checks.append(_not_here(release_id, has_siblings=len(shelf) > 1))
            is_whole = False
            break
        if earlier.sha256 != expected:
            checks.append(("chain", release_id, "failed", "manifest differs from what its successor recorded"))
            is_whole = False
            break
        checks.append(("chain", release_id, "ok", "manifest as recorded by its successor"))
        previous = (earlier.manifest or {}).get("previous")
    return Chain(
        release_id=manifest["release_id"],
        hashes=hashes,
        following=_following(shelf, hashes[0]),
        is_whole=is_whole,
        checks=checks,
    )


def _not_here(release_id: str, *, has_siblings: bool) -> Check:
    """A folder that was handed on alone cannot show its predecessor; among its siblings it must."""
    if has_siblings:
        return ("chain", release_id, "failed", "the release before it is missing")
    return ("chain", release_id, "open", "the release before it does not lie here; its hash is recorded")


def _following(shelf: Shelf, tip: str) -> list[str]:
    """The hashes of the manifests that lead on from one."""
    next_of: dict[str, str] = {}
    for each in shelf.values():
        previous = (each.manifest or {}).get("previous")
        if isinstance(previous, dict):
            next_of[str(previous.get("manifest_sha256"))] = each.sha256
    following: list[str] = []
    while tip in next_of and next_of[tip] not in following:
        tip = next_of[tip]
        following.append(tip)
    return following


def _recorded_notices(releases: Path, manifest: dict[str, Any]) -> list[Check]:
    """Withdrawals that were on record when the release was drafted must still lie there."""
    checks: list[Check] = []
    for release_id, expected in sorted((manifest.get("withdrawn") or {}).items()):
        notice = releases / NOTICE.format(release_id=release_id)
        if not notice.is_file():
            if (releases / release_id).is_dir():
                checks.append(("withdrawal", release_id, "failed", "its withdrawal is on record, the notice is gone"))
        elif sha256_of(notice) != expected:
            checks.append(("withdrawal", release_id, "failed", "the notice differs from the one on record"))
    return checks


def head_check(chain: Chain, *, head: str | None, heads: Path | None, alone: bool) -> Check:
    """Whether the chain still holds the head somebody has kept outside the store.

    A folder that was handed on ``alone`` may lack the releases after it: that a later head is remembered says nothing.
    """
    known = head.lower() if head else None
    if known is None and chain.is_whole:
        known = remembered(heads, chain.hashes[-1])
    if known is None:
        return ("head", chain.release_id, "open", "head not anchored: keep the last manifest's SHA-256, give --head")
    if known == chain.head:
        return ("head", chain.release_id, "ok", f"the last release is the head that was kept, {known[:12]}")
    if known in chain.hashes or known in chain.following:
        return ("head", chain.release_id, "ok", f"newer releases follow the head that was kept, {known[:12]}")
    if alone and head is None:
        return ("head", chain.release_id, "open", f"a later head is known, {known[:12]}; it does not lie here")
    return ("head", chain.release_id, "failed", f"rolled back: the head that was kept, {known[:12]}, is not there")


def keep_head(folder: Path, heads: Path | None) -> str:
    """Remember the head of a folder's chain outside the store, and give it.

    Raises:
        CheckFailed: the folder's chain does not reach its beginning here, so nothing could be told by it later.
    """
    shelf = shelf_of(folder.parent)
    chain = chain_of(folder, shelf[folder.name].manifest or {}, shelf)
    if heads is None or not chain.is_whole:
        raise CheckFailed("The chain does not lie here whole.", next_action="Verify the lake's releases together.")
    remember(heads, chain.hashes[-1], chain.head)
    return chain.head
