"""Small files of one feed, received one after another and read together."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.files import as_text
from safer_kpi.landing.arrival import Arrival, day_of, received
from safer_kpi.landing.read_together import prepare
from safer_kpi.landing.receive import file_name_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.landing.posting import Terms
    from safer_kpi.landing.read_together import Prepared
    from safer_kpi.landing.readings import AreNew
    from safer_kpi.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file that is awaited: where it is, its terms, and who says of its hash whether a receipt answers for it."""

    path: str
    terms: Terms
    is_known: Callable[[str], bool]
    are_new: AreNew
    arriving: Future[Arrival]


def arrive_each(settings: Settings, feed: Feed, sources: Sequence[Source], *, are_wanted: Callable[[], bool]) -> None:
    """Receive and read files as ``arrive`` does one; each future gets its arrival, or the error of its file.

    Whoever gets an arrival closes it. Files that are not wanted any more are not read.
    """
    awaited = [source for source in sources if source.arriving.set_running_or_notify_cancel()]
    with ExitStack() as left:
        try:
            arrived = [arrival for source in awaited if (arrival := _received(settings, feed, source, left))]
            begun = _begun(settings, feed, arrived)
            for each in arrived:
                _read(each, begun.get(each.arrival), are_wanted=are_wanted)
        except BaseException as problem:
            for source in awaited:
                if not source.arriving.done():
                    source.arriving.set_exception(problem)
            raise


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


def _begun(settings: Settings, feed: Feed, arrived: Sequence[_Received]) -> dict[Arrival, Prepared]:
    """Return how far those files are read that came on the first one's day."""
    days = [each.day for each in arrived if each.day is not None]
    some = [(each.arrival, held) for each in arrived if each.day in days[:1] and (held := each.arrival.bytes)]
    prepared = prepare(settings, feed, [held for _, held in some], received_on=days[0]) if some else []
    return {arrival: each for (arrival, _), each in zip(some, prepared, strict=True) if each is not None}
