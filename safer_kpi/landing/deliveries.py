"""Land partner files, one after another: while some are committed, the next are read."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import deque
from concurrent.futures import Future
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Self

from safer_kpi.catalogue.feeds import load_feed, require_feed
from safer_kpi.catalogue.renewal import require_renewed
from safer_kpi.errors import ProjectError
from safer_kpi.intake import start_server
from safer_kpi.lake import connect, lease
from safer_kpi.lake.at_work import at_work
from safer_kpi.landing.arrivals import Readers, Source, arrive_each
from safer_kpi.landing.delivery import NotTogether, commit
from safer_kpi.landing.posting import Terms
from safer_kpi.landing.receive import require_files
from safer_kpi.landing.seeds import open_lake
from safer_kpi.landing.standing import Standing
from safer_kpi.landing.together import MOST_COMMITTED, MOST_READ, fits, is_small

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.landing.arrival import Arrival
    from safer_kpi.landing.known_files import Known
    from safer_kpi.landing.receipt import Receipt
    from safer_kpi.settings import Settings


_NOW = Terms()


def _silent(_: str) -> None:
    """Ignore progress."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A file to land: its feed, its local path or fsspec URL, and when it was published and received."""

    feed: str
    path: str
    terms: Terms = _NOW


class Landing:
    """A lake that is open for landing: files of several feeds, one after another, without opening it again.

    A context manager. Nothing else may build or migrate the lake while it is open in the same process.
    """

    def __init__(self, settings: Settings, *, progress: Callable[[str], None] = _silent) -> None:
        self._settings = settings
        self._progress = progress
        self._lake: tuple[duckdb.DuckDBPyConnection, Standing] | None = None
        self._contracts: dict[str, Feed] = {}
        # For each feed the files that had a receipt when the lake was open and had the feed's tables. Whoever reads a
        # file asks this and not the lake: a reader of the catalogue and a commit may each wait for the other in vain.
        self._known: dict[str, Future[Known]] = {}
        self._is_over = False
        self._open = ExitStack()

    def __enter__(self) -> Self:
        start_server()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def land(self, feed: str, paths: Sequence[str], *, terms: Terms = _NOW) -> list[Receipt]:
        """Land files of one feed in the order given, as the function ``land`` does."""
        require_feed(self._settings.project, feed)
        require_files(paths)
        files = []
        for number, path in enumerate(paths):
            at = terms.received_at and terms.received_at + dt.timedelta(microseconds=number)
            files.append(Waiting(feed=feed, path=path, terms=replace(terms, received_at=at)))
        return self.land_all(files)

    def land_all(self, files: Sequence[Waiting]) -> list[Receipt]:
        """Land files of several feeds in the order given; return their receipts."""
        receipts = []
        with closing(self.land_each(files)) as landed:
            for number in range(1, len(files) + 1):
                self._progress(f"landing file {number} of {len(files)}")
                receipts.append(next(landed))
        return receipts

    def land_each(self, files: Iterable[Waiting]) -> Generator[Receipt]:
        """Yield the receipt of each file, in the order given; files are asked for while those before them are read.

        Up to sixteen small files are committed together.

        Raises:
            NotFound: there is no such file.
        """
        with at_work(self._settings), Readers() as readers:
            self._is_over = False
            after = iter(files)
            begun: deque[_Begun] = deque()
            try:
                while self._begin(readers, after, begun):
                    connection, standing = self._opened(begun[0])
                    with ExitStack() as arrived:
                        arrivals = [arrived.enter_context(closing(each)) for each in self._read(begun)]
                        with lease(self._settings):
                            receipts, problem = self._committed(connection, standing, arrivals)
                    yield from receipts
                    if problem is not None:
                        raise problem
            finally:
                self._give_up(readers, begun)

    def _begin(self, readers: Readers, after: Iterator[Waiting], begun: deque[_Begun]) -> bool:
        """Begin to read as many files as may wait; return whether any has begun and is not committed.

        Small files of one feed that follow each other are read together.
        """
        group: list[_Begun] = []
        while len(begun) < (MOST_COMMITTED + MOST_READ if all(each.is_small for each in begun) else 2):
            file = next(after, None)
            if file is None:
                break
            self._known.setdefault(file.feed, Future())
            contract = readers.first.submit(self._contract, file.feed)
            each = _Begun(file=file, contract=contract, arriving=Future(), is_small=is_small(file.path))
            begun.append(each)
            if group and not (each.is_small and group[0].is_small and file.feed == group[0].file.feed):
                readers.first.submit(self._arrive, readers, group)
                group = []
            group.append(each)
            if len(group) == MOST_READ:
                readers.first.submit(self._arrive, readers, group)
                group = []
        if group:
            readers.first.submit(self._arrive, readers, group)
        return bool(begun)

    def _read(self, begun: deque[_Begun]) -> list[Arrival]:
        """Take from the front the files that can be committed together, when they are read."""
        found = [begun[0].arriving.result()]
        for each in itertools.islice(begun, 1, MOST_COMMITTED if begun[0].is_small else 1):
            if not each.is_small or not self._known[each.file.feed].done() or each.arriving.exception() is not None:
                break
            if not fits(found, each.arriving.result()):
                break
            found.append(each.arriving.result())
        for _ in found:
            begun.popleft()
        return found

    def _committed(
        self, connection: duckdb.DuckDBPyConnection, standing: Standing, arrivals: Sequence[Arrival]
    ) -> tuple[list[Receipt], Exception | None]:
        """Commit files, one by one if they cannot be committed together; return receipts, and the error that ended it.

        An error is that of the file which has it: those before it are committed.
        """
        receipts: list[Receipt] = []
        try:
            return commit(connection, self._settings, arrivals, standing), None
        except NotTogether:
            for arrival in arrivals:
                try:
                    receipts += commit(connection, self._settings, [arrival], standing)
                except Exception as problem:  # noqa: BLE001 (raised when the receipts before it are out)
                    return receipts, problem
        return receipts, None

    def _contract(self, feed: str) -> Feed:
        if feed not in self._contracts:
            self._contracts[feed] = load_feed(self._settings.project, feed)
        return self._contracts[feed]

    def _arrive(self, readers: Readers, group: Sequence[_Begun]) -> None:
        """Receive and read files of one feed."""
        sources = [
            Source(
                path=each.file.path, terms=each.file.terms, arriving=each.arriving,
                is_known=partial(self._is_known, each.file), are_new=partial(self._are_new, each.file),
            )
            for each in group
        ]  # fmt: skip
        try:
            contract = self._contract(group[0].file.feed)
        except Exception as problem:  # noqa: BLE001 (kept in the futures, which raise it where the files are landed)
            for each in group:
                if each.arriving.set_running_or_notify_cancel():
                    each.arriving.set_exception(problem)
            return
        arrive_each(
            self._settings, contract, sources, are_wanted=lambda: not self._is_over, later=readers.second.submit
        )

    def _is_known(self, file: Waiting, sha256: str) -> bool:
        """Return whether a receipt answers for these bytes; another one may be written before the file is committed."""
        return file.terms.published is not None and self._known[file.feed].result().answers(file.terms, sha256)

    def _are_new(self, file: Waiting, cells: Sequence[str]) -> bool:
        """Return whether nobody has delivered cells, as far as it is known by now."""
        known = self._known[file.feed]
        return known.done() and known.result().owned.isdisjoint(cells)

    def _opened(self, begun: _Begun) -> tuple[duckdb.DuckDBPyConnection, Standing]:
        """Open the lake and make the tables of the feed, unless that is done; meanwhile the file is read."""
        known = self._known[begun.file.feed]
        if self._lake is None or not known.done():
            try:
                if self._lake is None:
                    connection = self._open.enter_context(connect(self._settings))
                    self._lake = connection, Standing(connection)
                connection, standing = self._lake
                feed = begun.contract.result()
                open_lake(connection, self._settings, feed)
                standing.renew()
                standing.look_up([feed])
                known.set_result(standing.of(feed).known)
            except BaseException as problem:
                self._known.pop(begun.file.feed).set_exception(problem)
                if isinstance(problem, ProjectError):
                    require_renewed(self._settings.project)
                raise
        return self._lake

    def _give_up(self, readers: Readers, begun: Iterable[_Begun]) -> None:
        """End the reading of files that will not be committed."""
        self._is_over = True
        for each in begun:
            each.arriving.cancel()
            if (known := self._known.get(each.file.feed)) and not known.done():
                self._known.pop(each.file.feed).cancel()
        readers.stop_children()
        for each in begun:
            if not each.arriving.cancelled() and each.arriving.exception() is None:
                each.arriving.result().close()


@dataclass(frozen=True, kw_only=True)
class _Begun:
    """A file that is being read, with its contract."""

    file: Waiting
    contract: Future[Feed]
    arriving: Future[Arrival]
    is_small: bool


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
