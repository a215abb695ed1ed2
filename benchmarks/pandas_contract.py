"""The police street contract as one would write it in pandas: read, validate, drop repeats, write Parquet."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from safer_kpi.catalogue.feeds import load_feed

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.catalogue.layouts import Layout

from benchmarks.workplace import FEED, PROJECT

DEGREES = {"longitude": (-9.0, 3.0), "latitude": (49.0, 62.0)}


def land_with_pandas(path: Path, target: Path) -> None:
    """What landing checks, with pandas and pandera's pandas backend; bad rows are held back as landing does."""
    feed = load_feed(PROJECT, FEED)
    layout = feed.layouts[0]
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    frame.columns = pd.Index(layout.headers[name.casefold()] for name in frame.columns)
    try:
        _schema(layout).validate(frame, lazy=True, inplace=True)
    except SchemaErrors as errors:
        frame = frame.drop(index=errors.failure_cases["index"].dropna().unique())
    frame = frame.sort_values(list(feed.canonical_order), kind="stable")
    keyed = frame[feed.key[0]].notna()
    frame[~(keyed & frame.duplicated(list(feed.key)))].to_parquet(target)


def _schema(layout: Layout) -> pa.DataFrameSchema:
    """Return the contract's own columns and checks, carried over to the pandas backend."""
    columns = {
        name: pa.Column(str, checks=_checks(name, column.checks), nullable=column.nullable)
        for name, column in layout.schema.columns.items()
    }
    return pa.DataFrameSchema(columns)


def _checks(name: str, declared: list[pa.Check]) -> list[pa.Check]:
    """Built-in checks by their names and arguments; the two on degrees are functions over polars, so written again."""
    if name in DEGREES:
        return [pa.Check(partial(_within, *DEGREES[name]), ignore_na=True)]
    return [getattr(pa.Check, str(check.name))(**(check.statistics or {})) for check in declared]


def _within(low: float, high: float, text: pd.Series) -> pd.Series:
    number: pd.Series = pd.to_numeric(text, errors="coerce")
    return number.between(low, high)
