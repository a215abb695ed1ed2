"""Publish an approved draft: sealed by a manifest, chained to the release before, moved into place at once."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import UsageError
from safer_kpi.reading.locate import MANIFEST, RELEASE_FILE
from safer_kpi.reading.verify import sha256_of
from safer_kpi.releases.approve import require_untouched
from safer_kpi.releases.content import write_release_rows
from safer_kpi.releases.draft import hashes
from safer_kpi.releases.store import (
    DRAFT_FILE,
    ReleaseId,
    draft_folder,
    read_json,
    release_folders,
    sync,
    write_json,
)
from safer_kpi.settings import RELEASES

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.settings import Settings

APPROVALS_REQUIRED = 2


def publish(settings: Settings, release_id: str, *, approvals_required: int | None = None) -> dict[str, Any]:
    """Publish a draft and give its manifest; the project's ``approvals_required`` counts unless it is given.

    A crash before the final rename leaves the draft as it was; one after it leaves a published release, and the next
    build puts it into ``kpi.certified``.

    Raises:
        NotFound: there is no such draft.
        UsageError: it is published already, lacks approvals, or another correction was published since it was drafted.
        CheckFailed: the draft's files are not those that were approved.
    """
    from safer_kpi import lake

    required = _approvals_required(settings) if approvals_required is None else approvals_required
    with lake.lease(settings):
        target = settings.home / RELEASES / str(ReleaseId.parse(release_id))
        if target.exists():
            raise UsageError(
                f"{release_id} is published and never changes.", next_action="Draft a correction with --reason."
            )
        folder = draft_folder(settings, release_id)
        draft = read_json(folder / DRAFT_FILE)
        names = {each["name"].casefold() for each in draft["approvals"]}
        if len(names) < required:
            raise UsageError(
                f"{release_id} has {len(names)} of {required} approvals.",
                next_action=f"Run safer-kpi release approve {release_id} --name NAME.",
            )
        require_untouched(folder, draft)
        manifest = _seal(settings, folder, draft, target)
        shutil.rmtree(folder)
    from safer_kpi.build import export

    export(settings)
    return manifest


def _approvals_required(settings: Settings) -> int:
    """How many people must approve, as the project's ``config.yaml`` says."""
    import yaml

    config = settings.project / "config.yaml"
    if not config.is_file():
        return APPROVALS_REQUIRED
    variables = yaml.safe_load(config.read_text(encoding="utf-8")).get("variables") or {}
    return int(variables.get("approvals_required", APPROVALS_REQUIRED))


def _seal(settings: Settings, folder: Path, draft: dict[str, Any], target: Path) -> dict[str, Any]:
    earlier = release_folders(settings)
    previous = None
    if earlier:
        name, tip = list(earlier.items())[-1]
        previous = {"release_id": name, "manifest_sha256": sha256_of(tip / MANIFEST)}
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.rmtree(beside, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copytree(folder, beside, ignore=shutil.ignore_patterns(DRAFT_FILE))
        published_at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        rows = [release_row(read_json(path / MANIFEST), sha256_of(path / MANIFEST)) for path in earlier.values()]
        this = draft | {"published_at": published_at.isoformat(sep=" "), "previous": previous}
        write_release_rows(beside / RELEASE_FILE, [*rows, release_row(this, None)])
        manifest = _manifest(draft, published_at, previous, hashes(beside))
        for path in beside.rglob("*"):
            sync(path)
        write_json(beside / MANIFEST, manifest)
        beside.replace(target)
        sync(target.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return manifest


def release_row(manifest: dict[str, Any], manifest_sha256: str | None) -> dict[str, Any]:
    """A row of ``kpi.release`` from a release's manifest."""
    return {
        "release_id": manifest["release_id"],
        "quarter": manifest["quarter"],
        "published_at": dt.datetime.fromisoformat(manifest["published_at"]),
        "last_entry": manifest["last_entry"],
        "known_at": dt.datetime.fromisoformat(manifest["known_at"]),
        "supersedes": manifest["supersedes"],
        "approved_by": [each["name"] for each in manifest["approvals"]],
        "manifest_sha256": manifest_sha256,
        "previous_manifest_sha256": manifest["previous"]["manifest_sha256"] if manifest["previous"] else None,
        "row_hash": manifest["row_hash"],
    }


def _manifest(
    draft: dict[str, Any], published_at: dt.datetime, previous: dict[str, str] | None, files: dict[str, str]
) -> dict[str, Any]:
    from importlib.metadata import PackageNotFoundError, version

    try:
        package_version = version("safer-kpi")
    except PackageNotFoundError:
        package_version = "unknown"
    kept = ("release_id", "quarter", "last_entry", "known_at", "supersedes", "reason", "row_hash", "approvals")
    return {key: draft[key] for key in kept} | {
        "published_at": published_at.isoformat(sep=" "),
        "files": files,
        "previous": previous,
        "edition": "restricted",
        "package_version": package_version,
    }
