"""What is found in the project rather than listed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlglot import exp, parse_one
from sqlmesh import macro

if TYPE_CHECKING:
    from sqlglot.expressions import Expression
    from sqlmesh.core.macros import MacroEvaluator

#: The ledger models of this project. A value, so that a new ledger changes the models that read them all.
LEDGERS = sorted(path.stem for path in (Path(__file__).parent.parent / "models" / "ledger").glob("*.sql"))


@macro()
def every_ledger(_: MacroEvaluator) -> Expression:
    """All postings, as a subquery: the union of every model under models/ledger."""
    columns = (
        "metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, entry, posted_at, "
        "feed, delivery_id, cause, amount, evidence"
    )
    union = " UNION ALL ".join(f"SELECT {columns} FROM ledger.{name}" for name in LEDGERS)
    return exp.Subquery(this=parse_one(union, dialect="duckdb"))
