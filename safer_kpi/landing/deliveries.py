"""Land partner files, one after another."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Self

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


class Landing:
    """A lake that is open for landing: files of several feeds, one after another, without opening it again.

    A context manager. Nothing else may build or migrate the lake while it is open in the same process.
    """

    def __init__(self, settings: Settings, *, progress: Callable[[str], None] = _silent) -> None:
        self._settings = settings
        self._progress = progress
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._contracts: dict[str, Feed] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._start_child = self._open.enter_context(started_ahead(self._settings.scratch))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def land(self, feed: str, paths: Sequence[str], *, terms: Terms = _NOW) -> list[Receipt]:
        """Land files of one feed in the order given, as the function ``land`` does."""
        require_feed(self._settings.project, feed)
        require_files(paths)
        self._start_child()
        connection, contract = self._opened(feed)
        receipts = []
        for number, path in enumerate(paths):
            self._start_child()
            at = terms.received_at and terms.received_at + dt.timedelta(microseconds=number)
            with lease(self._settings):
                self._progress(f"landing file {number + 1} of {len(paths)}")
                own = replace(terms, received_at=at)
                receipts.append(land_one(connection, self._settings, contract, path, own))
        return receipts

    def _opened(self, feed: str) -> tuple[duckdb.DuckDBPyConnection, Feed]:
        """Open the lake, load the feed's contract and make its tables, unless that is done."""
        with ThreadPoolExecutor(max_workers=1) as opening:
            # Loading a contract is Python, opening the lake is not: a short command does both at once.
            connecting = opening.submit(self._connected)
            try:
                contract = self._contracts.get(feed) or load_feed(self._settings.project, feed)
            except ProjectError:
                require_renewed(self._settings.project)
                raise
            finally:
                connection = connecting.result()
        if feed not in self._contracts:
            open_lake(connection, self._settings, contract)
            self._contracts[feed] = contract
        return connection, contract

    def _connected(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = self._open.enter_context(connect(self._settings))
        return self._connection


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
    with Landing(settings, progress=progress) as landing:
        return landing.land(feed, paths, terms=terms)
