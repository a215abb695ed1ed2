"""The chart of a series: figures in the order of time, with the limits of routine variation where they hold."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from safer_kpi.publishing.draw.svg import data, drawing, label, line, mark, number, percent, tick_label, ticks
from safer_kpi.statements.wording import month_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from safer_kpi.publishing.model.chart import Chart, Point

HEIGHT = 240  # of the field, without the labels below it
_BELOW = 46
_ABOVE = 12
_AXIS = 60
_EDGE = 0.03  # free space at either side, as a part of the width
_EVERY = {"month": 3, "quarter": 2, "calendar_quarter": 2}
_SPARK_WIDTH, _SPARK_HEIGHT, _SPARK_EDGE = 120, 36, 5


def run_chart(chart: Chart) -> str:
    """Return the drawing of a chart: the axis and the field beside each other."""
    marks = ticks(*_range(chart))
    low, high = marks[0], marks[-1]

    def y(value: float) -> float:
        return _ABOVE + HEIGHT * (high - value) / (high - low)

    axis = "".join(label(tick_label(tick, marks), str(_AXIS - 8), y(tick) + 5, anchor="end") for tick in marks)
    field = "".join(
        [
            *_limits(chart, y),
            *(line("grid", "0", y(tick), "100%", y(tick)) for tick in marks),
            *_breaks(chart),
            *_labels(chart.points, chart.kind),
            *_segments("earlier", [(x(place, chart), y(value)) for place, value in _earlier(chart)]),
            *_line(chart, y),
            *_marks(chart, y),
        ]
    )
    height = _ABOVE + HEIGHT + _BELOW
    return (
        f'<div class="plot">{drawing("plot__axis", axis, height=height, width=str(_AXIS))}'
        f"{drawing('plot__field', field, height=height, low=low, high=high, top=_ABOVE, tall=HEIGHT)}</div>"
    )


def x(place: int, chart: Chart) -> float:
    """Return the place of a point along the width, from 0 to 1."""
    return _EDGE + (1 - 2 * _EDGE) * place / max(len(chart.points) - 1, 1)


def _range(chart: Chart) -> tuple[float, float]:
    values = [point.number.value for point in chart.points if point.number.value is not None]
    values += [point.earlier.value for point in chart.points if point.earlier is not None]
    if chart.limits is not None:
        values += [chart.limits.lower, chart.limits.upper]
    low, high = min(values), max(values)
    room = (high - low) * 0.05
    # Nothing that is reported can be below 0, a limit can.
    return max(low - room, 0.0) if low < 0 or low - room >= 0 else 0.0, high + room


def _limits(chart: Chart, y: Callable[[float], float]) -> list[str]:
    if chart.limits is None:
        return []
    left, right = x(chart.first, chart), x(chart.last, chart)
    floor = max(chart.limits.lower, 0.0)
    top, bottom = y(chart.limits.upper), y(floor)
    values = data(mean=repr(chart.limits.mean), lower=repr(chart.limits.lower), upper=repr(chart.limits.upper))
    band = (
        f'<rect class="band" x="{percent(left)}" y="{number(top)}" width="{percent(right - left)}" '
        f'height="{number(bottom - top)}"{values}/>'
    )
    found = [
        band,
        line("mean", percent(left), y(chart.limits.mean), percent(right), y(chart.limits.mean)),
        line("limit", percent(left), top, percent(right), top),
    ]
    if chart.limits.lower > 0:
        found.append(line("limit", percent(left), bottom, percent(right), bottom))
    return found


def _breaks(chart: Chart) -> list[str]:
    places = [(x(place - 1, chart) + x(place, chart)) / 2 for place in chart.breaks]
    return [line("break", percent(place), _ABOVE, percent(place), _ABOVE + HEIGHT) for place in places]


def _labels(points: Sequence[Point], kind: str) -> list[str]:
    """Return the labels below: a month or a quarter on the first line, the year on the second."""
    every = _EVERY.get(kind, 1)
    found = []
    count = len(points)
    named = on_phones = ""
    for place, point in enumerate(points):
        if place % every:
            continue
        share = percent(_EDGE + (1 - 2 * _EDGE) * place / max(count - 1, 1))
        on_phone = place % (2 * every) == 0
        name = "tick" if on_phone else "tick tick--wide"
        month, _, year = month_in_words(point.number.start).partition(" ")
        first = {"month": month[:3], "quarter": month[:3], "calendar_quarter": month[:3]}.get(kind, "")
        top = _ABOVE + HEIGHT
        if kind.startswith("rolling"):
            first, year = str(point.number.end.year), ""
        elif not first:
            first, year = str(point.number.start.year), f"to {point.number.end.year}"
            year = "" if point.number.start.year == point.number.end.year else year
        found.append(line("stroke", share, top, share, top + 5))
        found.append(label(first, share, top + 22, name=name))
        if year and year != named:
            found.append(label(year, share, top + 40, name=name))
        elif year and on_phone and year != on_phones:
            found.append(label(year, share, top + 40, name="tick tick--narrow"))
        named = year
        on_phones = year if on_phone else on_phones
    return found


def _earlier(chart: Chart) -> list[tuple[int, float]]:
    """Return the course of the last report between the first and the last figure that has changed since."""
    changed = [place for place, point in enumerate(chart.points) if point.earlier is not None]
    if not changed:
        return []
    found = []
    for place in range(max(changed[0] - 1, 0), min(changed[-1] + 2, len(chart.points))):
        point = chart.points[place]
        value = point.earlier.value if point.earlier is not None else point.number.value
        if value is not None:
            found.append((place, value))
    return found


def _segments(name: str, at: Sequence[tuple[float, float]]) -> list[str]:
    return [line(name, percent(left), top, percent(right), bottom) for (left, top), (right, bottom) in pairwise(at)]


def _line(chart: Chart, y: Callable[[float], float]) -> list[str]:
    """Return the line through the figures; a gap or a break ends it."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place, point in enumerate(chart.points):
        if point.number.value is None or place in chart.breaks:
            runs.append([])
        if point.number.value is not None:
            runs[-1].append((x(place, chart), y(point.number.value)))
    return [segment for run in runs for segment in _segments("course-line", run)]


