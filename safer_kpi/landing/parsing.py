"""Parse the bytes of one file for a feed: by its dialect, under the layout that its header names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import InputRefused
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
from safer_kpi.landing.depersonalise import require_depersonalised_header

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.catalogue.layouts import Layout
    from safer_kpi.intake import Parsed, Passing

    Choose = Callable[[tuple[str, ...]], Sequence[str | None]]


@dataclass(frozen=True, kw_only=True)
class Found:
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


def parsed_file(feed: Feed, path: Path, out: Path, passing: Passing | None = None) -> Found:
    """Read the rows of a file into Parquet at ``out``, in a child.

    Raises:
        InputRefused: the file is unusable as a whole.
    """
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


def _parsed_by_choice(feed: Feed, parse: Callable[[Choose], Parsed]) -> Found:
    """Parse a file, with the columns that the contract leaves out; the layout says which are its own."""
    chosen = Chosen(feed)
    try:
        parsed = parse(chosen.choose)
    except InputRefused:
        # What is wrong with the header is the first thing to say; nothing was searched.
        if chosen.refusal is not None:
            raise chosen.refusal from None
        raise
    return chosen.found(parsed)


class Chosen:
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
        """Return for each heading the name of its column, None to leave it out.

        Raises:
            InputRefused: a heading names people.
        """
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

    def found(self, parsed: Parsed) -> Found:
        """Return the file whose rows were parsed."""
        refusal = self.refusal
        if refusal is not None and parsed.header_row is not None:
            refusal = InputRefused(
                refusal.what, rule=refusal.rule, row=parsed.header_row, next_action=refusal.next_action
            )
        own = tuple(name for name in parsed.columns if name not in self.others)
        others = tuple(name for name in parsed.columns if name in self.others)
        own_and_others = replace(parsed, columns=own, others=others)
        return Found(header=self.header, layout=self.layout, parsed=own_and_others, refusal=refusal)
