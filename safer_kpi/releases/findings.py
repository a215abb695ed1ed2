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
    from safer_kpi.settings import Settings

#: The numbers of the book, recomputed from its own ledger: a file that was changed after its build is not signed.
_RECOMPUTED = "kpi.as_of((SELECT as_of FROM kpi.build))"
_EVIDENCED = """
    SELECT DISTINCT m.metric_id
    FROM kpi.ledger AS l JOIN kpi.metric AS m ON l.metric_id IN (m.numerator, m.denominator)
    WHERE l.amount IS DISTINCT FROM list_sum(list_transform(l.evidence, lambda e: e.weight)) OR l.amount = 0"""
#: How many pairs of metric and area are recomputed of a file that is known to be what its build wrote.
_SAMPLE = 200


def findings(settings: Settings, *, quarter: Period, area: str) -> list[dict[str, Any]]:
    """Return one finding per metric and check: ``metric_id``, ``check``, ``detail``.

    Only metrics that have numbers up to the quarter's end are judged; the others have nothing to certify. Numbers of a
    read file that its last build vouches for are recomputed for a sample, those of any other file all.
    """
    from safer_kpi.compute.carrying import carried  # heavy: lists of releases do without it
    from safer_kpi.compute.observed import rule_hash

    made_of = carried(settings)
    is_known = made_of is not None and made_of.rule == rule_hash(settings.project)
    with open_engine() as connection:
        attach(connection, settings.kpi_file, "book")
        connection.execute("USE book")
        return _findings(connection, settings.project, quarter=quarter, area=area, is_known=is_known)


def _findings(
    connection: duckdb.DuckDBPyConnection, project: Path, *, quarter: Period, area: str, is_known: bool
) -> list[dict[str, Any]]:
    from safer_kpi.compute.sampled import apart, unlike_in_sample

    numbers = held(connection, quarter)
    found: list[dict[str, Any]] = []
    if is_known:
        pairs, seed = "SELECT DISTINCT metric_id, area_code FROM kpi.observation", "(SELECT built_at FROM kpi.build)"
        unlike = unlike_in_sample(connection, project, pairs=pairs, count=_SAMPLE, seed=seed)
    else:
        unlike = apart(connection, "kpi.observation", _RECOMPUTED)
    evidenced = {row[0] for row in connection.execute(_EVIDENCED).fetchall()}
    for audit, wrong in (("observation_is_balance", unlike), ("posting_is_evidenced", evidenced)):
        failed = wrong & numbers
        told = {"check": f"audit {audit}", "detail": "stored numbers and their postings differ"}
        found += [{"metric_id": metric_id, **told} for metric_id in failed]
    judged = [each for each in load_definitions(project) if each.metric_id in numbers]
    found += [
        {"metric_id": each.metric_id, "check": "coverage", "detail": each.detail}
        for each in shortfalls(connection, judged, quarter=quarter, area=area)
    ]
    return sorted(found, key=lambda each: (each["metric_id"], each["check"]))
