"""Columns that many models share, written once: cast, named and commented."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp, parse_one
from sqlmesh import macro

if TYPE_CHECKING:
    from sqlglot.expressions import Expression
    from sqlmesh.core.macros import MacroEvaluator


@macro()
def change_columns(_: MacroEvaluator) -> list[Expression]:
    """Return the columns every change row has, for a staging model's select list."""
    return parse_one(
        """SELECT
          entry::BIGINT AS entry, -- Journal entry that posted the change row
          posted_at::TIMESTAMP AS posted_at, -- When the entry was posted, UTC
          posted_on::DATE AS posted_on, -- Day of posted_at
          delivery_id::BIGINT AS delivery_id, -- Delivery that caused the change row
          origin_delivery_id::BIGINT AS origin_delivery_id, -- Delivery that had put the row there
          origin_row::BIGINT AS origin_row, -- Row number in that delivery; a header is row 1
          weight::INTEGER AS weight, -- +1 the row is now there, -1 it no longer is
          cause::TEXT AS cause, -- Why
          cell::TEXT AS cell -- Scope cell of the row
        """,
        dialect="duckdb",
    ).expressions


@macro()
def with_cell(_: MacroEvaluator, landing: Expression) -> Expression:
    """Return the change rows of a feed, each with the part, place and period of its scope cell.

    Columns beside those of ``landing``: ``cell_part``, ``cell_place``, ``cell_starts_on`` (first day of the period)
    and ``cell_months`` (how many months it holds; 0 for a week).
    """
    table = landing.sql(dialect="duckdb")
    feed = table.rpartition(".")[2].strip('"')
    query = f"""
      SELECT
        change.*, typed.part AS cell_part, typed.place AS cell_place, typed.starts_on AS cell_starts_on,
        typed.months AS cell_months
      FROM {table} AS change
      JOIN (
        SELECT cell, part, place, starts_on, months FROM journal.cell WHERE feed = '{feed}'
      ) AS typed
        ON change.cell = typed.cell
    """
    return exp.Subquery(this=parse_one(query, dialect="duckdb"))


@macro()
def placed_columns(_: MacroEvaluator) -> list[Expression]:
    """Return the columns every row of ``@in_place(…)`` has, for the select list of a core model."""
    return parse_one(
        """SELECT
          entry::BIGINT AS entry, -- The later entry of the row and the placement of its LSOA
          posted_at::TIMESTAMP AS posted_at, -- When that entry was posted, UTC
          posted_on::DATE AS posted_on, -- Day of posted_at
          feed::TEXT AS feed, -- Feed of the row
          delivery_id::BIGINT AS delivery_id, -- Delivery of that entry
          cause::TEXT AS cause, -- Cause of the change row; reference where the placement is the later
          weight::BIGINT AS weight, -- What it adds to a count
          origin_delivery_id::BIGINT AS origin_delivery_id, -- Delivery that had put the row there
          origin_row::BIGINT AS origin_row, -- Row number in that delivery
          ward_code::TEXT AS ward_code, -- Ward, or unplaced
          la_code::TEXT AS la_code -- Local authority, or unplaced
        """,
        dialect="duckdb",
    ).expressions


@macro()
def posting(_: MacroEvaluator) -> list[Expression]:
    """Return the columns of a ledger, for the final select of a ledger model over its CTE ``change``."""
    return parse_one(
        """SELECT
          metric_id::TEXT AS metric_id, -- Metric the amount counts in
          area_code::TEXT AS area_code, -- Smallest area of an additive metric, or unplaced; else the area itself
          la_code::TEXT AS la_code, -- Local authority it rolls up to; unplaced, or none where nothing rolls up
          force_code::TEXT AS force_code, -- Police force area it rolls up to; unplaced, or none
          period_type::TEXT AS period_type, -- month where months are summed; else the length of the period
          month::DATE AS month, -- Month the amount belongs to; first month of a longer period
          breakdown::TEXT AS breakdown, -- all, or the part of a breakdown, such as sex:F
          measure::TEXT AS measure, -- amount; or suppressed or unavailable, and amount is a number of such figures
          series::INTEGER AS series, -- Figures of different series, such as two wordings, are never compared
          entry::BIGINT AS entry, -- Journal entry
          posted_at::TIMESTAMP AS posted_at, -- When the entry was posted, UTC
          posted_on::DATE AS posted_on, -- Day of posted_at
          feed::TEXT AS feed, -- Feed of the rows
          delivery_id::BIGINT AS delivery_id, -- Delivery of the entry
          cause::TEXT AS cause, -- Why
          SUM(weight)::BIGINT AS amount, -- What the entry adds to the balance
          LIST_SORT(
            ARRAY_AGG({'delivery_id': origin_delivery_id, 'source_row': origin_row, 'weight': weight})
          )::STRUCT(delivery_id BIGINT, source_row BIGINT, weight BIGINT)[] AS evidence -- The rows that make the amount
        """,
        dialect="duckdb",
    ).expressions
