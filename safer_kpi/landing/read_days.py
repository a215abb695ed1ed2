"""SQL that reads days and months from text in the forms a contract declares; other text stays as it came.

A form is matched before it is read, so that no text is read in two ways. A day that no calendar has stays as it came,
and the column's check holds its row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Blanks that surround or group, also those that do not break.
BLANKS = " \t\v\f\u00a0\u202f\u2009"
_MONTH = "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
_MONTH += "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
_MIDNIGHT, _TIME, _ZONE = r"(?:[t ]00:00(?::00)?)?", r"[t ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?", r"(?:z|[+-]\d{2}:?\d{2})"
_ISO, _BRITISH = r"\d{4}-\d{2}-\d{2}", r"\d{1,2}/\d{1,2}/\d{4}"
#: Excel counts from the last day of 1899 and knows a 29 February 1900, so that later days count from one day earlier.
_DAY_ZERO = "DATE '1899-12-30'"


def day_sql(column: str, forms: Sequence[str]) -> str:
    """Return the SQL of a column's text with each day in a declared form as ``2024-05-31``."""
    text = _plain(column)
    known = {
        "yyyy-mm-dd": [(_ISO + _MIDNIGHT, _iso(text))],
        "dd/mm/yyyy": [(_BRITISH + _MIDNIGHT, _british(text))],
        "dd/mm/yy": [(r"\d{1,2}/\d{1,2}/\d{2}", _day(_part(text, 3, "'20' || "), _part(text, 2), _part(text, 1)))],
        "dd-mon-yyyy": [(rf"\d{{1,2}}[- ]{_MONTH}[- ]\d{{4}}", _named(text))],
        "yyyy-mm-dd hh:mm": [(_ISO + _TIME, _iso(text)), (_ISO + _TIME + _ZONE, _local_day(text))],
        "dd/mm/yyyy hh:mm": [(_BRITISH + _TIME, _british(text))],
        "serial": [(r"[1-9]\d{4}(?:\.\d+)?", f"{_DAY_ZERO} + CAST(floor(TRY_CAST({text} AS DOUBLE)) AS INTEGER)")],
    }
    return _cases(column, text, [case for form in forms for case in known[form]], "%Y-%m-%d")


def month_sql(column: str, forms: Sequence[str]) -> str:
    """Return the SQL of a column's text with each month in a declared form as ``2024-05``."""
    text = _plain(column)
    month = _month_number(rf"regexp_extract({text}, '^([a-z]+)', 1)")
    year = rf"regexp_extract({text}, '(\d+)$', 1)"
    full_year = f"CASE WHEN length({year}) = 2 THEN '20' || {year} ELSE {year} END"
    known = {
        "yyyy-mm": [(r"\d{4}-\d{2}", f"TRY_CAST({text} || '-01' AS DATE)")],
        "mon-yy": [(rf"{_MONTH}[- ](?:\d{{2}}|\d{{4}})", _day(full_year, month, "'1'"))],
        "mm/yyyy": [(r"\d{1,2}/\d{4}", _day(_part(text, 2), _part(text, 1), "'1'"))],
        "first day": [(rf"\d{{4}}-\d{{2}}-01{_MIDNIGHT}", _iso(text)), (r"0?1/\d{1,2}/\d{4}", _british(text))],
    }
    return _cases(column, text, [case for form in forms for case in known[form]], "%Y-%m")


def _cases(column: str, text: str, cases: Sequence[tuple[str, str]], shown: str) -> str:
    read = " ".join(
        f"WHEN regexp_full_match({text}, {literal(pattern)}) THEN strftime({day}, {literal(shown)})"
        for pattern, day in cases
    )
    # No calendar has a 31 June: its text stays, and the column's check does not take it.
    return f"coalesce(CASE {read} END, {identifier(column)})"


def _plain(column: str) -> str:
    return f"lower(trim({identifier(column)}, {literal(BLANKS)}))"


def _iso(text: str) -> str:
    return f"TRY_CAST(left({text}, 10) AS DATE)"


def _british(text: str) -> str:
    day = f"regexp_extract({text}, '^[0-9/]+')"
    return _day(*(f"split_part({day}, '/', {place})" for place in (3, 2, 1)))


def _part(text: str, place: int, before: str = "") -> str:
    return f"{before}split_part({text}, '/', {place})"


def _named(text: str) -> str:
    return _day(
        rf"regexp_extract({text}, '(\d+)$', 1)",
        _month_number(f"regexp_extract({text}, '([a-z]+)', 1)"),
        rf"regexp_extract({text}, '^(\d+)', 1)",
    )


def _month_number(name: str) -> str:
    return f"CAST((instr('janfebmaraprmayjunjulaugsepoctnovdec', left({name}, 3)) + 2) // 3 AS VARCHAR)"


def _day(year: str, month: str, day: str) -> str:
    return f"TRY_CAST({year} || '-' || lpad({month}, 2, '0') || '-' || lpad({day}, 2, '0') AS DATE)"


def _local_day(text: str) -> str:
    """Return the day in the United Kingdom of a time with its zone: summer time is kept as it has been since 1996."""
    zone = rf"regexp_extract({text}, '([+-]\d{{2}}:?\d{{2}})$', 1)"
    hours, rest = (f"TRY_CAST({part} AS INTEGER)" for part in (f"substr({zone}, 2, 2)", f"right({zone}, 2)"))
    east = f"CASE WHEN {zone} LIKE '-%' THEN -1 ELSE 1 END"
    minutes = f"coalesce({east} * ({hours} * 60 + {rest}), 0)"
    # Seconds decide no day.
    told = f"TRY_CAST(replace(left({text}, 16), 't', ' ') || ':00' AS TIMESTAMP)"
    utc = f"({told} - to_minutes({minutes}))"
    begins, ends = (_last_sunday(f"year({utc})", month) for month in (3, 10))
    summer = f"{utc} >= {begins} + INTERVAL 1 HOUR AND {utc} < {ends} + INTERVAL 1 HOUR"
    return f"CAST({utc} + CASE WHEN {summer} THEN INTERVAL 1 HOUR ELSE INTERVAL 0 HOUR END AS DATE)"


def _last_sunday(year: str, month: int) -> str:
    last = f"make_date({year}, {month}, 31)"
    return f"CAST({last} - CAST(dayofweek({last}) AS INTEGER) AS TIMESTAMP)"
