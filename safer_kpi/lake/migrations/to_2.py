"""Format 2: the part, place and period of every cell are values in ``journal.cell``, and the lake's format is stored.

In format 1 they stood in the cell's name alone, written ``[part/]place/period``, ``period`` or as a bare word. They are
read out of it here for the last time, as the model ``kpi.coverage`` did in format 1. A period it could not read had no
dates; a calendar quarter (``2024-Q1``) has them now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_CELLS = """
INSERT INTO journal.cell
WITH named AS (
    SELECT DISTINCT feed, cell FROM journal.claim
    UNION SELECT DISTINCT feed, cell FROM journal.coverage
), parsed AS (
    SELECT named.feed, named.cell, feed.cadence,
        NULLIF(split_part(named.cell, '/', -3), '') AS part,
        CASE WHEN contains(named.cell, '/') THEN split_part(named.cell, '/', -2) END AS place,
        split_part(named.cell, '/', -1) AS period
    FROM named LEFT JOIN journal.feed USING (feed)
), typed AS (
    SELECT *,
        CASE
            WHEN regexp_matches(period, '^[0-9]{4}-[0-9]{2}-Q[1-4]$') THEN 'financial_quarter'
            WHEN regexp_matches(period, '^[0-9]{4}-Q[1-4]$') THEN 'calendar_quarter'
            WHEN regexp_matches(period, '^[0-9]{4}-[0-9]{2}$') AND cadence = 'yearly' THEN 'financial_year'
            WHEN regexp_matches(period, '^[0-9]{4}-[0-9]{2}$') THEN 'month'
            WHEN regexp_matches(period, '^[0-9]{4}$') THEN 'calendar_year'
        END AS kind,
        TRY_CAST(left(period, 4) AS INTEGER) AS year
    FROM parsed
), dated AS (
    SELECT feed, cell, part, place, kind,
        CASE kind
            WHEN 'financial_quarter' THEN make_date(year, 4, 1) + to_months((right(period, 1)::INTEGER - 1) * 3)
            WHEN 'calendar_quarter' THEN make_date(year, 1, 1) + to_months((right(period, 1)::INTEGER - 1) * 3)
            WHEN 'financial_year' THEN make_date(year, 4, 1)
            WHEN 'month' THEN TRY_CAST(period || '-01' AS DATE)
            WHEN 'calendar_year' THEN make_date(year, 1, 1)
        END::DATE AS starts_on
    FROM typed
)
SELECT feed, cell, part, place, starts_on,
    CASE WHEN starts_on IS NOT NULL THEN
        CASE kind
            WHEN 'month' THEN 1
            WHEN 'financial_quarter' THEN 3
            WHEN 'calendar_quarter' THEN 3
            ELSE 12
        END
    END::INTEGER AS months
FROM dated
ORDER BY feed, cell
"""
#: A lake of format 1 may have been made before bytes could expire.
_EXPIRED = "delivery_id BIGINT, feed VARCHAR, sha256 VARCHAR, rule VARCHAR, expired_at TIMESTAMP"


def migrate(connection: duckdb.DuckDBPyConnection) -> str:
    """Create and fill ``journal.cell``, and create ``journal.format``, in the open transaction.

    Returns what was done, in words.
    """
    connection.execute(f"CREATE TABLE IF NOT EXISTS journal.expired ({_EXPIRED})")
    connection.execute("CREATE TABLE journal.format (format INTEGER, package_version VARCHAR, since TIMESTAMP)")
    connection.execute(
        "CREATE TABLE journal.cell "
        "(feed VARCHAR, cell VARCHAR, part VARCHAR, place VARCHAR, starts_on DATE, months INTEGER)"
    )
    connection.execute(_CELLS)
    count = connection.execute("SELECT count(*) FROM journal.cell").fetchall()[0][0]
    return f"{count} scope cells have their part, place and period as values"
