"""The tasks of the maintenance DAG: sweep, compact, expire, tidy the inbox, and verify every release."""

from __future__ import annotations

import logging

from safer_kpi.errors import CheckFailed, NotFound
from safer_kpi.inbox import tidy
from safer_kpi.orchestration.places import open_inbox
from safer_kpi.orchestration.words import in_words
from safer_kpi.settings import RELEASES, Settings

_log = logging.getLogger(__name__)


@in_words
def remove_orphans() -> int:
    """Remove files that stopped processes left behind, and bytes whose retention has ended; return how many."""
    from safer_kpi.landing import expire, sweep

    settings = Settings.load()
    if not _has_lake(settings):
        return 0
    expired = len(expire(settings))
    return expired + sweep(settings)


@in_words
def compact_lake() -> int:
    """Merge small files and drop snapshots that nothing refers to; return how many files fewer the lake has."""
    from safer_kpi.releases import compact

    settings = Settings.load()
    if not _has_lake(settings):
        return 0
    done = compact(settings)
    _log.info("%s", done)
    return done.files_before - done.files_after


@in_words
def tidy_inbox(feeds: list[str]) -> int:
    """Delete handled files that have been kept for long enough; return how many."""
    settings = Settings.load()
    return tidy(settings, open_inbox(settings.watched), feeds)


@in_words
def verify_releases() -> int:
    """Verify every published release, the read file with all its numbers, and what the lake stores.

    Returns:
        How many checks were made.

    Raises:
        CheckFailed: a check failed; a person must look into it.
    """
    import safer_kpi
    from safer_kpi.reading.verifying.identity import lake_id_of
    from safer_kpi.releases.lake_checks import lake_checks

    settings = Settings.load()
    if not settings.kpi_file.is_file() and not _has_builds(settings):
        _require_unknown(settings)
        return 0
    with safer_kpi.open(settings.home) as lake:
        checks = lake.verify().rows()
        lake_id = lake_id_of(lake)
    stored = lake_checks(settings, lake_id=lake_id, deep=True) if _has_lake(settings) else []
    rows = [(each["check"], each["subject"], each["status"], each["detail"]) for each in checks] + stored
    failed = [f"{check} {subject}: {detail}" for check, subject, status, detail in rows if status == "failed"]
    if failed:
        raise CheckFailed("; ".join(failed), next_action="See docs/how-to/audit.md.")
    return len(rows)


def _require_unknown(settings: Settings) -> None:
    """Raise if this machine knows releases of a lake here that has nothing now."""
    from safer_kpi.reading.verifying.heads import head_at

    head = head_at(settings.heads, settings.home / RELEASES)
    if head is not None:
        raise CheckFailed(
            f"The lake here had releases, the last one {head[:12]}, and now it has not even a build.",
            next_action="Restore it from backup; for a new lake in its place, run safer-kpi verify --forget.",
        )


def _has_lake(settings: Settings) -> bool:
    """Whether anything has been landed: a new Airflow may run this DAG before the first file has come."""
    from safer_kpi.lake import connect

    try:
        connect(settings, read_only=True).close()
    except NotFound:
        return False
    return True


def _has_builds(settings: Settings) -> bool:
    from safer_kpi.lake import connect
    from safer_kpi.lake.journal import is_empty

    if not _has_lake(settings):
        return False
    connection = connect(settings, read_only=True)
    try:
        if is_empty(connection):
            return False
        return bool(connection.execute("SELECT count(*) FROM journal.build").fetchall()[0][0])
    finally:
        connection.close()
