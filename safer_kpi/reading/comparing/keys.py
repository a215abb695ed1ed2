"""Integer keys for the names of cells, so that DuckDB joins, groups and sorts a million cells as numbers.

``metric_key``, ``area_key``, ``breakdown_key`` and ``period_key`` number the names in the two sides' observations, in
alphabetical order. A ``cell_key`` combines the four numbers and sorts in the order of a statement's rows. An
``account_key`` is built in the same way, with an account in place of the metric, and identifies a ledger balance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.reading.sides import Sides


@dataclass(frozen=True)
class Keys:
    """The number of names of each kind."""

    areas: int
    breakdowns: int
    periods: int

    @property
    def spots(self) -> int:
        """The number of possible pairs of area and breakdown."""
        return self.areas * self.breakdowns

    @property
    def places(self) -> int:
        """The number of possible triples of area, breakdown and period."""
        return self.spots * self.periods

    @property
    def spot(self) -> str:
        """The SQL expression for the key of an account, area and breakdown."""
        return f"(account_no * {self.areas} + area_no) * {self.breakdowns} + breakdown_no"

    @property
    def cell(self) -> str:
        """The SQL expression for the key of a cell."""
        return f"((metric_no * {self.areas} + area_no) * {self.breakdowns} + breakdown_no) * {self.periods} + period_no"

    def account(self, part: str) -> str:
        """Return the SQL expression for the account key of a cell's numerator (``n``) or denominator (``d``)."""
        return f"{part}_account * {self.places} + cell_key % {self.places}"

    def names(self, key: str, within: str = "", kind: str = "key") -> str:
        """Return the joins that add the names to a cell key; ``within`` is the schema of the name tables."""
        schema = f"{within}." if within else ""
        numbers = {
            "metric": f"{key} // {self.places}",
            "area": f"{key} // {self.periods * self.breakdowns} % {self.areas}",
            "breakdown": f"{key} // {self.periods} % {self.breakdowns}",
            "period": f"{key} % {self.periods}",
        }
        return " ".join(
            f"JOIN {schema}{name}_{kind} AS {name}_{kind} ON {name}_{kind}.{name}_no = {number}"
            for name, number in numbers.items()
        )


_METRICS = """
CREATE TABLE metric_key AS
SELECT metric_id, CAST(row_number() OVER (ORDER BY metric_id) - 1 AS BIGINT) AS metric_no
FROM (SELECT metric_id FROM {a}.kpi.metric UNION SELECT metric_id FROM {b}.kpi.metric)
"""
_BREAKDOWNS = """
CREATE TABLE breakdown_key AS
SELECT breakdown, CAST(row_number() OVER (ORDER BY breakdown) - 1 AS BIGINT) AS breakdown_no
FROM (SELECT DISTINCT breakdown FROM stored_a UNION SELECT DISTINCT breakdown FROM stored_b)
"""
# An area may have been renamed in between, so each side keeps its own name for it.
_AREAS = """
CREATE TABLE area_key AS
SELECT area_code, a.area_name AS a_name, b.area_name AS b_name,
  CAST(row_number() OVER (ORDER BY area_code) - 1 AS BIGINT) AS area_no
FROM (SELECT area_code, any_value(area_name) AS area_name FROM stored_a GROUP BY area_code) AS a
FULL JOIN (SELECT area_code, any_value(area_name) AS area_name FROM stored_b GROUP BY area_code) AS b USING (area_code)
"""
_PERIOD = """
  SELECT period_type, period_start, any_value(period_end) AS period_end, any_value(period) AS period
  FROM stored_{side} GROUP BY period_type, period_start
"""
_PERIODS = f"""
CREATE TABLE period_key AS
SELECT period_type, period_start, coalesce(b.period_end, a.period_end) AS period_end,
  coalesce(b.period, a.period) AS period,
  CAST(row_number() OVER (ORDER BY period_type, period_start) - 1 AS BIGINT) AS period_no
FROM ({_PERIOD.format(side="a")}) AS a FULL JOIN ({_PERIOD.format(side="b")}) AS b USING (period_type, period_start)
"""
# The slots of a posting: a summed posting counts in every period that contains its month; a posting of a metric that is
# never summed counts only in the period it was posted for.
_CALENDAR = """
CREATE TABLE calendar AS
SELECT CAST(unnest(range(
    year(period_start) * 12 + month(period_start), year(period_end) * 12 + month(period_end) + 1
  )) AS BIGINT) AS slot, period_no
FROM period_key
UNION ALL
SELECT -1 - period_no, period_no FROM period_key
"""
SLOT = "CASE WHEN is_summed THEN year(month) * 12 + month(month) ELSE -1 - period_no END"


def write_keys(cursor: duckdb.DuckDBPyConnection, sides: Sides) -> Keys:
    """Number the names in ``stored_a`` and ``stored_b``, and write ``calendar``: the slots of each period."""
    cursor.execute(_METRICS.format(a=sides.a.alias, b=sides.b.alias))
    for statement in (_AREAS, _BREAKDOWNS, _PERIODS, _CALENDAR):
        cursor.execute(statement)
    counts = "SELECT " + ", ".join(f"(SELECT count(*) FROM {name}_key)" for name in ("area", "breakdown", "period"))
    # The 1 only avoids a division by zero: with no stored rows, no key is ever computed.
    areas, breakdowns, periods = (max(1, int(count)) for count in cursor.execute(counts).fetchall()[0])
    return Keys(areas, breakdowns, periods)
