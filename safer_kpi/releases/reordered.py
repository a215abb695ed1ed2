"""Put the entries of a release into another order, which must give the same observations (invariant 3).

Where the order decides something, it is kept: deliveries of one feed with the same publication time keep their order of
receipt, replays and reversals still follow their delivery, and the last entry stays the last. Each entry posts as
soon after the one before it as its publication date allows.
"""

from __future__ import annotations

import datetime as dt
import heapq
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from safer_kpi.landing.relanding import Past

_MICROSECOND = dt.timedelta(microseconds=1)


def reordered(entries: Sequence[Past], *, rank: Callable[[Past], Any]) -> list[Past]:
    """Return ``entries`` sorted by ``rank`` as far as the kept order allows, with the times to post them at."""
    first, last = list(entries[:-1]), list(entries[-1:])
    at = min((past.posted_at for past in entries), default=dt.datetime.min)
    found = []
    for past in _sorted(first, rank):
        at = max(at, past.published_at)
        found.append(replace(past, posted_at=at))
        at += _MICROSECOND
    return found + last


def _sorted(entries: Sequence[Past], rank: Callable[[Past], Any]) -> Iterable[Past]:
    """Return the entries by rank, each after those it must follow."""
    followers: dict[int, list[Past]] = {past.entry: [] for past in entries}
    waits = dict.fromkeys(followers, 0)
    before: dict[tuple[Any, ...], Past] = {}
    for past in entries:
        for chain in _chains(past):
            if (earlier := before.get(chain)) is not None:
                followers[earlier.entry].append(past)
                waits[past.entry] += 1
            before[chain] = past
    ready = [(rank(past), past.entry, past) for past in entries if not waits[past.entry]]
    heapq.heapify(ready)
    while ready:
        _, _, past = heapq.heappop(ready)
        yield past
        for follower in followers[past.entry]:
            waits[follower.entry] -= 1
            if not waits[follower.entry]:
                heapq.heappush(ready, (rank(follower), follower.entry, follower))


def _chains(past: Past) -> Iterable[tuple[Any, ...]]:
    """Return the keys of the groups in which an entry keeps its place: its delivery; its feed and publication time."""
    yield "delivery", past.delivery_id
    if past.kind == "delivery":
        yield "published", past.feed, past.published_at
