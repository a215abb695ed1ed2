"""Register contracts in the lake: a table for each feed's change rows, and the terms that models read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.catalogue.feeds import feed_digest, feed_names, load_feed
from safer_kpi.lake import change_tables, create_tables
from safer_kpi.lake.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.settings import Settings


def stale_feeds(connection: duckdb.DuckDBPyConnection, settings: Settings, names: Sequence[str]) -> list[str]:
    """Return the feeds of the project whose current contract is not registered in the lake."""
    known = dict(connection.execute("SELECT feed, digest FROM journal.feed").fetchall())
    return [name for name in names if known.get(name) != feed_digest(settings.project, name)]


def register_feeds(connection: duckdb.DuckDBPyConnection, settings: Settings, names: Sequence[str]) -> None:
    """Register the feeds ``names`` if they are not; the caller holds the lease."""
    if not (stale := stale_feeds(connection, settings, names)):
        return
    feeds = [load_feed(settings.project, name) for name in stale]
    with transaction(connection):
        write_feeds(connection, feeds)


def create_missing(connection: duckdb.DuckDBPyConnection, settings: Settings, names: Sequence[str]) -> None:
    """Create an empty change-row table for each of the feeds ``names`` that has none."""
    known = change_tables(connection)
    missing = [name for name in names if name not in known]
    if missing:
        with transaction(connection):
            create_tables(connection, {name: load_feed(settings.project, name).columns for name in missing})


def write_terms(connection: duckdb.DuckDBPyConnection, settings: Settings, table: str, *, known: str) -> None:
    """Write a temporary table of the terms of feeds: the project's own, and those in ``known`` for other feeds."""
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
    """Create a change-row table and a row of ``journal.feed`` for each feed, in the open transaction."""
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
