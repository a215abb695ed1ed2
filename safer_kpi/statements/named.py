"""The names of a comparison's sides, metrics and feeds for readers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from safer_kpi.reading.book import MAIN
from safer_kpi.reading.sides import NOW, Side
from safer_kpi.settings import PROD
from safer_kpi.statements.moved import Named

if TYPE_CHECKING:
    from safer_kpi.reading.lake import Lake
    from safer_kpi.reading.times import Moment
    from safer_kpi.statements.moved import Picture


_LIVE = {NOW, PROD}
_OF_A_RELEASE = ("published_at", "supersedes", "manifest_sha256", "previous_manifest_sha256", "row_hash")


def named(lake: Lake, half: Side, moment: Moment) -> Named:
    """Return the description of a side, which the reader named with ``moment``."""
    name = str(moment)
    if release := _release(lake, half, name):
        return Named(
            name=name,
            label=f"as certified in {name}",
            picture="release",
            known_at=release["known_at"],
            last_entry=half.last_entry,
            approved_by=tuple(release["approved_by"] or ()),
            **{key: release[key] for key in _OF_A_RELEASE},
        )
    posted = lake.book.read(f"SELECT max(posted_at) FROM {half.alias}.kpi.entry WHERE entry <= {half.last_entry}")[1]
    picture = _picture(moment, name)
    return Named(
        name=name, label=_label(picture, name), picture=picture, known_at=posted[0][0], last_entry=half.last_entry
    )


def _picture(moment: Moment, name: str) -> Picture:
    if name in _LIVE:
        return "now"
    return "moment" if isinstance(moment, dt.date) or name[:1].isdigit() else "preview"


def _label(picture: Picture, name: str) -> str:
    if picture == "now":
        return "as it stands now"
    if picture == "moment":
        return f"as known on {name}" if len(name) == len("2024-06-30") else f"as known at {name}"
    return f"as built in {name}"


def _release(lake: Lake, half: Side, name: str) -> dict[str, Any] | None:
    if name in _LIVE:
        return None
    # The lake's own list comes first: it has the hash of the manifest, which a release's own file cannot contain.
    releases = lake.releases().rows()
    names, rows = lake.book.read(f"SELECT * FROM {half.alias}.kpi.release")
    releases += [dict(zip(names, row, strict=True)) for row in rows]
    return next((row for row in releases if row["release_id"] == name), None)


def metrics_of(lake: Lake, halves: tuple[Side, Side]) -> dict[str, dict[str, Any]]:
    """Return the definitions by metric id, from the second side, else the first, else the open read file."""
    result: dict[str, dict[str, Any]] = {}
    for alias in _aliases(halves):
        names, rows = lake.book.read(f"SELECT * FROM {alias}.kpi.metric")
        for row in rows:
            metric = dict(zip(names, row, strict=True))
            result.setdefault(metric["metric_id"], metric)
    return result


def feed_titles(lake: Lake, halves: tuple[Side, Side]) -> dict[str | None, str]:
    """Return the title of each feed, from the second side, else the first, else the open read file."""
    result: dict[str | None, str] = {}
    for alias in _aliases(halves):
        if lake.book.has_table("feed", alias):
            result = {**dict(lake.book.read(f"SELECT feed, title FROM {alias}.kpi.feed")[1]), **result}
    return result


def _aliases(halves: tuple[Side, Side]) -> list[str]:
    """Return the attached files in order of precedence."""
    return list(dict.fromkeys((halves[1].alias, halves[0].alias, MAIN)))
