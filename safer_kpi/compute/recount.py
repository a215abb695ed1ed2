"""The balance of postings against a direct recount of the live rows.

The recount shares no SQL with the models: it reads what landing wrote, keeps the rows that are live now, places them
by the lookup that is live now, and counts. A build recounts the cells its entries touched; ``audit`` recounts them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.compute import scratch
from safer_kpi.errors import CheckFailed
from safer_kpi.lake import connect
from safer_kpi.lake.format import require_current
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from safer_kpi.settings import Settings

_LIVE_PLACE = """
    live_lookup AS (
        SELECT lsoa21_code AS code, ward_code AS ward, la_code AS la
        FROM landing.area_lookup WHERE layout = 'lsoa21_ward'
        GROUP BY ALL HAVING sum(weight) > 0
    ), live_split AS (
        SELECT lsoa11_code AS code, lsoa21_code AS child
        FROM landing.area_lookup WHERE layout = 'lsoa11_lsoa21'
        GROUP BY ALL HAVING sum(weight) > 0
    ), place AS (
        SELECT code, ward, la FROM live_lookup
        UNION ALL
        SELECT s.code, if(count(DISTINCT l.ward) = 1, any_value(l.ward), 'unplaced'), any_value(l.la)
        FROM live_split AS s LEFT JOIN live_lookup AS l ON l.code = s.child
        WHERE s.code NOT IN (SELECT code FROM live_lookup)
        GROUP BY s.code HAVING count(*) = count(l.code) AND count(DISTINCT l.la) = 1
    )"""

_OFFENCES = """
WITH {place}, live AS (
    SELECT cell, month, lsoa_code, crime_type, last_outcome_category AS outcome, sum(weight) AS n
    FROM landing.police_street WHERE {cells} GROUP BY ALL HAVING sum(weight) <> 0
), named AS (
    SELECT *, unnest(list_filter([
        if(crime_type = 'Violence and sexual offences', '1a.violence_and_sexual_offences', NULL),
        if(crime_type = 'Robbery', '1a.robbery', NULL),
        if(crime_type = 'Possession of weapons', '1a.possession_of_weapons', NULL),
        if(crime_type = 'Anti-social behaviour', '3c.asb_incidents', NULL),
        if(crime_type = 'Violence and sexual offences' AND outcome IN (
            SELECT outcome_category FROM reference.outcome_category WHERE is_positive
        ), '1c.violence_positive_outcomes', NULL)
    ], x -> x IS NOT NULL)) AS metric_id
    FROM live
), recount AS (
    SELECT n.metric_id, coalesce(p.ward, 'unplaced') AS area_code, coalesce(p.la, 'unplaced') AS la_code,
        f.area_code AS force_code, (n.month || '-01')::DATE AS month, sum(n.n) AS amount
    FROM named AS n
    JOIN journal.cell AS c ON c.feed = 'police_street' AND c.cell = n.cell
    JOIN reference.police_force AS f ON f.force_slug = c.place
    LEFT JOIN place AS p ON p.code = n.lsoa_code
    GROUP BY ALL
), balance AS (
    SELECT metric_id, area_code, la_code, force_code, month, sum(amount) AS amount
    FROM kpi.ledger
    WHERE feed = 'police_street' AND la_code <> 'none' AND {months} AND metric_id IN (
        '1a.violence_and_sexual_offences', '1a.robbery', '1a.possession_of_weapons', '3c.asb_incidents',
        '1c.violence_positive_outcomes'
    )
    GROUP BY ALL
)"""

_RESIDENTS = """
WITH {place}, recount AS (
    SELECT 'population' AS metric_id, coalesce(p.ward, 'unplaced') AS area_code, coalesce(p.la, 'unplaced') AS la_code,
        coalesce(f.force_area_code, 'unplaced') AS force_code, (c.starts_on + INTERVAL 5 MONTH)::DATE AS month,
        sum(r.weight * r.total_population::BIGINT) AS amount
    FROM landing.population AS r
    JOIN journal.cell AS c ON c.feed = 'population' AND c.cell = r.cell
    LEFT JOIN place AS p ON p.code = r.lsoa_code
    LEFT JOIN reference.la_force AS f ON f.la_code = p.la
    GROUP BY ALL
), balance AS (
    SELECT metric_id, area_code, la_code, force_code, month, sum(amount) AS amount
    FROM kpi.ledger WHERE metric_id = 'population' AND la_code <> 'none' GROUP BY ALL
)"""

_DIFFERENCE = """
SELECT metric_id, count(*) FROM (
    SELECT metric_id, area_code, la_code, force_code, month, sum(amount) AS residual FROM (
        SELECT * FROM balance UNION ALL SELECT * REPLACE (-amount AS amount) FROM recount
    ) GROUP BY ALL
) WHERE residual <> 0 GROUP BY metric_id ORDER BY metric_id"""

_GAPS = """
SELECT count(*) FROM (
    SELECT entry, row_number() OVER (ORDER BY entry) AS place,
        posted_at > lag(posted_at) OVER (ORDER BY entry) AS follows
    FROM journal.entry
) WHERE entry <> place OR NOT follows"""


_ALL = "true"


def audit(settings: Settings) -> None:
    """Recount the whole lake: every ledger against its model over the live rows, offences and residents by hand too.

    Raises:
        CheckFailed: postings and live rows differ in a cell, or entries have a gap; the audit is named.
    """
    with connect(settings, read_only=True) as connection:
        require_current(connection)
        _entries_without_gaps(connection)
        _recount_offences(connection, cells=_ALL, months=_ALL)
        _recount_residents(connection)
    scratch.recount(settings)


def check(connection: duckdb.DuckDBPyConnection, *, entries: Sequence[int]) -> None:
    """Recount the cells that ``entries`` touched; all of them where a lookup is among the entries.

    Raises:
        CheckFailed: as ``audit``.
    """
    _entries_without_gaps(connection)
    if not entries:
        return
    first = min(entries)
    rows = connection.execute(f"SELECT DISTINCT feed FROM journal.entry WHERE entry >= {first}").fetchall()
    feeds = {row[0] for row in rows}
    if "area_lookup" in feeds:
        _recount_offences(connection, cells=_ALL, months=_ALL)
    elif cells := _touched(connection, first):
        _recount_offences(connection, cells=f"cell IN ({_listed(cells)})", months=_months(connection, cells))
    if feeds & {"area_lookup", "population"}:
        _recount_residents(connection)


def _touched(connection: duckdb.DuckDBPyConnection, first: int) -> list[str]:
    """Return the cells of police_street that entries from ``first`` on changed."""
    day = connection.execute(f"SELECT posted_at::DATE FROM journal.entry WHERE entry = {first}").fetchall()[0][0]
    rows = connection.execute(
        "SELECT DISTINCT cell FROM landing.police_street "
        f"WHERE posted_on >= DATE '{day}' AND entry >= {first} ORDER BY cell"
    ).fetchall()
    return [row[0] for row in rows]


def _months(connection: duckdb.DuckDBPyConnection, cells: Sequence[str]) -> str:
    """Return the condition that selects the postings of ``cells``; months come first, so that files are skipped."""
    typed = f"journal.cell WHERE feed = 'police_street' AND cell IN ({_listed(cells)})"
    found = connection.execute(f"SELECT DISTINCT starts_on FROM {typed} ORDER BY starts_on").fetchall()
    months = ", ".join(f"DATE '{month}'" for (month,) in found)
    return (
        f"month IN ({months}) AND (force_code, month) IN (SELECT (f.area_code, c.starts_on) "
        f"FROM (SELECT place, starts_on FROM {typed}) AS c JOIN reference.police_force AS f ON f.force_slug = c.place)"
    )


def _listed(cells: Sequence[str]) -> str:
    return ", ".join(literal(cell) for cell in cells)


def _recount_offences(connection: duckdb.DuckDBPyConnection, *, cells: str, months: str) -> None:
    _balance_is_recount(connection, _OFFENCES.format(place=_LIVE_PLACE, cells=cells, months=months))


def _recount_residents(connection: duckdb.DuckDBPyConnection) -> None:
    _balance_is_recount(connection, _RESIDENTS.format(place=_LIVE_PLACE))


def _balance_is_recount(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    found = connection.execute(query + _DIFFERENCE).fetchall()
    if found:
        told = ", ".join(f"{metric} in {count} cells" for metric, count in found)
        raise CheckFailed(
            f"Audit balance_is_recount: postings and live rows differ for {told}.",
            next_action="Nothing was exported; safer_kpi.duckdb is unchanged.",
        )


def _entries_without_gaps(connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.execute(_GAPS).fetchall()[0][0]
    if found:
        raise CheckFailed(f"Audit entries_without_gaps: {found} entries are out of order or missing.")
