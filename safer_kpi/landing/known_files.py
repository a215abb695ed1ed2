"""The files that have a receipt, as far as whoever reads the next one must know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.landing.posting import Terms


@dataclass(frozen=True)
class Known:
    """The files of a feed, each by its hash and its publication date, that are landed without their rows.

    Attributes:
        taken: the files that were accepted or stale: one that comes again is a duplicate.
        answered: the files that have a receipt: it answers for one that is to be landed once. A refusal counts only
            under the same version of the contract.
        owned: the cells that a delivery owns.
    """

    taken: frozenset[tuple[str, dt.datetime]]
    answered: frozenset[tuple[str, dt.datetime]]
    owned: frozenset[str] = frozenset()

    def answers(self, terms: Terms, sha256: str) -> bool:
        """Return whether a receipt answers for these bytes under these terms."""
        if terms.published is None:
            return False
        file = sha256, terms.published
        return file in self.taken or (terms.once and file in self.answered)


def known_files(connection: duckdb.DuckDBPyConnection, feed: Feed) -> Known:
    """Return the files of a feed that have a receipt now; a commit looks again."""
    found = connection.execute(
        """SELECT sha256, published_at, status IN ('accepted', 'stale'), status <> 'refused' OR contract_version = ?
        FROM journal.delivery WHERE feed = ? AND sha256 IS NOT NULL""",
        [feed.version, feed.name],
    ).fetchall()
    return Known(
        taken=frozenset((sha256, published) for sha256, published, is_taken, _ in found if is_taken),
        answered=frozenset((sha256, published) for sha256, published, _, is_answered in found if is_answered),
    )
