"""What the DAG of maintenance does: sweep, compact, expire, tidy the inbox, and verify every release."""

from __future__ import annotations

import logging

from safer_kpi.errors import CheckFailed
from safer_kpi.inbox import tidy
from safer_kpi.orchestration.places import open_inbox
from safer_kpi.settings import Settings

_log = logging.getLogger(__name__)


def remove_orphans() -> int:
    """Remove what stopped processes left behind, and the bytes whose time is over; answers how many."""
    from safer_kpi.landing import expire, sweep

    settings = Settings.load()
    expired = len(expire(settings))
    return expired + sweep(settings)


def compact_lake() -> int:
    """Merge small files and drop snapshots that nothing names; answers by how many files the lake is smaller."""
    from safer_kpi.releases import compact

    done = compact(Settings.load())
    _log.info("%s", done)
    return done.files_before - done.files_after


def tidy_inbox(feeds: list[str]) -> int:
    """Delete handled files that have lain beside their receipts for long enough; answers how many."""
    settings = Settings.load()
    return tidy(settings, open_inbox(settings.watched), feeds)


def verify_releases() -> int:
    """Verify every published release; answers how many checks were made.

    Raises:
        CheckFailed: one did not hold; a person must look.
    """
    import safer_kpi

    settings = Settings.load()
    with safer_kpi.open(settings.home) as lake:
        checks = lake.verify().rows()
    failed = [
        f"{each['release_id']} {each['check']} {each['subject']}" for each in checks if each["status"] == "failed"
    ]
    if failed:
        raise CheckFailed("; ".join(failed), next_action="See docs/auditing.md.")
    return len(checks)
