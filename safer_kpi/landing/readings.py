"""Read the bytes of one file for a feed: pre-flight, parse in the child, validate."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from safer_kpi.catalogue.cells import covered
from safer_kpi.files import private_folder
from safer_kpi.intake.outside import outside_of
from safer_kpi.lake.compaction import SMALL
from safer_kpi.lake.digests import sums_query
from safer_kpi.landing.depersonalise import require_depersonalised
from safer_kpi.landing.parsing import parsed_file
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
    from safer_kpi.landing.parsing import Found
    from safer_kpi.settings import Settings

    AreNew = Callable[[Sequence[str]], bool]


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


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A parsed file; whoever reads it goes on from there, and removes its rows.

    Attributes:
        found: the parsed file.
        is_clean: all of it was searched for identifiers of people, and none was found.
        fits: no cell breaks a check of the contract.
        reading: the file as it is read to the end, if every row of it is accepted; None if there is more to do.
    """

    found: Found
    is_clean: bool
    fits: bool
    reading: Reading | None

    def forget(self) -> None:
        """Remove the rows."""
        self.found.parsed.parquet.unlink(missing_ok=True)


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
    prepared: Prepared | None = None,
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
        prepared: how far it has been read together with other files.

    Raises:
        InputRefused: the file is unusable as a whole.
    """
    private_folder(settings.scratch)
    out = settings.scratch / f"parse-{uuid.uuid4().hex}.parquet" if prepared is None else prepared.found.parsed.parquet
    try:
        found = parsed_file(feed, path, out, passing) if prepared is None else prepared.found
        with reader(path.stat().st_size) as using:
            if prepared is None or not prepared.is_clean:
                require_depersonalised(
                    using.search, feed, found.header, found.parsed, file_name=name_as_it_came, received_on=received_on
                )
            searched()
            read = None if prepared is None else prepared.reading
            if read is None:
                # Not beside the search: reading cells may write the rows anew where the search reads them.
                fits = prepared is not None and prepared.fits
                read = _checked(using.rows, settings, feed, found, name_as_it_came or file_name or "", fits=fits)
                (read,) = with_sums(using.rows, settings, feed, [(read, are_new)])
        yield read
    finally:
        _remove(out)


def with_sums(
    connection: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, files: Sequence[tuple[Reading, AreNew]]
) -> list[Reading]:
    """Return files with the sums of their rows, where all of these are change rows as far as anybody knows."""
    new = [number for number, (read, are_new) in enumerate(files) if _is_hashed(settings, read) and are_new(read.cells)]
    sums: dict[int, dict[str, tuple[int, int, int]]] = {number: {} for number in new}
    if new:
        query = sums_query([files[number][0].rows(feed, 0) for number in new], feed.columns)
        for place, cell, count, first, second in connection.execute(query).fetchall():
            sums[new[place]][cell] = count, first, second
    return [replace(read, sums=sums.get(number)) for number, (read, _) in enumerate(files)]


def _is_hashed(settings: Settings, read: Reading) -> bool:
    """Return whether the rows of a file are hashed when it is read, unless they fill large files."""
    if not read.checked.rows_accepted or read.layout.pseudonyms:
        return False
    return "://" in settings.data or read.parsed.parquet.stat().st_size < _LARGE


def _checked(
    connection: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, found: Found, file_name: str, *, fits: bool
) -> Reading:
    if found.refusal is not None:
        raise found.refusal
    layout = found.layout
    covers = covered(feed, file_name, layout)
    parsed = read_cells(connection, layout, unpivoted(connection, feed, layout, found.parsed))
    checked = validate(connection, feed, layout, parsed, covered=covers, scratch=settings.scratch, fits=fits)
    return Reading(layout=layout, covered=covers, parsed=parsed, checked=checked)


@contextmanager
def read_again(settings: Settings, feed: Feed, path: Path, file_name: str | None) -> Iterator[str]:
    """Yield the SQL of every row of a file that was landed before, unchecked: ``source_row, cell`` and every column.

    Raises:
        InputRefused: today's contract cannot read the file.
    """
    out = settings.scratch / f"parse-{uuid.uuid4().hex}.parquet"
    try:
        found = parsed_file(feed, path, out)
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
