"""Every value a period ever had: the result of ``as_of`` for each entry, with equal neighbours merged."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from safer_kpi.errors import NotFound
from safer_kpi.reading import moments
from safer_kpi.reading.metric import period_filter, shortest
from safer_kpi.reading.older import denominator_year, require_columns, resident_ledgers
from safer_kpi.reading.sensitive import sensitivity
from safer_kpi.reading.table import Table
from safer_kpi.reading.tracing.trace import EVERY_AREA, in_area, is_summed, ledgers
from safer_kpi.sql import literal

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.reading.picture import Picture

COLUMNS = (
    "metric_id",
    "area_code",
    "area_name",
    "period",
    "period_type",
    "period_start",
    "period_end",
    "breakdown",
    "entry",
    "known_from",
    "known_until",
    "months_after",
    "numerator",
    "denominator",
    "value",
    "unit",
    "status",
    "sensitivity",
    "revision",
    "causes",
)
#: What a history reads of a file, whichever way it goes.
_NEEDED = {
    "metric": ("numerator", "denominator", "additive"),
    "entry": ("entry", "posted_at"),
    "ledger": (
        "metric_id", "area_code", "la_code", "force_code", "period_type", "month", "breakdown", "entry", "cause",
    ),
}  # fmt: skip


def vintages_table(
    lake: Picture,
    metric: str,
    *,
    area: str | None,
    by: PeriodType | None,
    period: str | None,
    breakdown: str | None,
) -> Table:
    """Return the table that ``Lake.vintages`` documents."""
    lake.require_evidence("earlier values")
    require_columns(lake.book, "the values that a period has had", _NEEDED)
    if not lake.book.has_macro("as_of"):
        raise NotFound(
            "An older version wrote this file, without kpi.as_of: it does not tell what was known when.",
            next_action="Run safer-kpi build, or read a later release.",
        )
    metric_id = lake.book.metric_id(metric)
    area_code = lake.book.area_code(area) if area is not None else None
    part = literal(breakdown or "all")
    conditions = [f"breakdown = {part}", *period_filter(by if by or period else shortest(lake, metric_id), period)]
    schema, kept = lake.book.stand_in(), lake.book.scratch()
    cursor = lake.book.cursor()
    try:
        cursor.execute(f"USE {schema}")
        if moments.can_be_told(lake):
            moments.tell(cursor, lake, metric_id, area_code, conditions, year=denominator_year(lake.book))
        else:
            place = [f"area_code = {literal(area_code)}"] if area_code else []
            _tell_one_by_one(cursor, lake, schema, metric_id, conditions + place)
        cursor.execute(f"CREATE TABLE step AS {_STEPS}")
        cursor.execute(f"CREATE TABLE caused AS {_caused(lake, metric_id, area_code, part)}")
        cursor.execute(f"CREATE TABLE {kept}.vintage AS {_vintages(metric_id)}")
    except BaseException:
        lake.book.forget(kept)
        raise
    finally:
        cursor.close()
        lake.book.detach(schema)
    told = f"CAST({literal(sensitivity(lake.book, metric_id))} AS VARCHAR) AS sensitivity"
    columns = ", ".join(told if name == "sensitivity" else name for name in COLUMNS)
    sql = f"SELECT {columns} FROM {kept}.vintage ORDER BY area_code, breakdown, period_type, period_start, entry"
    table = Table(lake.book, sql, COLUMNS)
    weakref.finalize(table, lake.book.forget, kept)
    return table


def _tell_one_by_one(
    cursor: duckdb.DuckDBPyConnection, lake: Picture, schema: str, metric_id: str, conditions: list[str]
) -> None:
    """Write ``entry`` and ``told`` with one call of ``as_of`` per entry: slower, but correct for any file."""
    cursor.execute("CREATE TABLE entry AS FROM book.kpi.entry")
    cursor.execute("USE book")
    year = denominator_year(lake.book)
    where = " AND ".join([f"metric_id = {literal(metric_id)}", *conditions])
    for place, (entry, posted) in enumerate(lake.book.read("SELECT entry, posted_at FROM kpi.entry ORDER BY entry")[1]):
        verb = f"INSERT INTO {schema}.told" if place else f"CREATE TABLE {schema}.told AS"
        cursor.execute(
            f"{verb} SELECT CAST({entry} AS BIGINT) AS entry, {moments.TOLD}, {year} AS denominator_year "
            f"FROM kpi.as_of({literal(posted)}) WHERE {where}"
        )
    cursor.execute(f"USE {schema}")


#: Each cell after each entry; missing where the entry knew nothing of it.
_STEPS = """
    WITH cell AS (
      SELECT area_code, any_value(area_name) AS area_name, period, period_type, period_start, period_end, breakdown
      FROM told GROUP BY area_code, period, period_type, period_start, period_end, breakdown
    )
    SELECT cell.area_code, cell.area_name, cell.period, cell.period_type, cell.period_start, cell.period_end,
      cell.breakdown, entry.entry, entry.posted_at, told.numerator, told.denominator, told.value, told.unit,
      told.denominator_year, coalesce(told.status, 'missing') AS status
    FROM cell CROSS JOIN entry LEFT JOIN told
      ON told.entry = entry.entry AND told.area_code = cell.area_code AND told.breakdown = cell.breakdown
      AND told.period_type = cell.period_type AND told.period_start = cell.period_start