def _marks(chart: Chart, y: Callable[[float], float]) -> list[str]:
    return [
        mark(point.mark, percent(x(place, chart)), y(point.number.value), of=point.number.key, is_="value")
        for place, point in enumerate(chart.points)
        if point.number.value is not None
    ]


def sparkline(chart: Chart) -> str:
    """Return the course of a series as a small drawing without labels; the last figure has a mark."""
    known = [(place, point.number.value) for place, point in enumerate(chart.points) if point.number.value is not None]
    values = [value for _, value in known]
    low, high = min(values), max(values)
    if chart.limits is not None:
        low, high = min(low, max(chart.limits.lower, 0.0)), max(high, chart.limits.upper)
    span = (high - low) or 1.0

    def left(place: int) -> float:
        return _SPARK_EDGE + (_SPARK_WIDTH - 2 * _SPARK_EDGE) * place / max(len(chart.points) - 1, 1)

    def top(value: float) -> float:
        return _SPARK_EDGE + (_SPARK_HEIGHT - 2 * _SPARK_EDGE) * (high - value) / span

    body = ""
    if chart.limits is not None:
        upper, lower = top(chart.limits.upper), top(max(chart.limits.lower, low))
        body += (
            f'<rect class="band" x="{number(left(chart.first))}" y="{number(upper)}" '
            f'width="{number(left(chart.last) - left(chart.first))}" height="{number(lower - upper)}"/>'
        )
    course, before = "", None
    for place, value in known:
        joined = before == place - 1 and place not in chart.breaks
        course += f"{'L' if joined else 'M'}{number(left(place))},{number(top(value))}"
        before = place
    body += f'<path class="course-line" d="{course}"/>'
    place, value = known[-1]
    body += (
        f'<circle class="mark" cx="{number(left(place))}" cy="{number(top(value))}" r="3.5"'
        f"{data(of=chart.points[place].number.key, is_='value')}/>"
    )
    return drawing("spark", body, height=_SPARK_HEIGHT, width=str(_SPARK_WIDTH))
