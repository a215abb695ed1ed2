"""Draft a public edition: protect, write, audit, report. An audit that fails ends it, and nothing is left."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import CheckFailed, NotFound, UsageError
from safer_kpi.files import sha256_of
from safer_kpi.publishing.made import COMMENTARY, REPORT, SITE, report_files, report_of
from safer_kpi.publishing.model.commentary import Commentary, read_commentary
from safer_kpi.publishing.opening import require_standing, unsigned
from safer_kpi.publishing.public.content import write_public
from safer_kpi.publishing.public.figures import published_figures
from safer_kpi.publishing.public.privacy import privacy_page
from safer_kpi.publishing.sealing import last_of, next_id, now, templates_hash
from safer_kpi.reading.lake import open_lake
from safer_kpi.reading.place import MANIFEST, PUBLIC
from safer_kpi.reading.record import canonical
from safer_kpi.reading.verifying.publications import PUBLICATION_FORMAT, publication_folders
from safer_kpi.releases.draft import APPROVALS_REQUIRED
from safer_kpi.releases.known import approvers_now
from safer_kpi.releases.store import DRAFT_FILE, project_variables, read_json, write_json
from safer_kpi.settings import COMMENTS, PUBLICATION_DRAFTS, PUBLICATIONS, RELEASES
from safer_kpi.version import package_version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from safer_kpi.disclosure.audit import Finding, Result
    from safer_kpi.publishing.public.figures import Figures
    from safer_kpi.settings import Settings

AUDIT, PRIVACY = "audit.json", "privacy.html"


class NotSafe(CheckFailed):
    """The audit found what a public edition would tell. Its message names no cell, so that it may stand in a log.

    Attributes:
        findings: what the audit found, for the person who decides.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(
            f"The audit found {len(findings)} figures or rules that would tell too much, so nothing was drafted.",
            next_action="Look at the findings, change the rules of these metrics, and certify the quarter again.",
        )
        self.findings = findings


def draft_public(
    settings: Settings,
    release: str,
    *,
    area: str | None = None,
    commentary: Path | None = None,
    corrections: Sequence[tuple[str, str]] = (),
    new_series: bool = False,
) -> dict[str, Any]:
    """Draft the next public edition of a release of the lake, in place of an earlier draft and its approvals.

    Args:
        settings: the lake.
        release: the id of a release.
        area: the code or the name of the partnership's own authority; default: the one that the release names.
        commentary: the file of comments; default: ``commentary/<release>.public.yaml`` in the home, if it exists.
        corrections: exact figures of earlier editions that are published again, each by its metric and period.
        new_series: whether a new series begins, with a new key, for periods of which nothing is published yet.

    Returns:
        The record that people approve.

    Raises:
        NotFound: the lake has no folder of such a release, or a figure that is to be corrected is not published.
        UsageError: the release is withdrawn, its definitions have no public rule, a figure is never corrected, or a new
            series would be the first.
        CheckFailed: a corrected figure would not be exact, or earlier editions contradict each other.
        NotSafe: the audit found what the edition would tell.
    """
    from safer_kpi import lake

    source = settings.home / RELEASES / release
    if not (source / MANIFEST).is_file():
        raise NotFound(f"No release {release} is published here.", next_action="Run safer-kpi release list.")
    with lake.lease(settings):
        publication = next_id(settings, f"{read_json(source / MANIFEST)['quarter']}.{PUBLIC}.")
        root = settings.home / PUBLICATION_DRAFTS
        beside = root / f".{publication}.{os.getpid()}"
        folder = beside / publication
        try:
            folder.mkdir(parents=True)
            earlier = publication_folders(settings.home / PUBLICATIONS, edition=PUBLIC)
            own = _own_area(source, area)
            series = _series(earlier, is_new=new_series)
            figures = published_figures(
                settings, source, earlier, area=own, edition=publication, series=series, corrections=corrections
            )
            record = _draft(settings, source, folder, earlier, figures, area=own, commentary=commentary)
            record |= {"series": series, "corrections": list(figures.corrections)}
            write_json(folder / DRAFT_FILE, record)
            shutil.rmtree(root / publication, ignore_errors=True)
            folder.replace(root / publication)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return record


