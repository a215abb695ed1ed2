"""Hold a parsed file against its contract: refuse it, or split its rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.catalogue.check_words import clauses_of, rule_words
from safer_kpi.errors import InputRefused
from safer_kpi.landing.checked_together import but_constants, failures
from safer_kpi.landing.repeats import SHORT, may_repeat, repeats_of
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb
    import polars as pl

    from safer_kpi.catalogue.cells import Covered
    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.catalogue.layouts import Layout
    from safer_kpi.intake import Parsed


#: A number as a spreadsheet shows it when it is longer than its column.
_ROUNDED = r"\s*\d(\.\d+)?[eE]\+\d{1,3}\s*"
#: A file of few rows and of so many bytes is read into memory to be checked.
_SMALL = 8 * 2**20
_NOTHING_HELD = "SELECT NULL::BIGINT AS source_row, NULL::VARCHAR AS rule, NULL::VARCHAR AS column_name WHERE false"


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A file split by its contract.

    Attributes:
        accepted: SQL of the accepted rows: ``source_row`` and the layout's columns.
        held: SQL of the quarantined rows that could be read, in the same shape.
        quarantine: SQL of ``source_row, rule, column_name``; a row may break several rules.
        rows_accepted: the number of rows that count.
        rows_quarantined: the number of rows held back.
    """

    accepted: str
    held: str
    quarantine: str
    rows_accepted: int
    rows_quarantined: int


def validate(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    layout: Layout,
    parsed: Parsed,
    *,
    covered: Covered,
    scratch: Path,
    fits: bool = False,
) -> Checked:
    """Split the rows of ``parsed`` by the contract's row checks and the repeats of a key.

    ``fits`` says that no cell breaks a check: nobody looks again.

    Raises:
        InputRefused: the content does not agree with the file's name, there is no row, or none is accepted.
    """
    if parsed.rows_read == parsed.rows_skipped:
        return _nothing(feed, layout, parsed)
    rows = parsed.relation_sql()
    _check_agreement(connection, rows, covered.must_agree)
    connection.execute("CREATE OR REPLACE TEMP TABLE broken (source_row BIGINT, rule VARCHAR, column_name VARCHAR)")
    if parsed.malformed:
        connection.execute(
            "INSERT INTO broken SELECT unnest(?), unnest(?), NULL",
            [[row for row, _ in parsed.malformed], [rule for _, rule in parsed.malformed]],
        )
    with ThreadPoolExecutor(max_workers=1) as checking:
        # Two engines, two cores: pandera looks at the cells while DuckDB looks for repeats.
        failing = None if fits else checking.submit(_failing_cells, layout, parsed)
        repeats = may_repeat(connection, feed, layout, parsed)
        _note_failures(connection, None if failing is None else failing.result(), parsed, scratch)
    _hold_destroyed(connection, layout, parsed, rows)
    if covered.row_column is not None:
        _hold_outsiders(connection, rows, covered)
    unreadable = len(parsed.malformed)
    held = _one(connection, "SELECT count(DISTINCT source_row) FROM broken")
    beside = literal(str(broken_beside(parsed.parquet)))
    broken = f"SELECT source_row, rule, column_name FROM read_parquet({beside})"
    if repeats or held:
        held += _write_broken(connection, beside, repeats_of(feed, layout, rows) if repeats else None)
    connection.execute("DROP TABLE broken")
    accepted = parsed.rows_read - parsed.rows_skipped - held
    if accepted == 0 and held > 0:
        rule, column, first = connection.execute(
            f"SELECT rule, column_name, min(source_row) FROM ({broken}) "
            "GROUP BY ALL ORDER BY count(*) DESC, rule LIMIT 1"
        ).fetchall()[0]
        says, mend = rule_words(clauses_of([layout]), str(rule), column)
        whose = f"{layout.heading(column)!r}: " if column in layout.columns else ""
        raise InputRefused(
            f"Every one of the {held} rows breaks the contract, most often {_clause(column, rule)}. {whose}{says}",
            rule=str(rule),
            row=first,
            next_action=f"{mend} Check that the right file was sent in the agreed format.",
        )
    if held == 0:
        return whole(parsed)
    some = f"SELECT * FROM ({rows}) WHERE source_row"
    return Checked(
        accepted=f"{some} NOT IN (SELECT source_row FROM ({broken}))",
        held=f"{some} IN (SELECT source_row FROM ({broken}))" if held > unreadable else f"{some} < 0",
        quarantine=broken,
        rows_accepted=accepted,
        rows_quarantined=held,
    )


def whole(parsed: Parsed) -> Checked:
    """Return the result for a file of which every row is accepted."""
    rows = parsed.relation_sql()
    return Checked(
        accepted=rows, held=f"SELECT * FROM ({rows}) WHERE false", quarantine=_NOTHING_HELD,
        rows_accepted=parsed.rows_read - parsed.rows_skipped, rows_quarantined=0,
    )  # fmt: skip


def broken_beside(parsed: Path) -> Path:
    """Return where it stands beside a parsed file which of its rows break which rules."""
    return parsed.with_suffix(".broken")


