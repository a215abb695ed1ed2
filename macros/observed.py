"""The rule of observations, which safer-kpi gives SQLMesh as a variable: the files under models/kpi/observation.

As a variable it is part of the model's fingerprint and of the cache's key. Were the files read when this module is
imported, the cache would go on giving the model as it was before an edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmesh import macro

from safer_kpi.compute.observed import observations

if TYPE_CHECKING:
    from sqlglot.expressions import Expression
    from sqlmesh.core.macros import MacroEvaluator


@macro()
def observed(evaluator: MacroEvaluator, moment: Expression, asked: Expression) -> Expression:
    """Return the query of the numbers asked for, as known at one moment; both arguments are queries in parentheses."""
    rule = evaluator.var("observed")
    if rule is None:
        raise ValueError("The variable observed is missing: run the project through safer-kpi.")
    return observations(str(rule), moment.unnest(), asked.unnest())
