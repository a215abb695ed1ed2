"""One metric as known at each of its moments, read from ``kpi.as_of`` in one query.

A number does not depend on other feeds, metrics and areas. So this module copies the needed part of the book once per
moment and adds the moment's entry to every name (``E06000058@42``), which keeps the copies independent. One call of the
book's own ``as_of`` over all copies then gives the same rows and statuses as one call per moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.reading.older import denominator_kind, lacking, listed, resident_ledgers
from safer_kpi.reading.tracing.trace import in_area, ledgers
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from safer_kpi.reading.picture import Picture

# The tables that as_of reads. Its macro finds them in the database that the caller uses.
READ = frozenset(
    {"area_change", "coverage", "entry", "feed", "held", "ledger", "metric", "poisson_exact", "police_force"}
)
TOLD = (
    "area_code, area_name, period, period_type, period_start, period_end, breakdown, numerator, denominator, value, "
    "unit, status, series"
)
#: The ledger of residents of all ages.
_ALL_RESIDENTS = "population"
_EVER = "TIMESTAMP '9999-01-01'"
_CELL = "metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, feed"


def can_be_laid_out(lake: Picture) -> bool:
    """Return whether the file's ``as_of`` reads the tables that are laid out here; another version's may not."""
    if lacking(lake.book, {"metric": ("feeds", "areas", "settles_after_months")}):
        return False
    found = lake.book.read(
        "SELECT macro_definition FROM duckdb_functions() "
        "WHERE database_name = 'book' AND schema_name = 'kpi' AND function_name = 'as_of'"
    )
    cursor = lake.book.cursor()
    try:
        return cursor.get_table_names(found[1][0][0]) == READ
    finally:
        cursor.close()


def lay_out(
    cursor: duckdb.DuckDBPyConnection,
    lake: Picture,
    metric_id: str,
    area_code: str | None,
    *,
    entries: Sequence[int] | None = None,
) -> None:
    """Write the tables that ``as_of`` reads into the cursor's schema; ``moment`` holds the entries of the moments.

    The moments are ``entries``, or every entry that may have changed a number. No number in the tables is provisional:
    the caller decides whether a number has settled by a moment.
    """
    feeds = lake.book.metrics[metric_id]["feeds"] or []
    place = in_area(area_code) if area_code else "TRUE"
    _write_postings(cursor, lake, ledgers(lake, metric_id), area_code, place)
    in_feeds = f"feed IN (SELECT unnest({literal(feeds)}::VARCHAR[]))"
    # The area types of the metric; unplaced counts belong to the wards.
    types = ", ".join(literal(kind) for kind in [*lake.book.metrics[metric_id]["areas"], "unplaced"])
    area = f"area_code = {literal(area_code)}" if area_code else f"area_type IN ({types})"
    chosen = f"""
        SELECT entry FROM own UNION SELECT entry FROM book.kpi.coverage WHERE {in_feeds}
        UNION SELECT entry FROM book.kpi.area_change WHERE {area}"""
    if entries is not None:
        chosen = ", ".join(map(str, entries)) or "NULL"
    cursor.execute(f"CREATE TABLE moment AS SELECT entry, posted_at FROM book.kpi.entry WHERE entry IN ({chosen})")
    residents = listed(_residents(lake))
    cursor.execute(
        f"""
        CREATE TABLE ledger AS
        SELECT CASE WHEN metric_id IN ({residents}) THEN metric_id ELSE {_named("metric_id")} END AS metric_id,
          {_named("area_code")} AS area_code, {_named("la_code")} AS la_code, {_named("force_code")} AS force_code,
          period_type, month, breakdown, measure, series, {_named("feed")} AS feed,
          {_EVER} AS posted_at, sum(amount) AS amount
        FROM own JOIN moment ON own.entry <= moment.entry
        GROUP BY own.metric_id, own.area_code, own.la_code, own.force_code, period_type, month, breakdown, measure,
          series, feed, moment.entry
        HAVING sum(amount) <> 0
        """
    )
    _write_places(cursor, in_feeds, area)
    cursor.execute(
        f"CREATE TABLE feed AS SELECT f.* REPLACE ({_named('f.feed')} AS feed) FROM book.kpi.feed AS f, moment "
        f"WHERE {in_feeds}"
    )
    cursor.execute(f"CREATE TABLE metric AS {_definitions(lake, metric_id, feeds)}")
    cursor.execute(f"CREATE TABLE entry AS SELECT 1 AS entry, {_EVER} AS posted_at")
    for table in ("held", "poisson_exact"):
        # A vintage contains neither held rows nor intervals.
        cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM book.kpi.{table} WHERE FALSE")


def _named(code: str) -> str:
    """Return the SQL for a code with its moment added; ``unplaced`` and ``none`` stay as they are."""
    return f"CASE WHEN {code} IN ('unplaced', 'none') THEN {code} ELSE {code} || '@' || moment.entry END"


def _residents(lake: Picture) -> frozenset[str]:
    """Return the ledgers of residents; their estimates are the same at every moment's copy."""
    return resident_ledgers(lake.book) | {_ALL_RESIDENTS}


