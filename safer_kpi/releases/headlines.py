"""Show a draft to those who approve it: the newest number of every metric for the partnership's area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.domain.periods import parse_period
from safer_kpi.engine import open_engine
from safer_kpi.releases.store import DRAFT_FILE, draft_folder, project_variables, read_json
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from safer_kpi.settings import Settings

# The quarter's own number where a metric has one; else the newest that ends with the quarter or before it.
_NEWEST = """
SELECT o.metric_id, m.title, o.period, o.value, m.unit, m.denominator IS NOT NULL AND m.rate_base = 100,
  CASE o.status WHEN 'certified' THEN 'final' ELSE o.status END
FROM read_parquet({observation}) AS o JOIN read_parquet({metric}) AS m USING (metric_id)
WHERE o.area_code = {area} AND o.breakdown = 'all' AND o.period_end <= {end} AND o.period_type <> 'month'
QUALIFY row_number() OVER (
  PARTITION BY o.metric_id ORDER BY o.period_end DESC, o.period_type = 'quarter' DESC, o.period_type
) = 1
ORDER BY o.metric_id
"""


@dataclass(frozen=True, kw_only=True)
class Headline:
    """The newest number of one metric in a draft.

    Attributes:
        metric_id: the metric.
        title: its title.
        period: the quarter, or the label of the last longer period.
        value: the number; None where the status says why there is none.
        unit: its unit.
        is_percentage: whether the value is a part of a hundred.
        status: ``final``, ``provisional``, ``incomplete``, ``missing``, ``suppressed`` or ``unavailable``.
    """

    metric_id: str
    title: str
    period: str
    value: float | None
    unit: str
    is_percentage: bool
    status: str


def headlines(settings: Settings, release_id: str) -> list[Headline]:
    """Return the draft's newest number of every metric that has one in the project's own area, by metric.

    Raises:
        NotFound: there is no such draft.
    """
    folder = draft_folder(settings, release_id)
    end = parse_period(read_json(folder / DRAFT_FILE)["quarter"], by="quarter").end
    query = _NEWEST.format(
        observation=literal(str(folder / "observation.parquet")),
        metric=literal(str(folder / "metric.parquet")),
        area=literal(str(project_variables(settings).get("area", ""))),
        end=literal(end),
    )
    names = ("metric_id", "title", "period", "value", "unit", "is_percentage", "status")
    with open_engine() as connection:
        return [Headline(**dict(zip(names, row, strict=True))) for row in connection.execute(query).fetchall()]
