"""Watch one feed's folder of an inbox, and fire as long as files wait in it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent
from asgiref.sync import sync_to_async

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_NEAR, _FAR = 0.5, 10.0
_FIRST_REPEAT, _LONGEST_REPEAT = 30.0, 600.0
#: Seconds for which a file that was told before it was complete is remembered.
_REMEMBERED = 60.0


class InboxTrigger(BaseEventTrigger):
    """Fire when new files wait, and again after ever longer pauses while they wait.

    A file in a folder of this machine is seen a little before it is complete: the landing takes as long to start, and
    looks again.

    So a lost event is repeated, and a repeated event finds nothing to do. The payload says how many files wait. The
    trigger never ends by itself: it tries an inbox that cannot be listed again, and the log says so once.

    Args:
        place: the inbox, a folder or URL; ``CONNECTION@`` in it names an Airflow connection.
        feed: the feed whose folder is watched.
        settle_seconds: how long a file must have been left alone.
        poll_seconds: how often to look; by default twice a second in a folder, each ten seconds elsewhere.
    """

    def __init__(self, *, place: str, feed: str, settle_seconds: float, poll_seconds: float | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # airflow's own has no types
        self.place = place
        self.feed = feed
        self.settle_seconds = settle_seconds
        self.poll_seconds = poll_seconds
        self._early: dict[str, tuple[str, float]] = {}

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class path and arguments from which the triggerer creates the trigger again."""
        told = {"place": self.place, "feed": self.feed, "settle_seconds": self.settle_seconds}
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            told if self.poll_seconds is None else told | {"poll_seconds": self.poll_seconds},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Watch for as long as the triggerer lives."""
        told: frozenset[tuple[str, str]] = frozenset()
        patience, waited = _FIRST_REPEAT, 0.0
        every = self.poll_seconds or (_FAR if "://" in self.place else _NEAR)
        unreachable = False
        while True:
            try:
                now = await sync_to_async(self._waiting, thread_sensitive=False)()
            except Exception as problem:  # noqa: BLE001 (a watcher that ends is never started again)
                if not unreachable:
                    self.log.warning("The inbox of %s cannot be listed: %s", self.feed, type(problem).__name__)
                unreachable, now = True, frozenset()
            else:
                if unreachable:
                    self.log.info("The inbox of %s can be listed again", self.feed)
                unreachable = False
            fresh = not now <= told
            if now and (fresh or waited >= patience):
                patience = _FIRST_REPEAT if fresh else min(2 * patience, _LONGEST_REPEAT)
                waited = 0.0
                yield TriggerEvent({"feed": self.feed, "files": len(now)})  # type: ignore[no-untyped-call] # the same
            told = now
            await asyncio.sleep(every)
            waited += every

    def _waiting(self) -> frozenset[tuple[str, str]]:
        from safer_kpi.inbox import SEEN_AHEAD, waiting
        from safer_kpi.orchestration.places import open_inbox

        place, at = open_inbox(self.place), time.monotonic()
        soon = waiting(place, self.feed, settle_seconds=self.settle_seconds, within=SEEN_AHEAD)
        found = {(each.path, each.stamp) for each in soon}
        self._early = {path: told for path, told in self._early.items() if at - told[1] < _REMEMBERED}
        # One that changed after it was told early is being written piece by piece: it is told once it is complete.
        if changed := {(path, stamp) for path, stamp in found if self._early.get(path, (stamp,))[0] != stamp}:
            whole = waiting(place, self.feed, settle_seconds=self.settle_seconds)
            found -= changed - {(each.path, each.stamp) for each in whole}
        for path, stamp in found:
            self._early.setdefault(path, (stamp, at))
        return frozenset(found)
