"""Values and identifiers written into SQL.

Bound parameters make DuckDB import pandas (about 330 ms), so the reading side writes literals instead. Names (metrics,
areas, releases) are looked up in the catalogue before they come here; quoting is the second line of defence.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from safer_kpi.errors import UsageError

Value = str | int | float | bool | Decimal | dt.date | dt.datetime | list[str] | list[int] | None


def literal(value: Value) -> str:
    """Return the SQL text of one value. DuckDB's plain strings know no escape but the doubled quote.

    Raises:
        UsageError: the text holds a NUL character, which no SQL text can.
    """
    if isinstance(value, list):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if not isinstance(value, str):
        return _plain(value)
    if "\0" in value:
        raise UsageError("A name holds a NUL character.", next_action="Write it without.")
    return "'" + value.replace("'", "''") + "'"


def _plain(value: float | Decimal | dt.date | None) -> str:
    """Return the SQL text of a value that is not a string; test for bool and datetime before int and date."""
    if value is None or isinstance(value, bool):
        return {None: "NULL", True: "TRUE", False: "FALSE"}[value]
    if isinstance(value, dt.datetime):
        return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
    if isinstance(value, dt.date):
        return f"DATE '{value.isoformat()}'"
    return f"CAST('{value!r}' AS DOUBLE)" if isinstance(value, float) else str(value)


def identifier(name: str) -> str:
    """Return the SQL text of one quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def values(columns: dict[str, str], rows: list[tuple[Value, ...]]) -> str:
    """Return a query that gives ``rows`` under the named and typed ``columns`` (name to SQL type), in their order."""
    if not rows:
        return (
            "SELECT "
            + ", ".join(f"CAST(NULL AS {kind}) AS {identifier(key)}" for key, kind in columns.items())
            + " WHERE FALSE"
        )
    casts = ", ".join(f"CAST({identifier(key)} AS {kind}) AS {identifier(key)}" for key, kind in columns.items())
    lines = ",\n".join("(" + ", ".join(literal(cell) for cell in row) + ")" for row in rows)
    return f"SELECT {casts} FROM (VALUES {lines}) AS t({', '.join(identifier(key) for key in columns)})"
