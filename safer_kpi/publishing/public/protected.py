"""The numbers of protected metrics, made of published figures alone: counts, and the rates and shares of counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.publishing.protection import LATER, NOTES
from safer_kpi.sql import literal, values

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import duckdb

    from safer_kpi.disclosure.protect import Change
    from safer_kpi.sql import Value

_CHANGES = {
    "metric_id": "VARCHAR", "area_code": "VARCHAR", "period_type": "VARCHAR", "period_start": "DATE", "said": "VARCHAR",
}  # fmt: skip
#: One row per published figure as its metric states it, and one per rate or share of published figures.
_NUMBERS = """
CREATE TEMP TABLE number AS
WITH latest AS (
  SELECT * FROM edition.kpi.published
  QUALIFY row_number() OVER (
    PARTITION BY metric_id, area_code, period_type, period_start, breakdown ORDER BY series DESC
  ) = 1
), figure AS (
  SELECT metric_id, series, area_code, area_type, period, period_type, period_start, period_end, breakdown, figure, how,
    definition_version FROM latest
  UNION ALL
  SELECT metric_id, series, area_code, area_type, period, period_type, period_start, period_end, breakdown, numerator,
    'exact', definition_version FROM edition.kpi.certified WHERE denominator IS NULL AND numerator IS NOT NULL
), metric AS (
  SELECT m.*, rule.grain, rule.periods AS public_periods, rule.breakdowns AS public_breakdowns
  FROM book.kpi.metric AS m JOIN rule ON m.metric_id = rule.metric_id WHERE rule.method = 'protected'
), divided AS (
  SELECT m.metric_id, f.* EXCLUDE (metric_id, definition_version), m.definition_version, m.unit, m.rate_base,
    m.interval_method, m.denominator_kind,
    CASE m.denominator_kind WHEN 'constant' THEN TRY_CAST(m.denominator AS BIGINT) WHEN 'residents' THEN r.denominator
      ELSE d.figure END AS denominator,
    r.denominator_year, r.unit AS unit_of_year, d.how AS how_divided
  FROM metric AS m JOIN figure AS f ON m.numerator = f.metric_id AND m.denominator IS NOT NULL
  LEFT JOIN book.kpi.certified AS r ON m.denominator_kind = 'residents' AND r.metric_id = m.metric_id
    AND r.area_code = f.area_code AND r.period_type = f.period_type AND r.period_start = f.period_start
    AND r.breakdown = f.breakdown
  LEFT JOIN figure AS d ON m.denominator_kind = 'count' AND d.metric_id = m.denominator
    AND d.area_code = f.area_code AND d.period_type = f.period_type AND d.period_start = f.period_start
    AND d.breakdown = f.breakdown
  WHERE (f.area_code = {area} AND list_contains(m.public_periods, f.period_type)
      OR f.area_type = 'ward' AND m.grain = 'ward' AND m.denominator_kind = 'residents')
    AND (f.breakdown = 'all' OR list_contains(m.public_breakdowns, split_part(f.breakdown, ':', 1)))
)
SELECT m.metric_id, f.definition_version, f.series, f.area_code, f.area_type, f.period, f.period_type, f.period_start,
  f.period_end, f.breakdown, f.figure AS n, CAST(NULL AS BIGINT) AS d, m.unit,
  CAST(NULL AS INTEGER) AS denominator_year, 1.0 AS rate_base, m.interval_method,
  CASE WHEN f.how = 'exact' AND f.corrects IS NOT NULL THEN 'corrected' ELSE f.how END AS how,
  f.how = 'exact' AS is_exact
FROM metric AS m JOIN latest AS f ON m.metric_id = f.metric_id WHERE m.denominator IS NULL
UNION ALL
SELECT metric_id, definition_version, series, area_code, area_type, period, period_type, period_start, period_end,
  breakdown, figure, denominator, coalesce(unit_of_year, unit), denominator_year, rate_base, interval_method, 'made',
  how = 'exact' AND area_type = 'local_authority' AND coalesce(how_divided, 'exact') = 'exact'
