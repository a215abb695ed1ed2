"""Land partner files, one after another."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from safer_kpi.catalogue.feeds import load_feed, require_feed
from safer_kpi.catalogue.renewal import require_renewed
from safer_kpi.errors import ProjectError
from safer_kpi.intake import started_ahead
from safer_kpi.lake import connect, lease
from safer_kpi.landing.delivery import land_one
from safer_kpi.landing.posting import Terms
from safer_kpi.landing.receive import require_files
from safer_kpi.landing.seeds import open_lake

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.landing.receipt import Receipt
    from safer_kpi.settings import Settings


_NOW = Terms()


def _silent(_: str) -> None:
    """Ignore progress."""


def land(
    settings: Settings,
    feed: str,
    paths: Sequence[str],
    *,
    terms: Terms = _NOW,
    progress: Callable[[str], None] = _silent,
) -> list[Receipt]:
    """Land files of one feed in the order given; return one receipt for each file.

    Args:
        settings: the lake.
        feed: name of the feed; its contract reads the files.
        paths: local paths or fsspec URLs.
        terms: when the partner published the files (default: when received); for loading history, when the first
            was received (the others follow by a microsecond each); who confirmed a mass withdrawal.
        progress: called with the name of each step.

    Raises:
        NotFound: there is no such feed or file.
        UsageError: ``terms.received_at`` lies before the last entry or in the future.
    """
    require_feed(settings.project, feed)
    require_files(paths)
    with started_ahead(settings.scratch) as start_child:
        start_child()
        connection, contract = _opened(settings, feed)
        with connection:
            open_lake(connection, settings, contract)
            receipts = []
            for number, path in enumerate(paths):
                start_child()
                at = terms.received_at and terms.received_at + dt.timedelta(microseconds=number)
                with lease(settings):
                    progress(f"landing file {number + 1} of {len(paths)}")
                    receipts.append(land_one(connection, settings, contract, path, replace(terms, received_at=at)))
            return receipts


def _opened(settings: Settings, feed: str) -> tuple[duckdb.DuckDBPyConnection, Feed]:
    """Open the lake and load a feed's contract; one is not Python and the other is, so that both go on at once."""
    with ThreadPoolExecutor(max_workers=1) as opening:
        connecting = opening.submit(connect, settings)
        try:
            contract = load_feed(settings.project, feed)
        except ProjectError:
            require_renewed(settings.project)
            raise
        finally:
            connection = connecting.result()
    return connection, contract
