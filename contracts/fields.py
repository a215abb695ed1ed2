"""Columns that several feeds share, each defined once.

Every value is text as the partner wrote it (an empty cell is null). A check that fails holds the row back;
``headers`` in the metadata are the names under which partners send the column.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import polars as pl
from pandera.polars import Field, PolarsData

from contracts import written
from contracts.marks import SHORTHAND

if TYPE_CHECKING:
    from collections.abc import Mapping

LSOA_CODE = r"^[EWNS]\d{8}$|^95[A-Z]{2}\d{2}[A-Z]\d$"
ADMINISTRATIVE_CODE = r"^[EWNSK]\d{8}$"


WHOLE_NUMBER = "a whole number that is not negative"
NUMBER = "a number"
_WHOLE, _DECIMAL = r"\d{1,12}(\.0+)?", r"-?\d{1,12}(\.\d{1,18})?"
#: Separators of thousands that a contract may declare: what they look like.
THOUSANDS = {"comma": "1,234", "space": "1 234"}

#: What the lake keeps where a figure is held back or not known.
SUPPRESSED, UNAVAILABLE = "[c]", "[x]"


def text(
    *headers: str, description: str, nullable: bool = False, says: str = "", terms: Any = None, **checks: Any
) -> Any:
    """A text column; ``checks`` are pandera's own (``str_matches``, ``isin`` …), ``terms`` are for landing.

    ``says`` is what ``str_matches`` asks of a value, in a partner's words, as they follow *must be*.
    """
    metadata = {"headers": headers, **({"says": says} if says else {}), **(terms or {})}
    return Field(nullable=nullable, description=description, metadata=metadata, **checks)


def identifier(*headers: str, description: str, nullable: bool = False, **checks: Any) -> Any:
    """A reference number that identifies a record, not a person, such as a case number.

    A row is held back if a spreadsheet has rounded the reference (``5.42E+10``). The same check covers every column of
    a contract's ``key`` and every pseudonym.
    """
    return text(*headers, description=description, nullable=nullable, terms={"identifier": True}, **checks)


def month(*headers: str, forms: tuple[str, ...] = written.USUAL_MONTHS) -> Any:
    """A calendar month written ``2025-01``, or in another of the declared ``forms``; the lake keeps ``2025-01``."""
    return _dated(
        headers, "months", forms, usual=written.USUAL_MONTHS, kept=written.REAL_MONTH,
        description="Calendar month, YYYY-MM",
        says=f"a month, written {written.told(forms, written.MONTHS)}",
    )  # fmt: skip


def lsoa_code(*headers: str, description: str = "Lower layer Super Output Area code", nullable: bool = False) -> Any:
    """An ONS LSOA code, or a Northern Ireland super output area code."""
    says = "an ONS code of an LSOA, such as E01015272"
    return text(*headers, description=description, nullable=nullable, says=says, str_matches=LSOA_CODE)


def area_code(*headers: str, description: str) -> Any:
    """An ONS nine-character code of a ward or local authority."""
    says = "an ONS code of nine characters, such as E06000058"
    return text(*headers, description=description, says=says, str_matches=ADMINISTRATIVE_CODE)


def name(*headers: str, description: str, nullable: bool = False) -> Any:
    """A published name of a place: at most 200 characters."""
    return text(*headers, description=description, nullable=nullable, str_length={"max_value": 200})


def whole_number(*headers: str, description: str, thousands: tuple[str, ...] = ()) -> Any:
    """A count that is not negative, written ``7`` or ``7.0``; with declared ``thousands``, ``1,234`` or ``1 234``."""
    terms = {"figure": {"number": _WHOLE, "thousands": tuple(thousands), "percent": False}} if thousands else {}
    says = WHOLE_NUMBER + _separated(thousands)
    return text(*headers, description=description, says=says, terms=terms, str_matches=rf"^{_WHOLE}$")


def pseudonym(*headers: str, description: str, nullable: bool = False) -> Any:
    """A partner's own id of a person or case: landing keeps a keyed hash of it and never the id."""
    return text(
        *headers,
        description=description,
        nullable=nullable,
        terms={"pseudonym": True},
        str_length={"min_value": 1, "max_value": 64},
    )


def date(*headers: str, description: str, nullable: bool = False, forms: tuple[str, ...] = written.USUAL_DAYS) -> Any:
    """A calendar day, written ``2024-05-31``, ``31/05/2024`` or, as workbooks do, with midnight behind it.

    Where a contract declares other ``forms`` (those of ``contracts.written.DAYS``), the lake keeps ``2024-05-31``.
    """
    return _dated(
        headers, "days", forms, usual=written.USUAL_DAYS, kept=written.REAL_DAY, description=description,
        nullable=nullable, says=f"a date, written {written.told(forms, written.DAYS)}",
    )  # fmt: skip


def _dated(
    headers: tuple[str, ...], kind: str, forms: tuple[str, ...], *, usual: tuple[str, ...], kept: str, **declared: Any
) -> Any:
    if tuple(forms) == usual:
        return text(*headers, str_matches=written.USUAL_DAY if kind == "days" else written.REAL_MONTH, **declared)
    as_sent = written.pattern(forms, written.DAYS if kind == "days" else written.MONTHS)
    # The check sees what was read from the text; a partner is told what may be written.
    return text(*headers, str_matches=kept, terms={kind: tuple(forms), "written": as_sent}, **declared)


