"""Find the columns of a file that hold direct identifiers of people, by the form and the share of their cells.

``identifier_tallies`` counts by the SQL of ``identifier_query``, ``identifier_patterns`` holds the patterns, and
``identifying_headers`` reads headers.
This module holds the thresholds. A mistake in one direction sends a partner's good file back; in the other it keeps a
person's name. So one cell is enough for a form that only identifiers have; a form that codes have too needs a share.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.intake import identifier_patterns as patterns
from safer_kpi.intake.found import unglobbed
from safer_kpi.intake.identifier_tallies import tallies
from safer_kpi.intake.identifying_headers import kind_of_header
from safer_kpi.intake.outside import AUTHOR
from safer_kpi.sql import literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence
    from pathlib import Path

    import duckdb

#: Headers of dates on which things are done to records; a column so named is one of births only if nearly all is old.
_RECORDED = re.compile(
    r"record|report|creat|offen[cs]e|incident|start|end|publish|updat|receiv|outcome|period|month|year|week|quarter|regist"
    r"|death|clos|open|wave|survey|patrol|screen|referr|treat|valid|issu|effect|extract|snapshot|commit|event|crime|visit"
)


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


def find_identifiers(
    connection: duckdb.DuckDBPyConnection,
    relation_sql: str,
    columns: Sequence[str],
    *,
    received_on: dt.date,
    exempt_names: Collection[str] = frozenset(),
    outside: Path | None = None,
    header: Sequence[str] = (),
    file_name: str | None = None,
) -> list[Found]:
    """Return the places of a parsed file that hold identifiers, columns in the file's order first, once per kind.

    Args:
        connection: where ``relation_sql`` can be read.
        relation_sql: a SELECT of ``source_row`` and text columns, as ``Parsed.relation_sql`` gives it.
        columns: the columns to look at.
        received_on: the day the file came; a date many years before it may be a birth. It is not today's date: bytes
            that are read again are judged as they were.
        exempt_names: columns that hold published names of places; they are searched for every other kind.
        outside: Parquet of ``kind`` and ``text``: the texts outside the table.
        header: the headings as they came.
        file_name: the file's name as it came.
    """
    places = [*columns, *BESIDE]
    first = len(columns)
    texts = [(first + BESIDE.index(HEADER), name) for name in header if name.strip()]
    if file_name is not None:
        texts += [(first + BESIDE.index(FILE_NAME), text) for text in _spoken_name(file_name)]
    counted = tallies(
        connection,
        relation_sql,
        list(columns),
        outside_sql=None if outside is None else _outside_sql(outside, first),
        texts=texts,
        received_on=received_on,
    )
    latest = {tally["place"]: _latest(tally) for tally in counted if tally["place"] < first}
    exempt_names = {*exempt_names, AUTHORS}
    found = []
    for tally in counted:
        column = places[tally["place"]]
        others = [year for place, year in latest.items() if place != tally["place"] and year is not None]
        for kind, hits in _hits(
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


def _hits(
    tally: dict[str, Any], column: str, others: int | None, *, named: bool, beside: bool, received_on: dt.date
) -> dict[str, int]:
    """Return how many cells count as an identifier, by kind; 0 if there are too few to be sure."""
    t = {name: value or 0 for name, value in tally.items()}
    return {
        "nhs_number": _nhs(t),
        "ni_number": _ni(t),
        "postcode": _postcodes(t),
        "date_of_birth": t["born_labelled"] or _births(t, column, others, received_on.year),
        "email": t["emails"],
        "phone": _phones(t),
        "address": t["homes"] or (t["houses"] if t["houses"] >= 3 and 10 * t["houses"] >= t["cells"] else 0),
        "card": _cards(t),
        "vehicle": t["plates_labelled"] or t["plates"],
        "name": 0 if named else _names(t) or (_names_beside(t) if beside else 0),
    }


def _nhs(t: dict[str, Any]) -> int:
    """Return the NHS numbers: one is enough if labelled; unlabelled ones need a share above chance (1 in 11)."""
    if t["nhs_labelled_valid"]:
        return int(t["nhs_labelled_valid"])
    if t["nhs_grouped_valid"] and 2 * t["nhs_grouped_valid"] >= t["nhs_grouped"]:
        return int(t["nhs_grouped_valid"])
    valid = t["nhs_solid_valid"]
    if valid and 2 * valid >= t["nhs_solid"] and (valid >= 3 or t["nhs_solid_likely"]):
        return int(valid)
    return 0


def _ni(t: dict[str, Any]) -> int:
    """Return the NI numbers: one is enough if most cells of the shape are valid; references end in any letter."""
    if t["ni_valid"] and 2 * t["ni_valid"] >= t["ni_loose"]:
        return int(t["ni_valid"])
    if t["ni_low"]:
        return int(t["ni_low"])
    # Made-up ones are written as only they are: in pairs.
    return int(t["ni_cells"]) if t["ni_cells"] >= 3 and 2 * t["ni_cells"] >= t["cells"] else 0


def _postcodes(t: dict[str, Any]) -> int:
    """Return the postcodes: one is enough if written apart in a real area; written as one word they need a share."""
    joined = t["postcode_joined"]
    counted = t["postcode_apart"] + (joined if 2 * joined >= t["mixed"] else 0)
    # Three cells of the right shape in most of a column are postcodes even where the area is none we know.
    if not counted and t["postcode_cells"] >= 3 and 2 * t["postcode_cells"] >= t["cells"]:
        return int(t["postcode_cells"])
    return int(counted)


def _cards(t: dict[str, Any]) -> int:
    """Return the card numbers: one is enough in groups or labelled; bare digits are right by chance in 1 of 40."""
    valid = t["cards_solid_valid"]
    return int(t["cards"] or (valid if valid >= 3 and 2 * valid >= t["cards_solid"] else 0))


def _phones(t: dict[str, Any]) -> int:
    """Return the telephone numbers: one is enough if formatted; bare digits need a share and must not be serial."""
    apart = t["phone_abroad"] + t["phone_apart"]
    solid = t["phone_solid"]
    if solid and 2 * solid >= t["eleven"] and not _serial(t, solid, t["phone_span"]):
        apart += solid
    # A spreadsheet drops the leading nought: ten digits, nearly all beginning as mobiles do.
    short = t["phone_short"]
    if short >= 10 and 10 * short >= 9 * t["nhs_solid"] and not _serial(t, short, t["ten_span"]):
        apart += short
    return int(apart)


def _serial(t: dict[str, Any], numbers: int, span: int) -> bool:
    """Return whether numbers follow one another closely, share a long beginning or carry years, as references do."""
    if t["phone_example"]:
        return False
    dense = numbers >= 5 and span < (1000 if numbers <= 100 else 20) * numbers
    alike = numbers >= 5 and t["phone_prefixes"] == 1 and span < 10**5
    return dense or alike or (numbers >= 5 and 10 * t["phone_years"] >= 9 * numbers)


def _latest(tally: dict[str, Any]) -> int | None:
    """Return the last year of a column of dates."""
    years = tally["date_years"]
    return max(years) if years and _mostly_dates(tally) else None


def _mostly_dates(t: dict[str, Any]) -> bool:
    return bool(t["date_cells_seen"]) and 10 * t["date_cells_seen"] >= 8 * t["cells"]


def _births(t: dict[str, Any], column: str, others: int | None, today: int) -> int:
    """Return the dates of a column that looks like births: many years ago, spread, on any day of a month."""
    years: dict[int, int] = t["date_years"] or {}
    dates = sum(years.values())
    if dates < 3 or not _mostly_dates(t) or 2 * t["date_cadence"] > dates:
        return 0
    others = min(others, today) if others else None
    now = others or today

    def share(low: int, high: int) -> float:
        return sum(times for year, times in years.items() if low < now - year <= high) / dates

    spread = _year_at(years, dates, 0.9) - _year_at(years, dates, 0.1)
    old, new = share(18, 200), share(-200, 10)
    if old >= 0.4 and new <= 0.25 and spread >= 4 and (dates >= 5 or old == 1):
        return dates
    recorded = _RECORDED.search(column.casefold()) is not None
    if others and not recorded and dates >= 5 and spread >= 4 and share(-200, 8) <= 0.05:
        return dates
    return 0


def _year_at(years: dict[int, int], dates: int, share: float) -> int:
    seen = 0
    for year in sorted(years):
        seen += years[year]
        if seen >= share * dates:
            return year
    return 0


def _names(t: dict[str, Any]) -> int:
    """Return the cells that are names of people, by their words and by the share of such cells in the column."""
    cells = t["cells"]

    def reach(name: str, percent: int) -> bool:
        return bool(t[name] >= 3 and 100 * t[name] >= percent * cells)

    for name, holds in (
        ("titled", t["titled"] > 0),
        ("doctors", t["doctors"] > 0),
        ("titled_low", t["titled_low"] > 0),
        ("titled_cells", t["titled_cells"] >= 2 and 5 * t["titled_cells"] >= cells),
        ("strong", reach("strong", 5) or (t["strong"] > 0 and 2 * t["strong"] >= cells)),
        ("medium", t["strong"] > 0 and reach("medium", 35)),
        ("initials", reach("initials", 35)),
        ("alone", reach("alone", 35) and 10 * t["single"] >= 6 * cells),
        ("said_runs", t["said_runs"] > 0),
        ("strong_runs", t["strong_runs"] >= 2 and 500 * t["strong_runs"] >= cells),
    ):
        if holds:
            return int(t[name])
    return 0


def _names_beside(t: dict[str, Any]) -> int:
    """Return the names outside the table: one is enough, unless there are many texts, such as a list of wards."""
    names = int(t["strong"] + t["strong_runs"])
    return names if 200 * names >= t["cells"] or t["strong_runs"] >= 3 else 0
