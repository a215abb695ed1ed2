"""Figures with their 95% intervals beside each other on one scale, and bars from 0: one small drawing in each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.publishing.draw.svg import data, drawing, label, line, mark, number, percent, tick_label, ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safer_kpi.publishing.model.metric_page import Row
    from safer_kpi.publishing.model.wards import WardRow, WardTable

_TALL = 24
_EDGE = 0.02
_BAR = 16


def scale(table: WardTable) -> list[float]:
    """Return the ticks of the scale that all wards of a table share, from 0."""
    ends = [row.number.upper for row in table.rows if row.number.upper is not None]
    values = [row.number.value for row in table.rows if row.number.value is not None]
    return ticks(0.0, max([*ends, *values, table.whole.value or 0.0]), most=4)


def _x(value: float, marks: Sequence[float]) -> float:
    return _EDGE + (1 - 2 * _EDGE) * value / marks[-1]


def scale_row(table: WardTable) -> str:
    """Return the labels of the scale."""
    marks = scale(table)
    body = "".join(label(tick_label(tick, marks), percent(_x(tick, marks)), 16) for tick in marks)
    return drawing("interval interval--scale", body, height=_TALL)


def interval_row(row: WardRow, table: WardTable) -> str:
    """Return one ward's rate with its interval; the dashed line is the whole area's rate."""
    marks = scale(table)
    middle = _TALL / 2
    body = "".join(line("grid", percent(_x(tick, marks)), 0, percent(_x(tick, marks)), _TALL) for tick in marks)
    whole = percent(_x(table.whole.value or 0.0, marks))
    body += line("mean", whole, 0, whole, _TALL)
    if row.number.value is None:
        return drawing("interval", body, height=_TALL, high=marks[-1])
    if row.number.lower is not None and row.number.upper is not None:
        ends = (percent(_x(row.number.lower, marks)), percent(_x(row.number.upper, marks)))
        body += line("whisker", ends[0], middle, ends[1], middle)
    body += mark(row.standing, percent(_x(row.number.value, marks)), middle, of=row.number.key, is_="value")
    return drawing("interval", body, height=_TALL, high=marks[-1])


def bar(row: Row, rows: Sequence[Row]) -> str:
    """Return a figure as a bar from 0, on a scale that all rows share; nothing where there is no figure."""
    highest = max((other.shown.value for other in rows if other.shown is not None), default=0.0)
    if row.shown is None or highest <= 0:
        return ""
    share = max(row.shown.value, 0.0) / highest
    body = (
        f'<rect class="bar" x="0" y="2" width="{percent(share)}" height="{number(_BAR - 4)}"'
        f"{data(of=row.shown.of, is_='value')}/>"
    )
    return drawing("bars", body, height=_BAR, high=highest)
