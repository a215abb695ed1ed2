"""Compare what a delivery says of its cells with what is live in them: change rows.

This is Z-set arithmetic: new rows weigh +1, live rows -1, the same row cancels, what is left is the change.
Rows with a key are then paired into corrections. Everything runs in DuckDB over columns, in the caller's transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused, LakeBroken
from safer_kpi.lake.boundary import boundary
from safer_kpi.lake.digests import ChangeSums
from safer_kpi.landing.pseudonyms import plain_version
from safer_kpi.landing.released import write_released
from safer_kpi.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.landing.posting import Posting, Target


def post(
    connection: duckdb.DuckDBPyConnection, feed: Feed, target: Target, posting: Posting, *, confirmed: bool = True
) -> dict[str, int]:
    """Append the change rows that make ``target`` live; answers cause -> number of records.

    Raises:
        InputRefused: unless ``confirmed``, more than the contract's share of live rows would be withdrawn.
    """
    if not target.cells:
        return {}
    # Rows are live only in cells that a delivery owns.
    if not target.was_held and not (target.covered and _any_live(connection, feed, target.covered)):
        return _append_all(connection, feed, target, posting)
    _find_moved(connection, feed, target)
    _pair(connection, feed, target, posting)
    if not confirmed:
        _check_withdrawal(connection, feed)
    return _append_changes(connection, feed, posting)


def _columns(feed: Feed) -> list[str]:
    return [f'"{column}"' for column in feed.columns]


def in_cells(cells: Sequence[str], *, column: str = "cell") -> str:
    """Return a condition on cells; a single cell is compared by equality, because that lets the lake skip files."""
    quoted = [literal(cell) for cell in cells]
    return f"{column} = {quoted[0]}" if len(quoted) == 1 else f"{column} IN ({', '.join(quoted)})"


def _any_live(connection: duckdb.DuckDBPyConnection, feed: Feed, cells: Sequence[str]) -> bool:
    found = connection.execute(f"SELECT 1 FROM landing.{feed.name} WHERE {in_cells(cells)} LIMIT 1").fetchall()
    return bool(found)


def _stamp(posting: Posting) -> str:
    """Return the change-row columns that are the same for a whole entry, but for the causes."""
    return (
        f"{posting.entry}::BIGINT AS entry, TIMESTAMP '{posting.posted_at}' AS posted_at, "
        f"DATE '{posting.posted_at.date()}' AS posted_on, {posting.delivery_id}::BIGINT AS delivery_id"
    )


def _append_all(connection: duckdb.DuckDBPyConnection, feed: Feed, target: Target, posting: Posting) -> dict[str, int]:
    """Nothing is live in these cells: every row is a change, straight from the parsed file into the lake.

    Rows that were hashed when the file was read are not needed before the last step: whoever posts writes them then.
    """
    cause = f"'{posting.cause}'" if posting.cause else "'new'"
    if posting.cause is None and target.covered:
        cause = f"CASE WHEN {in_cells(target.covered)} THEN 'late' ELSE 'new' END"
    rows = f"""SELECT {_stamp(posting)},
            CASE WHEN origin_delivery_id = {posting.delivery_id} THEN origin_row END AS source_row,
            origin_delivery_id, origin_row, 1 AS weight, {cause} AS cause, cell,
            '{posting.contract_version}' AS contract_version, {", ".join(_columns(feed))}
        FROM ({target.rows})"""
    if target.sums is not None and posting.cause is None:
        posting.hashed.append(_change_sums(feed, target.sums, target, posting))
        posting.later.append(rows)
        return _records(target.sums, target)
    written = append(connection, feed.name, [rows])
    if posting.cause or not target.covered:
        return {posting.cause or "new": written} if written else {}
    counted = connection.execute(
        f"SELECT cause, count(*) FROM landing.{feed.name} WHERE entry = {posting.entry} GROUP BY cause"
    ).fetchall()
    return dict(counted)


def append(connection: duckdb.DuckDBPyConnection, feed: str, rows: Sequence[str]) -> int:
    """Append change rows of a feed in one statement; return how many. ``rows`` are SELECTs of the same columns."""
    # The rows carry their numbers, so their order in the lake's files is free and both cores can write.
    connection.execute("SET preserve_insertion_order = false")
    with boundary("lake.append"):
        [(written,)] = connection.execute(
            f"INSERT INTO landing.{identifier(feed)} BY NAME {' UNION ALL '.join(rows)}"
        ).fetchall()
    connection.execute("SET preserve_insertion_order = true")
    return int(written)


def _records(sums: Mapping[str, tuple[int, int, int]], target: Target) -> dict[str, int]:
    """Return how many records a delivery's own rows are, by cause."""
    found = {"late": 0, "new": 0}
    for cell in (cell for cell in target.cells if cell in sums):
        found["late" if cell in target.covered else "new"] += sums[cell][0]
    return {cause: count for cause, count in found.items() if count}


