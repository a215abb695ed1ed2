"""Cells as text: numbers in their shortest exact form, dates in ISO 8601, the rest as written."""

from __future__ import annotations

import re
from datetime import date, timedelta

LONGEST = 32_767
"""The most characters Excel allows in a cell."""
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
"""Characters that show nothing at all and are no blanks to Unicode."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
# In a format: text in quotes, an escaped character, a filler, a colour or condition or locale in brackets.
_NO_CODE = re.compile(r'"[^"]*"?|[\\_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]?', re.IGNORECASE)
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_BUILT_IN = {
    **{str(number): "date" for number in (*range(14, 18), 22, *range(27, 32), *range(34, 37), *range(50, 59))},
    **{str(number): "time" for number in (*range(18, 22), 32, 33, 45, 47)},
    "46": "elapsed",
}
# 9999-12-31 where day 0 is in 1904, four years earlier where it is in 1899: as far as a calendar goes.
_LAST_DAY = 2_957_003
_LEAP_DAY_THAT_WAS_NOT = 60
_MILLISECONDS = 86_400_000
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}:\d{2})(\.\d+)?Z?)?", re.ASCII)


def trimmed(text: str) -> str | None:
    """Return a text without blanks around it, also those that do not break or do not show; None if nothing is left."""
    stripped = text.strip()
    # Rarely is there anything else at the ends.
    while stripped and (stripped[0] in INVISIBLE or stripped[-1] in INVISIBLE):
        stripped = stripped.strip(INVISIBLE).strip()
    return stripped or None


def decoded(text: str) -> str:
    """Return a text as it was typed: Excel writes what XML cannot hold as ``_x000D_``."""
    return _ESCAPE.sub(_character, text) if "_x" in text else text


def format_kind(number: str, code: str | None) -> str:
    """Return how a number format shows a number: ``date``, ``time``, ``elapsed`` or ``number``.

    Args:
        number: the format's number, which says it all for those that are built in.
        code: the format as written, for the others.
    """
    if code is None:
        return _BUILT_IN.get(number, "number")
    if code.strip().casefold() in {"general", "@"}:
        return "number"
    first = _NO_CODE.sub("", code).split(";")[0]
    if _ELAPSED.search(first):
        return "elapsed"
    letters = set(first.casefold())
    if letters & set("dy") or ("m" in letters and not letters & set("hs")):
        return "date"
    return "time" if letters & set("hs") else "number"


def number_text(written: str, kind: str, *, from_1904: bool) -> str | None:
    """Return a number of the sheet's XML as text, by what its format makes of it; None if it is no number."""
    if kind == "number" and _WHOLE.fullmatch(written):
        return str(int(written))
    written = written.strip()
    if not _NUMBER.fullmatch(written):
        return None
    value = float(written)
    if value in {float("inf"), float("-inf")}:
        return None
    if kind != "number" and (shown := _shown(value, kind, from_1904=from_1904)) is not None:
        return shown
    return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)


def iso_text(written: str) -> str:
    """Return a date that the XML itself writes in ISO 8601 (strict workbooks), in the form all dates have here."""
    match = _ISO.fullmatch(written.strip())
    if match is None:
        return written
    day, time, fraction = match.groups()
    part = f".{fraction[1:4]:0<3}" if fraction and fraction.strip(".0") else ""
    return day if time in {None, "00:00:00"} and not part else f"{day}T{time}{part}"


def _shown(value: float, kind: str, *, from_1904: bool) -> str | None:
    """Return a serial number as a date, a date with time, or a time; None if it can be none of them."""
    if not 0 <= value < _LAST_DAY + 1:
        return None
    days, rest = divmod(round(value * _MILLISECONDS), _MILLISECONDS)
    if kind == "elapsed" or (days == 0 and kind == "time"):
        return _clock(rest + days * _MILLISECONDS)
    if days == 0 and not from_1904:
        # There is no day 0: Excel shows a time, or the 0th of January.
        return _clock(rest) if rest else None
    return _day(days, from_1904=from_1904) + (f"T{_clock(rest)}" if rest else "")


def _day(days: int, *, from_1904: bool) -> str:
    if from_1904:
        return f"{date(1904, 1, 1) + timedelta(days=days):%Y-%m-%d}"
    if days == _LEAP_DAY_THAT_WAS_NOT:
        return "1900-02-29"
    return f"{date(1899, 12, 30 + (days < _LEAP_DAY_THAT_WAS_NOT)) + timedelta(days=days):%Y-%m-%d}"


def _clock(milliseconds: int) -> str:
    seconds, fraction = divmod(milliseconds, 1000)
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours:02}:{minutes:02}:{seconds % 60:02}" + (f".{fraction:03}" if fraction else "")


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    # No text has a NUL or half a character.
    return match[0] if code == 0 or 0xD800 <= code <= 0xDFFF else chr(code)
