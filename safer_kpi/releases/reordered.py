"""The same entries in another order, which must come to the same observations: DESIGN's third invariant.

What the order decides is kept: of one feed's deliveries published at the same time the later received still comes
later, replays and reversals follow their delivery as they did, and the last entry stays the last. Each entry posts as
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
    """``entries`` by ``rank``, smallest first, as far as the kept order allows, with the times they post at there."""
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
    """What an entry shares with those it keeps its order to: its delivery; its feed and publication date."""
    yield "delivery", past.delivery_id
    if past.kind == "delivery":
        yield "published", past.feed, past.published_at