def _change_sums(feed: Feed, sums: Mapping[str, tuple[int, int, int]], target: Target, posting: Posting) -> ChangeSums:
    """Return the sums of a delivery's own rows, all of which are change rows."""
    parts = []
    for cell in (cell for cell in target.cells if cell in sums):
        shared: tuple[object, ...] = (
            posting.entry, posting.posted_at, posting.posted_at.date(), posting.delivery_id, posting.delivery_id, 1,
            "late" if cell in target.covered else "new", cell, posting.contract_version,
        )  # fmt: skip
        parts.append((shared, *sums[cell]))
    return ChangeSums(columns=tuple(feed.columns), parts=parts)


def _find_moved(connection: duckdb.DuckDBPyConnection, feed: Feed, target: Target) -> None:
    """Write ``moved``: the rows that differ between the sides, with weight +1 (now there) or -1 (no longer there)."""
    columns = ", ".join(_columns(feed))
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE live AS
        SELECT origin_delivery_id, origin_row, cell, contract_version, {columns}, sum(weight) AS weight
        FROM landing.{feed.name} WHERE {in_cells(target.cells)}
        GROUP BY ALL HAVING sum(weight) <> 0"""
    )
    if connection.execute("SELECT count(*) FROM live WHERE weight <> 1").fetchall()[0][0]:
        raise LakeBroken(
            f"Live rows of {feed.name} do not weigh one each.", next_action="Restore the lake from backup."
        )
    keyed = _keyed(feed)
    # Identical rows without a key count as often as they occur: each occurrence cancels one occurrence.
    occurrence = f"row_number() OVER (PARTITION BY cell, {columns} ORDER BY origin_delivery_id, origin_row)"
    side = (
        f"SELECT origin_delivery_id, origin_row, cell, {{version}} AS contract_version, {columns}, {{weight}} AS weight"
    )
    sides = []
    for source, version, weight in ((f"({target.rows})", "NULL::VARCHAR", "1"), ("live", "contract_version", "-1")):
        own = side.format(version=version, weight=weight)
        sides.append(f"{own}, 1 AS occurrence FROM {source} WHERE {keyed}")
        sides.append(f"{own}, {occurrence} AS occurrence FROM {source} WHERE NOT ({keyed})")
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE moved AS
        SELECT cell, {columns}, occurrence, sum(weight)::INTEGER AS weight,
            max(origin_delivery_id) AS origin_delivery_id, max(origin_row) AS origin_row,
            max(contract_version) AS contract_version
        FROM ({" UNION ALL ".join(sides)})
        GROUP BY cell, {columns}, occurrence HAVING sum(weight) <> 0"""
    )


def _keyed(feed: Feed) -> str:
    return " OR ".join(f'"{column}" IS NOT NULL' for column in feed.key) or "false"


