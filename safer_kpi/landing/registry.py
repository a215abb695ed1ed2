"""What the lake knows of each contract: a table for its change rows, and its terms where models can read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.catalogue.feeds import feed_digest, feed_names, load_feed
from safer_kpi.lake import change_tables, create_tables
from safer_kpi.landing.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.settings import Settings


def stale_feeds(connection: duckdb.DuckDBPyConnection, settings: Settings, names: Sequence[str]) -> list[str]:
    """Those of the project's feeds whose contract the lake has not seen as it is now."""
    known = dict(connection.execute("SELECT feed, digest FROM journal.feed").fetchall())
    return [name for name in names if known.get(name) != feed_digest(settings.project, name)]


def register_feeds(connection: duckdb.DuckDBPyConnection, settings: Settings, names: Sequence[str]) -> None:
    """Make the lake know the feeds ``names``, where it does not already; the caller holds the lease."""
    if not (stale := stale_feeds(connection, settings, names)):
        return
    feeds = [load_feed(settings.project, name) for name in stale]
    with transaction(connection):
        write_feeds(connection, feeds)


def create_missing(connection: duckdb.DuckDBPyConnection, settings: Settings, names: Sequence[str]) -> None:
    """Make an empty change-row table for each of the feeds ``names`` that has none; what there is stays as it is."""
    known = change_tables(connection)
    missing = [name for name in names if name not in known]
    if missing:
        with transaction(connection):
            create_tables(connection, {name: load_feed(settings.project, name).columns for name in missing})


def write_terms(connection: duckdb.DuckDBPyConnection, settings: Settings, table: str, *, known: str) -> None:
    """Write a temporary table of the terms of feeds as the project states them, of others as ``known`` has them."""
    connection.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM {known}")
    columns = "feed, title, owner, cadence, due_after_days, parts, contract_version"
    for name in stale_feeds(connection, settings, feed_names(settings.project)):
        feed = load_feed(settings.project, name)
        connection.execute(f"DELETE FROM {table} WHERE feed = ?", [name])
        connection.execute(
            f"INSERT INTO {table} ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [name, feed.title, feed.owner, feed.cadence, feed.due_after_days, list(feed.parts), feed.version],
        )


def write_feeds(connection: duckdb.DuckDBPyConnection, feeds: Sequence[Feed]) -> None:
    """In the open transaction: a change-row table and a row of ``journal.feed`` for each."""
    create_tables(connection, {feed.name: feed.columns for feed in feeds})
    for feed in feeds:
        connection.execute("DELETE FROM journal.feed WHERE feed = ?", [feed.name])
        connection.execute(
            "INSERT INTO journal.feed VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                feed.name, feed.title, feed.owner, feed.cadence, feed.due_after_days, list(feed.parts),
                feed.version, feed.digest,
            ],
        )  # fmt: skip
