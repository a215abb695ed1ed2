"""Hold a parsed file against its contract: refuse it, or split its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from safer_kpi.catalogue.feeds import Feed, Layout
    from safer_kpi.intake import Parsed


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A file split by its contract.

    Attributes:
        accepted: SQL of the accepted rows: ``source_row`` and the layout's columns.
        held: SQL of the quarantined rows that could be read, in the same shape.
        quarantine: name of a temporary table of ``source_row, rule, column_name``; a row may break several rules.
        rows_accepted: how many rows count.
        rows_quarantined: how many rows are held back.
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
    must_agree: dict[str, str],
    scratch: Path,
) -> Checked:
    """Split the rows of ``parsed`` by the contract's row checks and the repeats of a key.

    Raises:
        InputRefused: the content does not agree with the file's name, there is no row, or none is accepted.
    """
    rows = parsed.relation_sql()
    if parsed.rows_read == parsed.rows_skipped and feed.nil_return != "header_only":
        raise InputRefused(
            "The file holds a header and no row.",
            rule="header_only",
            next_action="Send the rows; this contract has no nil return.",
        )
    _check_agreement(connection, rows, must_agree)
    connection.execute("CREATE OR REPLACE TEMP TABLE broken (source_row BIGINT, rule VARCHAR, column_name VARCHAR)")
    if parsed.malformed:
        connection.execute(
            "INSERT INTO broken SELECT unnest(?), unnest(?), NULL",
            [[row for row, _ in parsed.malformed], [rule for _, rule in parsed.malformed]],
        )
    _check_rows(connection, layout, parsed, scratch)
    _find_repeats(connection, feed, layout, rows)
    unreadable = len(parsed.malformed)
    held = _one(connection, "SELECT count(DISTINCT source_row) FROM broken")
    accepted = parsed.rows_read - parsed.rows_skipped - held
    if accepted == 0 and held > 0:
        rule, column, first = connection.execute(
            "SELECT rule, column_name, min(source_row) FROM broken GROUP BY ALL ORDER BY count(*) DESC, rule LIMIT 1"
        ).fetchall()[0]
        raise InputRefused(
            f"Every one of the {held} rows breaks the contract, most often {_clause(column, rule)}.",
            rule=str(rule),
            row=first,
            next_action="Check that the right file was sent in the agreed format.",
        )
    if held == 0:
        return Checked(
            accepted=rows, held=f"SELECT * FROM ({rows}) WHERE false", quarantine="broken",
            rows_accepted=accepted, rows_quarantined=0,
        )  # fmt: skip
    some = f"SELECT * FROM ({rows}) WHERE source_row"
    return Checked(
        accepted=f"{some} NOT IN (SELECT source_row FROM broken)",
        held=f"{some} IN (SELECT source_row FROM broken)" if held > unreadable else f"{some} < 0",
        quarantine="broken",
        rows_accepted=accepted,
        rows_quarantined=held,
    )


def _clause(column: str | None, rule: str) -> str:
    return f"{column}.{rule}" if column else rule


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])


def _check_agreement(connection: duckdb.DuckDBPyConnection, rows: str, must_agree: dict[str, str]) -> None:
    """The content must say what the file's name says; one row that does not is enough."""
    for column, expected in must_agree.items():
        wrong, first = connection.execute(
            f'SELECT count(*), min(source_row) FROM ({rows}) WHERE "{column}" IS DISTINCT FROM ?',
            [expected],
        ).fetchall()[0]
        if wrong:
            raise InputRefused(
                f"{wrong} rows hold another {column} than the file's name says, the first in row {first}.",
                rule=f"must_agree.{column}",
                row=int(first),
                next_action="Send one file per cell, named for what it holds.",
            )


def _check_rows(connection: duckdb.DuckDBPyConnection, layout: Layout, parsed: Parsed, scratch: Path) -> None:
    """Run the contract's pandera checks over the columns and note every row that breaks one."""
    import polars as pl
    from pandera.config import ValidationDepth, config_context
    from pandera.errors import SchemaErrors

    frame = pl.scan_parquet(parsed.parquet).select(layout.columns)
    try:
        # Without the depth a LazyFrame is checked for its schema alone.
        with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            layout.schema.validate(frame, lazy=True)
    except SchemaErrors as problems:
        cases = problems.failure_cases
    else:
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


def _find_repeats(connection: duckdb.DuckDBPyConnection, feed: Feed, layout: Layout, rows: str) -> None:
    """Note all but the first of each key, in the contract's canonical order; rows already held do not take part."""
    keys = [f'"{column}"' for column in feed.key if column in layout.columns]
    if not keys:
        return
    order = ", ".join(f'"{column}" ASC NULLS LAST' for column in feed.canonical_order if column in layout.columns)
    has_key = " OR ".join(f"{key} IS NOT NULL" for key in keys)
    sound = f"SELECT * FROM ({rows}) WHERE ({has_key})"
    if _one(connection, "SELECT count(*) FROM broken"):
        sound += " AND source_row NOT IN (SELECT source_row FROM broken)"
    key_list = ", ".join(keys)
    # Grouping the keys' hashes is several times cheaper than grouping the keys; collisions are only candidates.
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE candidate AS
        SELECT hash({key_list}) AS key_hash FROM ({sound}) GROUP BY key_hash HAVING count(*) > 1"""
    )
    if not _one(connection, "SELECT count(*) FROM candidate"):
        return
    connection.execute(
        f"""INSERT INTO broken
        SELECT source_row, 'duplicate_key', '{feed.key[-1]}'
        FROM ({sound}) WHERE hash({key_list}) IN (SELECT key_hash FROM candidate)
        QUALIFY row_number() OVER (PARTITION BY {key_list} ORDER BY {order}, source_row) > 1"""
    )
