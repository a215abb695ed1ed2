"""Deliveries whose bytes went under a retention rule, as the journal records them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.errors import UsageError
from safer_kpi.lake import raw
from safer_kpi.lake.journal import has_table
from safer_kpi.landing.stored_bytes import fetch

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import duckdb

    from safer_kpi.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Expired:
    """One delivery whose bytes went: under which rule, and when (UTC)."""

    delivery_id: int
    feed: str
    sha256: str
    rule: str
    expired_at: dt.datetime


def expired(connection: duckdb.DuckDBPyConnection) -> list[Expired]:
    """Return every delivery whose bytes went under a rule, in the order received."""
    if not has_table(connection, "expired"):  # a lake that was made before bytes could expire
        return []
    names = ("delivery_id", "feed", "sha256", "rule", "expired_at")
    rows = connection.execute(f"SELECT {', '.join(names)} FROM journal.expired ORDER BY delivery_id").fetchall()
    return [Expired(**dict(zip(names, row, strict=True))) for row in rows]


def fetch_bytes(connection: duckdb.DuckDBPyConnection, settings: Settings, delivery_id: int, sha256: str) -> Path:
    """Return a local file with a delivery's bytes; ``raw.release`` lets go of it.

    Raises:
        UsageError: they expired.
        LakeBroken: they are gone without a rule, or no longer match their hash.
    """
    if not raw.holds(settings, sha256):
        for each in expired(connection):
            if each.delivery_id == delivery_id:
                raise UsageError(
                    f"The bytes of delivery {delivery_id} expired on {each.expired_at:%Y-%m-%d} under {each.rule}.",
                    next_action="Ask the partner to send the file again.",
                )
    return fetch(settings, sha256)
