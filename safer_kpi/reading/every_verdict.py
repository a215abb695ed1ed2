"""Every verdict of a place: those that are stored, and of all other numbers why they are not judged.

Public editions, and what an older version made, hold what is not judged as rows too; nothing is derived there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.judging.columns import TERMS
from safer_kpi.judging.comparisons import not_judged
from safer_kpi.reading.place import PUBLIC
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from safer_kpi.reading.picture import Picture

_FINAL = "CASE status WHEN 'certified' THEN 'final' ELSE status END AS status"
#: The numbers of a release in a lake's file. A withdrawal hides whether a number had settled: then its terms tell.
_AS_JUDGED = """(
  SELECT c.* REPLACE (
    CASE
      WHEN c.status = 'withdrawn' AND c.period_end > c.known_at - m.settles_after_months * INTERVAL '1' MONTH
        THEN 'provisional'
      WHEN c.status IN ('certified', 'withdrawn') THEN 'final'
      ELSE c.status
    END AS status
  )
  FROM (SELECT * FROM kpi.certified WHERE {where}) AS c JOIN {terms} AS m USING (metric_id)
)"""
_EDITION = "SELECT 1 FROM duckdb_tables() WHERE database_name = {alias} AND table_name = 'published'"
_KEY = "metric_id, area_code, period_type, period_start, breakdown, against"


def every_verdict(lake: Picture, release_id: str | None, where: Sequence[str]) -> str:
    """Return the query of the verdicts of a release, or of the live balance if that is None.

    ``where`` limits metrics, areas, breakdowns and lengths of period; whole series are needed to derive what is not
    judged.
    """
    stamp, table = "", "certified_verdict"
    if release_id is None:
        table, stamp = "verdict", f", CAST(NULL AS VARCHAR) AS release_id, {literal(lake.book.as_of)} AS known_at"
    else:
        where = [f"release_id = {literal(release_id)}", *where]
    asked = " AND ".join(where) or "TRUE"
    stored = f"SELECT *{stamp} FROM kpi.{table} WHERE {asked}"
    if not is_derived(lake, release_id):
        return stored
    if release_id is None:
        derived = not_judged(f"(SELECT * FROM kpi.observation WHERE {asked})", "kpi.metric")
        return _with(stored, f"SELECT *{stamp} FROM ({derived})")
    terms = terms_of(lake, release_id)
    derived = not_judged(_AS_JUDGED.format(where=asked, terms=terms), terms)
    return _with(stored, _stamped(derived, f"kpi.certified WHERE {asked}"))


def is_derived(lake: Picture, release_id: str | None) -> bool:
    """Return whether what is not judged has no rows, so that it is derived from the numbers."""
    if lake.edition == PUBLIC:
        return False
    if release_id is not None and lake.place.release_id is None:
        held = lake.book.has_table("certified_metric")
        where = f"WHERE release_id = {literal(release_id)}"
        return held and bool(lake.book.read(f"SELECT 1 FROM kpi.certified_metric {where} LIMIT 1")[1])
    if not all(lake.book.has_column("metric", name) for name in TERMS):
        return False
    table = "verdict" if release_id is None else "certified_verdict"
    return not lake.book.read(f"SELECT 1 FROM kpi.{table} WHERE test IS NULL LIMIT 1")[1]


def terms_of(lake: Picture, release_id: str) -> str:
    """Return the relation of the terms that a release judged its metrics by."""
    if lake.place.release_id is not None:
        return "kpi.metric"
    return f"(SELECT * FROM kpi.certified_metric WHERE release_id = {literal(release_id)})"


def every_verdict_of_file(connection: duckdb.DuckDBPyConnection, alias: str) -> str:
    """Return the query of every verdict of the release or public edition that is attached under a name."""
    stored = f"SELECT * FROM {alias}.kpi.certified_verdict"
    is_edition = connection.execute(_EDITION.format(alias=literal(alias))).fetchall()
    if is_edition or connection.execute(f"{stored} WHERE test IS NULL LIMIT 1").fetchall():
        return stored
    numbers = f"{alias}.kpi.certified"
    derived = not_judged(f"(SELECT * REPLACE ({_FINAL}) FROM {numbers})", f"{alias}.kpi.metric")
    return _with(stored, _stamped(derived, numbers))


def _stamped(derived: str, numbers: str) -> str:
    """Return the query of derived verdicts with the release, and its moment, of the numbers."""
    return f"SELECT * FROM ({derived}) CROSS JOIN (SELECT DISTINCT release_id, known_at FROM {numbers})"


def _with(stored: str, derived: str) -> str:
    """Return the query of the stored verdicts, and of the derived ones of all other numbers."""
    return f"{stored} UNION ALL BY NAME SELECT * FROM ({derived}) ANTI JOIN ({stored}) USING ({_KEY})"
