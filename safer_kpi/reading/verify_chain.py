"""The chain of releases: each manifest names the hash of the one before, and the last is the head."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import CheckFailed
from safer_kpi.reading.heads import remember, remembered
from safer_kpi.reading.locate import MANIFEST
from safer_kpi.reading.record import NOTICE, parse

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


def chain_of(folder: Path, manifest: dict[str, Any]) -> Chain:
    """Follow the chain from a release to its beginning and its end, through the folders that lie beside it."""
    checks: list[Check] = []
    hashes = [_hash(folder / MANIFEST)]
    seen, previous, is_whole = {manifest["release_id"]}, manifest.get("previous"), True
    checks += _recorded_notices(folder.parent, manifest)
    while previous:
        release_id, expected = str(previous.get("release_id")), str(previous.get("manifest_sha256"))
        hashes.append(expected)
        if release_id in seen or "/" in release_id:
            checks.append(("chain", release_id, "failed", "the chain returns to itself"))
            break
        seen.add(release_id)
        earlier = folder.parent / release_id / MANIFEST
        if not earlier.is_file():
            checks.append(_not_here(folder, release_id))
            is_whole = False
            break
        found = parse(earlier.read_bytes())
        if _hash(earlier) != expected:
            checks.append(("chain", release_id, "failed", "manifest differs from what its successor recorded"))
            is_whole = False
            break
        checks.append(("chain", release_id, "ok", "manifest as recorded by its successor"))
        previous = (found or {}).get("previous")
    return Chain(
        release_id=manifest["release_id"],
        hashes=hashes,
        following=_following(folder, hashes[0]),
        is_whole=is_whole,
        checks=checks,
    )


def _not_here(folder: Path, release_id: str) -> Check:
    """A folder that was handed on alone cannot show its predecessor; among its siblings it must."""
    others = [path for path in folder.parent.glob(f"*/{MANIFEST}") if path.parent != folder]
    if others:
        return ("chain", release_id, "failed", "the release before it is missing")
    return ("chain", release_id, "open", "the release before it does not lie here; its hash is recorded")


def _following(folder: Path, tip: str) -> list[str]:
    """The manifests beside a folder that lead on from it."""
    next_of: dict[str, str] = {}
    for path in folder.parent.glob(f"*/{MANIFEST}"):
        found = parse(path.read_bytes())
        previous = (found or {}).get("previous")
        if isinstance(previous, dict):
            next_of[str(previous.get("manifest_sha256"))] = _hash(path)
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
        elif _hash(notice) != expected:
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
    chain = chain_of(folder, parse((folder / MANIFEST).read_bytes()) or {})
    if heads is None or not chain.is_whole:
        raise CheckFailed("The chain does not lie here whole.", next_action="Verify the lake's releases together.")
    remember(heads, chain.hashes[-1], chain.head)
    return chain.head


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
