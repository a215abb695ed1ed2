"""Peers: the numbers of other forces and authorities whose published data is landed, beside the own one.

The project names its peers and why (``kpi.peer``). They stand in its order and are never ranked: forces record
differently, and each row says what is known to differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.errors import NotFound, UsageError
from safer_kpi.reading.contributing import OWN_RECORD, contributors, unlike_sources
from safer_kpi.reading.metric import metric_table
from safer_kpi.reading.place import PUBLIC
from safer_kpi.reading.table import Table
from safer_kpi.sql import literal, values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.reading.picture import Picture

COLUMNS = {
    "metric_id": "VARCHAR",
    "is_own": "BOOLEAN",
    "area_code": "VARCHAR",
    "area_name": "VARCHAR",
    "area_type": "VARCHAR",
    "why": "VARCHAR",
    "period": "VARCHAR",
    "period_type": "VARCHAR",
    "period_start": "DATE",
    "period_end": "DATE",
    "breakdown": "VARCHAR",
    "numerator": "BIGINT",
    "denominator": "BIGINT",
    "value": "DOUBLE",
    "unit": "VARCHAR",
    "lower": "DOUBLE",
    "upper": "DOUBLE",
    "status": "VARCHAR",
    "coverage": "DOUBLE",
    "placed": "DOUBLE",
    "sensitivity": "VARCHAR",
    "differs": "VARCHAR",
    "release_id": "VARCHAR",
    "known_at": "TIMESTAMP",
}
NOT_NAMED = "its data is landed; the project does not name it as a peer"


def peers_table(
    lake: Picture,
    metric: str,
    *,
    area: str | None,
    by: PeriodType | None,
    period: str | None,
    breakdown: str | None,
    release: str | None,
) -> Table:
    """Return the table that ``Lake.peers`` documents."""
    metric_id = lake.book.metric_id(metric)
    own = _own_areas(lake, area)
    numbers = metric_table(
        lake, metric, area=None, by=by, breakdown=breakdown, release=release, known_at=None, definition=None,
        period=period,
    )  # fmt: skip
    if period is None:
        latest = f"area_code IN ({', '.join(map(literal, own))}) AND value IS NOT NULL"
        sql = f"SELECT * FROM this WHERE period_start = (SELECT max(period_start) FROM this WHERE {latest})"
        numbers = numbers.query(sql)
    found = {row["area_code"]: row for row in numbers.rows()}
    asked = period or next((row["period"] for row in found.values()), None)
    if asked is None:
        raise NotFound(
            f"The partnership's area has no number of {metric_id}.",
            next_action="Land its own files first, or name an area.",
        )
    rows = []
    peers = [*_named(lake), *_landed(lake, metric_id, own)]
    for code in own:
        kind = _type(lake, code)
        beside = [peer for peer in peers if (peer["area_type"] == OWN_RECORD) == (kind == OWN_RECORD)]
        if code not in found:
            continue
        rows.append(_row(metric_id, found[code], {"area_code": code, "is_own": True}))
        rows += [
            _row(metric_id, found.get(peer["area_code"], _without(found[code])), peer)
            | {"differs": _differs(lake, metric_id, found[code], found.get(peer["area_code"]), peer)}
            for peer in beside
        ]
    return Table(lake.book, values(COLUMNS, [tuple(row.get(name) for name in COLUMNS) for row in rows]), tuple(COLUMNS))


def _own_areas(lake: Picture, area: str | None) -> list[str]:
    """Return the own area and the police force that it lies in.

    Raises:
        UsageError: no area is named, and the file does not say which is the partnership's.
    """
    if area is not None:
        code: str | None = lake.book.area_code(area)
    elif lake.book.has_table("peer"):
        code = next((row[0] for row in lake.book.read("SELECT area_code FROM kpi.peer WHERE place = 0")[1]), None)
    else:
        code = None
    if code is None:
        raise UsageError("These numbers do not say which area is the partnership's.", next_action="Name an area.")
    force = lake.book.read(f"SELECT force_code FROM kpi.area WHERE area_code = {literal(code)}")[1]
    return list(dict.fromkeys([code, *(row[0] for row in force if row[0])]))


def _type(lake: Picture, code: str) -> str | None:
    """Return the type of an area; None if no number was ever given for it."""
    rows = lake.book.read(f"SELECT area_type FROM kpi.area WHERE area_code = {literal(code)}")[1]
    return rows[0][0] if rows else None


def _named(lake: Picture) -> list[dict[str, Any]]:
    """Return the peers that the project names, in its order; none in a file of an older version."""
    if not lake.book.has_table("peer"):
        return []
    sql = "SELECT area_code, area_name, area_type, why, differs FROM kpi.peer WHERE place > 0 ORDER BY place"
    names, rows = lake.book.read(sql)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _landed(lake: Picture, metric_id: str, own: Sequence[str]) -> list[dict[str, Any]]:
    """Return the other forces whose files of the metric's feeds are landed, by name, of forces that have an area."""
    feeds = lake.book.metrics[metric_id].get("feeds") or []
    if not feeds or lake.edition == PUBLIC:  # whose files are landed stands in the coverage
        return []
    left_out = [*own, *(peer["area_code"] for peer in _named(lake)), *contributors(lake, metric_id).names]
    sql = f"""
        SELECT DISTINCT area_code, area_name, area_type FROM kpi.area
        JOIN kpi.coverage ON area_code = cover_code
        WHERE area_type = '{OWN_RECORD}' AND feed IN ({", ".join(map(literal, feeds))})
          AND area_code NOT IN ({", ".join(map(literal, left_out))})
        ORDER BY area_name"""
    return [
        {"area_code": code, "area_name": name, "area_type": kind, "why": NOT_NAMED, "differs": None}
        for code, name, kind in lake.book.read(sql)[1]
    ]


