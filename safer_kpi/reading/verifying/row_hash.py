"""The hash of a release's observations, which does not depend on the engine or the file format.

Each observation is one line of UTF-8 text with tab-separated fields, empty for null: metric_id, definition_version,
area_code, period_type, period, breakdown, numerator, denominator, value, lower, upper, method, status, coverage. The
four floating-point numbers have twelve decimals and an exponent (``9.080000000000e+02``). The lines of one metric and
area are sorted by their bytes, joined by newlines and hashed (SHA-256, lower-case hex). Then the lines
``metric_id TAB area_code TAB hash`` of all metrics and areas are sorted, joined and hashed again. The two steps limit
memory use: few metrics and areas are read at a time.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from safer_kpi.reading.sealing.seal import tabbed
from safer_kpi.reading.sealing.slices import MOST, slices

if TYPE_CHECKING:
    import duckdb

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


def row_hash(connection: duckdb.DuckDBPyConnection, relation: str, *, most: int = MOST) -> str:
    """Return the hash of the observations in ``relation``; about ``most`` of them are held at one time."""

    def read(sql: str) -> list[tuple[Any, ...]]:
        return connection.execute(sql).fetchall()

    parts = [part for where in slices(read, relation, most=most) for (part,) in read(_parts_query(relation, where))]
    return hashlib.sha256(b"\n".join(sorted(part.encode() for part in parts if part is not None))).hexdigest()


def _parts_query(relation: str, where: str) -> str:
    """Return the query for the line of each metric and area of some rows."""
    fields = [f"coalesce(CAST({column} AS VARCHAR), '')" for column in _TEXT]
    fields += [_float(column) for column in _FLOATS]
    fields += ["coalesce(method, '')", "coalesce(status, '')", _float("coverage")]
    return f"""
        SELECT metric_id || chr(9) || area_code || chr(9) || sha256(string_agg(line, chr(10) ORDER BY line))
        FROM (SELECT metric_id, area_code, {tabbed(fields)} AS line FROM {relation} WHERE {where}) AS lines
        GROUP BY metric_id, area_code
    """


def _float(column: str) -> str:
    return f"coalesce(printf('%.12e', {column}), '')"
