"""Read the bytes of one file for a feed: pre-flight, parse in the child, validate."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.cells import covered
from safer_kpi.errors import InputRefused
from safer_kpi.files import private_folder
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
from safer_kpi.intake.identifiers import column_at
from safer_kpi.intake.outside import outside_of
from safer_kpi.lake.compaction import SMALL
from safer_kpi.lake.digests import sums_query
from safer_kpi.landing.depersonalise import require_depersonalised, require_depersonalised_header
from safer_kpi.landing.pseudonyms import hmac_sql
from safer_kpi.landing.read_cells import read_cells
from safer_kpi.landing.reader import reader
from safer_kpi.landing.unpivot import unpivoted
from safer_kpi.landing.validate import Checked, broken_beside, validate
from safer_kpi.sql import literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from safer_kpi.catalogue.cells import Covered
    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.catalogue.layouts import Layout
    from safer_kpi.intake import Parsed, Passing
    from safer_kpi.settings import Settings

    Choose = Callable[[tuple[str, ...]], Sequence[str | None]]
    AreNew = Callable[[Sequence[str]], bool]


#: The rows of a file of more are hashed before anybody holds the lease.
_LONG = 60_000
#: The rows of more bytes fill files of the lake that are never written anew: their hashes are all that is needed.
_LARGE = 4 * SMALL


def _nothing() -> None:
    """Take note of nothing."""


def of_no_cells(_: Sequence[str]) -> bool:
    """Return False."""
    return False


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A file as its contract reads it, with the scope cells it covers; ``sums`` are those of ``Target``."""

    layout: Layout
    covered: Covered
    parsed: Parsed
    checked: Checked
    sums: Mapping[str, tuple[int, int, int]] | None = None

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
            return f"SELECT source_row, rule, column_name, {cell} FROM ({self.checked.quarantine})"
        known = (
            f"SELECT source_row, any_value({self.covered.row_cell_sql()}) AS cell FROM ({self.checked.held}) GROUP BY 1"
        )
        cells = ", ".join(literal(cell) for cell in self.covered.cells)
        return f"""
            SELECT source_row, rule, column_name, CASE WHEN known.cell IN ({cells}) THEN known.cell END AS cell
            FROM ({self.checked.quarantine}) LEFT JOIN ({known}) AS known USING (source_row)"""

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
    settings: Settings,
    feed: Feed,
    path: Path,
    file_name: str | None,
    *,
    received_on: dt.date,
    searched: Callable[[], None] = _nothing,
    name_as_it_came: str | None = None,
    passing: Passing | None = None,
    are_new: AreNew = of_no_cells,
) -> Iterator[Reading]:
    """Yield a file, read and checked as on the day it came; its parsed form exists as long as the context.

    Nothing of it needs the lake or the lease.

    Args:
        settings: the lake's places.
        feed: the contract.
        path: the file.
        file_name: its name, as far as the contract knows it.
        received_on: the day it came.
        searched: called when all of the file was searched for identifiers and none was found.
        name_as_it_came: the whole name, to be searched too.
        passing: what was seen of the bytes when they were copied, if anything was.
        are_new: says of cells whether nobody has delivered them; all rows are change rows then, and are hashed.

    Raises:
        InputRefused: the file is unusable as a whole.
    """
    private_folder(settings.scratch)
    out = settings.scratch / f"parse-{uuid.uuid4().hex}.parquet"
    try:
        found = _parsed(feed, path, out, passing)
        with reader(path.stat().st_size) as using:
            require_depersonalised(
                using.search, feed, found.header, found.parsed, file_name=name_as_it_came, received_on=received_on
            )
            searched()
            # Not beside the search: reading cells may write the rows anew where the search reads them.
            read = _checked(using.rows, settings, feed, found, name_as_it_came or file_name or "")
            if _is_hashed(settings, read) and are_new(read.cells):
                hashed = using.rows.execute(sums_query(read.rows(feed, 0), feed.columns)).fetchall()
                read = replace(read, sums={cell: (count, first, second) for cell, count, first, second in hashed})
        yield read
    finally:
        _remove(out)


def _is_hashed(settings: Settings, read: Reading) -> bool:
    """Return whether the rows of a file are hashed when it is read: of a long one, unless they fill large files."""
    if read.checked.rows_accepted <= _LONG or read.layout.pseudonyms:
        return False
    return "://" in settings.data or read.parsed.parquet.stat().st_size < _LARGE


def _checked(
    connection: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, found: _Found, file_name: str
) -> Reading:
    if found.refusal is not None:
        raise found.refusal
    layout = found.layout
    covers = covered(feed, file_name, layout)
    parsed = read_cells(connection, layout, unpivoted(connection, feed, layout, found.parsed))
    checked = validate(connection, feed, layout, parsed, covered=covers, scratch=settings.scratch)
    return Reading(layout=layout, covered=covers, parsed=parsed, checked=checked)


