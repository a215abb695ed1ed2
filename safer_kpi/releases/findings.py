"""Find the reasons against approving a draft: failed audits, and coverage below a metric's threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.engine import open_engine
from safer_kpi.reading.attaching import attach
from safer_kpi.releases.coverage import held, shortfalls

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

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


def findings(kpi_file: Path, project: Path, *, quarter: Period, area: str) -> list[dict[str, Any]]:
    """Return one finding per metric and check: ``metric_id``, ``check``, ``detail``.

    Only metrics that have numbers up to the quarter's end are judged; the others have nothing to certify.
    """
    with open_engine() as connection:
        attach(connection, kpi_file, "book")
        connection.execute("USE book")
        return _findings(connection, project, quarter=quarter, area=area)


def _findings(
    connection: duckdb.DuckDBPyConnection, project: Path, *, quarter: Period, area: str
) -> list[dict[str, Any]]:
    numbers = held(connection, quarter)
    found: list[dict[str, Any]] = []
    for audit, query in _AUDITS.items():
        failed = {row[0] for row in connection.execute(query).fetchall()} & numbers
        told = {"check": f"audit {audit}", "detail": "stored numbers and their postings differ"}
        found += [{"metric_id": metric_id, **told} for metric_id in failed]
    judged = [each for each in load_definitions(project) if each.metric_id in numbers]
    found += [
        {"metric_id": each.metric_id, "check": "coverage", "detail": each.detail}
        for each in shortfalls(connection, judged, quarter=quarter, area=area)
    ]
    return sorted(found, key=lambda each: (each["metric_id"], each["check"]))
