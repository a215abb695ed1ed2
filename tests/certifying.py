"""Certify a quarter in a test's lake as two people would."""

from __future__ import annotations

from safer_kpi.releases import approve, draft, publish
from safer_kpi.settings import Settings


def certify(settings: Settings, quarter: str, *, reason: str | None = None) -> str:
    """Draft, approve and publish; gives the release's id. Made-up quarters lack months: the first approver says so."""
    found = draft(settings, quarter, reason=reason)
    release: str = found["release_id"]
    override = "this test needs no more months" if found["findings"] else None
    approve(settings, release, name="First Approver", override=override)
    approve(settings, release, name="Second Approver")
    publish(settings, release)
    return release
