"""The ledgers of a project, and what the shared one of them counts: both are variables that safer-kpi gives SQLMesh.

As variables they are part of a model's fingerprint and of the cache's key. Were they read from files when this module
is imported, the cache would go on giving the model as it was before an edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp, parse_one
from sqlmesh import macro

if TYPE_CHECKING:
    from sqlglot.expressions import Expression
    from sqlmesh.core.macros import MacroEvaluator


@macro()
def counted(evaluator: MacroEvaluator) -> Expression:
    """Return the change rows of every metric whose definition has a ``count``, as a subquery."""
    query = evaluator.var("counted")
    if query is None:
        raise ValueError("The variable counted is missing: run the project through safer-kpi.")
    return exp.Subquery(this=evaluator.transform(parse_one(str(query), dialect="duckdb")))


@macro()
def every_ledger(evaluator: MacroEvaluator) -> Expression:
    """Return all postings, as a subquery: the union of every model under models/ledger."""
    ledgers = evaluator.var("ledgers")
    if ledgers is None:
        raise ValueError("The variable ledgers is missing: run the project through safer-kpi.")
    columns = (
        "metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, entry, posted_at, "
        "feed, delivery_id, cause, amount, evidence"
    )
    union = " UNION ALL ".join(f"SELECT {columns} FROM ledger.{name}" for name in str(ledgers).split())
    return exp.Subquery(this=parse_one(union, dialect="duckdb"))
