"""Read what parsing wrote, in a fresh DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from safer_kpi.intake import Dialect, Parsed, parse, preflight

if TYPE_CHECKING:
    from pathlib import Path


def intake(path: Path, dialect: Dialect | None = None, **limits: int) -> Parsed:
    """Pre-flight and parse with every column under its own name."""
    declared = dialect or Dialect()
    found = preflight(path, declared)
    return parse(
        path, found, declared, [name.strip() or None for name in found.header], path.with_suffix(".parquet"), **limits
    )


def rows_of(parsed: Parsed) -> list[tuple[Any, ...]]:
    """Every row, source row first, in the file's order."""
    with duckdb.connect() as connection:
        return connection.execute(f"{parsed.relation_sql()} ORDER BY source_row").fetchall()
