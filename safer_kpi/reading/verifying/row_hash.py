"""The hash of a release's observations, which does not depend on the engine or the file format.

Each observation is one line of UTF-8 text with tab-separated fields, empty for null: metric_id, definition_version,
area_code, period_type, period, breakdown, numerator, denominator, value, lower, upper, method, status, coverage. The
four floating-point numbers have twelve decimals and an exponent (``9.080000000000e+02``). The lines of one metric and
area are sorted by their bytes, joined by newlines and hashed (SHA-256, lower-case hex). Then the lines
``metric_id TAB area_code TAB hash`` of all metrics and areas are sorted, joined and hashed again. The two steps limit
memory use.
"""

from __future__ import annotations

_TEXT = (
    "metric_id",
    "definition_version",
    "area_code",
    "period_type",
    "period",
    "breakdown",
    "numerator",
    "denominator",
)
_FLOATS = ("value", "lower", "upper")


def row_hash_query(relation: str) -> str:
    """Return the query for the hash of the observations in ``relation``; it gives one value."""
    fields = [f"coalesce(CAST({column} AS VARCHAR), '')" for column in _TEXT]
    fields += [_float(column) for column in _FLOATS]
    fields += ["coalesce(method, '')", "coalesce(status, '')", _float("coverage")]
    line = " || chr(9) || ".join(fields)
    return f"""
        WITH line AS (
          SELECT metric_id, area_code, {line} AS line FROM {relation}
        ), part AS (
          SELECT metric_id || chr(9) || area_code || chr(9) || sha256(string_agg(line, chr(10) ORDER BY line)) AS part
          FROM line GROUP BY metric_id, area_code
        )
        SELECT sha256(coalesce(string_agg(part, chr(10) ORDER BY part), '')) FROM part
    """


def _float(column: str) -> str:
    return f"coalesce(printf('%.12e', {column}), '')"
