"""From how many cells, and from which share of them, what looks like an identifier counts as one.

A mistake in one direction sends a partner's good file back; in the other it keeps a person's name. So one cell is
enough for a form that only identifiers have; a form that codes have too needs a share.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt

#: Headers of dates on which things are done to records; a column so named is one of births only if nearly all is old.
_RECORDED = re.compile(
    r"record|report|creat|offen[cs]e|incident|start|end|publish|updat|receiv|outcome|period|month|year|week|quarter|regist"
    r"|death|clos|open|wave|survey|patrol|screen|referr|treat|valid|issu|effect|extract|snapshot|commit|event|crime|visit"
)


def hits_by_kind(
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


def latest_year(tally: dict[str, Any]) -> int | None:
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
