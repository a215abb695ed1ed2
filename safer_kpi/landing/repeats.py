"""Find the rows of a parsed file that repeat a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.landing.pseudonyms import plain_id_sql

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.catalogue.layouts import Layout
    from safer_kpi.intake import Parsed

#: The most rows of a short file.
SHORT = 60_000


def _keys(feed: Feed, layout: Layout) -> list[str]:
    """Return the key as it is compared: ids that differ only in blanks have the same pseudonym."""
    return [
        plain_id_sql(f'"{column}"') if column in layout.pseudonyms else f'"{column}"'
        for column in feed.key
        if column in layout.columns
    ]


def may_repeat(connection: duckdb.DuckDBPyConnection, feed: Feed, layout: Layout, parsed: Parsed) -> bool:
    """Return whether any key may occur twice; ``candidate`` holds the hashes of those that may.

    Grouping the keys' hashes is several times cheaper than grouping the keys; collisions are only candidates.
    """
    keys, rows = _keys(feed, layout), parsed.relation_sql()
    if not keys or _differ_in_long_file(feed, layout, parsed):
        return False
    has_key = " OR ".join(f"{key} IS NOT NULL" for key in keys)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE candidate AS
        SELECT hash({", ".join(keys)}) AS key_hash FROM ({rows})
        WHERE {has_key} GROUP BY key_hash HAVING count(*) > 1"""
    )
    return bool(connection.execute("SELECT 1 FROM candidate LIMIT 1").fetchall())


def _differ_in_long_file(feed: Feed, layout: Layout, parsed: Parsed) -> bool:
    """Return whether the keys of a long file all differ, as their hashes tell; False where nobody has looked."""
    import polars as pl

    keys = [column for column in feed.key if column in layout.columns]
    if parsed.rows_read <= SHORT or layout.pseudonyms.union(parsed.constants).intersection(keys):
        return False
    filled = pl.any_horizontal(pl.col(key).is_not_null() for key in keys)
    hashed = pl.scan_parquet(parsed.parquet).select(keys).filter(filled).select(pl.struct(keys).hash().alias("hash"))
    different, rows = hashed.select(pl.col("hash").n_unique(), pl.len().alias("rows")).collect().row(0)
    return bool(different == rows)


def repeats_of(feed: Feed, layout: Layout, rows: str) -> str:
    """Return the SQL of all but the first row of each key, in the contract's canonical order; held rows are ignored.

    A row is looked for and not numbered: a window would hold every row of a key that a whole file repeats.
    """
    keys = _keys(feed, layout)
    key_list = ", ".join(keys)
    has_key = " OR ".join(f"{key} IS NOT NULL" for key in keys)
    columns = [f'"{column}"' for column in feed.canonical_order if column in layout.columns]
    # Of two rows that differ in nothing else the one that fills the column comes first.
    place = ", ".join(f"{column} IS NULL, coalesce({column}, '')" for column in columns)
    repeated = f"""FROM ({rows})
        WHERE ({has_key}) AND hash({key_list}) IN (SELECT key_hash FROM candidate)
            AND source_row NOT IN (SELECT source_row FROM broken)"""
    first = f"SELECT arg_min(source_row, row({place}, source_row)) {repeated} GROUP BY {key_list}"
    return f"SELECT source_row, 'duplicate_key', '{feed.key[-1]}' {repeated} AND source_row NOT IN ({first})"
