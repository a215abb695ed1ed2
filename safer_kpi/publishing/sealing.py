"""Seal a publication: the report of a release as a folder by itself, signed by named people and never changed.

A release may not grow after its publication, so its report, and its strategic assessment, has a folder, a manifest and
signatures of its own. The manifest names the release by the hash of its manifest, the kind of report, the edition, the
package and its templates, and every file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import shutil
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import CheckFailed, NotFound, UsageError
from safer_kpi.files import sha256_of
from safer_kpi.publishing.boundaries import FILE as BOUNDARIES
from safer_kpi.publishing.made import COMMENTARY, REPORT, SITE, make_report, report_files
from safer_kpi.publishing.site.render import HERE
from safer_kpi.reading.place import MANIFEST, PUBLIC, RESTRICTED
from safer_kpi.reading.sealing.approvals import officer_signed
from safer_kpi.reading.sealing.signatures import OFFICER, read_approvers
from safer_kpi.reading.verifying.publications import PUBLICATION_FORMAT, publication_folders
from safer_kpi.releases.approve import add_approval, require_approved, signer
from safer_kpi.releases.draft import APPROVALS_REQUIRED
from safer_kpi.releases.known import approvers_now
from safer_kpi.releases.seal_folder import drop_draft, seal_folder, sealed_before
from safer_kpi.releases.store import DRAFT_FILE, project_variables, read_json, write_json
from safer_kpi.settings import PUBLICATION_DRAFTS, PUBLICATIONS, RELEASES
from safer_kpi.statements.page_statement import STATEMENT_STYLE
from safer_kpi.version import package_version

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from safer_kpi.publishing.model.report import Report
    from safer_kpi.settings import Settings

_ID = re.compile(r"\d{4}-\d{2}-Q[1-4](\.\d+)?(\.[a-z]+){1,2}\.\d+")


def draft_publication(
    settings: Settings,
    release: str,
    *,
    kind: str = REPORT,
    previous: str | None = None,
    area: str | None = None,
    commentary: Path | None = None,
) -> dict[str, Any]:
    """Draft the next publication of a release of the lake, in place of an earlier draft and its approvals.

    Returns:
        The record that people approve.

    Raises:
        NotFound: the lake has no folder of such a release.
        UsageError: the release is withdrawn, or ``previous`` is not an earlier one.
    """
    from safer_kpi import lake

    source = settings.home / RELEASES / release
    if not (source / MANIFEST).is_file():
        raise NotFound(f"No release {release} is published here.", next_action="Run safer-kpi release list.")
    with lake.lease(settings):
        found = make_report(str(source), previous=previous, area=area, commentary=commentary, kind=kind)
        files = {f"{SITE}/{name}": content for name, content in report_files(found).items()}
        if found.commentary.sha256 is not None:
            files[COMMENTARY] = found.commentary.content
        record = _record(settings, found, files)
        folder = settings.home / PUBLICATION_DRAFTS / record["publication_id"]
        beside = folder.with_name(f".{folder.name}.{os.getpid()}")
        try:
            for name, content in files.items():
                target = beside / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            write_json(beside / DRAFT_FILE, record)
            shutil.rmtree(folder, ignore_errors=True)
            beside.replace(folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return record


def _record(settings: Settings, found: Report, files: Mapping[str, bytes]) -> dict[str, Any]:
    kind = "" if found.kind == REPORT else f"{found.kind}."
    before = found.before
    return {
        "format": PUBLICATION_FORMAT,
        "publication_id": next_id(settings, f"{found.release.release_id}.{kind}{RESTRICTED}."),
        "release_id": found.release.release_id,
        "release_manifest_sha256": found.release.manifest_sha256,
        "before": None
        if before is None
        else {"release_id": before.release_id, "release_manifest_sha256": before.manifest_sha256},
        "kind": found.kind,
        "edition": RESTRICTED,
        "area": found.area_code,
        "package_version": package_version(),
        "templates_sha256": templates_hash(),
        "commentary_sha256": found.commentary.sha256,
        "previous": last_of(settings, RESTRICTED),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        "drafted_at": now(),
        "approvers": approvers_now(settings),
        "approvals_required": int(project_variables(settings).get("approvals_required", APPROVALS_REQUIRED)),
        "approvals": [],
    }


def next_id(settings: Settings, stem: str) -> str:
    """Return the id of the next publication whose id begins with ``stem``."""
    earlier = publication_folders(settings.home / PUBLICATIONS)
    numbers = [int(folder.name.removeprefix(stem)) for folder in earlier if folder.name.startswith(stem)]
    return f"{stem}{max(numbers, default=0) + 1}"


def last_of(settings: Settings, edition: str) -> dict[str, str] | None:
    """Return the id and the hash of the last publication of an edition, which the next one follows; None if none is."""
    earlier = publication_folders(settings.home / PUBLICATIONS, edition=edition)
    if not earlier:
        return None
    return {"publication_id": earlier[-1].name, "manifest_sha256": sha256_of(earlier[-1] / MANIFEST)}


def templates_hash() -> str:
    """Return the SHA-256 of the templates, style sheets and boundaries of this package, by path."""
    digest = hashlib.sha256()
    found = [path for path in HERE.parent.rglob("*") if path.suffix in {".html", ".css", ".typ"}]
    for path in [*sorted(found), BOUNDARIES, STATEMENT_STYLE]:
        digest.update(f"{path.relative_to(HERE.parents[1]).as_posix()}\0{sha256_of(path)}\n".encode())
    return digest.hexdigest()


def now() -> str:
    """Return the present moment as records state it."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(sep=" ")


