"""Publish an approved draft: seal it with a manifest, chain it to the release before, and rename it into place."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import UsageError
from safer_kpi.files import sha256_of
from safer_kpi.reading.place import MANIFEST
from safer_kpi.reading.sealing.signatures import read_approvers
from safer_kpi.reading.verifying.heads import remember
from safer_kpi.reading.verifying.trust import keep_trust
from safer_kpi.releases.approve import require_approved, require_untouched
from safer_kpi.releases.known import approvers_now, require_known
from safer_kpi.releases.seal_folder import drop_draft, seal_folder, sealed_before
from safer_kpi.releases.store import (
    DRAFT_FILE,
    ReleaseId,
    draft_folder,
    read_json,
    release_folders,
    withdrawals,
)
from safer_kpi.settings import DRAFTS, RELEASES

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
        named = str(ReleaseId.parse(release_id))
        folder, target = settings.home / DRAFTS / named, settings.home / RELEASES / named
        manifest = sealed_before(folder, target)  # by a publication that could not remove the draft
        if manifest is None:
            manifest = _seal(settings, release_id, target, approvals_required)
        drop_draft(folder)
        _remember(settings, target, manifest.get("lake_id"))
    from safer_kpi.compute import export

    export(settings)
    return manifest


def _seal(settings: Settings, release_id: str, target: Path, approvals_required: int | None) -> dict[str, Any]:
    if target.exists():
        raise UsageError(
            f"{release_id} is published and never changes.", next_action="Draft a correction with --reason."
        )
    folder = draft_folder(settings, release_id)
    draft = read_json(folder / DRAFT_FILE)
    required = draft["approvals_required"] if approvals_required is None else approvals_required
    require_approved(settings, draft, release_id, required=required, command="release approve")
    require_untouched(folder, draft)
    _require_same_lake(draft, require_known(settings))
    _require_last(settings, draft)
    return seal_folder(folder, draft, target)


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


def _remember(settings: Settings, target: Path, lake_id: str | None) -> None:
    """Write the new head to a place outside the store, so that a roll-back of the store can be detected."""
    if settings.heads is not None:
        first = next(iter(release_folders(settings).values()))
        # If that place fails, the release is published anyway; verify then reports that the head is not anchored.
        with suppress(OSError):
            head, chain = sha256_of(target / MANIFEST), sha256_of(first / MANIFEST)
            remember(settings.heads, head=head, chain=chain, releases=target.parent, lake_id=lake_id)
            keep_trust(read_approvers(settings.approvers), target.parent, settings.heads, lake_id)
