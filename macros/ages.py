"""The residents by single year of age of a population estimate: one column for each age, as the partner wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import parse_one
from sqlmesh import macro

if TYPE_CHECKING:
    from sqlglot.expressions import Expression
    from sqlmesh.core.macros import MacroEvaluator

AGES = (*(f"age_{age}" for age in range(90)), "age_90_plus")


@macro()
def any_age(_: MacroEvaluator, mark: Expression) -> Expression:
    """Whether the figure of any age is this mark."""
    return parse_one(f"{mark.sql(dialect='duckdb')} IN ({', '.join(AGES)})", dialect="duckdb")


@macro()
def sum_of_ages(_: MacroEvaluator) -> Expression:
    """The residents of all ages; none where an age has no figure."""
    return parse_one(f"({' + '.join(f'{age}::DECIMAL(14, 1)' for age in AGES)})", dialect="duckdb")
