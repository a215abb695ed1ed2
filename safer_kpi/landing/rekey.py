"""Change the pseudonym key: read every live row with partners' ids again, so that one person has one pseudonym.

One entry per feed. Replaying delivery by delivery would, between two of them, count a person once under each key;
inside one entry the old pseudonyms leave as the new ones come, and distinct counts before and after are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.errors import UsageError
from safer_kpi.lake import connect, lease
from safer_kpi.lake.transaction import transaction
from safer_kpi.landing import book
from safer_kpi.landing.diff import post
from safer_kpi.landing.next_time import next_time
from safer_kpi.landing.posting import Confirmation, Posting, Target
from safer_kpi.landing.pseudonyms import hold_key, key_in_use, pseudonym_key, version_under
from safer_kpi.landing.replays import restore_rows
from safer_kpi.landing.seeds import open_lake

if TYPE_CHECKING:
    import datetime as dt

    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.landing.pseudonyms import Key
    from safer_kpi.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Rekeyed:
    """One feed whose live rows carry a new key's pseudonyms; ``changes`` maps the cause to its number of records."""

    feed: str
    former_key: str
    key: str
    entry: int
    deliveries: int
    cells: int
    changes: dict[str, int]


def rekey(settings: Settings, *, person: str, reason: str, received_at: dt.datetime | None = None) -> list[Rekeyed]:
    """Give the live rows of every feed with partners' ids the pseudonyms of today's key; numbers do not change.

    Return one row for each feed that needed it. If it is stopped, some feeds are done; run again, it does the rest.

    Raises:
        UsageError: person or reason is missing, or today's contract refuses bytes that stand.
    """
    if not reason.strip() or not person.strip():
        raise UsageError("A new key needs a person and a reason.", next_action="Give --by and --reason.")
    key = pseudonym_key(settings)
    done = []
    with connect(settings) as connection:
        open_lake(connection, settings)
        hold_key(connection, key)
        for name in feed_names(settings.project):
            with lease(settings):
                former = key_in_use(connection, name)
                if former is None or former == key.id:
                    continue
                feed = load_feed(settings.project, name)
                confirmation = Confirmation(person=person, reason=reason)
                done.append(
                    _rekey_feed(
                        connection,
                        settings,
                        feed,
                        key=key,
                        former=former,
                        confirmation=confirmation,
                        received_at=received_at,
                    )
                )
    return done


def _rekey_feed(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    feed: Feed,
    *,
    key: Key,
    former: str,
    confirmation: Confirmation,
    received_at: dt.datetime | None,
) -> Rekeyed:
    cells = _claimed_cells(connection, feed.name)
    owners = book.owners(book.claims(connection, feed.name, cells))
    restore_rows(connection, settings, feed, list(owners.values()))
    head = book.head(connection)
    posting = Posting(
        entry=head.entry + 1,
        posted_at=next_time(connection, settings, head, received_at),
        delivery_id=max((claim.delivery_id for claim in owners.values()), default=head.delivery_id),
        contract_version=version_under(feed.version, key),
        cause="contract",
    )
    columns = ", ".join(f'"{column}"' for column in feed.columns)
    nothing = f"SELECT NULL::BIGINT AS source_row, NULL::VARCHAR AS cell, {columns} FROM restored WHERE false"
    live = sorted(owners)
    with transaction(connection):
        changes = post(
            connection, feed, Target(rows="SELECT * FROM restored", held=nothing, cells=live, covered=live), posting
        )
        book.write_contract(connection, feed, posting)
        book.write_entry(connection, feed.name, posting, kind="replay", confirmation=confirmation)
    return Rekeyed(
        feed=feed.name, former_key=former, key=key.id, entry=posting.entry,
        deliveries=len({claim.delivery_id for claim in owners.values()}), cells=len(live), changes=changes,
    )  # fmt: skip


def _claimed_cells(connection: duckdb.DuckDBPyConnection, feed: str) -> list[str]:
    rows = connection.execute(
        """SELECT DISTINCT cell FROM (
            SELECT cell, delivery_id FROM journal.claim WHERE feed = ? GROUP BY ALL HAVING sum(weight) > 0
        ) ORDER BY cell""",
        [feed],
    ).fetchall()
    return [cell for (cell,) in rows]