"""


def _caused(lake: Picture, metric_id: str, area_code: str | None, breakdown: str) -> str:
    """Return the query for the causes of each entry's postings to a cell."""
    place = in_area(area_code) if area_code else "TRUE"
    levels = f"{literal(area_code)} AS area_code" if area_code else f"{EVERY_AREA} AS area_code"
    queries = []
    residents = resident_ledgers(lake.book)
    for ledger in ledgers(lake, metric_id):
        if ledger in residents:
            reach = "EXTRACT(YEAR FROM l.month) = step.denominator_year"
        elif is_summed(lake, ledger):
            reach = "l.month BETWEEN step.period_start AND step.period_end"
        else:
            reach = "l.period_type = step.period_type AND l.month = step.period_start"
        queries.append(
            f"""
            SELECT step.area_code, step.period_type, step.period_start, step.breakdown, step.entry, l.cause
            FROM step JOIN (
              SELECT DISTINCT {levels}, period_type, month, breakdown, entry, cause
              FROM book.kpi.ledger WHERE metric_id = {literal(ledger)} AND {place} AND breakdown = {breakdown}
            ) AS l ON l.area_code = step.area_code AND l.breakdown = step.breakdown AND l.entry = step.entry AND {reach}
            """
        )
    return f"""
        SELECT area_code, period_type, period_start, breakdown, entry, list(DISTINCT cause ORDER BY cause) AS causes
        FROM ({" UNION ALL ".join(queries)}) GROUP BY ALL
    """


def _vintages(metric_id: str) -> str:
    """Return the query for the steps at which a cell changed, from its first figure on."""
    state = "{n: numerator, d: denominator, v: value, u: unit, s: status}"
    return f"""
        WITH begun AS (
          SELECT *, bool_or(status <> 'missing') OVER (cells ROWS UNBOUNDED PRECEDING) AS has_begun FROM step
          WINDOW cells AS (PARTITION BY area_code, period_type, period_start, breakdown ORDER BY entry)
        ), turned AS (
          SELECT *, {state} IS DISTINCT FROM lag({state}) OVER cells AS is_new FROM begun WHERE has_begun
          WINDOW cells AS (PARTITION BY area_code, period_type, period_start, breakdown ORDER BY entry)
        )
        SELECT {literal(metric_id)} AS metric_id, t.area_code, t.area_name, t.period, t.period_type, t.period_start,
          t.period_end, t.breakdown, t.entry, t.posted_at AS known_from, lead(t.posted_at) OVER cells AS known_until,
          date_sub('month', CAST(t.period_end + 1 AS TIMESTAMP), t.posted_at) AS months_after, t.numerator,
          t.denominator, t.value, t.unit, t.status, t.value - lag(t.value) OVER cells AS revision,
          coalesce(c.causes, []) AS causes
        FROM (SELECT * FROM turned WHERE is_new) AS t
        LEFT JOIN caused AS c
          ON c.area_code = t.area_code AND c.period_type = t.period_type AND c.period_start = t.period_start
          AND c.breakdown = t.breakdown AND c.entry = t.entry
        WINDOW cells AS (PARTITION BY t.area_code, t.period_type, t.period_start, t.breakdown ORDER BY t.entry)
    """
