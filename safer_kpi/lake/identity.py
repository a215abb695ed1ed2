"""The identity of a lake: made once with the lake, kept by every copy, and stated by each of its releases."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from safer_kpi.errors import LakeBroken

if TYPE_CHECKING:
    import duckdb


def make_identity(connection: duckdb.DuckDBPyConnection) -> None:
    """In the open transaction: give the lake an identity, which never changes."""
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    connection.execute("INSERT INTO journal.lake VALUES (?, ?)", [uuid.uuid4().hex, now])


def identity_of(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return the identity of the attached lake; None if its format is older than identities.

    Raises:
        LakeBroken: the lake has no identity, or more than one.
    """
    import duckdb

    try:
        rows = connection.execute("SELECT lake_id FROM lake.journal.lake").fetchall()
    except duckdb.CatalogException:
        return None
    if len(rows) != 1 or not rows[0][0]:
        raise LakeBroken(
            f"journal.lake has {len(rows)} rows, not one with the lake's identity.",
            next_action="Restore the lake from backup.",
        )
    return str(rows[0][0])
