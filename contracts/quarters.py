"""The financial quarter of a quarterly return, and whether the days in its rows fit it.

A day that cannot be read is the date column's own fault; the checks here say nothing of it.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from contracts import fields

#: The group of a file's name that says the quarter.
IN_NAME = r"(?P<quarter>\d{4}-\d{2}-Q[1-4])(?!\d)"


def quarter() -> Any:
    """The financial quarter a row is for, written ``2024-25-Q1``."""
    return fields.text(
        "Quarter",
        description="Financial quarter of the return",
        says="a financial quarter, written 2024-25-Q1",
        str_matches=r"^\d{4}-\d{2}-Q[1-4]$",
    )


def is_in_quarter(day: str) -> pl.Expr:
    """Whether the day of a column lies in the row's quarter."""
    return (_quarter_of(day) == pl.col("quarter")).fill_null(value=True)


def is_not_after_quarter(day: str) -> pl.Expr:
    """Whether the day of a column lies in the row's quarter or before it."""
    return (_quarter_of(day) <= pl.col("quarter")).fill_null(value=True)


def is_in_order(earlier: str, later: str) -> pl.Expr:
    """Whether one day is not after another, where both are there."""
    return (_day(earlier) <= _day(later)).fill_null(value=True)


def _day(column: str) -> pl.Expr:
    """The day of a column as ``fields.date`` lets it be written; null where there is none."""
    written = pl.col(column)
    iso = written.str.extract(r"^(\d{4}-\d{2}-\d{2})").str.to_date("%Y-%m-%d", strict=False)
    british = written.str.extract_groups(r"^(?<day>\d{1,2})/(?<month>\d{1,2})/(?<year>\d{4})")
    parts = [british.struct.field(name).str.zfill(2) for name in ("year", "month", "day")]
    return pl.coalesce(iso, pl.concat_str(parts, separator="-").str.to_date("%Y-%m-%d", strict=False))


def _quarter_of(column: str) -> pl.Expr:
    """The financial quarter of a day, written as quarters are; labels sort as the quarters follow each other."""
    shifted = _day(column).dt.month_start().dt.offset_by("-3mo")
    year = shifted.dt.year()
    following = ((year + 1) % 100).cast(pl.String).str.zfill(2)
    return pl.concat_str(
        year.cast(pl.String), pl.lit("-"), following, pl.lit("-Q"), shifted.dt.quarter().cast(pl.String)
    )
