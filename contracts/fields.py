"""Columns that several feeds share, each defined once.

Every value is text as the partner wrote it (an empty cell is null). A check that fails holds the row back;
``headers`` in the metadata are the names under which partners send the column.
"""

from __future__ import annotations

from typing import Any

import polars as pl
from pandera.polars import Field, PolarsData

LSOA_CODE = r"^[EWNS]\d{8}$|^95[A-Z]{2}\d{2}[A-Z]\d$"
ADMINISTRATIVE_CODE = r"^[EWNSK]\d{8}$"


def text(*headers: str, description: str, nullable: bool = False, **checks: Any) -> Any:
    """A text column; ``checks`` are pandera's own (``str_matches``, ``isin`` …)."""
    metadata = {"headers": headers}
    return Field(nullable=nullable, description=description, metadata=metadata, **checks)


def month(*headers: str) -> Any:
    """A calendar month written ``2025-01``."""
    return text(*headers, description="Calendar month, YYYY-MM", str_matches=r"^\d{4}-(0[1-9]|1[0-2])$")


def lsoa_code(*headers: str, description: str = "Lower layer Super Output Area code", nullable: bool = False) -> Any:
    """An ONS LSOA code, or a Northern Ireland super output area code."""
    return text(*headers, description=description, nullable=nullable, str_matches=LSOA_CODE)


def area_code(*headers: str, description: str) -> Any:
    """An ONS nine-character code of a ward or local authority."""
    return text(*headers, description=description, str_matches=ADMINISTRATIVE_CODE)


def name(*headers: str, description: str, nullable: bool = False) -> Any:
    """A published name of a place: at most 200 characters."""
    return text(*headers, description=description, nullable=nullable, str_length={"max_value": 200})


def whole_number(*headers: str, description: str) -> Any:
    """A count that is not negative, written ``7`` or ``7.0``."""
    return text(*headers, description=description, str_matches=r"^\d{1,12}(\.0+)?$")


def is_between(data: PolarsData, low: float, high: float) -> pl.LazyFrame:
    """Whether a text cell is a number within bounds; text that is no number is not."""
    value = pl.col(data.key).cast(pl.Float64, strict=False)
    return data.lazyframe.select(pl.col(data.key).is_null() | value.is_between(low, high).fill_null(value=False))