def _row(metric_id: str, number: Mapping[str, Any], peer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a row, but for what differs."""
    own = {name: value for name, value in peer.items() if name != "differs" and value is not None}
    return {name: number.get(name) for name in COLUMNS} | {"metric_id": metric_id, "is_own": False} | own


def _without(own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the number of a peer of which nothing is landed: the same period, and no value."""
    kept = (
        "period", "period_type", "period_start", "period_end", "breakdown", "sensitivity", "release_id", "known_at",
    )  # fmt: skip
    return {name: own[name] for name in kept} | {"status": "missing"}


def _differs(
    lake: Picture, metric_id: str, own: Mapping[str, Any], number: Mapping[str, Any] | None, peer: Mapping[str, Any]
) -> str | None:
    """Return what differs between the own number and a peer's; None if nothing is known to."""
    told = [peer["differs"]]
    if number is None or number["value"] is None:
        told.append(_lacks(lake, metric_id, number, peer))
    else:
        about = lake.book.metrics[metric_id]
        if not about["denominator"]:
            told.append("a count of an area of another size: compare a rate")
        if number["unit"] != own["unit"]:
            told.append(f"the number is {number['unit']}, the own one {own['unit']}")
        if number["definition_version"] != own["definition_version"]:
            told.append(f"definition {number['definition_version']}, the own one {own['definition_version']}")
        if number["placed"] is not None and number["placed"] < 1:
            told.append(f"up to {number['unplaced']:,} could not be placed")
        told.append(unlike_sources(own["contributors"], number["contributors"]))
    return "; ".join(filter(None, told)) or None


def _lacks(lake: Picture, metric_id: str, number: Mapping[str, Any] | None, peer: Mapping[str, Any]) -> str:
    """Return why a peer has no such number, and which of the same KPI it has by another definition."""
    if number is not None and number["reason"]:
        return str(number["reason"])
    about = lake.book.metrics[metric_id]
    feeds = about.get("feeds") or []
    among = ", ".join(map(literal, feeds)) or "''"
    titles = [row[0] for row in lake.book.read(f"SELECT title FROM kpi.feed WHERE feed IN ({among}) ORDER BY title")[1]]
    named = " and ".join(f'"{title}"' for title in titles)
    told = f"no number, because not all of its files of {named} are landed"
    same = f"SELECT metric_id FROM kpi.metric WHERE kpi = {literal(about['kpi'])}"
    others = lake.book.read(
        f"SELECT DISTINCT metric_id FROM kpi.observation WHERE metric_id IN ({same}) "
        f"AND area_code = {literal(peer['area_code'])} AND value IS NOT NULL ORDER BY metric_id"
    )[1]
    if others:
        told += f"; of the same KPI it has, by other definitions, {', '.join(row[0] for row in others)}"
    return told
