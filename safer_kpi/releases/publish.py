"""Publish an approved draft: seal it with a manifest, chain it to the release before, and rename it into place."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import CheckFailed, UsageError
from safer_kpi.files import sha256_of, sync, write_durably
from safer_kpi.reading.place import MANIFEST
from safer_kpi.reading.record import canonical, checksum
from safer_kpi.reading.sealing.approvals import approval_checks
from safer_kpi.reading.sealing.signatures import read_approvers
from safer_kpi.reading.verifying.heads import remember
from safer_kpi.reading.verifying.trust import keep_trust
from safer_kpi.releases.approve import require_untouched
from safer_kpi.releases.known import approvers_now, require_known
from safer_kpi.releases.store import (
    DRAFT_FILE,
    ReleaseId,
    draft_folder,
    read_json,
    release_folders,
    withdrawals,
)
from safer_kpi.settings import RELEASES

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.settings import Settings


def publish(settings: Settings, release_id: str, *, approvals_required: int | None = None) -> dict[str, Any]:
    """Publish a draft and return its manifest; ``approvals_required`` is the draft's own unless it is given.

    A crash before the final rename leaves the draft as it was; one after it leaves a published release, and the next
    build puts it into ``kpi.certified``. The new head of the chain is remembered outside the lake.

    Raises:
        NotFound: there is no such draft.
        UsageError: it is published already, lacks approvals, or the chain has moved on since it was drafted.
        CheckFailed: the draft's files are not those that were approved, or a signature does not hold.
    """
    from safer_kpi import lake

    with lake.lease(settings):
        target = settings.home / RELEASES / str(ReleaseId.parse(release_id))
        if target.exists():
            raise UsageError(
                f"{release_id} is published and never changes.", next_action="Draft a correction with --reason."
            )
        folder = draft_folder(settings, release_id)
        draft = read_json(folder / DRAFT_FILE)
        required = draft["approvals_required"] if approvals_required is None else approvals_required
        _require_approved(settings, draft, required)
        require_untouched(folder, draft)
        _require_same_lake(draft, require_known(settings))
        _require_last(settings, draft)
        manifest = _seal(folder, draft, target)
        shutil.rmtree(folder)
        _remember(settings, target, manifest.get("lake_id"))
    from safer_kpi.compute import export

    export(settings)
    return manifest


def _require_approved(settings: Settings, draft: dict[str, Any], required: int) -> None:
    checks = approval_checks(draft, approvers=read_approvers(settings.approvers), required=required)
    failed = [f"{subject}: {detail}" for check, subject, status, detail in checks if status == "failed"]
    people = len(draft["approvals"])
    if people < required:
        raise UsageError(
            f"{draft['release_id']} has {people} of {required} approvals.",
            next_action=f"Run safer-kpi release approve {draft['release_id']} --name NAME.",
        )
    if failed and required:
        raise CheckFailed(f"{'; '.join(failed)}.", next_action="Draft it again, and have it approved again.")


def _require_same_lake(draft: dict[str, Any], lake_id: str | None) -> None:
    """Raise if the draft states another lake than this one; a draft of an older version states none."""
    if draft.get("lake_id", lake_id) != lake_id:
        raise UsageError(
            f"{draft['release_id']} was drafted in another lake.", next_action="Draft it here, and have it approved."
        )


def _require_last(settings: Settings, draft: dict[str, Any]) -> None:
    """Raise unless the release before it, the withdrawals and the approvers that the draft names are still those."""
    previous = (draft["previous"] or {}).get("manifest_sha256")
    earlier = list(release_folders(settings).values())
    tip = sha256_of(earlier[-1] / MANIFEST) if earlier else None
    known = {name: sha256_of(path) for name, path in withdrawals(settings).items()}
    approvers = approvers_now(settings)
    if previous != tip or known != draft["withdrawn"] or draft.get("approvers", approvers) != approvers:
        raise UsageError(
            f"A release was published or withdrawn, or the approvers changed, after {draft['release_id']} was drafted.",
            next_action="Draft it again, and have it approved again.",
        )


def _seal(folder: Path, draft: dict[str, Any], target: Path) -> dict[str, Any]:
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    target.parent.mkdir(parents=True, exist_ok=True)
    # What a publication left that was killed before its rename; nobody else publishes now.
    for left in target.parent.glob(f".{target.name}.*"):
        shutil.rmtree(left)
    try:
        shutil.copytree(folder, beside, ignore=shutil.ignore_patterns(DRAFT_FILE))
        published_at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        manifest = draft | {"published_at": published_at.isoformat(sep=" ")}
        manifest["checksum"] = checksum(manifest)
        for path in beside.rglob("*"):
            sync(path)
        write_durably(beside / MANIFEST, canonical(manifest))
        beside.replace(target)
        sync(target.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return manifest


def _remember(settings: Settings, target: Path, lake_id: str | None) -> None:
    """Write the new head to a place outside the store, so that a roll-back of the store can be detected."""
    if settings.heads is not None:
        first = next(iter(release_folders(settings).values()))
        # If that place fails, the release is published anyway; verify then reports that the head is not anchored.
        with suppress(OSError):
            head, chain = sha256_of(target / MANIFEST), sha256_of(first / MANIFEST)
            remember(settings.heads, head=head, chain=chain, releases=target.parent, lake_id=lake_id)
            keep_trust(read_approvers(settings.approvers), target.parent, settings.heads, lake_id)
