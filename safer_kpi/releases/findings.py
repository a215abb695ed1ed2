"""What speaks against approving a draft: audits that do not hold, and coverage below a metric's threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.domain.periods import PERIOD_TYPES
from safer_kpi.reading.sql import literal

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import duckdb

    from safer_kpi.catalogue.definitions import Definition
    from safer_kpi.domain.periods import Period

# Each gives the metrics it does not hold for. The book is recomputed from its own ledger, so that a file that was
# changed after its build is not signed.
_AUDITS = {
    "observation_is_balance": """
        SELECT DISTINCT metric_id FROM (
          (SELECT * FROM kpi.observation EXCEPT ALL SELECT * FROM kpi.as_of((SELECT as_of FROM kpi.build)))
          UNION ALL
          (SELECT * FROM kpi.as_of((SELECT as_of FROM kpi.build)) EXCEPT ALL SELECT * FROM kpi.observation)
        )""",
    "posting_is_evidenced": """
        SELECT DISTINCT m.metric_id
        FROM kpi.ledger AS l JOIN kpi.metric AS m ON l.metric_id IN (m.numerator, m.denominator)
        WHERE l.amount IS DISTINCT FROM list_sum(list_transform(l.evidence, lambda e: e.weight)) OR l.amount = 0""",
}
_LEVELS = ("local_authority", "force", "ward")
_LENGTH = {"month": 3, "quarter": 1}


def findings(kpi_file: Path, project: Path, *, quarter: Period, area: str) -> list[dict[str, Any]]:
    """One finding per metric and check: ``metric_id``, ``check``, ``detail``.

    Only metrics that have numbers up to the quarter's end are judged: there is nothing to certify of the others.
    """
    import duckdb

    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH {literal(str(kpi_file))} AS book (READ_ONLY)")
        connection.execute("USE book")
        return _findings(connection, project, quarter=quarter, area=area)


def _findings(
    connection: duckdb.DuckDBPyConnection, project: Path, *, quarter: Period, area: str
) -> list[dict[str, Any]]:
    known_at = connection.execute("SELECT as_of FROM kpi.build").fetchall()[0][0]
    numbers = f"kpi.observation WHERE period_end <= {literal(quarter.end)}"
    held = {row[0] for row in connection.execute(f"SELECT DISTINCT metric_id FROM {numbers}").fetchall()}
    found: list[dict[str, Any]] = []
    for audit, query in _AUDITS.items():
        failed = {row[0] for row in connection.execute(query).fetchall()} & held
        told = {"check": f"audit {audit}", "detail": "stored numbers and their postings differ"}
        found += [{"metric_id": metric_id, **told} for metric_id in failed]
    due = dict(connection.execute("SELECT feed, due_after_days FROM kpi.feed").fetchall())
    for definition in load_definitions(project):
        if definition.metric_id in held:
            days = max((due.get(feed) or 0 for feed in definition.feeds), default=0)
            detail = _coverage(connection, definition, quarter=quarter, area=area, known_at=known_at, due_after=days)
            if detail:
                found.append({"metric_id": definition.metric_id, "check": "coverage", "detail": detail})
    return sorted(found, key=lambda each: (each["metric_id"], each["check"]))


def _coverage(
    connection: duckdb.DuckDBPyConnection,
    definition: Definition,
    *,
    quarter: Period,
    area: str,
    known_at: dt.datetime,
    due_after: int,
) -> str | None:
    """What is missing of a metric's newest figures; None where its threshold is kept.

    A figure that comes by month or quarter is judged over the release's quarter; one that comes by the year, over the
    last year that was due when the lake was read.
    """
    shortest: str = next(length for length in PERIOD_TYPES if length in definition.periods)
    level = next((level for level in _LEVELS if level in definition.areas), "ward")
    where = (
        f"metric_id = {literal(definition.metric_id)} AND period_type = {literal(shortest)} AND breakdown = 'all' "
        f"AND period_end <= {literal(quarter.end)} AND area_type = {literal(level)}"
    )
    own = f"{where} AND area_code = {literal(area)}"
    if connection.execute(f"SELECT count(*) FROM kpi.observation WHERE {own}").fetchall()[0][0]:
        where = own
    wanted = _LENGTH.get(shortest)
    if wanted:
        span = f"period_start >= {literal(quarter.start)}"
    else:
        wanted = 1
        span = (
            f"period_end = (SELECT max(period_end) FROM kpi.observation WHERE {where} "
            f"AND period_end + to_days({due_after}) <= {literal(known_at)})"
        )
    query = (
        "SELECT min(covered) FROM (SELECT area_code, "
        f"sum(coverage) / {wanted} AS covered FROM kpi.observation WHERE {where} AND {span} GROUP BY area_code)"
    )
    found = connection.execute(query).fetchall()[0][0]
    if found is None and shortest not in _LENGTH:
        return None  # no year was due yet
    covered = float(found or 0)
    if covered >= definition.coverage_threshold:
        return None
    return f"coverage {covered:.2f} of {definition.coverage_threshold:.2f} wanted"
