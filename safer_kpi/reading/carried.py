"""The rows of a ``Table`` without its lake: what a pickle of it carries."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safer_kpi.engine import open_engine
from safer_kpi.reading.book import MAIN, Book
from safer_kpi.sql import identifier

if TYPE_CHECKING:
    import duckdb

Rows = list[tuple[Any, ...]]

#: The table that holds the rows.
CARRIED = f"{MAIN}.carried"
_CELLS = 20_000  # bound at once


class CarriedBook(Book):
    """A book in memory that holds one table; DuckDB opens when something asks more of it than its rows."""

    def __init__(self, types: dict[str, str], rows: Rows) -> None:
        self.file = Path("carried")
        self._lock = threading.RLock()
        self._attached = {}
        self._under = {}
        self._results = 0
        self._types, self._rows = types, rows

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:  # type: ignore[override]  # opened late, not in __init__

        connection = open_engine(python_enable_replacements="false")
        connection.execute(f"ATTACH ':memory:' AS {MAIN}")
        connection.execute(f"USE {MAIN}")
        columns = ", ".join(f"{identifier(name)} {kind}" for name, kind in self._types.items())
        connection.execute(f"CREATE TABLE {CARRIED} ({columns})")
        line = "(" + ", ".join("?" for _ in self._types) + ")"
        size = max(1, _CELLS // len(self._types))
        for start in range(0, len(self._rows), size):
            part = self._rows[start : start + size]
            lines = ", ".join([line] * len(part))
            connection.execute(f"INSERT INTO {CARRIED} VALUES {lines}", [cell for row in part for cell in row])
        return connection
