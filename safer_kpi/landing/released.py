"""Rows that a check held back and that come mended: their cause is ``released``, never ``late``.

A held row stands nowhere but in the bytes it came with, so those are read once more. That costs one more reading of a
file, and only where the deliveries that own the cells of a new one hold rows back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused, UsageError
from safer_kpi.lake import raw
from safer_kpi.landing.expired import fetch_bytes
from safer_kpi.landing.held_back import IS_READING
from safer_kpi.landing.pseudonyms import plain_version
from safer_kpi.landing.readings import read_again
from safer_kpi.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.landing.posting import Posting
    from safer_kpi.settings import Settings

# Of each delivery what its last reading held back. A row may break several rules; one that no column is named for is
# about the whole row.
_HELD = f"""
WITH last_read AS (
    SELECT delivery_id, max(entry) AS entry FROM journal.entry WHERE feed = $feed AND {IS_READING} GROUP BY delivery_id
)
SELECT q.delivery_id, q.source_row, any_value(q.cell) AS cell, list_sort(list_distinct(list(q.column_name))) AS broken,
    bool_or(q.column_name IS NULL) AS is_whole, any_value(e.contract_version) AS contract_version
FROM journal.quarantine AS q
JOIN last_read USING (delivery_id, entry)
JOIN journal.entry AS e ON e.entry = q.entry
WHERE list_contains($deliveries, q.delivery_id) AND coalesce(list_contains($cells, q.cell), true)
GROUP BY q.delivery_id, q.source_row
"""


def write_held_before(
    connection: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, owners: Mapping[str, int]
) -> bool:
    """Write ``held_before``: the rows that the owners of cells hold back in them; return whether any can be read.

    ``owners`` maps a cell to the delivery that owns it. Rows whose bytes expired, or which today's contract cannot
    read, are left out: nothing tells what they were.
    """
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE held_row AS {_HELD}",
        {"feed": feed.name, "deliveries": sorted(set(owners.values())), "cells": list(owners)},
    )
    own = ", ".join(f"{identifier(column)} VARCHAR" for column in feed.columns)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE held_before (cell VARCHAR, broken VARCHAR[], is_whole BOOLEAN, "
        f"contract_version VARCHAR, {own})"
    )
    for (delivery_id,) in connection.execute("SELECT DISTINCT delivery_id FROM held_row ORDER BY 1").fetchall():
        _read(connection, settings, feed, delivery_id)
    return bool(connection.execute("SELECT count(*) FROM held_before").fetchall()[0][0])


def _read(connection: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, delivery_id: int) -> None:
    """Add the held rows of one delivery to ``held_before``, with the values its bytes hold."""
    name, sha256 = connection.execute(
        "SELECT file_name, sha256 FROM journal.delivery WHERE delivery_id = ?", [delivery_id]
    ).fetchall()[0]
    try:
        path = fetch_bytes(connection, settings, delivery_id, sha256)
    except UsageError:  # expired under a retention rule
        return
    columns = ", ".join(f"read.{identifier(column)}" for column in feed.columns)
    try:
        with read_again(settings, feed, path, name) as rows:
            connection.execute(
                f"""INSERT INTO held_before
                SELECT held_row.cell, held_row.broken, held_row.is_whole, held_row.contract_version, {columns}
                FROM ({rows}) AS read JOIN held_row USING (source_row) WHERE held_row.delivery_id = {delivery_id}"""
            )
    except InputRefused:  # today's contract reads the file no more
        return
    finally:
        raw.release(settings, path)


def write_released(connection: duckdb.DuckDBPyConnection, feed: Feed, posting: Posting, *, was_held: bool) -> None:
    """Write ``released``: the rows of ``lone_came`` that were held back before (``came_id``) and their ``cause``.

    A row is the mended form of a held one that has its key; or, if the key is what was wrong or the feed has none, of
    one that agrees with it in everything but the columns that broke a rule. If it agrees in these too, the partner
    changed nothing: a newer contract takes what the older one held back, and the cause is ``contract``.
    """
    if not was_held:
        connection.execute("CREATE OR REPLACE TEMP TABLE released (came_id BIGINT, cause VARCHAR)")
        return
    columns = [identifier(column) for column in feed.columns]
    same = " AND ".join(f"held.{column} IS NOT DISTINCT FROM came.{column}" for column in columns)
    keys = [identifier(column) for column in feed.key]
    same_key = " AND ".join(f"held.{key} IS NOT DISTINCT FROM came.{key}" for key in keys) or "false"
    is_same = f"({same}) AND {_plain('held.contract_version')} <> {literal(plain_version(posting.contract_version))}"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE released AS
        WITH held AS (
            SELECT *, row_number() OVER () AS held_id FROM held_before
        ), by_key AS (
            SELECT came.id AS came_id, min(held.held_id) AS held_id, bool_or({is_same}) AS is_same
            FROM lone_came AS came JOIN held ON came.keyed AND {same_key}
            WHERE came.is_covered GROUP BY came.id
        ), by_rest AS ({_by_rest(feed)})
        SELECT came_id, CASE WHEN bool_or(is_same) THEN 'contract' ELSE 'released' END AS cause
        FROM (
            SELECT came_id, is_same FROM by_key
            UNION ALL
            SELECT came.id, {is_same} FROM by_rest JOIN held USING (held_id) JOIN lone_came AS came
                ON came.id = by_rest.came_id
        ) GROUP BY came_id"""
    )


def _plain(version: str) -> str:
    return f"split_part({version}, '+', 1)"


def _by_rest(feed: Feed) -> str:
    """Return the query that pairs rows which agree in all but the broken columns, each row once.

    The rows that came are laid out once for each set of broken columns, so that equal rests meet in a hash join.
    """

    def rest(source: str) -> str:
        return ", ".join(
            f"CASE WHEN list_contains(broken, {literal(column)}) THEN NULL ELSE {source}.{identifier(column)} END "
            f"AS rest_{place}"
            for place, column in enumerate(feed.columns)
        )

    places = range(len(feed.columns))
    names = ", ".join(f"rest_{place}" for place in places)
    agree = " AND ".join(f"came.rest_{place} IS NOT DISTINCT FROM held.rest_{place}" for place in places)
    content = ", ".join(map(identifier, feed.columns))
    return f"""
        SELECT came.came_id, held.held_id
        FROM (
            SELECT *, row_number() OVER (PARTITION BY broken, cell, {names} ORDER BY {content}, came_id) AS turn
            FROM (
                SELECT came.id AS came_id, came.cell, broken, {content}, {rest("came")}
                FROM lone_came AS came CROSS JOIN (SELECT DISTINCT broken FROM held WHERE NOT is_whole)
                WHERE came.is_covered AND came.id NOT IN (SELECT came_id FROM by_key)
            )
        ) AS came
        JOIN (
            SELECT *, row_number() OVER (PARTITION BY broken, cell, {names} ORDER BY {content}, held_id) AS turn
            FROM (
                SELECT held_id, cell, broken, {content}, {rest("held")}
                FROM held WHERE NOT is_whole AND held_id NOT IN (SELECT held_id FROM by_key)
            )
        ) AS held
            ON came.broken = held.broken AND came.turn = held.turn AND (held.cell IS NULL OR came.cell = held.cell)
            AND {agree}
        QUALIFY row_number() OVER (PARTITION BY came.came_id ORDER BY held.held_id) = 1
            AND row_number() OVER (PARTITION BY held.held_id ORDER BY came.came_id) = 1"""
