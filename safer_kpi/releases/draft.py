"""Draft a release: everything it would hold, for people to look at before they sign it off."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.periods import parse_period
from safer_kpi.errors import NotFound, UsageError
from safer_kpi.reading.verify import sha256_of
from safer_kpi.releases.content import copy_texts, write_content
from safer_kpi.releases.store import DRAFT_FILE, ReleaseId, release_folders, sync, write_json
from safer_kpi.settings import DRAFTS

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.settings import Settings


def draft(settings: Settings, release: str, *, reason: str | None = None) -> dict[str, Any]:
    """Draft a quarter's release from the last complete build, replacing an earlier draft and its approvals.

    Args:
        settings: the lake.
        release: a quarter, ``2024-25-Q4``; where that is published, its next correction is drafted.
        reason: why a correction is needed; required for one.

    Returns:
        The draft: ``release_id``, ``quarter``, ``last_entry``, ``known_at``, ``supersedes``, ``reason``, ``row_hash``.

    Raises:
        NotFound: nothing has been built.
        UsageError: entries are not built yet, the quarter has not ended, or a correction has no reason.
    """
    named, supersedes = _named(settings, release, reason)
    period = parse_period(named.quarter, by="quarter")
    if not settings.kpi_file.is_file():
        raise NotFound("Nothing has been built yet.", next_action="Run safer-kpi build.")
    if period.end >= dt.datetime.now(dt.UTC).date():
        raise UsageError(f"{named.quarter} has not ended.", next_action="Draft it after its last day.")
    _require_built(settings)
    folder = settings.home / DRAFTS / str(named)
    beside = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        found = write_content(settings.kpi_file, beside, release_id=str(named), period_end=period.end)
        copy_texts(settings.project, beside)
        content = {
            "release_id": str(named),
            "quarter": named.quarter,
            "last_entry": found["last_entry"],
            "known_at": found["known_at"].isoformat(sep=" "),
            "supersedes": supersedes,
            "reason": reason,
            "row_hash": found["row_hash"],
            "files": hashes(beside),
            "approvals": [],
        }
        write_json(beside / DRAFT_FILE, content)
        if folder.exists():
            shutil.rmtree(folder)
        beside.replace(folder)
        sync(folder.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return {key: content[key] for key in content if key not in {"files", "approvals"}}


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 by name of every file of a draft but the draft's own record."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != DRAFT_FILE)
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in paths}


def _named(settings: Settings, release: str, reason: str | None) -> tuple[ReleaseId, str | None]:
    """The id to draft and the release it would correct."""
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