def _nothing(feed: Feed, layout: Layout, parsed: Parsed) -> Checked:
    """Return the result for a file without rows: a nil return in the form of the contract, or a refusal."""
    if feed.nil_return != ("stated" if parsed.nil else "header_only"):
        agreed = {"header_only": "a header alone", "stated": "the words the contract agrees on"}
        raise InputRefused(
            "The file holds a header and no row."
            if not parsed.nil
            else "The file says that there is nothing to report.",
            rule="header_only" if not parsed.nil else "nil_return",
            next_action=f"A nil return is {agreed[feed.nil_return]}; send that, or the rows."
            if feed.nil_return in agreed
            else "Send the rows; this contract has no nil return.",
        )
    columns = "".join(f', NULL::VARCHAR AS "{column}"' for column in layout.columns)
    none = f"SELECT NULL::BIGINT AS source_row{columns} WHERE false"
    return Checked(accepted=none, held=none, quarantine=_NOTHING_HELD, rows_accepted=0, rows_quarantined=0)


def _clause(column: str | None, rule: str) -> str:
    return f"{column}.{rule}" if column else rule


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])


def _check_agreement(connection: duckdb.DuckDBPyConnection, rows: str, must_agree: Mapping[str, str]) -> None:
    """Refuse a file whose content contradicts its name; one row is enough."""
    for column, expected in must_agree.items():
        wrong, first = connection.execute(
            f'SELECT count(*), min(source_row) FROM ({rows}) WHERE "{column}" IS DISTINCT FROM ?',
            [expected],
        ).fetchall()[0]
        if wrong:
            raise InputRefused(
                f"{wrong} rows hold another {column} than the file's name, the first in row {first}.",
                rule=f"must_agree.{column}",
                row=int(first),
                next_action="Send one file per cell, named for what it holds.",
            )


def _failing_cells(layout: Layout, parsed: Parsed) -> pl.DataFrame | None:
    """Return pandera's failure cases, one row per cell or row that breaks a check of the contract, or None."""
    import polars as pl

    constants = {name: pl.lit(value, dtype=pl.String) for name, value in parsed.constants.items()}
    frame = pl.scan_parquet(parsed.parquet).with_columns(**constants).select(layout.columns)
    if parsed.rows_read <= SHORT and parsed.parquet.stat().st_size <= _SMALL:
        # Each check asks for its column again.
        frame = frame.collect().lazy()
    return failures(but_constants(layout.schema, parsed.constants), frame)


def _note_failures(
    connection: duckdb.DuckDBPyConnection, cases: pl.DataFrame | None, parsed: Parsed, scratch: Path
) -> None:
    """Record which source row breaks which rule, without the cells."""
    import polars as pl

    if cases is None:
        return
    positions = cases["index"].cast(pl.Int64)
    if parsed.numbered:
        numbers = pl.scan_parquet(parsed.parquet).select("source_row").collect()["source_row"]
        source_row = numbers.gather(positions)
    else:
        source_row = positions + 2
    if source_row.null_count():
        raise InputRefused(
            "The file does not fit the contract's columns.", rule="schema", next_action="Send the agreed columns."
        )
    found = scratch / f"{parsed.parquet.stem}-failures.parquet"
    cases.select(
        source_row.alias("source_row"),
        pl.col("check").str.extract(r"^([A-Za-z_0-9]+)").replace("not_nullable", "required").alias("rule"),
        pl.when(pl.col("schema_context") == "Column").then(pl.col("column")).alias("column_name"),
    ).write_parquet(found)
    connection.execute(f"INSERT INTO broken SELECT source_row, rule, column_name FROM read_parquet('{found}')")
    found.unlink()


def _hold_destroyed(connection: duckdb.DuckDBPyConnection, layout: Layout, parsed: Parsed, rows: str) -> None:
    """Record the rows in which a spreadsheet has turned a reference into a rounded number that many records share."""
    for column in sorted(layout.forms.identifiers.intersection(parsed.columns)):
        # Most references hold neither: a look for two characters is cheap.
        rounded = f"""(contains("{column}", 'E+') OR contains("{column}", 'e+')) AND regexp_full_match("{column}", ?)"""
        connection.execute(
            f"INSERT INTO broken SELECT source_row, 'destroyed_id', '{column}' FROM ({rows}) WHERE {rounded}",
            [_ROUNDED],
        )


def _hold_outsiders(connection: duckdb.DuckDBPyConnection, rows: str, covered: Covered) -> None:
    """Record the rows outside the cells that the file covers."""
    connection.execute(
        f"""INSERT INTO broken
        SELECT source_row, 'outside_cells', '{covered.row_column}' FROM ({rows})
        WHERE NOT coalesce(list_contains(?, {covered.row_cell_sql()}), false)
            AND source_row NOT IN (SELECT source_row FROM broken)""",
        [list(covered.cells)],
    )


def _write_broken(connection: duckdb.DuckDBPyConnection, beside: str, repeats: str | None) -> int:
    """Write ``broken`` and the repeats beside the parsed file; return the number of repeats, none of which is in it.

    They may be nearly all rows of a file: they pass through to the disk and stand in no table.
    """
    before = _one(connection, "SELECT count(*) FROM broken")
    query = "SELECT source_row, rule, column_name FROM broken" + (f" UNION ALL {repeats}" if repeats else "")
    return _one(connection, f"COPY ({query}) TO {beside} (FORMAT parquet)") - before
