"""The chain of releases: each manifest contains the hash of the manifest before it, and the last one is the head."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import CheckFailed
from safer_kpi.files import bytes_of, sha256_of
from safer_kpi.reading.place import MANIFEST
from safer_kpi.reading.record import NOTICE, parse
from safer_kpi.reading.verifying.heads import head_of_chain, head_of_lake, remember

if TYPE_CHECKING:
    from pathlib import Path

Check = tuple[str, str, str, str]
_RELEASE = re.compile(r"\d{4}-\d{2}-Q[1-4](\.\d+)?")


@dataclass(frozen=True, kw_only=True)
class Chain:
    """The chain of releases around one release folder.

    Attributes:
        release_id: the release from which the chain was followed.
        lake_id: the identity of the lake that the release states; None if it is older than identities.
        hashes: the manifest hashes of this release and the earlier ones, newest first.
        following: the manifest hashes of later releases beside the folder, oldest first.
        is_whole: whether the chain reaches the first release.
        checks: the checks made while following the chain.
    """

    release_id: str
    lake_id: str | None
    hashes: list[str]
    following: list[str]
    is_whole: bool
    checks: list[Check]

    @property
    def head(self) -> str:
        """The manifest hash of the last release in the chain."""
        return self.following[-1] if self.following else self.hashes[0]


@dataclass(frozen=True)
class Sealed:
    """A manifest file: its hash, and its content if it is readable."""

    sha256: str
    manifest: dict[str, Any] | None


Shelf = dict[str, Sealed]


def shelf_of(releases: Path) -> Shelf:
    """Return the manifests of all release folders in one place, by folder name."""
    manifests = (path for path in releases.glob(f"*/{MANIFEST}") if path.is_file())
    contents = {path.parent.name: bytes_of(path) for path in manifests}
    return {name: Sealed(hashlib.sha256(text).hexdigest(), parse(text)) for name, text in contents.items()}


def chain_of(folder: Path, manifest: dict[str, Any], shelf: Shelf, *, alone: bool = True) -> Chain:
    """Follow the chain from a release to its beginning and its end, through the folders beside it.

    If the folder is not ``alone``, the folders beside it are the whole store, and a missing earlier release fails.
    """
    checks: list[Check] = []
    hashes = [shelf[folder.name].sha256]
    later, seen, previous, is_whole = manifest, {manifest["release_id"]}, manifest.get("previous"), True
    checks += _recorded_notices(folder.parent, manifest)
    checks += _forks(shelf)
    while previous:
        release_id, expected = str(previous.get("release_id")), str(previous.get("manifest_sha256"))
        hashes.append(expected)
        if release_id in seen:
            checks.append(("chain", release_id, "failed", "the chain is a circle: the release precedes itself"))
            break
        seen.add(release_id)
        earlier = shelf.get(release_id)
        if earlier is None:
            checks.append(_not_here(release_id, has_siblings=len(shelf) > 1 or not alone))
            is_whole = False
            break
        if earlier.sha256 != expected:
            checks.append(("chain", release_id, "failed", "the manifest differs from the hash in the next release"))
            is_whole = False
            break
        checks.append(("chain", release_id, "ok", "the manifest has the hash in the next release"))
        checks += _same_lake(release_id, earlier.manifest or {}, later)
        later = earlier.manifest or {}
        previous = later.get("previous")
    return Chain(
        release_id=manifest["release_id"],
        lake_id=manifest.get("lake_id"),
        hashes=hashes,
        following=_following(shelf, hashes[0]),
        is_whole=is_whole,
        checks=checks,
    )


def _same_lake(release_id: str, earlier: dict[str, Any], later: dict[str, Any]) -> list[Check]:
    """Return a failed check if a release states another lake than the one before it, or none any more."""
    before, after = earlier.get("lake_id"), later.get("lake_id")
    if before is None or before == after:
        return []
    what = "the release after it belongs to another lake" if after else "the release after it states no lake"
    return [("identity", release_id, "failed", what)]


def _not_here(release_id: str, *, has_siblings: bool) -> Check:
    """Return the check of a missing earlier release: ``open`` for a single folder, ``failed`` among other folders."""
    if has_siblings:
        return ("chain", release_id, "failed", "this earlier release is missing")
    return ("chain", release_id, "open", "this earlier release is not here; its hash is recorded")


def _following(shelf: Shelf, tip: str) -> list[str]:
    """Return the hashes of the manifests that follow the hash ``tip``."""
    next_of: dict[str, str] = {}
    for sealed in shelf.values():
        previous = (sealed.manifest or {}).get("previous")
        if isinstance(previous, dict):
            next_of[str(previous.get("manifest_sha256"))] = sealed.sha256
    following: list[str] = []
    while tip in next_of and next_of[tip] not in following:
        tip = next_of[tip]
        following.append(tip)
    return following


def _forks(shelf: Shelf) -> list[Check]:
    """Return a failed check for each release that two others of the store follow, and for a second first release."""
    children: dict[tuple[str, str] | None, list[str]] = {}
    for name, sealed in shelf.items():
        if _RELEASE.fullmatch(name) and sealed.manifest is not None:  # a copy put aside has another name
            previous = sealed.manifest.get("previous")
            before = (str(previous.get("release_id")), str(previous.get("manifest_sha256"))) if previous else None
            children.setdefault(before, []).append(name)
    return [
        (
            "chain",
            before[0] if before else "the beginning",
            "failed",
            f"a fork: {' and '.join(sorted(names))} follow it",
        )
        for before, names in children.items()
        if len(names) > 1
    ]


def _recorded_notices(releases: Path, manifest: dict[str, Any]) -> list[Check]:
    """Return failed checks for withdrawal notices that the release records and that are missing or changed."""
    checks: list[Check] = []
    for release_id, expected in sorted((manifest.get("withdrawn") or {}).items()):
        notice = releases / NOTICE.format(release_id=release_id)
        if not notice.is_file():
            if (releases / release_id).is_dir():
                checks.append(("withdrawal", release_id, "failed", "a later release records a notice that is missing"))
        elif sha256_of(notice) != expected:
            checks.append(("withdrawal", release_id, "failed", "the notice differs from the recorded one"))
    return checks


def head_check(chain: Chain, *, head: str | None, heads: Path | None, alone: bool) -> Check:
    """Return the check that the chain still contains the head that was kept outside the store.

    A folder that is checked ``alone`` may lack later releases, so a later remembered head does not make it fail.
    """
    known = head.lower() if head else None
    if known is None:
        known = head_of_lake(heads, chain.lake_id)
    if known is None and chain.is_whole:
        known = head_of_chain(heads, chain.hashes[-1])
    if known is None:
        return ("head", chain.release_id, "open", "no head was kept: keep the last manifest's SHA-256, use --head")
    if known == chain.head:
        return ("head", chain.release_id, "ok", f"the last release is the kept head {known[:12]}")
    if known in chain.hashes or known in chain.following:
        return ("head", chain.release_id, "ok", f"newer releases follow the kept head {known[:12]}")
    if alone and head is None:
        return ("head", chain.release_id, "open", f"a later head {known[:12]} is known, but its release is not here")
    return ("head", chain.release_id, "failed", f"rolled back: the kept head {known[:12]} is missing")


def keep_head(folder: Path, heads: Path | None, *, lake_id: str | None = None) -> str:
    """Remember the head of a folder's chain outside the store, and return it.

    ``lake_id`` is the identity in the lake itself, if its releases are older than identities.

    Raises:
        CheckFailed: the chain here does not reach the first release, so its head could not be checked later.
    """
    shelf = shelf_of(folder.parent)
    chain = chain_of(folder, shelf[folder.name].manifest or {}, shelf)
    if heads is None or not chain.is_whole:
        raise CheckFailed(
            "The chain is incomplete here, so its head cannot be kept.",
            next_action="Verify all releases of the lake together.",
        )
    known_as = chain.lake_id or lake_id
    remember(heads, head=chain.head, chain=chain.hashes[-1], releases=folder.parent, lake_id=known_as)
    return chain.head
