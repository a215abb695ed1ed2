"""Find the columns of a file that hold direct identifiers of people, by the form and the share of their cells.

``identifier_tallies`` counts by the SQL of ``identifier_query``, ``identifier_patterns`` holds the patterns,
``identifier_thresholds`` says how many cells are enough, and ``identifying_headers`` reads headers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.intake import identifier_patterns as patterns
from safer_kpi.intake.found import unglobbed
from safer_kpi.intake.identifier_tallies import Cells, tallies
from safer_kpi.intake.identifier_thresholds import hits_by_kind, latest_year
from safer_kpi.intake.identifying_headers import kind_of_header
from safer_kpi.intake.outside import AUTHOR
from safer_kpi.sql import literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence
    from pathlib import Path

    import duckdb

#: The places of a file beside its columns, as messages name them.
OUTSIDE, AUTHORS, HEADER, FILE_NAME = (
    "the text outside the table", "the record of the file's authors", "the header", "the file's name"
)  # fmt: skip
BESIDE = (OUTSIDE, AUTHORS, HEADER, FILE_NAME)


@dataclass(frozen=True, kw_only=True)
class Found:
    """One place of a file that holds, or is named for, an identifier.

    Attributes:
        column: the contract's name of the column, ``column 3`` if it has none, or one of the places beside the columns:
            ``OUTSIDE``, ``AUTHORS``, ``HEADER``, ``FILE_NAME``.
        kind: ``nhs_number``, ``ni_number``, ``postcode``, ``date_of_birth``, ``email``, ``phone``, ``address``,
            ``card``, ``vehicle`` or ``name``; of a header also ``document``.
        rule: the rule that was broken, ``identifier.<kind>`` or ``identifier.header``.
        share: the share that look like it of the distinct cells that hold more than a number or a code; 1 for a header.
    """

    column: str
    kind: str
    rule: str
    share: float


@dataclass(frozen=True, kw_only=True)
class Searched:
    """One parsed file to search.

    Attributes:
        relation_sql: a SELECT of ``source_row`` and text columns, as ``Parsed.relation_sql`` gives it.
        columns: the columns to look at.
        exempt_names: columns that hold published names of places; they are searched for every other kind.
        outside: Parquet of ``kind`` and ``text``: the texts outside the table.
        header: the headings as they came.
        file_name: the file's name as it came.
        rows: how many rows it has at most, if that is known.
    """

    relation_sql: str
    columns: Sequence[str]
    exempt_names: Collection[str] = frozenset()
    outside: Path | None = None
    header: Sequence[str] = ()
    file_name: str | None = None
    rows: int | None = None


def find_identifiers(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Searched], *, received_on: dt.date
) -> list[list[Found]]:
    """Return the places of each file that hold identifiers, columns in the file's order first, once per kind.

    Args:
        connection: where the files can be read.
        files: the parsed files; only short ones are searched together.
        received_on: the day they came; a date many years before it may be a birth. It is not today's date: bytes that
            are read again are judged as they were.
    """
    widths = [len(file.columns) + len(BESIDE) for file in files]
    firsts = [sum(widths[:number]) for number in range(len(files))]
    cells = [_cells(file, first) for file, first in zip(files, firsts, strict=True)]
    counted = tallies(connection, cells, received_on=received_on)
    found = []
    for file, first, width in zip(files, firsts, widths, strict=True):
        own = [tally | {"place": tally["place"] - first} for tally in counted if 0 <= tally["place"] - first < width]
        found.append(_found(file, own, received_on))
    return found


def _cells(file: Searched, first: int) -> Cells:
    """Return the cells of a file, the first of which is a place of the search."""
    beside = first + len(file.columns)
    texts = [(beside + BESIDE.index(HEADER), name) for name in file.header if name.strip()]
    if file.file_name is not None:
        texts += [(beside + BESIDE.index(FILE_NAME), text) for text in _spoken_name(file.file_name)]
    return Cells(
        relation_sql=file.relation_sql,
        columns=list(file.columns),
        first=first,
        outside_sql=None if file.outside is None else _outside_sql(file.outside, beside),
        texts=texts,
        rows=file.rows,
    )


def _found(file: Searched, counted: Sequence[dict[str, Any]], received_on: dt.date) -> list[Found]:
    places, first = [*file.columns, *BESIDE], len(file.columns)
    latest = {tally["place"]: latest_year(tally) for tally in counted if tally["place"] < first}
    exempt_names = {*file.exempt_names, AUTHORS}
    found = []
    for tally in counted:
        column = places[tally["place"]]
        others = [year for place, year in latest.items() if place != tally["place"] and year is not None]
        for kind, hits in hits_by_kind(
            tally,
            column,
            max(others, default=None),
            named=column in exempt_names,
            beside=tally["place"] >= first,
            received_on=received_on,
        ).items():
            if hits:
                share = round(min(1.0, hits / max(1, tally["cells"])), 4)
                found.append(Found(column=column, kind=kind, rule=f"identifier.{kind}", share=share))
    return found


def column_at(place: int) -> str:
    """Return the name of a column, by its place from 0, that the contract does not name."""
    return f"column {place + 1}"


def _outside_sql(outside: Path, first: int) -> str:
    kinds = f"CASE kind WHEN {literal(AUTHOR)} THEN {first + BESIDE.index(AUTHORS)} ELSE {first} END"
    return f"SELECT DISTINCT {kinds} AS place, text AS cell FROM read_parquet({literal(unglobbed(outside))})"


def _spoken_name(file_name: str) -> list[str]:
    """Return a file's name as texts to search: as it is, and without its ending in words with capitals."""
    stem = re.sub(r"(?:\.[A-Za-z0-9]{1,8}){1,2}$", "", file_name)
    words = " ".join(word[:1].upper() + word[1:] for word in re.split(r"[\s_.,()\[\]+\-]+", stem) if word)
    return [file_name, stem.replace("_", " "), words]


def find_identifying_headers(header: Sequence[str]) -> list[Found]:
    """Return the headers that announce an identifier, or are one, as in a file sent without its header.

    They are named by their place: a heading may be a value.
    """
    found = []
    for place, name in enumerate(header):
        if (kind := _kind_of_value(name)) or (kind := kind_of_header(name)):
            found.append(Found(column=column_at(place), kind=kind, rule="identifier.header", share=1.0))
    return found


def _kind_of_value(header: str) -> str | None:
    """Return the kind of identifier a header itself is."""
    for kind, pattern in (
        ("email", patterns.EMAIL), ("phone", patterns.PHONE_ABROAD), ("phone", patterns.PHONE_MOBILE),
        ("nhs_number", patterns.NHS_GROUPED), ("postcode", patterns.POSTCODE), ("name", patterns.TITLED),
    ):  # fmt: skip
        if re.search(pattern, header):
            return kind
    if any(re.match(patterns.NI_VALID, re.sub(r"[^0-9A-Z]", "", hit)) for hit in re.findall(patterns.NI_LOOSE, header)):
        return "ni_number"
    return None
