"""The headings of a file: the layout they belong to, those that are values, and what to say of others."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from safer_kpi.catalogue.layouts import plain_heading
from safer_kpi.catalogue.suggestions import closest
from safer_kpi.errors import InputRefused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from safer_kpi.catalogue.layouts import Layout

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T00:00(?::00)?)?", re.ASCII)
_BRITISH_DATE = re.compile(r"0?1/(\d{1,2})/(\d{4})", re.ASCII)
_NAMED = re.compile(r"([A-Za-z]{3,9})[- ]?(\d{4}|\d{2})", re.ASCII)
_NUMBERED = re.compile(r"(\d{4})-(\d{2})|(\d{1,2})/(\d{4})", re.ASCII)
_MOST_SHOWN = 8


def month_of(heading: str) -> dt.date | None:
    """Return the first day of the month that a heading names: a real date, ``Apr-23``, ``April 2023``, ``2023-04``."""
    text = " ".join(heading.split())
    if found := _DATE.fullmatch(text):
        return _first_day(int(found[1]), int(found[2])) if found[3] == "01" else None
    if found := _BRITISH_DATE.fullmatch(text):
        return _first_day(int(found[2]), int(found[1]))
    if found := _NUMBERED.fullmatch(text):
        return _first_day(int(found[1] or found[4]), int(found[2] or found[3]))
    if found := _NAMED.fullmatch(text):
        name = found[1].casefold()
        names = [place for place, month in enumerate(_MONTHS, 1) if name in _spellings(month)]
        year = int(found[2]) + (2000 if len(found[2]) == 2 else 0)
        return _first_day(year, names[0]) if names else None
    return None


def _first_day(year: int, month: int) -> dt.date | None:
    return dt.date(year, month, 1) if year and 1 <= month <= 12 else None


def _spellings(month: str) -> set[str]:
    name = month.casefold()
    return {name, name[:3], *({"sept"} if name == "september" else ())}


def value_heading(unpivot: Mapping[str, str] | None, heading: str) -> str | None:
    """Return the value that a heading is, as the contract's ``unpivot`` says; None if it is no value.

    A heading that is a real date in the workbook is taken for a month in the first form of writing it that the pattern
    takes: ``Apr-23`` where it says so.
    """
    if unpivot is None:
        return None
    text, pattern = heading.strip(), unpivot.get("header")
    if pattern is not None and re.fullmatch(pattern, text):
        return text
    month = month_of(text)
    if month is None:
        return None
    if unpivot.get("reads") == "month":
        return f"{month:%Y-%m}"
    if pattern is not None and _DATE.fullmatch(text):
        return next((form for form in _forms(month) if re.fullmatch(pattern, form)), None)
    return None


def _forms(month: dt.date) -> Iterator[str]:
    name = _MONTHS[month.month - 1]
    for short, year in ((name[:3], f"{month:%y}"), (name[:3], f"{month:%Y}"), (name, f"{month:%Y}")):
        yield from (f"{short}{between}{year}" for between in ("-", " ", ""))
    yield from (f"{month:%Y-%m}", f"{month:%m/%Y}", f"{month.month}/{month:%Y}")


def choose_layout(
    layouts: Sequence[Layout], unpivot: Mapping[str, str] | None, ignored: Collection[str], header: Sequence[str]
) -> tuple[Layout, list[str | None]]:
    """Return the layout a header names, and per field the column it fills; None for what is ignored or has no name.

    Raises:
        InputRefused: columns are missing or not agreed, told by the nearest layout's headings.
    """
    fields = [plain_heading(name) for name in header]
    values = [value_heading(unpivot, name) for name in header]
    made = {unpivot["name"], unpivot["value"]} if unpivot is not None and any(values) else set[str]()
    unfit: list[tuple[Layout, list[str], list[int]]] = []
    for layout in layouts:
        columns = [value or layout.headers.get(field) for value, field in zip(values, fields, strict=True)]
        missing = [name for name in layout.columns if name not in columns and name not in made]
        unknown = [
            place
            for place, (field, column) in enumerate(zip(fields, columns, strict=True))
            if column is None and field and field not in ignored
        ]
        named = [name for name in columns if name]
        if not missing and not unknown and len(named) == len(set(named)):
            return layout, columns
        unfit.append((layout, missing, unknown))
    nearest = min(unfit, key=lambda one: len(one[1]) + len(one[2]))
    raise _refused(*nearest, unpivot, header)


def _refused(
    layout: Layout, missing: list[str], unknown: list[int], unpivot: Mapping[str, str] | None, header: Sequence[str]
) -> InputRefused:
    if not missing and not unknown:
        return InputRefused("Two columns of the header mean the same.", rule="header", row=1, next_action="Send one.")
    made = {unpivot["name"], unpivot["value"]} if unpivot is not None else set[str]()
    lacks = [repr(layout.heading(name)) for name in missing if name not in made]
    if made & set(missing):
        lacks.append(f"a column for each {str((unpivot or {})['name']).replace('_', ' ')}{_example(unpivot)}")
    told = [f"The header lacks {_listed(lacks)}"] if lacks else []
    if unknown:
        one = len(unknown) == 1
        told.append(f"{_places(unknown)} of the header {'is' if one else 'are'} not agreed")
    dates = [place for place in unknown if _DATE.fullmatch(header[place].strip())]
    if dates:
        told.append(f"{_places(dates)} {'has a date' if len(dates) == 1 else 'have dates'} as heading")
    whole = "; ".join(told)
    return InputRefused(
        f"{whole[0].upper()}{whole[1:]}.",
        rule="missing_columns" if missing else "unknown_columns",
        row=1,
        next_action=_next(layout, missing, unknown, header),
    )


def _next(layout: Layout, missing: list[str], unknown: list[int], header: Sequence[str]) -> str:
    if len(missing) == len(layout.columns):
        return (
            "Check that this is the right file. If titles stand above its header, state in the contract's dialect how "
            "the header begins: header_starts."
        )
    wanted = [heading for name in missing for heading in layout.headings(name)]
    meant = {place: close for place in unknown if (close := closest(header[place].strip(), wanted)) is not None}
    if meant:
        told = "; ".join(f"column {place + 1} may be meant as {close!r}" for place, close in meant.items())
        return f"Write the agreed headings: {told}."
    if missing:
        return "Send every agreed column under its heading."
    return "Send the agreed columns only, or agree a new contract version first."


def _example(unpivot: Mapping[str, str] | None) -> str:
    told = unpivot or {}
    if told.get("reads") == "month":
        return ", headed by a date, 2024-05, May-24 or May 2024"
    return f", headed by a text of the form {told.get('header')}"


def _places(places: Sequence[int]) -> str:
    shown = [str(place + 1) for place in places[:_MOST_SHOWN]]
    more = f" and {len(places) - _MOST_SHOWN} more" if len(places) > _MOST_SHOWN else ""
    listed = ", ".join(shown[:-1]) + (" and " if len(shown) > 1 and not more else ", " if len(shown) > 1 else "")
    return f"{'column' if len(places) == 1 else 'columns'} {listed}{shown[-1]}{more}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_SHOWN])
    return shown + (f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else "")
