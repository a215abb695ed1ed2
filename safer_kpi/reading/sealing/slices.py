"""Parts of a relation of numbers that are small enough to be hashed at one time, however many numbers there are.

A hash of the rows of one metric and area needs these rows alone, and a query over all of them would hold all in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Read = Callable[[str], Sequence[tuple[Any, ...]]]

#: About how many rows are hashed at one time.
MOST = 200_000


def slices(read: Read, relation: str, *, where: str = "TRUE", most: int = MOST) -> list[str]:
    """Return conditions on the rows of a relation, each for about ``most`` rows at a time, of whole metrics and areas.

    Every row that fulfils ``where`` meets exactly one of the conditions. ``read`` gives the rows of a query.
    """
    counted = f"FROM {relation} WHERE {where} GROUP BY metric_id ORDER BY metric_id NULLS FIRST"
    counts = read(f"SELECT metric_id, count(*) {counted}")
    if sum(rows for _, rows in counts) <= most:
        return [where]
    found, together, held = [], list[str](), 0
    for metric_id, rows in counts:
        is_large = metric_id is not None and rows > most
        if together and (is_large or held + rows > most):
            found.append(f"({' OR '.join(together)})")
            together, held = [], 0
        if is_large:
            found += _of_metric(read, relation, metric_id, where=where, most=most)
        else:
            together.append("metric_id IS NULL" if metric_id is None else f"metric_id = {literal(metric_id)}")
            held += rows
    found += [f"({' OR '.join(together)})"] if together else []
    return [f"{where} AND {each}" for each in found]


def _of_metric(read: Read, relation: str, metric_id: str, *, where: str, most: int) -> list[str]:
    """Return the conditions that divide the rows of one metric by their areas."""
    own = f"metric_id = {literal(metric_id)}"
    firsts = read(
        f"""SELECT min(area_code) FROM (
          SELECT area_code, sum(count(*)) OVER (ORDER BY area_code) // {most} AS part
          FROM {relation} WHERE {where} AND {own} AND area_code IS NOT NULL GROUP BY area_code
        ) GROUP BY part ORDER BY part"""
    )
    bounds = [literal(first) for (first,) in firsts]
    found = [f"({own} AND area_code IS NULL)"]
    for first, following in zip(bounds, [*bounds[1:], None], strict=True):
        before = f" AND area_code < {following}" if following else ""
        found.append(f"({own} AND area_code >= {first}{before})")
    return found
