"""Draft a release: write everything that it would hold, so that people can look at it before they approve it."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.periods import parse_period
from safer_kpi.domain.release_format import FORMAT
from safer_kpi.errors import NotFound, UsageError
from safer_kpi.files import sha256_of, sync
from safer_kpi.reading.place import MANIFEST
from safer_kpi.reading.sealing.tables import TABLES
from safer_kpi.releases.content import Drafted, copy_texts, write_content
from safer_kpi.releases.findings import findings
from safer_kpi.releases.known import approvers_now, require_known
from safer_kpi.releases.settled import proposals
from safer_kpi.releases.store import (
    DRAFT_FILE,
    ReleaseId,
    project_variables,
    release_folders,
    withdrawals,
    write_json,
)
from safer_kpi.settings import DRAFTS, RELEASES
from safer_kpi.version import package_version

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.settings import Settings

APPROVALS_REQUIRED = 2
#: Why published numbers change, as the ONS revisions policy names it (R1 better or more complete data, R2 routine
#: recalculation, R3 improved method or definition, C correction of an error).
REVISIONS = ("R1", "R2", "R3", "C")
_TOLD = ("release_id", "quarter", "last_entry", "known_at", "supersedes", "revision", "reason", "findings", "row_hash")


def draft(
    settings: Settings, release: str, *, reason: str | None = None, revision: str | None = None
) -> dict[str, Any]:
    """Draft a quarter's release from the last complete build, replacing an earlier draft and its approvals.

    Args:
        settings: the lake.
        release: a quarter, ``2024-25-Q4``; where that is published, its next correction is drafted.
        reason: why a correction is needed; required for one.
        revision: the reason's code, one of ``REVISIONS``; ``C`` for a correction when left out.

    Returns:
        The draft: ``release_id``, ``quarter``, ``last_entry``, ``known_at``, ``supersedes``, ``revision``, ``reason``,
        ``row_hash``, ``findings``: what speaks against approving it (``metric_id``, ``check``, ``detail``), and
        ``settling``: the metrics whose numbers moved after they were called final, with the ``declared_months``, the
        ``proposed_months`` that their history supports, its ``periods``, and how many ``moved_after``. The proposal is
        not part of the record that people sign, because a definition declares the months.

    Raises:
        NotFound: nothing has been built.
        UsageError: entries are not built yet, the quarter has not ended, or a correction has no reason.
    """
    from safer_kpi import lake

    # Alone: a build and a compaction meanwhile could drop the snapshot that the draft is about to name.
    with lake.lease(settings):
        return _draft(settings, release, reason, revision)


def _draft(settings: Settings, release: str, reason: str | None, revision: str | None) -> dict[str, Any]:
    from safer_kpi.compute.published import release_rows  # heavy: lists of releases do without it

    named, supersedes = _named(settings, release, reason)
    period = parse_period(named.quarter, by="quarter")
    if not settings.kpi_file.is_file():
        raise NotFound("Nothing has been built yet.", next_action="Run safer-kpi build.")
    lake_id = require_known(settings)
    if period.end >= dt.datetime.now(dt.UTC).date():
        raise UsageError(f"{named.quarter} has not ended.", next_action="Draft it after its last day.")
    _require_built(settings)
    variables = project_variables(settings)
    about = Drafted(
        release_id=str(named),
        period=period,
        area=str(variables.get("area", "")),
        supersedes=supersedes,
        revision=_revision(supersedes, revision),
        reason=reason,
        earlier=release_rows(settings.home / RELEASES),
    )
    folder = settings.home / DRAFTS / str(named)
    beside = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        found = write_content(settings.kpi_file, beside, about=about)
        found["findings"] = findings(settings, quarter=period, area=about.area)
        copy_texts(settings.project, beside)
        required = int(variables.get("approvals_required", APPROVALS_REQUIRED))
        content = _record(settings, about, found, beside, lake_id) | {"approvals_required": required, "approvals": []}
        write_json(beside / DRAFT_FILE, content)
        if folder.exists():
            shutil.rmtree(folder)
        beside.replace(folder)
        sync(folder.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return {key: content[key] for key in _TOLD} | {"settling": proposals(settings)}


def _record(
    settings: Settings, about: Drafted, found: dict[str, Any], folder: Path, lake_id: str | None
) -> dict[str, Any]:
    """Return the record that people approve: the hash of each file, the evidence, and the release before."""
    earlier = list(release_folders(settings).items())
    previous = None
    if earlier:
        name, tip = earlier[-1]
        previous = {"release_id": name, "manifest_sha256": sha256_of(tip / MANIFEST)}
    return {
        "format": FORMAT,
        **({} if lake_id is None else {"lake_id": lake_id}),
        "release_id": about.release_id,
        "quarter": about.period.label,
        "period_end": about.period.end.isoformat(),
        "edition": "restricted",
        "drafted_at": dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(sep=" "),
        "last_entry": found["last_entry"],
        "known_at": found["known_at"].isoformat(sep=" "),
        "snapshot_id": found["snapshot_id"],
        "package_version": package_version(),
        "supersedes": about.supersedes,
        "revision": about.revision,
        "reason": about.reason,
        "previous": previous,
        "approvers": approvers_now(settings),
        "withdrawn": {name: sha256_of(path) for name, path in withdrawals(settings).items()},
        "findings": found["findings"],
        "overrides": [],
        "row_hash": found["row_hash"],
        "certificates": found["certificates"],
        TABLES: found[TABLES],
        "files": hashes(folder),
    }


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a draft, by name, without the draft's own record."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != DRAFT_FILE)
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in paths}


def _revision(supersedes: str | None, revision: str | None) -> str | None:
    if revision is not None and revision not in REVISIONS:
        raise UsageError(f"{revision!r} is no revision code.", next_action=f"Use one of {', '.join(REVISIONS)}.")
    return revision or ("C" if supersedes else None)


def _named(settings: Settings, release: str, reason: str | None) -> tuple[ReleaseId, str | None]:
    """Return the id to draft and the release it would correct."""
    asked = ReleaseId.parse(release)
    published = [ReleaseId.parse(name) for name in release_folders(settings)]
    corrections = [each.correction for each in published if each.quarter == asked.quarter]
    following = ReleaseId(asked.quarter, max(corrections, default=0) + 1)
    if asked.correction != 1 and asked != following:
        raise UsageError(f"The next release of {asked.quarter} is {following}.", next_action=f"Draft {following}.")
    if not corrections:
        return following, None
    if not (reason or "").strip():
        raise UsageError(
            f"{asked.quarter} is published: {following} would correct it.", next_action="Say why with --reason."
        )
    return following, str(ReleaseId(asked.quarter, max(corrections)))


def _require_built(settings: Settings) -> None:
    import duckdb

    from safer_kpi import lake
    from safer_kpi.reading.book import Book

    book = Book(settings.kpi_file)
    try:
        built = book.last_entry
    finally:
        book.close()
    with lake.connect(settings, read_only=True) as connection:
        try:
            posted = connection.execute("SELECT coalesce(max(entry), 0) FROM journal.entry").fetchall()[0][0]
        except duckdb.CatalogException:
            posted = 0
    if posted > built:
        raise UsageError(f"Entries {built + 1} to {posted} are not built yet.", next_action="Run safer-kpi build.")
