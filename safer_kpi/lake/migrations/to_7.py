"""Format 7: the lake has an identity of its own, which its releases state from now on."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def migrate(connection: duckdb.DuckDBPyConnection) -> str:
    """Create ``journal.lake`` with a new identity, in the open transaction.

    Returns what was done, in words.
    """
    connection.execute("CREATE TABLE journal.lake (lake_id VARCHAR, since TIMESTAMP)")
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    connection.execute("INSERT INTO journal.lake VALUES (?, ?)", [uuid.uuid4().hex, now])
    return "the lake has an identity, which its next releases state"
