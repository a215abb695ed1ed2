"""Read the bytes of one file for a feed: pre-flight, parse in the child, validate."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.cells import covered
from safer_kpi.intake import (
    Dialect,
    ParquetDialect,
    WorkbookDialect,
    parse,
    parse_framed,
    parse_json_lines,
    parse_parquet,
    parse_workbook,
    preflight,
    preflight_workbook,
)
from safer_kpi.landing.depersonalise import require_depersonalised, require_depersonalised_header
from safer_kpi.landing.pseudonyms import hmac_sql
from safer_kpi.landing.read_cells import read_cells
from safer_kpi.landing.unpivot import unpivoted
from safer_kpi.landing.validate import Checked, validate
from safer_kpi.sql import literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import duckdb

    from safer_kpi.catalogue.cells import Covered
    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.catalogue.layouts import Layout
    from safer_kpi.intake import Parsed
    from safer_kpi.settings import Settings

    Choose = Callable[[tuple[str, ...]], Sequence[str | None]]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A file as its contract reads it, with the scope cells it covers."""

    layout: Layout
    covered: Covered
    parsed: Parsed
    checked: Checked

    def rows(self, feed: Feed, delivery_id: int) -> str:
        """Return the SQL of the accepted rows as a posting's target: origin, cell and every column of the feed."""
        own = self._own(feed, "accepted")
        return f"SELECT {delivery_id}::BIGINT AS origin_delivery_id, source_row AS origin_row, {own}"

    def held(self, feed: Feed) -> str:
        """Return the SQL of the quarantined rows with every column of the feed."""
        return f"SELECT source_row, {self._own(feed, 'held')}"

    @property
    def cells(self) -> list[str]:
        """The scope cells the file covers."""
        return list(self.covered.cells)

    def quarantine(self) -> str:
        """SQL of why rows are held back: ``source_row, rule, column_name`` and the row's cell, NULL where unknown."""
        if self.covered.row_column is None:
            cell = f"{literal(self.covered.cells[0])} AS cell"
            return f"SELECT source_row, rule, column_name, {cell} FROM {self.checked.quarantine}"
        known = (
            f"SELECT source_row, any_value({self.covered.row_cell_sql()}) AS cell FROM ({self.checked.held}) GROUP BY 1"
        )
        cells = ", ".join(literal(cell) for cell in self.covered.cells)
        return f"""
            SELECT source_row, rule, column_name, CASE WHEN known.cell IN ({cells}) THEN known.cell END AS cell
            FROM {self.checked.quarantine} LEFT JOIN ({known}) AS known USING (source_row)"""

    def _own(self, feed: Feed, which: str) -> str:
        columns = ", ".join(self._column(feed, column) for column in feed.columns)
        return f"{self.covered.row_cell_sql()} AS cell, {columns} FROM ({getattr(self.checked, which)})"

    def _column(self, feed: Feed, column: str) -> str:
        if column == "layout" and len(feed.layouts) > 1:
            return f"{literal(self.layout.name)} AS layout"
        if column not in self.layout.columns:
            return f'NULL::VARCHAR AS "{column}"'
        if column in self.layout.pseudonyms:
            return f"""{hmac_sql(f'"{column}"')} AS "{column}\""""
        return f'"{column}"'


@contextmanager
def reading(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    feed: Feed,
    path: Path,
    file_name: str,
    *,
    received_at: dt.datetime,
) -> Iterator[Reading]:
    """Yield a file, read and checked as on the day it came; its parsed form exists as long as the context.

    Raises:
        InputRefused: the file is unusable as a whole.
    """
    settings.scratch.mkdir(parents=True, exist_ok=True)
    out = settings.scratch / f"parse-{uuid.uuid4().hex}.parquet"
    try:
        header, layout, parsed = _parsed(feed, path, out)
        if not parsed.nil:
            require_depersonalised(connection, feed, layout, header, parsed, received_on=received_at.date())
        covers = covered(feed, file_name, layout)
        parsed = read_cells(connection, layout, unpivoted(connection, feed, layout, parsed))
        checked = validate(connection, feed, layout, parsed, covered=covers, scratch=settings.scratch)
        yield Reading(layout=layout, covered=covers, parsed=parsed, checked=checked)
    finally:
        out.unlink(missing_ok=True)


@contextmanager
def read_again(
    connection: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, path: Path, file_name: str
) -> Iterator[str]:
    """Yield the SQL of every row of a file that was landed before, unchecked: ``source_row, cell`` and every column.

    Unlike ``reading`` it leaves the checks of another file, which may be in the middle of its landing, as they are.

    Raises:
        InputRefused: today's contract cannot read the file.
    """
    out = settings.scratch / f"parse-{uuid.uuid4().hex}.parquet"
    try:
        _, layout, parsed = _parsed(feed, path, out)
        parsed = read_cells(connection, layout, unpivoted(connection, feed, layout, parsed))
        rows = parsed.relation_sql()
        every = Checked(accepted=rows, held=rows, quarantine="", rows_accepted=0, rows_quarantined=0)
        read = Reading(layout=layout, covered=covered(feed, file_name, layout), parsed=parsed, checked=every)
        yield read.held(feed)
    finally:
        out.unlink(missing_ok=True)


def _parsed(feed: Feed, path: Path, out: Path) -> tuple[Sequence[str], Layout, Parsed]:
    """Return the file's header, its layout and its rows as all-text Parquet."""
    if "workbook" in feed.dialect:
        dialect = WorkbookDialect(**feed.dialect["workbook"])
        return _parsed_by_choice(
            feed, lambda choose: parse_workbook(path, preflight_workbook(path, dialect), dialect, choose, out)
        )
    if "json_lines" in feed.dialect:
        limits = Dialect(**feed.dialect["json_lines"])
        return _parsed_by_choice(feed, lambda choose: parse_json_lines(path, limits, choose, out))
    if "parquet" in feed.dialect:
        sizes = ParquetDialect(**feed.dialect["parquet"])
        return _parsed_by_choice(feed, lambda choose: parse_parquet(path, sizes, choose, out))
    return _parsed_csv(feed, path, out)


def _parsed_csv(feed: Feed, path: Path, out: Path) -> tuple[Sequence[str], Layout, Parsed]:
    terms: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in feed.dialect.items()
    }
    dialect = Dialect(**terms)
    found = preflight(path, dialect)
    if dialect.framed:
        return _parsed_by_choice(feed, lambda choose: parse_framed(path, found, dialect, choose, out))
    # Before the layout: a file without its header would be told apart by the values that stand there.
    require_depersonalised_header(found.header)
    layout, columns = feed.layout_of(found.header)
    return found.header, layout, parse(path, found, dialect, columns, out)


def _parsed_by_choice(feed: Feed, parse: Callable[[Choose], Parsed]) -> tuple[Sequence[str], Layout, Parsed]:
    """Parse a file whose header is known once a child has read it; the layout says which columns are kept."""
    chosen = _Chosen(feed)
    parsed = parse(chosen.choose)
    return chosen.header, chosen.layout, parsed


class _Chosen:
    """The header of a table that a child finds, and the layout it names; a nil return may have no header."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self.header: tuple[str, ...] = ()
        self.layout = feed.layouts[0]

    def choose(self, header: tuple[str, ...]) -> Sequence[str | None]:
        require_depersonalised_header(header)
        self.layout, columns = self._feed.layout_of(header)
        self.header = header
        return columns