def approve_publication(
    settings: Settings, publication: str, *, name: str, comment: str = "", key: Path | None = None
) -> list[dict[str, Any]]:
    """Record and sign that ``name`` approves the draft of a publication as it is now; return all its approvals.

    Raises:
        NotFound: there is no such draft.
        ApprovedAlready: the person, or the key, has approved it.
        UsageError: the name is empty, or the key is not trusted to be theirs.
        CheckFailed: the draft's files are not those that were drafted.
    """
    from safer_kpi import lake

    person, private = signer(settings, name, key)
    with lake.lease(settings):
        folder = _draft_folder(settings, publication)
        content = read_json(folder / DRAFT_FILE)
        _require_untouched(folder, content)
        at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        add_approval(content, publication, person=person, comment=comment, at=at, private=private)
        write_json(folder / DRAFT_FILE, content)
    approvals: list[dict[str, Any]] = content["approvals"]
    return approvals


def seal_publication(settings: Settings, publication: str) -> dict[str, Any]:
    """Seal an approved draft and return its manifest; it never changes again.

    Raises:
        NotFound: there is no such draft.
        UsageError: it lacks approvals, or another publication was sealed since it was drafted.
        CheckFailed: the draft's files are not those that were approved, or a signature does not hold.
    """
    from safer_kpi import lake

    with lake.lease(settings):
        folder, target = settings.home / PUBLICATION_DRAFTS / publication, settings.home / PUBLICATIONS / publication
        # By a sealing that could not remove the draft.
        manifest = sealed_before(folder, target) if _ID.fullmatch(publication) else None
        if manifest is None:
            content = read_json(_draft_folder(settings, publication) / DRAFT_FILE)
            _require_untouched(folder, content)
            required = content["approvals_required"]
            require_approved(settings, content, publication, required=required, command="publication approve")
            if content["edition"] == PUBLIC:
                _require_officer(settings, content)
            _require_last(settings, content)
            manifest = seal_folder(folder, content, target)
        drop_draft(folder)
    return manifest


def _draft_folder(settings: Settings, publication: str) -> Path:
    folder = settings.home / PUBLICATION_DRAFTS / publication
    if _ID.fullmatch(publication) is None or not (folder / DRAFT_FILE).is_file():
        waiting = sorted(path.parent.name for path in folder.parent.glob(f"[0-9]*/{DRAFT_FILE}"))
        raise NotFound(
            f"No draft of a publication {publication[:40]} exists.",
            next_action=f"Drafts: {', '.join(waiting)}." if waiting else "Run safer-kpi publication draft RELEASE.",
        )
    return folder


def _require_untouched(folder: Path, content: Mapping[str, Any]) -> None:
    found = {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in folder.rglob("*")
        if path.is_file() and path.name != DRAFT_FILE
    }
    changed = sorted(name for name in {*found, *content["files"]} if found.get(name) != content["files"].get(name))
    if changed:
        raise CheckFailed(
            f"The draft {content['publication_id']} was changed after it was drafted: {', '.join(changed[:5])}.",
            next_action="Draft it again.",
        )


def _require_officer(settings: Settings, content: Mapping[str, Any]) -> None:
    """Raise unless a data protection officer has approved the draft of a public edition."""
    people = read_approvers(settings.approvers)
    if not people.officers:
        raise UsageError(
            "No approver is named as the data protection officer, who must sign a public edition.",
            next_action=f"Add role={OFFICER} to their line with safer-kpi approvers replace, and draft it again.",
        )
    if not officer_signed(content, people):
        raise UsageError(
            f"No data protection officer has approved {content['publication_id']}.",
            next_action=f"They run safer-kpi publication approve {content['publication_id']} --name NAME.",
        )


def _require_last(settings: Settings, content: Mapping[str, Any]) -> None:
    """Raise unless the publication before it and the approvers that the draft names are still those."""
    last = last_of(settings, content["edition"])
    if last != content["previous"] or content["approvers"] != approvers_now(settings):
        raise UsageError(
            f"A publication was sealed, or the approvers changed, after {content['publication_id']} was drafted.",
            next_action="Draft it again, and have it approved again.",
        )
