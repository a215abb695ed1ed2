"""Small files of one feed, received one after another and read together."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from safer_kpi.files import as_text
from safer_kpi.intake import stop_child
from safer_kpi.landing.arrival import Arrival, day_of, received
from safer_kpi.landing.read_together import forget, parse_together, prepare
from safer_kpi.landing.receive import file_name_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.landing.parsing import Found
    from safer_kpi.landing.posting import Terms
    from safer_kpi.landing.read_together import Bytes
    from safer_kpi.landing.readings import AreNew, Prepared
    from safer_kpi.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file that is awaited: where it is, its terms, and who says of its hash whether a receipt answers for it."""

    path: str
    terms: Terms
    is_known: Callable[[str], bool]
    are_new: AreNew
    arriving: Future[Arrival]


class Readers(ExitStack):
    """Two threads that read files: the first receives and parses them, the second searches and checks their rows."""

    def __init__(self) -> None:
        super().__init__()
        # The first, which hands work on to the second, ends before it.
        self.second = self.enter_context(ThreadPoolExecutor(max_workers=1))
        self.first = self.enter_context(ThreadPoolExecutor(max_workers=1))
        self._threads = [each.submit(threading.get_ident).result() for each in (self.first, self.second)]

    def stop_children(self) -> None:
        """Kill the children that read files for them: nobody wants their answers any more."""
        for thread in self._threads:
            stop_child(thread)


def _at_once(rest: Callable[[], None]) -> None:
    rest()


def arrive_each(
    settings: Settings,
    feed: Feed,
    sources: Sequence[Source],
    *,
    are_wanted: Callable[[], bool],
    later: Callable[[Callable[[], None]], object] = _at_once,
) -> None:
    """Receive and read files as ``arrive`` does one; each future gets its arrival, or the error of its file.

    Whoever gets an arrival closes it. Files that are not wanted any more are not read. When the files are received and
    parsed, ``later`` is called with the rest of the work, so that others can be parsed meanwhile.
    """
    awaited = [source for source in sources if source.arriving.set_running_or_notify_cancel()]
    with ExitStack() as left:
        left.push(partial(_tell_error, awaited))
        arrived = [arrival for source in awaited if (arrival := _received(settings, feed, source, left))]
        day = next((each.day for each in arrived if each.day is not None), None)
        some = [(each.arrival, held) for each in arrived if day and each.day == day and (held := each.arrival.bytes)]
        parsed = parse_together(settings, feed, [held for _, held in some])
        rest = left.pop_all()
    later(partial(_read_each, settings, feed, arrived, some, parsed, day, left=rest, are_wanted=are_wanted))


def _tell_error(awaited: Sequence[Source], _: object, problem: BaseException | None, __: object) -> None:
    """Give an error that ends the work to whoever waits for a file."""
    for source in awaited:
        if problem is not None and not source.arriving.done():
            source.arriving.set_exception(problem)


def _read_each(
    settings: Settings,
    feed: Feed,
    arrived: Sequence[_Received],
    some: Sequence[tuple[Arrival, Bytes]],
    parsed: Sequence[Found | None],
    day: dt.date | None,
    *,
    left: ExitStack,
    are_wanted: Callable[[], bool],
) -> None:
    """Read files that are received; ``some`` came on the ``day`` of the first, and may be parsed."""
    with left:
        begun: dict[Arrival, Prepared] = {}
        if not are_wanted():
            forget(parsed)
        elif day is not None:
            prepared = prepare(settings, feed, [held for _, held in some], parsed, received_on=day)
            begun = {arrival: how for (arrival, _), how in zip(some, prepared, strict=True) if how is not None}
        for each in arrived:
            _read(each, begun.get(each.arrival), are_wanted=are_wanted)


@dataclass(frozen=True, kw_only=True)
class _Received:
    """A file that was received; ``day`` is the day on which it came, None if it is not to be read."""

    source: Source
    arrival: Arrival
    day: dt.date | None


def _received(settings: Settings, feed: Feed, source: Source, left: ExitStack) -> _Received | None:
    """Return a file that is received; None if its future has got the error."""
    arrival = Arrival(settings, feed, source.terms, as_text(file_name_of(source.path)), None, source.are_new)
    left.callback(_close, source, arrival)
    try:
        is_read = received(arrival, source.path, source.is_known)
    except Exception as problem:  # noqa: BLE001 (kept in the future, which raises it where the file is landed)
        source.arriving.set_exception(problem)
        return None
    return _Received(source=source, arrival=arrival, day=day_of(source.terms) if is_read else None)


def _read(each: _Received, begun: Prepared | None, *, are_wanted: Callable[[], bool]) -> None:
    try:
        if each.day is not None and are_wanted():
            each.arrival.read_on(each.day, begun)
        elif begun is not None:
            begun.forget()
        each.source.arriving.set_result(each.arrival)
    except Exception as problem:  # noqa: BLE001 (kept in the future, which raises it where the file is landed)
        each.source.arriving.set_exception(problem)


def _close(source: Source, arrival: Arrival) -> None:
    """Close an arrival that nobody gets."""
    if not source.arriving.done() or source.arriving.exception() is not None:
        arrival.close()
