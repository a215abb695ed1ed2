"""The hash of a release's observations: the same from any engine and any file format.

Each observation is one line of UTF-8 text, its fields parted by a tab, nothing for null: metric_id,
definition_version, area_code, period_type, period, breakdown, numerator, denominator, value, lower, upper, method,
status, coverage. The four floating numbers are written with twelve decimals and exponent (``9.080000000000e+02``).
Lines of one metric and area are sorted by their bytes, joined by a newline and hashed (SHA-256, lower-case hex); then
``metric_id TAB area_code TAB hash`` lines of all metrics and areas are sorted, joined and hashed once more. Two steps
keep the memory small.
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
    """The query whose one value is the hash of the observations in ``relation``."""
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
