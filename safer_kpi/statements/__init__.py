"""The texts for readers of a comparison: summary sentences, statements, one HTML page, and the rows as CSV.

The page (``document``) and the rows (``rows_csv``) are imported by whoever writes them.
"""

from __future__ import annotations

from safer_kpi.statements.explain import Explanation, explain
from safer_kpi.statements.numbers import Slice

__all__ = ["Explanation", "Slice", "explain"]