def _pair(connection: duckdb.DuckDBPyConnection, feed: Feed, target: Target, posting: Posting) -> None:
    """``change``: one row per record that changed, with the row that came, the row that went, and the cause."""
    shared = _shared_columns(connection, feed)
    keys = [f'"{column}"' for column in feed.key]
    same_key = " AND ".join(f"gone.{key} IS NOT DISTINCT FROM came.{key}" for key in keys) or "false"
    same_shared = " AND ".join(f'gone."{c}" IS NOT DISTINCT FROM came."{c}"' for c in shared)
    per_key = f"row_number() OVER (PARTITION BY {', '.join(keys)} ORDER BY cell)" if keys else "1"
    content = ", ".join(map(identifier, shared))
    per_content = f"row_number() OVER (PARTITION BY cell, {content} ORDER BY origin_delivery_id, origin_row)"
    keyed = _keyed(feed)
    causes = " ".join(
        f"""WHEN gone."{column}" IS DISTINCT FROM came."{column}" THEN '{cause}'"""
        for column, cause in feed.causes.items()
        if column in shared
    )
    held_key = " AND ".join(f"held.{key} IS NOT DISTINCT FROM gone.{key}" for key in keys) or "false"
    covered = in_cells(target.covered, column="came.cell") if target.covered else "false"
    for name, sign in (("came", 1), ("gone", -1)):
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE {name} AS
            SELECT *, ({keyed}) AS keyed, row_number() OVER () AS id,
                CASE WHEN {keyed} THEN {per_key} ELSE {per_content} END AS turn
            FROM moved WHERE weight = {sign}"""
        )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE held_back AS {target.held}")
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE pair AS
        SELECT came.id AS came_id, gone.id AS gone_id,
            CASE WHEN {same_shared} AND came.cell = gone.cell THEN 'contract' {causes} ELSE 'corrected' END AS cause
        FROM came JOIN gone ON came.keyed AND gone.keyed AND came.turn = gone.turn AND {same_key}
        UNION ALL
        SELECT came.id, gone.id, 'contract'
        FROM came JOIN gone ON NOT came.keyed AND NOT gone.keyed AND came.turn = gone.turn
            AND came.cell = gone.cell AND {same_shared}"""
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE lone_came AS
        SELECT *, {covered} AS is_covered FROM came WHERE id NOT IN (SELECT came_id FROM pair)"""
    )
    write_released(connection, feed, posting, was_held=target.was_held)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE change AS
        WITH lone AS (
            SELECT came.id AS came_id, NULL::BIGINT AS gone_id,
                CASE WHEN came.is_covered THEN coalesce(released.cause, 'late') ELSE 'new' END AS cause,
                NULL::BIGINT AS held_row
            FROM lone_came AS came LEFT JOIN released ON came.id = released.came_id
            UNION ALL
            SELECT NULL, gone.id, CASE WHEN any_value(held.source_row) IS NULL THEN 'withdrawn' ELSE 'held' END,
                min(held.source_row)
            FROM gone LEFT JOIN held_back AS held ON gone.keyed AND {held_key}
            WHERE gone.id NOT IN (SELECT gone_id FROM pair)
            GROUP BY gone.id
        )
        SELECT came_id, gone_id, {_cause(posting)} AS cause, NULL::BIGINT AS held_row FROM pair
        UNION ALL SELECT came_id, gone_id, {_cause(posting)}, held_row FROM lone"""
    )


def _cause(posting: Posting) -> str:
    return f"'{posting.cause}'" if posting.cause else "cause"


def _shared_columns(connection: duckdb.DuckDBPyConnection, feed: Feed) -> list[str]:
    """Return the columns known to this contract version and to every version under which a live row was read."""
    versions = connection.execute("SELECT DISTINCT contract_version FROM live").fetchall()
    shared = list(feed.columns)
    for (version,) in versions:
        if plain_version(version) == feed.version:
            continue
        known = connection.execute(
            "SELECT columns FROM journal.contract WHERE feed = ? AND contract_version = ?",
            [feed.name, plain_version(version)],
        ).fetchall()
        shared = [column for column in shared if known and column in known[0][0]]
    return shared


def _check_withdrawal(connection: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    withdrawn = connection.execute("SELECT count(*) FROM change WHERE cause = 'withdrawn'").fetchall()[0][0]
    live = connection.execute("SELECT count(*) FROM live").fetchall()[0][0]
    if withdrawn > live * feed.max_withdrawn_share:
        raise InputRefused(
            f"The file would withdraw {withdrawn} of {live} live rows; the contract allows a share of"
            f" {feed.max_withdrawn_share:g}.",
            rule="mass_withdrawal",
            next_action="If the partner confirms it, land it again with --confirm NAME --reason TEXT.",
        )


def _append_changes(connection: duckdb.DuckDBPyConnection, feed: Feed, posting: Posting) -> dict[str, int]:
    columns = ", ".join(_columns(feed))
    with boundary("lake.append"):
        connection.execute(
            f"""INSERT INTO landing.{feed.name} BY NAME
            SELECT {_stamp(posting)}, own_row AS source_row, origin_delivery_id, origin_row, weight, cause, cell,
                coalesce(contract_version, '{posting.contract_version}') AS contract_version, {columns}
            FROM (
                SELECT came.*, change.cause,
                    CASE WHEN came.origin_delivery_id = {posting.delivery_id} THEN came.origin_row END AS own_row
                FROM came JOIN change ON came.id = change.came_id
                UNION ALL
                SELECT gone.*, change.cause,
                    CASE WHEN came.origin_delivery_id = {posting.delivery_id} THEN came.origin_row
                        ELSE change.held_row END
                FROM gone JOIN change ON gone.id = change.gone_id LEFT JOIN came ON came.id = change.came_id
            )"""
        )
    return dict(connection.execute("SELECT cause, count(*) FROM change GROUP BY cause ORDER BY cause").fetchall())
