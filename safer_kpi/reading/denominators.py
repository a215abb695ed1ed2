"""Why a rate or share has no value although its count is known: what it is divided by is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.reading.older import denominator_kind
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Collection

    from safer_kpi.reading.picture import Picture

#: A count that stands over nothing: the number has no value, and its numerator does not say why.
_LACKS = "value IS NULL AND numerator IS NOT NULL AND coalesce(denominator, 0) = 0 AND area_type <> 'unplaced'"
NOTHING_COUNTED = "nothing was counted that it could be divided by"


def reason(lake: Picture, metric_id: str) -> str:
    """Return the SQL, over the numbers of a metric, for why they lack what they are divided by; NULL where they do not.

    It names the feed that is missing by its title, the area, the year or period, and the command that lands it.
    """
    about = lake.book.metrics.get(metric_id)
    if about is None or not about["denominator"]:
        return "CAST(NULL AS VARCHAR)"
    sql = f"SELECT {denominator_kind(lake.book)} FROM kpi.metric WHERE metric_id = {literal(metric_id)}"
    kind = lake.book.read(sql)[1][0][0]
    if kind == "residents":
        # The ledger of residents, and of an age band of them, has the name of its feed.
        feed = str(about["denominator"]).partition(".")[0]
        return _told(_residents(), _landing(lake, [feed]))
    if kind == "count":
        divisor, counted = (lake.book.metrics.get(about[name]) or {} for name in ("denominator", "numerator"))
        feeds = sorted(set(divisor.get("feeds") or ()) - set(counted.get("feeds") or ()))
        if not feeds:
            return _told(literal(NOTHING_COUNTED), "")
        return _told(_other(divisor["title"]), _landing(lake, feeds))
    return "CAST(NULL AS VARCHAR)"


def _told(what: str, landing: str) -> str:
    return f"CASE WHEN {_LACKS} THEN concat({what}, {literal(landing)}) END"


def _residents() -> str:
    """Return the SQL for the areas of unknown residents; a force needs those of each of its local authorities."""
    return (
        "concat('the residents of ', area_name, ' (', area_code, ') are not known for ', year(period_end), "
        "CASE area_type WHEN 'force' THEN ', because they are not known for each of its local authorities' ELSE '' END)"
    )


def _other(title: str) -> str:
    """Return the SQL for the count that is not known, by the title of its metric."""
    return f"concat({literal(title)}, ' of ', area_name, ' (', area_code, ') in ', period, ': not known')"


def _landing(lake: Picture, feeds: Collection[str]) -> str:
    """Return which feeds would tell it, by title, and the commands that land them."""
    among = ", ".join(literal(feed) for feed in feeds)
    titles = dict(lake.book.read(f"SELECT feed, title FROM kpi.feed WHERE feed IN ({among}) ORDER BY feed")[1])
    named = " and ".join(f'"{titles.get(feed, feed)}"' for feed in feeds)
    commands = " and ".join(f"safer-kpi land {feed} FILE" for feed in feeds)
    return f". Missing is a file of {named}. Land it: {commands}"
