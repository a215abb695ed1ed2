"""The texts for readers of a comparison: summary sentences, statements, one HTML page, and the rows as CSV."""

from __future__ import annotations

from safer_kpi.statements.document import page
from safer_kpi.statements.explain import Explanation, explain
from safer_kpi.statements.numbers import Slice
from safer_kpi.statements.rows_csv import write_rows

__all__ = ["Explanation", "Slice", "explain", "page", "write_rows"]
