"""Columns that several feeds share, each defined once.

Every value is text as the partner wrote it (an empty cell is null). A check that fails holds the row back;
``headers`` in the metadata are the names under which partners send the column.
"""

from __future__ import annotations

import re
from typing import Any

import polars as pl
from pandera.polars import Field, PolarsData

LSOA_CODE = r"^[EWNS]\d{8}$|^95[A-Z]{2}\d{2}[A-Z]\d$"
ADMINISTRATIVE_CODE = r"^[EWNSK]\d{8}$"


WHOLE_NUMBER = "a whole number that is not negative, without thousands separators"
NUMBER = "a number, written without thousands separators"

#: What a partner writes where a figure is held back or not known, and what the lake keeps instead: the shorthand of the
#: Government Statistical Service.
SUPPRESSED, UNAVAILABLE = "[c]", "[x]"


def text(
    *headers: str, description: str, nullable: bool = False, says: str = "", terms: Any = None, **checks: Any
) -> Any:
    """A text column; ``checks`` are pandera's own (``str_matches``, ``isin`` …), ``terms`` are for landing.

    ``says`` is what ``str_matches`` asks of a value, in a partner's words, as they follow *must be*.
    """
    metadata = {"headers": headers, **({"says": says} if says else {}), **(terms or {})}
    return Field(nullable=nullable, description=description, metadata=metadata, **checks)


def month(*headers: str) -> Any:
    """A calendar month written ``2025-01``."""
    return text(
        *headers,
        description="Calendar month, YYYY-MM",
        says="a month, written 2024-05",
        str_matches=r"^\d{4}-(0[1-9]|1[0-2])$",
    )


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


def whole_number(*headers: str, description: str) -> Any:
    """A count that is not negative, written ``7`` or ``7.0``."""
    return text(*headers, description=description, says=WHOLE_NUMBER, str_matches=r"^\d{1,12}(\.0+)?$")


def pseudonym(*headers: str, description: str, nullable: bool = False) -> Any:
    """A partner's own id of a person or case: landing keeps a keyed hash of it and never the id."""
    return text(
        *headers,
        description=description,
        nullable=nullable,
        terms={"pseudonym": True},
        str_length={"min_value": 1, "max_value": 64},
    )


def date(*headers: str, description: str, nullable: bool = False) -> Any:
    """A calendar day, written ``2024-05-31``, ``31/05/2024`` or, as workbooks do, with midnight behind it."""
    iso, british = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", r"(0?[1-9]|[12]\d|3[01])/(0?[1-9]|1[0-2])/\d{4}"
    written = rf"^({iso}|{british})([T ]00:00(:00)?)?$"
    says = "a date, written 2024-05-31 or 31/05/2024"
    return text(*headers, description=description, nullable=nullable, says=says, str_matches=written)


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
) -> Any:
    """A count that is not negative, or one of the partner's marks for a figure held back or not known."""
    return _figure(
        headers,
        number=r"\d{1,12}(\.0+)?",
        suppressed=suppressed,
        unavailable=unavailable,
        description=description,
        nullable=nullable,
        says=WHOLE_NUMBER,
    )


def decimal(
    *headers: str,
    description: str,
    nullable: bool = False,
    suppressed: tuple[str, ...] = ("*", "<5"),
    unavailable: tuple[str, ...] = ("-",),
) -> Any:
    """A number with or without decimals, or one of the partner's marks for a figure held back or not known."""
    return _figure(
        headers,
        number=r"-?\d{1,12}(\.\d{1,18})?",
        suppressed=suppressed,
        unavailable=unavailable,
        description=description,
        nullable=nullable,
        says=NUMBER,
    )


def _figure(
    headers: tuple[str, ...],
    *,
    number: str,
    suppressed: tuple[str, ...],
    unavailable: tuple[str, ...],
    **declared: Any,
) -> Any:
    tokens = dict.fromkeys((*suppressed, SUPPRESSED), SUPPRESSED) | dict.fromkeys(
        (*unavailable, UNAVAILABLE), UNAVAILABLE
    )
    marks = "|".join(re.escape(token) for token in tokens)
    return text(
        *headers,
        terms={"tokens": tokens},
        str_matches=rf"^({number}|{marks})$",
        **declared,
    )


def is_at_most(part: str, whole: str) -> pl.Expr:
    """Whether one figure is no more than another, or one of them is not told."""
    few, many = (pl.col(column).cast(pl.Float64, strict=False) for column in (part, whole))
    return (few <= many).fill_null(value=True)


def is_between(data: PolarsData, low: float, high: float) -> pl.LazyFrame:
    """Whether a text cell is a number within bounds; text that is no number is not."""
    value = pl.col(data.key).cast(pl.Float64, strict=False)
    return data.lazyframe.select(pl.col(data.key).is_null() | value.is_between(low, high).fill_null(value=False))
