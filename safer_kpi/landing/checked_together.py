"""Hold the cells of several short files against their contract at once: to ask costs more than to look at few rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from safer_kpi.catalogue.cells import Covered
    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.catalogue.layouts import Layout

#: Checks of pandera that judge each cell by itself, whatever the other rows hold.
_OF_A_CELL = {
    "equal_to", "not_equal_to", "greater_than", "greater_than_or_equal_to", "less_than", "less_than_or_equal_to",
    "in_range", "isin", "notin", "str_matches", "str_contains", "str_startswith", "str_endswith", "str_length",
}  # fmt: skip


def frames_of(layout: Layout, files: Sequence[Path]) -> list[pl.DataFrame]:
    """Return the columns of a layout of each parsed file."""
    import polars as pl

    return [pl.read_parquet(file, columns=list(layout.columns)) for file in files]


def fit(layout: Layout, frames: Sequence[pl.DataFrame]) -> list[bool]:
    """Return of each parsed file of a layout whether no cell breaks a check of the contract.

    False says that somebody must look at the file by itself: so it is where a contract has checks of whole tables.
    """
    import polars as pl

    schema = layout.schema
    if _is_of_tables(schema):
        return [False] * len(frames)
    own = [name for name in layout.columns if not all(map(_is_of_a_cell, schema.columns[name].checks))]
    broken: set[int] = set()
    if len(own) < len(layout.columns):
        cases = failures(schema.remove_columns(own), pl.concat(frames).lazy())
        if cases is not None:
            rows = cases["index"].cast(pl.Int64)
            if rows.null_count():
                return [False] * len(frames)
            ends = pl.Series([frame.height for frame in frames]).cum_sum()
            broken.update(ends.search_sorted(rows, side="right").to_list())
    if own:
        alone = schema.select_columns(own)
        broken.update(number for number, frame in enumerate(frames) if failures(alone, frame.lazy()) is not None)
    return [number not in broken for number in range(len(frames))]


def is_whole(feed: Feed, layout: Layout, covers: Covered, frame: pl.DataFrame) -> bool:
    """Return whether every row of a parsed file whose cells fit is accepted; False where somebody must look again.

    All rows agree with the file's name, keys differ, and no spreadsheet has rounded a reference.
    """
    import polars as pl

    keys = [column for column in feed.key if column in layout.columns]
    if not frame.height or covers.row_column is not None or layout.pseudonyms.intersection(keys):
        return False
    agree = [pl.col(column).eq_missing(pl.lit(value)).all() for column, value in covers.must_agree.items()]
    rounded = [pl.col(column).str.contains("[eE][+]").any() for column in sorted(layout.forms.identifiers)]
    told = frame.select(
        agree=pl.all_horizontal(pl.lit(True), *agree), rounded=pl.any_horizontal(pl.lit(False), *rounded)
    )
    if told.row(0) != (True, False):
        return False
    keyed = frame.select(keys).filter(pl.any_horizontal(pl.col(keys).is_not_null())) if keys else frame.clear()
    return keyed.n_unique() == keyed.height


def but_constants(schema: Any, constants: Mapping[str, str | None]) -> Any:
    """Return a schema without the columns that hold one value in every row, if each of these fits.

    Return the same schema if one does not fit, or if a check may look at more than a cell.
    """
    import polars as pl

    own = [
        name for name in constants if name in schema.columns and all(map(_is_of_a_cell, schema.columns[name].checks))
    ]
    if not own or _is_of_tables(schema):
        return schema
    row = pl.LazyFrame({name: [constants[name]] for name in own}, schema=dict.fromkeys(own, pl.String))
    return schema if failures(schema.select_columns(own), row) is not None else schema.remove_columns(own)


def failures(schema: Any, frame: pl.LazyFrame) -> pl.DataFrame | None:
    """Return pandera's failure cases, one row per cell or row that breaks a check of a schema, or None."""
    from pandera.config import ValidationDepth, config_context
    from pandera.errors import SchemaErrors

    try:
        # Without the depth a LazyFrame is checked for its schema alone.
        with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            schema.validate(frame, lazy=True)
    except SchemaErrors as problems:
        cases: pl.DataFrame = problems.failure_cases
        return cases
    return None


def _is_of_tables(schema: Any) -> bool:
    """Return whether a schema asks for more than a cell tells."""
    columns = schema.columns.values()
    return bool(schema.checks or schema.unique or schema.strict or any(column.unique for column in columns))


def _is_of_a_cell(check: Any) -> bool:
    """Return whether a check is one of pandera's own that look at one cell; a contract's own may look at all rows."""
    return check.name in _OF_A_CELL and bool(check.statistics)
