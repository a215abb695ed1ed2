"""Read one file's bytes for a feed: pre-flight, parse in the child, validate."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.intake import Dialect, parse, preflight
from safer_kpi.landing.validate import Checked, validate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from safer_kpi.catalogue.feeds import Feed, Layout
    from safer_kpi.intake import Parsed
    from safer_kpi.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A file as its contract reads it; ``cell`` is the scope cell its name says it covers."""

    layout: Layout
    cell: str
    parsed: Parsed
    checked: Checked

    def rows(self, feed: Feed, delivery_id: int) -> str:
        """SQL of the accepted rows as a posting's target: origin, cell and every column of the feed."""
        own = self._own(feed, "accepted")
        return f"SELECT {delivery_id}::BIGINT AS origin_delivery_id, source_row AS origin_row, {own}"

    def held(self, feed: Feed) -> str:
        """SQL of the quarantined rows with every column of the feed."""
        return f"SELECT source_row, {self._own(feed, 'held')}"

    def _own(self, feed: Feed, which: str) -> str:
        columns = [
            f'"{column}"'
            if column in self.layout.columns
            else f"'{self.layout.name}' AS layout"
            if column == "layout"
            else f'NULL::VARCHAR AS "{column}"'
            for column in feed.columns
        ]
        cell = self.cell.replace("'", "''")
        return f"'{cell}' AS cell, {', '.join(columns)} FROM ({getattr(self.checked, which)})"


@contextmanager
def reading(
    connection: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, path: Path, file_name: str
) -> Iterator[Reading]:
    """A file read and checked; its parsed form lasts as long as the context.

    Raises:
        InputRefused: the file as a whole cannot be used.
    """
    settings.scratch.mkdir(parents=True, exist_ok=True)
    out = settings.scratch / f"parse-{uuid.uuid4().hex}.parquet"
    terms: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in feed.dialect.items()
    }
    dialect = Dialect(**terms)
    try:
        found = preflight(path, dialect)
        layout, columns = feed.layout_of(found.header)
        cell, must_agree = feed.cell_of(file_name, layout)
        parsed = parse(path, found, dialect, columns, out)
        checked = validate(connection, feed, layout, parsed, must_agree=must_agree, scratch=settings.scratch)
        yield Reading(layout=layout, cell=cell, parsed=parsed, checked=checked)
    finally:
        out.unlink(missing_ok=True)
