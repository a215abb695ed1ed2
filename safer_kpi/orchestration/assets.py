"""The assets that wake DAGs and that DAGs update. Other teams schedule on their names."""

from __future__ import annotations

from airflow.sdk import Asset, AssetAlias, AssetWatcher

from safer_kpi.orchestration.trigger import InboxTrigger
from safer_kpi.settings import Settings

#: The numbers were brought up to the lake's last entry. Extra: ``entries``, ``last_entry``, ``snapshot_id``.
OBSERVATION = Asset("kpi/observation", group="kpi")
#: By this alias the landing of a feed tells of ``kpi/observation``, where it has built too.
BUILT_BY_LANDING = AssetAlias("kpi/observation/by_landing", group="kpi")
#: By this alias a landing tells of each delivery of ``feed/<feed>`` after the first, where it lands several at once.
DELIVERED_TOGETHER = AssetAlias("feed/together", group="feed")
#: A quarter whose feeds are all in. Extra: ``quarter``, ``last_entry``. It is no partition: what a run of a partition
#: tells belongs to that partition too, and would wake nobody who is scheduled on ``kpi/release``.
QUARTER = Asset("kpi/quarter", group="kpi")
#: A release was published. Extra: ``release_id``, ``quarter``, ``manifest_sha256``, ``row_hash``, ``supersedes``.
RELEASE = Asset("kpi/release", group="kpi")
#: A report was sealed. Extra: ``publication_id``, ``release_id``, ``edition``, ``manifest_sha256``.
PUBLICATION = Asset("kpi/publication", group="kpi")
#: Entries wait for a build that no event announced. Extra: ``entries``.
UNBUILT = Asset("lake/unbuilt", group="lake")


def inbox(feed: str) -> Asset:
    """Return the asset of a feed's folder in the inbox; an event says that files wait there."""
    settings = Settings.load()
    watched = InboxTrigger(place=settings.watched, feed=feed, settle_seconds=settings.settle_seconds)
    return Asset(f"inbox/{feed}", group="inbox", watchers=[AssetWatcher(name=f"inbox/{feed}", trigger=watched)])


def delivered(feed: str) -> Asset:
    """Return the asset of a feed's deliveries.

    Extra: ``delivery_id``, ``sha256``, ``status``, the counts of rows, ``changes``.
    """
    return Asset(f"feed/{feed}", group="feed")


def periods(feed: str) -> Asset:
    """Return the asset of the periods that a feed's deliveries cover.

    One partition for each period, such as ``2024-05`` or ``2024-25-Q1``.
    """
    return Asset(f"feed/{feed}/period", group="feed")
