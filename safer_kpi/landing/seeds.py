"""Create a lake: its tables, and the project's reference data as the first deliveries."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.domain.epoch import EPOCH, SEEDED_BEFORE
from safer_kpi.errors import ProjectError
from safer_kpi.files import sha256_of
from safer_kpi.lake import connect, lease
from safer_kpi.lake.boundary import boundary
from safer_kpi.lake.journal import create_tables, is_empty
from safer_kpi.lake.migrations import is_outdated, migrate
from safer_kpi.lake.statistics import give_statistics
from safer_kpi.lake.transaction import one_view, transaction
from safer_kpi.landing.delivery import land_one
from safer_kpi.landing.posting import Terms
from safer_kpi.landing.registry import register_feeds, stale_feeds, write_feeds
from safer_kpi.landing.standing import Standing

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.settings import Settings


def seed_files(project: Path) -> list[tuple[str, Path]]:
    """Return feed and file of the data that a project starts from: ``seeds/<feed>/*.csv`` and ``*.csv.gz``."""
    found = [(feed, path) for feed in feed_names(project) for path in sorted((project / "seeds" / feed).glob("*"))]
    return [(feed, path) for feed, path in found if path.name.endswith((".csv", ".csv.gz"))]


def init(settings: Settings) -> None:
    """Create the lake and land the seeds; an existing lake stays as it is."""
    with connect(settings) as connection:
        open_lake(connection, settings)


def open_lake(connection: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed | None = None) -> None:
    """Make sure the lake has today's format, its tables and seeds, and those of ``feed``.

    One left half made is completed; one of an older format is migrated.
    """
    with one_view(connection):
        if not is_outdated(connection) and _is_seeded(connection):
            stale = [] if feed is None else stale_feeds(connection, settings, [feed.name])
            if not stale:
                return
    if is_outdated(connection):
        with lease(settings):
            migrate(connection)
    if _is_seeded(connection):
        if feed is not None and stale_feeds(connection, settings, [feed.name]):
            with lease(settings):
                register_feeds(connection, settings, [feed.name])
        return
    with lease(settings):
        with transaction(connection):
            create_tables(connection, {})
            stale = stale_feeds(connection, settings, feed_names(settings.project))
            write_feeds(connection, [load_feed(settings.project, name) for name in stale])
        done = set(connection.execute("SELECT feed, sha256 FROM journal.delivery").fetchall())
        waiting = [(feed, path) for feed, path in seed_files(settings.project) if (feed, sha256_of(path)) not in done]
        standing = Standing(connection)
        for number, (feed_name, path) in enumerate(waiting, start=len(done)):
            with boundary("seeds.land"):
                terms = Terms(published=EPOCH, received_at=EPOCH + dt.timedelta(microseconds=number))
                contract = load_feed(settings.project, feed_name)
                receipt = land_one(connection, settings, contract, str(path), terms, standing=standing)
            if receipt.status == "refused":
                raise ProjectError(f"Seed {path.name}: {receipt.error}")
        give_statistics(connection)


def _is_seeded(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the lake is complete: an entry was posted after the seeds."""
    if is_empty(connection):
        return False
    last = connection.execute("SELECT max(posted_at) FROM journal.entry").fetchall()[0][0]
    return last is not None and last >= SEEDED_BEFORE
