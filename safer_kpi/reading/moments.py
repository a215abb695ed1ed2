"""One metric as known at each of its moments, asked of ``kpi.as_of`` in one query.

A number does not depend on the feeds, metrics and areas of other places. So a cut of the book is laid out once for each
moment, every name with the moment's entry behind it (``E06000058@42``): places that know nothing of one another. One
call of the book's own ``as_of`` over all of them gives what a call for each moment would, and means by every status
what the book does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.reading.tracing.trace import in_area, ledgers
from safer_kpi.sql import literal

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.reading.picture import Picture

# The tables that as_of reads. Its macro finds them in the database that the caller uses.
READ = frozenset(
    {"area_change", "coverage", "entry", "feed", "held", "ledger", "metric", "poisson_exact", "police_force"}
)
TOLD = (
    "area_code, area_name, period, period_type, period_start, period_end, breakdown, numerator, denominator, value, "
    "unit, status"
)
_EVER = "TIMESTAMP '9999-01-01'"
_CELL = "metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, feed"


def can_be_laid_out(lake: Picture) -> bool:
    """Return whether the file's ``as_of`` reads the tables that are laid out here; another version's may not."""
    found = lake.book.read(
        "SELECT macro_definition FROM duckdb_functions() "
        "WHERE database_name = 'book' AND schema_name = 'kpi' AND function_name = 'as_of'"
    )
    cursor = lake.book.cursor()
    try:
        return cursor.get_table_names(found[1][0][0]) == READ
    finally:
        cursor.close()


def lay_out(cursor: duckdb.DuckDBPyConnection, lake: Picture, metric_id: str, area_code: str | None) -> None:
    """Write the tables ``as_of`` reads into the schema the cursor uses; ``moment`` holds the moments' entries.

    Nothing in it is provisional: whether a number has settled by a moment is for the caller to say.
    """
    feeds = lake.book.metrics[metric_id]["feeds"] or []
    place = in_area(area_code) if area_code else "TRUE"
    _write_postings(cursor, ledgers(lake, metric_id), area_code, place)
    in_feeds = f"feed IN (SELECT unnest({literal(feeds)}::VARCHAR[]))"
    # The areas the metric is given for; what is unplaced stands among wards.
    types = ", ".join(literal(kind) for kind in [*lake.book.metrics[metric_id]["areas"], "unplaced"])
    area = f"area_code = {literal(area_code)}" if area_code else f"area_type IN ({types})"
    cursor.execute(
        f"""
        CREATE TABLE moment AS
        SELECT entry, posted_at FROM book.kpi.entry WHERE entry IN (
          SELECT entry FROM own UNION SELECT entry FROM book.kpi.coverage WHERE {in_feeds}
          UNION SELECT entry FROM book.kpi.area_change WHERE {area}
        )
        """
    )
    cursor.execute(
        f"""
        CREATE TABLE ledger AS
        SELECT CASE WHEN metric_id LIKE 'population%' THEN metric_id ELSE {_named("metric_id")} END AS metric_id,
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
        # Rows held back and intervals are no part of a vintage.
        cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM book.kpi.{table} WHERE FALSE")


def _named(code: str) -> str:
    """A code in the layout of a moment; what lies nowhere lies nowhere at any moment."""
    return f"CASE WHEN {code} IN ('unplaced', 'none') THEN {code} ELSE {code} || '@' || moment.entry END"


def _write_postings(cursor: duckdb.DuckDBPyConnection, counted: list[str], area_code: str | None, place: str) -> None:
    """``own``: what was posted to the metric's ledgers, where one area is asked for no finer than it needs.

    Of other areas as_of needs to know which breakdowns and months there are at all: they are one area, elsewhere.
    """
    # Whether a force has an estimate is told by the residents of its local authorities, whatever ages are counted.
    names = [*counted, "population"] if any(name.startswith("population") for name in counted) else counted
    chosen = f"metric_id IN ({', '.join(literal(name) for name in dict.fromkeys(names))})"
    smallest = f"CASE WHEN area_code = {literal(area_code)} THEN area_code ELSE 'within' END" if area_code else None
    elsewhere = (
        f"""
        UNION ALL
        SELECT metric_id, 'elsewhere', 'none', 'none', period_type, month, breakdown, measure, series, feed, entry,
          amount
        FROM book.kpi.ledger WHERE {chosen} AND NOT {place} AND NOT metric_id LIKE 'population%'
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
    """``area_change``, ``police_force`` and ``coverage`` of every moment."""
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
    """The metric of every moment, and its ledgers' definitions, which say only whether they are summed."""
    own = ", ".join(f"{literal(feed)} || '@' || moment.entry" for feed in feeds)
    found = []
    for name in dict.fromkeys([metric_id, *ledgers(lake, metric_id)]):
        needed = f"[{own}]" if name == metric_id and feeds else "CAST([] AS VARCHAR[])"
        found.append(
            f"""
            SELECT m.* REPLACE (
              {_named("metric_id")} AS metric_id, {_named("numerator")} AS numerator,
              CASE WHEN denominator LIKE 'population%' OR TRY_CAST(denominator AS BIGINT) IS NOT NULL THEN denominator
                ELSE {_named("denominator")} END AS denominator,
              {needed} AS feeds, 0 AS settles_after_months)
            FROM book.kpi.metric AS m, moment WHERE metric_id = {literal(name)}
            """
        )
    return " UNION ALL ".join(found)


def told(cursor: duckdb.DuckDBPyConnection, table: str, conditions: list[str]) -> None:
    """Write what each moment knew to ``table``; ``entry`` is the moment's."""
    # A feed that covers every place covers those of other moments too.
    same_moment = "split_part(area_code, '@', 2) IN ('', split_part(metric_id, '@', 2))"
    cursor.execute(
        f"""
        CREATE TABLE {table} AS
        SELECT CAST(split_part(metric_id, '@', 2) AS BIGINT) AS entry,
          {TOLD.replace("area_code", "split_part(area_code, '@', 1) AS area_code", 1)}
        FROM book.kpi.as_of({_EVER}) WHERE {" AND ".join([*conditions, same_moment])}
        """
    )