def offence_class(*headers: str, description: str, nullable: bool = False) -> Any:
    """A Home Office offence class: its code (``8N``, ``8/67``) or its name, or else the force's own words for it.

    A class that the list of offence classes does not hold is accepted, counted as *other, unclassified* and named in
    the receipt. Where a row has several such columns, the last one that is filled says the class as it stands.
    """
    return text(
        *headers,
        description=description,
        nullable=nullable,
        terms={"offence_class": True},
        str_length={"min_value": 1, "max_value": 200},
    )


def flag(*headers: str, description: str, nullable: bool = False) -> Any:
    """Yes or no, as ``Y``, ``Yes``, ``1`` or ``True`` in any case, and their opposites."""
    says = "Y or N, Yes or No, 1 or 0, True or False"
    written = r"(?i)^(y|yes|n|no|1|0|true|false)$"
    return text(*headers, description=description, nullable=nullable, says=says, str_matches=written)


def count(
    *headers: str,
    description: str,
    nullable: bool = False,
    suppressed: tuple[str, ...] = ("*", "<5"),
    unavailable: tuple[str, ...] = ("-",),
    marks: Mapping[str, str] = SHORTHAND,
    thousands: tuple[str, ...] = (),
) -> Any:
    """A count that is not negative, or one of the partner's marks for a figure held back or not known.

    ``marks`` may stand instead of a figure or behind it, as ``contracts.marks`` says; ``thousands`` are the separators
    that may stand between groups of three digits, ``comma`` or ``space``.
    """
    return _figure(
        headers,
        number=_WHOLE,
        suppressed=suppressed,
        unavailable=unavailable,
        marks=marks,
        thousands=thousands,
        description=description,
        nullable=nullable,
        says=WHOLE_NUMBER + _separated(thousands),
    )


def decimal(
    *headers: str,
    description: str,
    nullable: bool = False,
    suppressed: tuple[str, ...] = ("*", "<5"),
    unavailable: tuple[str, ...] = ("-",),
    marks: Mapping[str, str] = SHORTHAND,
    thousands: tuple[str, ...] = (),
) -> Any:
    """A number with or without decimals, or one of the partner's marks for a figure held back or not known."""
    return _figure(
        headers,
        number=_DECIMAL,
        suppressed=suppressed,
        unavailable=unavailable,
        marks=marks,
        thousands=thousands,
        description=description,
        nullable=nullable,
        says=NUMBER + _separated(thousands),
    )


def share(
    *headers: str,
    description: str,
    nullable: bool = False,
    suppressed: tuple[str, ...] = ("*", "<5"),
    unavailable: tuple[str, ...] = ("-",),
    marks: Mapping[str, str] = SHORTHAND,
) -> Any:
    """A share, written ``12.5%`` or as the fraction ``0.125`` that a spreadsheet stores; the lake keeps the fraction.

    A number above 1 without its sign is held back: nobody can tell 12.5 % from 1250 %.
    """
    return _figure(
        headers,
        number=r"(0?\.\d{1,18}|0|1(\.0{1,18})?)",
        suppressed=suppressed,
        unavailable=unavailable,
        marks=marks,
        thousands=(),
        percent=True,
        description=description,
        nullable=nullable,
        says="a share of at most 100%, written 12.5% or 0.125",
    )


def _figure(
    headers: tuple[str, ...],
    *,
    number: str,
    suppressed: tuple[str, ...],
    unavailable: tuple[str, ...],
    marks: Mapping[str, str],
    thousands: tuple[str, ...],
    percent: bool = False,
    **declared: Any,
) -> Any:
    tokens = dict.fromkeys((*suppressed, SUPPRESSED), SUPPRESSED) | dict.fromkeys(
        (*unavailable, UNAVAILABLE), UNAVAILABLE
    )
    alone = "|".join(re.escape(token) for token in tokens)
    terms = {
        "tokens": tokens,
        "marks": dict(marks),
        "figure": {"number": number, "thousands": tuple(thousands), "percent": percent},
    }
    return text(*headers, terms=terms, str_matches=rf"^({number}|{alone})$", **declared)


def _separated(thousands: tuple[str, ...]) -> str:
    examples = [THOUSANDS[one] for one in thousands if one in THOUSANDS]
    return f", written 1234 or {' or '.join(examples)}" if examples else ", without thousands separators"


def is_at_most(part: str, whole: str) -> pl.Expr:
    """Whether one figure is no more than another, or one of them is not told."""
    few, many = (pl.col(column).cast(pl.Float64, strict=False) for column in (part, whole))
    return (few <= many).fill_null(value=True)


def is_between(data: PolarsData, low: float, high: float) -> pl.LazyFrame:
    """Whether a text cell is a number within bounds; text that is no number is not."""
    value = pl.col(data.key).cast(pl.Float64, strict=False)
    return data.lazyframe.select(pl.col(data.key).is_null() | value.is_between(low, high).fill_null(value=False))
