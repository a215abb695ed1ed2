"""Post a list of past entries into an empty lake from the stored bytes, to recompute a release.

The list is the release's own record, not this lake's journal. Every entry keeps its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.errors import CheckFailed, LakeBroken, SaferKpiError
from safer_kpi.lake import connect, lease, raw
from safer_kpi.lake.journal import create_tables
from safer_kpi.lake.transaction import transaction
from safer_kpi.landing.delivery import land_one
from safer_kpi.landing.posting import Confirmation, Terms
from safer_kpi.landing.registry import write_feeds
from safer_kpi.landing.rekey import rekey
from safer_kpi.landing.replays import replay, revert
from safer_kpi.landing.stored_bytes import fetch

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    import duckdb

    from safer_kpi.settings import Settings


#: What a delivery withdraws is not asked about again.
_IT_POSTED = Confirmation(person="the release", reason="it records that the delivery posted")


@dataclass(frozen=True, kw_only=True)
class Past:
    """One entry that posted, as a release records it.

    Attributes:
        entry: its number in the journal it came from.
        posted_at: when it posted, and posts again (UTC).
        kind: ``delivery``, ``replay`` or ``reversal``; a replay with a confirmation was a new pseudonym key.
        delivery_id: the delivery that posted, in the journal it came from.
        feed: its feed.
        file_name: the name its file came with.
        sha256: the hash of its bytes.
        published_at: when the partner published them (UTC).
        confirmation: who confirmed the entry, and why.
    """

    entry: int
    posted_at: dt.datetime
    kind: str
    delivery_id: int
    feed: str
    file_name: str | None
    sha256: str
    published_at: dt.datetime
    confirmation: Confirmation | None

    @property
    def is_rekey(self) -> bool:
        """Whether the entry changed only pseudonyms."""
        return self.kind == "replay" and self.confirmation is not None


def make_empty(settings: Settings) -> None:
    """Create a lake that has the project's contracts registered and holds no rows, not even the seeds."""
    feeds = [load_feed(settings.project, name) for name in feed_names(settings.project)]
    with connect(settings) as connection, lease(settings), transaction(connection):
        create_tables(connection, {})
        write_feeds(connection, feeds)


class Relanding:
    """Post past entries into one lake; its delivery numbers differ, because refused files are not landed."""

    def __init__(self, settings: Settings, *, source: Settings) -> None:
        """Name the lake to post into, and the one whose raw store keeps the bytes."""
        self._settings, self._source = settings, source
        self._numbers: dict[int, int] = {}

    def post(self, entries: Sequence[Past], progress: Callable[[str], None]) -> None:
        """Post entries in the order given.

        Raises:
            CheckFailed: an entry does not post again; the error names it.
            LakeBroken: the raw store lacks bytes, or they do not match their hash.
        """
        with connect(self._settings) as connection:
            for past in entries:
                progress(f"{past.kind} {past.delivery_id} of {past.feed}")
                try:
                    self._post(connection, past)
                except (CheckFailed, LakeBroken):
                    raise
                except SaferKpiError as problem:
                    raise _refused(past, str(problem)) from problem

    def _post(self, connection: duckdb.DuckDBPyConnection, past: Past) -> None:
        if past.kind == "delivery":
            self._land(connection, past)
        elif past.is_rekey:
            # All was read under one key here: there is nothing to change, unless the lake's settings say so.
            answered = past.confirmation or _IT_POSTED
            rekey(self._settings, person=answered.person, reason=answered.reason, received_at=past.posted_at)
        elif past.kind == "replay":
            replay(self._settings, self._number(past), received_at=past.posted_at)
        elif past.kind == "reversal":
            answered = past.confirmation or _IT_POSTED
            revert(
                self._settings, self._number(past),
                reason=answered.reason, person=answered.person, received_at=past.posted_at,
            )  # fmt: skip
        else:
            raise _refused(past, f"nobody knows how to post a {past.kind}")

    def _land(self, connection: duckdb.DuckDBPyConnection, past: Past) -> None:
        terms = Terms(
            published=past.published_at, received_at=past.posted_at, confirmation=past.confirmation or _IT_POSTED
        )
        feed = load_feed(self._settings.project, past.feed)
        path = fetch(self._source, past.sha256)
        try:
            with lease(self._settings):
                receipt = land_one(connection, self._settings, feed, str(path), terms, file_name=past.file_name)
        finally:
            raw.release(self._source, path)
        if receipt.status not in ("accepted", "stale"):
            raise _refused(past, receipt.error or f"it is a {receipt.status}")
        self._numbers[past.delivery_id] = receipt.delivery_id

    def _number(self, past: Past) -> int:
        try:
            return self._numbers[past.delivery_id]
        except KeyError:
            raise _refused(past, "its delivery has not posted before it") from None


def _refused(past: Past, why: str) -> CheckFailed:
    return CheckFailed(
        f"Entry {past.entry}, {past.kind} {past.delivery_id} of {past.feed}, does not post again: {why}",
        next_action="Compare the contract with the one in the release's folder.",
    )