def _own_area(source: Path, area: str | None) -> str:
    """Return the code of the own authority, and check that the release stands and is what was signed."""
    with open_lake(source) as opened:
        require_standing(opened)
        if area is not None:
            return opened.book.area_code(area)
        if opened.book.has_table("peer"):
            rows = opened.sql("SELECT area_code FROM kpi.peer WHERE place = 0").rows()
            if rows:
                return str(rows[0]["area_code"])
    raise UsageError("This release does not say which area is the partnership's.", next_action="Name one: --area.")


def _series(earlier: Sequence[Path], *, is_new: bool) -> int:
    """Return the series of new figures: the last edition's, or the next one.

    Raises:
        UsageError: a new series is asked for, and nothing is published.
    """
    if is_new and not earlier:
        raise UsageError(
            "No public edition is published yet, so the first series has not begun.",
            next_action="Publish without --new-series.",
        )
    last = int(read_json(earlier[-1] / MANIFEST).get("series", 1)) if earlier else 1
    return last + 1 if is_new else last


def _draft(
    settings: Settings,
    source: Path,
    folder: Path,
    earlier: Sequence[Path],
    figures: Figures,
    *,
    area: str,
    commentary: Path | None,
) -> dict[str, Any]:
    found = write_public(source, figures.rows, folder, area=area, changes=figures.changes)
    audited = _audit([*earlier, folder], [*(source.parent / _release_of(one) for one in earlier), source], area)
    (folder / AUDIT).write_bytes(canonical(audited.record))
    manifest = read_json(source / MANIFEST)
    record: dict[str, Any] = {
        "format": PUBLICATION_FORMAT,
        "publication_id": folder.name,
        "release_id": source.name,
        "release_manifest_sha256": sha256_of(source / MANIFEST),
        "release_published_at": manifest["published_at"],
        "quarter": manifest["quarter"],
        "before": None,
        "kind": REPORT,
        "edition": PUBLIC,
        "area": area,
        "package_version": package_version(),
        "templates_sha256": templates_hash(),
        "previous": last_of(settings, PUBLIC),
        "audit": audited.record,
        **found,
    }
    said = _comments(settings, source.name, commentary)
    (folder / PRIVACY).write_bytes(privacy_page(source, folder, record))
    for name, content in _site(folder, record, said).items():
        target = folder / SITE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    if said.sha256 is not None:
        (folder / COMMENTARY).write_bytes(said.content)
    people = int(project_variables(settings).get("approvals_required", APPROVALS_REQUIRED))
    return record | {
        "commentary_sha256": said.sha256,
        "files": _hashes(folder),
        "drafted_at": now(),
        "approvers": approvers_now(settings),
        "approvals_required": people + 1,  # one more: the data protection officer
        "approvals": [],
    }


def _audit(editions: Sequence[Path], releases: Sequence[Path], area: str) -> Result:
    """Audit all public editions together.

    Raises:
        NotSafe: the audit found something.
    """
    from safer_kpi.disclosure.audit import audit_editions

    result = audit_editions(editions, list(dict.fromkeys(releases)), area=area)
    if not result.passed:
        raise NotSafe(result.findings)
    return result


def _release_of(folder: Path) -> str:
    return str(read_json(folder / MANIFEST)["release_id"])


def _comments(settings: Settings, release: str, commentary: Path | None) -> Commentary:
    """Return the comments on the public edition; those on the release itself may tell exact numbers."""
    file = commentary or settings.home / COMMENTS / f"{release}.{PUBLIC}.yaml"
    return read_commentary(file) if commentary is not None or file.is_file() else Commentary()


def _site(folder: Path, record: Mapping[str, Any], said: Commentary) -> dict[str, bytes]:
    """Return the files of the report that is made of the drafted folder alone."""
    manifest = folder / MANIFEST
    manifest.write_bytes(canonical({**record, "files": {}, "approvals": [], "published_at": None}))
    try:
        with unsigned(folder) as opened:
            return report_files(report_of(opened, commentary=said))
    finally:
        manifest.unlink()


def _hashes(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in paths}
