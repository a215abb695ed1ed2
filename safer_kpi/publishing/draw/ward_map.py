"""The map of wards: each numbered as in the table, and filled or hatched by how it compares with the whole area."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from safer_kpi.publishing.boundaries import DEGREE
from safer_kpi.publishing.draw.svg import data, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safer_kpi.publishing.boundaries import Ring
    from safer_kpi.publishing.model.wards import WardRow, WardTable

_WIDE = 720.0
_MARGIN = 4.0
_Point = tuple[float, float]


def ward_map(table: WardTable, name: str) -> str:
    """Return the map; ``name`` tells its pattern from those of other maps on the page."""
    rows = [row for row in table.rows if row.shape is not None]
    places = _projected(rows)
    width = max(x for rings in places.values() for ring in rings for x, _ in ring)
    height = max(y for rings in places.values() for ring in rings for _, y in ring)
    hatch = (
        f'<defs><pattern id="{name}" width="8" height="8" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path class="hatch" d="M0,0V8"/></pattern></defs>'
    )
    shapes = "".join(_shape(row, places[row.code], name) for row in rows)
    numbers = "".join(_number(row, places[row.code]) for row in rows)
    box = f"{number(-_MARGIN)} {number(-_MARGIN)} {number(width + 2 * _MARGIN)} {number(height + 2 * _MARGIN)}"
    return f'<svg class="map" viewBox="{box}" aria-hidden="true" focusable="false">{hatch}{shapes}{numbers}</svg>'


def _projected(rows: Sequence[WardRow]) -> dict[str, list[list[_Point]]]:
    """Return the rings of each ward in the units of the drawing, with north above."""
    points = [point for row in rows if row.shape for ring in row.shape.rings for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    narrow = math.cos(math.radians((south + north) / 2 / DEGREE))
    scale = _WIDE / ((east - west) * narrow)

    def placed(ring: Ring) -> list[_Point]:
        return [(round((x - west) * narrow * scale, 1), round((north - y) * scale, 1)) for x, y in ring]

    return {row.code: [placed(ring) for ring in row.shape.rings] for row in rows if row.shape}


def _shape(row: WardRow, rings: Sequence[Sequence[_Point]], name: str) -> str:
    path = "".join(f"M{'L'.join(f'{number(x)},{number(y)}' for x, y in ring)}Z" for ring in rings)
    filled = f'<path class="ward ward--{row.standing}" d="{path}"{data(of=row.number.key, standing=row.standing)}/>'
    return filled + (f'<path class="hatched" fill="url(#{name})" d="{path}"/>' if row.standing == "lower" else "")


def _number(row: WardRow, rings: Sequence[Sequence[_Point]]) -> str:
    x, y = _middle(max(rings, key=lambda ring: abs(_area(ring))))
    return (
        f'<text class="ward-number ward-number--{row.standing}" x="{number(x)}" y="{number(y)}" text-anchor="middle" '
        f'dominant-baseline="central">{row.place}</text>'
    )


def _area(ring: Sequence[_Point]) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)) / 2


def _middle(ring: Sequence[_Point]) -> _Point:
    """Return the centre of a ring's surface."""
    area = _area(ring)
    if not area:
        return ring[0]
    pairs = list(pairwise(ring))
    x = sum((x1 + x2) * (x1 * y2 - x2 * y1) for (x1, y1), (x2, y2) in pairs) / (6 * area)
    y = sum((y1 + y2) * (x1 * y2 - x2 * y1) for (x1, y1), (x2, y2) in pairs) / (6 * area)
    return x, y
