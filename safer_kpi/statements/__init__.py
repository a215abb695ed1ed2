"""The texts for readers of a comparison: summary sentences, statements, one HTML page, and the rows as CSV.

Who writes a page imports ``document``, and who writes rows imports ``rows_csv``: nobody else waits for them.
"""

from __future__ import annotations

from safer_kpi.statements.explain import Explanation, explain
from safer_kpi.statements.numbers import Slice

__all__ = ["Explanation", "Slice", "explain"]
