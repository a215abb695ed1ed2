"""The months of a feed as a row of small squares: received, late, missing, not due yet, or none expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.publishing.draw.svg import data, drawing, label, number, percent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from safer_kpi.publishing.model.quality import FeedRow

_TALL = 18
_SHAPES = {
    "in": '<rect class="cell cell--in" x="8%" y="3" width="84%" height="12"/>',
    "late": '<rect class="cell cell--late" x="8%" y="3" width="84%" height="12"/>'
    '<line class="cross" x1="8%" y1="15" x2="92%" y2="3"/>',
    "missing": '<rect class="cell cell--missing" x="8%" y="3" width="84%" height="12"/>'
    '<line class="cross" x1="8%" y1="15" x2="92%" y2="3"/><line class="cross" x1="8%" y1="3" x2="92%" y2="15"/>',
    "expected": '<rect class="cell cell--expected" x="8%" y="3" width="84%" height="12"/>',
    "none": '<line class="cross" x1="35%" y1="9" x2="65%" y2="9"/>',
}


def grid_row(row: FeedRow, months: Sequence[dt.date]) -> str:
    """Return the months of one feed."""
    wide = 1 / len(months)
    body = "".join(
        f'<svg x="{percent(place * wide)}" y="0" width="{percent(wide)}" height="{_TALL}"'
        f"{data(feed=row.feed, month=f'{month:%Y-%m}', state=state)}>{_SHAPES[state]}</svg>"
        for place, (month, state) in enumerate(zip(months, row.states, strict=True))
    )
    return drawing("grid-row", body, height=_TALL)


def grid_scale(months: Sequence[dt.date]) -> str:
    """Return the years above the months: each at its first month."""
    wide = 1 / len(months)
    body = "".join(
        label(f"{month:%Y}", percent(place * wide), 13, anchor="start")
        for place, month in enumerate(months)
        if place == 0 or month.month == 1
    )
    return drawing("grid-row grid-row--scale", body, height=_TALL)


def cell_icon(state: str) -> str:
    """Return one square by itself, for the legend."""
    return (
        f'<svg class="icon" width="{number(_TALL)}" height="{_TALL}" aria-hidden="true" focusable="false">'
        f"{_SHAPES[state]}</svg>"
    )