def _write_postings(
    cursor: duckdb.DuckDBPyConnection, lake: Picture, counted: list[str], area_code: str | None, place: str
) -> None:
    """Write ``own``: the postings to the metric's ledgers, summed up if one area was requested.

    as_of also needs the breakdowns and months of all other areas, so they become one area, ``elsewhere``.
    """
    # A force has an estimate if its local authorities have residents, whatever ages the metric counts.
    residents = _residents(lake)
    names = [*counted, _ALL_RESIDENTS] if residents.intersection(counted) else counted
    chosen = f"metric_id IN ({', '.join(literal(name) for name in dict.fromkeys(names))})"
    smallest = f"CASE WHEN area_code = {literal(area_code)} THEN area_code ELSE 'within' END" if area_code else None
    elsewhere = (
        f"""
        UNION ALL
        SELECT metric_id, 'elsewhere', 'none', 'none', period_type, month, breakdown, measure, series, feed, entry,
          amount
        FROM book.kpi.ledger WHERE {chosen} AND NOT {place} AND metric_id NOT IN ({listed(residents)})
        """
        if area_code
        else ""
    )
    cursor.execute(
        f"""
        CREATE TABLE own AS
        SELECT {_CELL}, entry, sum(amount) AS amount FROM (
          SELECT metric_id, {smallest or "area_code"} AS area_code, la_code, force_code, period_type, month, breakdown,
            measure, series, feed, entry, amount
          FROM book.kpi.ledger WHERE {chosen} AND {place}
          {elsewhere}
        )
        GROUP BY {_CELL}, entry
        """
    )


def _write_places(cursor: duckdb.DuckDBPyConnection, in_feeds: str, area: str) -> None:
    """Write ``area_change``, ``police_force`` and ``coverage`` for every moment."""
    first = "(SELECT min(entry) FROM moment)"
    cursor.execute(
        f"""
        CREATE TABLE area_change AS
        SELECT a.* REPLACE ({_named("a.area_code")} AS area_code, {_named("a.la_code")} AS la_code,
          {_named("a.force_code")} AS force_code, {_EVER} AS posted_at)
        FROM book.kpi.area_change AS a JOIN moment ON a.entry <= moment.entry
        WHERE {area} AND (a.area_code <> 'unplaced' OR moment.entry = {first})
        """
    )
    cursor.execute(
        f"CREATE TABLE police_force AS SELECT f.* REPLACE ({_named('f.force_code')} AS force_code) "
        "FROM book.kpi.police_force AS f, moment"
    )
    cursor.execute(
        f"""
        CREATE TABLE coverage AS
        SELECT c.* REPLACE ({_named("c.feed")} AS feed, {_named("c.cover_code")} AS cover_code, {_EVER} AS posted_at)
        FROM book.kpi.coverage AS c JOIN moment ON c.entry <= moment.entry
        WHERE {in_feeds}
        """
    )


def _definitions(lake: Picture, metric_id: str, feeds: list[str]) -> str:
    """Return the query for the metric's definition at every moment, and for its ledgers' definitions."""
    own = ", ".join(f"{literal(feed)} || '@' || moment.entry" for feed in feeds)
    queries = []
    for name in dict.fromkeys([metric_id, *ledgers(lake, metric_id)]):
        needed = f"[{own}]" if name == metric_id and feeds else "CAST([] AS VARCHAR[])"
        queries.append(
            f"""
            SELECT m.* REPLACE (
              {_named("metric_id")} AS metric_id, {_named("numerator")} AS numerator,
              CASE WHEN {denominator_kind(lake.book)} = 'count' THEN {_named("denominator")} ELSE denominator END
                AS denominator,
              {needed} AS feeds, 0 AS settles_after_months)
            FROM book.kpi.metric AS m, moment WHERE metric_id = {literal(name)}
            """
        )
    return " UNION ALL ".join(queries)


def told(cursor: duckdb.DuckDBPyConnection, table: str, conditions: list[str], *, year: str) -> None:
    """Write the observations known at each moment to ``table``; ``entry`` is the moment's entry.

    ``year`` is the SQL for the year of the estimate of residents.
    """
    # A feed that covers every place also covers the copies of other moments.
    same_moment = "split_part(area_code, '@', 2) IN ('', split_part(metric_id, '@', 2))"
    cursor.execute(
        f"""
        CREATE TABLE {table} AS
        SELECT CAST(split_part(metric_id, '@', 2) AS BIGINT) AS entry,
          {TOLD.replace("area_code", "split_part(area_code, '@', 1) AS area_code", 1)}, {year} AS denominator_year
        FROM book.kpi.as_of({_EVER}) WHERE {" AND ".join([*conditions, same_moment])}
        """
    )
