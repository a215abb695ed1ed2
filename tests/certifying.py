"""Certify a quarter in a test's lake as two people would."""

from __future__ import annotations

import uuid

from safer_kpi.lake import connect, lease
from safer_kpi.releases import approve, draft, publish
from safer_kpi.settings import RELEASES, Settings


def certify(settings: Settings, quarter: str, *, reason: str | None = None) -> str:
    """Draft, approve and publish; gives the release's id. Made-up quarters lack months: the first approver says so."""
    if not (settings.home / RELEASES).exists():
        be_another_lake(settings)
    found = draft(settings, quarter, reason=reason)
    release: str = found["release_id"]
    override = "this test needs no more months" if found["findings"] else None
    approve(settings, release, name="First Approver", override=override)
    approve(settings, release, name="Second Approver")
    publish(settings, release)
    return release


def be_another_lake(settings: Settings) -> None:
    """Give a copy of a template an identity: the releases of all copies would be forks of one lake's chain."""
    with connect(settings) as lake, lease(settings):
        lake.execute("UPDATE journal.lake SET lake_id = ?", [uuid.uuid4().hex])
