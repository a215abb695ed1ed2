"""Write who else contributes to the feeds' numbers into the lake, where the models read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.compute import derived

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

COLUMNS = {"feed": "VARCHAR", "cover_code": "VARCHAR", "contributor": "VARCHAR"}
DDL = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())


def write(connection: duckdb.DuckDBPyConnection, project: Path) -> None:
    """Make ``journal.contributor`` hold what the contracts state; write nothing if it already does."""
    derived.write(connection, "contributor", COLUMNS, contributor_rows(project), order="feed, cover_code")


def contributor_rows(project: Path) -> list[tuple[object, ...]]:
    """Return one row of ``COLUMNS`` per source that a feed's contract names, in order."""
    feeds = [load_feed(project, name) for name in feed_names(project)]
    return sorted((feed.name, one.code, one.name) for feed in feeds for one in feed.contributors)