@contextmanager
def read_again(settings: Settings, feed: Feed, path: Path, file_name: str | None) -> Iterator[str]:
    """Yield the SQL of every row of a file that was landed before, unchecked: ``source_row, cell`` and every column.

    Raises:
        InputRefused: today's contract cannot read the file.
    """
    out = settings.scratch / f"parse-{uuid.uuid4().hex}.parquet"
    try:
        found = _parsed(feed, path, out)
        if found.refusal is not None:
            raise found.refusal
        layout = found.layout
        with reader(path.stat().st_size) as using:
            parsed = read_cells(using.rows, layout, unpivoted(using.rows, feed, layout, found.parsed))
        rows = parsed.relation_sql()
        every = Checked(accepted=rows, held=rows, quarantine="", rows_accepted=0, rows_quarantined=0)
        read = Reading(layout=layout, covered=covered(feed, file_name or "", layout), parsed=parsed, checked=every)
        yield read.held(feed)
    finally:
        _remove(out)


def _remove(out: Path) -> None:
    out.unlink(missing_ok=True)
    outside_of(out).unlink(missing_ok=True)
    broken_beside(out).unlink(missing_ok=True)


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A parsed file: its header, its layout and its rows as all-text Parquet.

    ``refusal`` is why no layout of the contract has this header; the file was parsed all the same, to be searched.
    """

    header: Sequence[str]
    layout: Layout
    parsed: Parsed
    refusal: InputRefused | None = None


def csv_dialect(feed: Feed) -> Dialect | None:
    """Return how a feed's CSV files are written; None if its files are no CSV."""
    if any(form in feed.dialect for form in ("workbook", "json_lines", "parquet")):
        return None
    terms: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in feed.dialect.items()
    }
    return Dialect(**terms)


def _parsed(feed: Feed, path: Path, out: Path, passing: Passing | None = None) -> _Found:
    csv = csv_dialect(feed)
    if csv is not None:
        found = (passing and passing.result()) or preflight(path, csv)
        if csv.framed:
            return _parsed_by_choice(feed, lambda choose: parse_framed(path, found, csv, choose, out))
        return _parsed_by_choice(feed, lambda choose: parse(path, found, csv, choose(found.header), out))
    if "workbook" in feed.dialect:
        dialect = WorkbookDialect(**feed.dialect["workbook"])
        return _parsed_by_choice(
            feed, lambda choose: parse_workbook(path, preflight_workbook(path, dialect), dialect, choose, out)
        )
    if "json_lines" in feed.dialect:
        limits = Dialect(**feed.dialect["json_lines"])
        return _parsed_by_choice(feed, lambda choose: parse_json_lines(path, limits, choose, out))
    sizes = ParquetDialect(**feed.dialect["parquet"])
    return _parsed_by_choice(feed, lambda choose: parse_parquet(path, sizes, choose, out))


def _parsed_by_choice(feed: Feed, parse: Callable[[Choose], Parsed]) -> _Found:
    """Parse a file, with the columns that the contract leaves out; the layout says which are its own."""
    chosen = _Chosen(feed)
    try:
        parsed = parse(chosen.choose)
    except InputRefused:
        # What is wrong with the header is the first thing to say; nothing was searched.
        if chosen.refusal is not None:
            raise chosen.refusal from None
        raise
    refusal = chosen.refusal
    if refusal is not None and parsed.header_row is not None:
        refusal = InputRefused(refusal.what, rule=refusal.rule, row=parsed.header_row, next_action=refusal.next_action)
    own = tuple(name for name in parsed.columns if name not in chosen.others)
    others = tuple(name for name in parsed.columns if name in chosen.others)
    return _Found(
        header=chosen.header,
        layout=chosen.layout,
        parsed=replace(parsed, columns=own, others=others),
        refusal=refusal,
    )


class _Chosen:
    """The header of a file, and the layout it names; a nil return may have no header.

    A header that names people refuses the file before the layout is asked for: a file without its header would be told
    apart by the values that stand there. Columns that no layout has get a name by their place.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self.header: tuple[str, ...] = ()
        self.layout = feed.layouts[0]
        self.refusal: InputRefused | None = None
        self.others: frozenset[str] = frozenset()

    def choose(self, header: tuple[str, ...]) -> Sequence[str | None]:
        require_depersonalised_header(header)
        self.header = header
        columns: list[str | None] = [None] * len(header)
        try:
            self.layout, columns = self._feed.layout_of(header)
        except InputRefused as refused:
            self.refusal = refused
        # A column without a heading holds nothing, or the file is refused.
        others = {place: column_at(place) for place, name in enumerate(columns) if name is None and header[place]}
        self.others = frozenset(others.values())
        return [others.get(place, name) for place, name in enumerate(columns)]