FROM divided WHERE denominator IS NOT NULL
"""
#: Byar and Wilson as ``kpi.observation`` has them; exact from chi-square quantiles.
_CERTIFIED = """
INSERT INTO edition.kpi.certified BY NAME
WITH valued AS (
  SELECT *, CAST(n AS DOUBLE) AS x, CAST(d AS DOUBLE) AS y, 1.959963984540054 AS z,
    CASE WHEN d IS NULL THEN 1.0 ELSE rate_base / nullif(d, 0) END AS scale,
    interval_method = 'wilson' AND n > d OR d = 0 AS has_no_value,
    CASE WHEN NOT is_exact OR d = 0 THEN NULL
      WHEN interval_method = 'wilson' THEN CASE WHEN n <= d THEN 'wilson' END
      WHEN interval_method = 'byar' THEN CASE WHEN n < 10 THEN 'exact' ELSE 'byar' END END AS method
  FROM number
)
SELECT v.metric_id, v.definition_version, v.area_code, a.area_name, v.area_type, v.period, v.period_type,
  v.period_start, v.period_end, v.breakdown, v.n AS numerator, v.d AS denominator,
  CASE WHEN NOT coalesce(has_no_value, FALSE) THEN x * scale END AS value, v.unit,
  CASE method WHEN 'exact' THEN e.lower * scale
    WHEN 'byar' THEN x * power(1 - 1 / (9 * x) - z / (3 * sqrt(x)), 3) * scale
    WHEN 'wilson' THEN (2 * x + z * z - z * sqrt(z * z + 4 * x * (1 - x / y))) / (2 * (y + z * z)) * rate_base
  END AS lower,
  CASE method WHEN 'exact' THEN e.upper * scale
    WHEN 'byar' THEN (x + 1) * power(1 - 1 / (9 * (x + 1)) + z / (3 * sqrt(x + 1)), 3) * scale
    WHEN 'wilson' THEN (2 * x + z * z + z * sqrt(z * z + 4 * x * (1 - x / y))) / (2 * (y + z * z)) * rate_base
  END AS upper,
  method, CASE WHEN coalesce(has_no_value, FALSE) THEN 'unavailable' ELSE 'certified' END AS status, v.series,
  v.denominator_year, {release} AS release_id, {known_at} AS known_at,
  CASE v.how {notes} END || coalesce(c.said, '') AS note
FROM valued AS v JOIN edition.kpi.area AS a ON v.area_code = a.area_code AND v.area_type = a.area_type
LEFT JOIN book.kpi.poisson_exact AS e ON v.n = e.numerator
LEFT JOIN ({changes}) AS c ON v.metric_id = c.metric_id AND v.area_code = c.area_code
  AND v.period_type = c.period_type AND v.period_start = c.period_start AND v.breakdown = 'all'
ORDER BY ALL
"""
_VERDICTS = """
INSERT INTO edition.kpi.certified_verdict BY NAME
SELECT *, {release} AS release_id, {known_at} AS known_at FROM judging.kpi.verdict ORDER BY ALL
"""


def write_protected(
    connection: duckdb.DuckDBPyConnection,
    *,
    area: str,
    release_id: str,
    known_at: dt.datetime,
    changes: Sequence[Change],
) -> None:
    """Write the numbers of protected metrics, and the verdicts of the authority's own."""
    stamp = {"release": literal(release_id), "known_at": literal(known_at)}
    cases = " ".join(f"WHEN {literal(how)} THEN {literal(text)}" for how, text in NOTES.items())
    connection.execute(_NUMBERS.format(area=literal(area)))
    connection.execute(_CERTIFIED.format(notes=cases, changes=_said(changes), **stamp))
    _judge(connection, area)
    connection.execute(_VERDICTS.format(**stamp))
    connection.execute("DETACH judging")


def _said(changes: Sequence[Change]) -> str:
    """Return the query of what is said of figures that the release states otherwise by now."""
    rows: list[tuple[Value, ...]] = [
        (one.metric_id, one.area_code, one.period.length, one.period.starts_on, f". {LATER[one.is_large]}")
        for one in changes
    ]
    return values(_CHANGES, rows)


def _judge(connection: duckdb.DuckDBPyConnection, area: str) -> None:
    """Judge the authority's numbers as a build does, from the published ones alone."""
    from safer_kpi.compute.verdicts import write
    from safer_kpi.judging.comparisons import not_judged

    connection.execute("ATTACH ':memory:' AS judging; CREATE SCHEMA judging.kpi")
    connection.execute(
        f"""CREATE TABLE judging.kpi.observation AS
        SELECT c.* REPLACE (CASE WHEN c.status = 'certified' THEN 'final' ELSE c.status END AS status)
        FROM edition.kpi.certified AS c JOIN rule ON c.metric_id = rule.metric_id
        WHERE rule.method = 'protected' AND c.area_code = {literal(area)}"""
    )
    connection.execute("CREATE TABLE judging.kpi.metric AS SELECT * FROM book.kpi.metric")
    connection.execute("USE judging")
    write(connection)
    connection.execute(f"INSERT INTO kpi.verdict BY NAME {not_judged('kpi.observation', 'kpi.metric')}")
    connection.execute("USE memory")
