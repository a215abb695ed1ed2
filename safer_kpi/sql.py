"""Quoting of values and identifiers in SQL, and the long queries that stand in files.

Bound parameters make DuckDB import pandas (about 330 ms), so the reading side writes literals instead. Callers first
check names (metrics, areas, releases) against the catalogue; quoting is the second line of defence.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from safer_kpi.errors import UsageError

Value = str | int | float | bool | Decimal | dt.date | dt.datetime | list[str] | list[int] | None


def literal(value: Value) -> str:
    """Return one value as SQL text. The doubled quote is the only escape in DuckDB's plain strings.

    Raises:
        UsageError: the text contains a NUL character, which SQL text cannot contain.
    """
    if isinstance(value, list):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if not isinstance(value, str):
        return _plain(value)
    if "\0" in value:
        raise UsageError("A name contains a NUL character.", next_action="Remove the NUL character.")
    return "'" + value.replace("'", "''") + "'"


def _plain(value: float | Decimal | dt.date | None) -> str:
    """Return a value other than a string as SQL text; test bool and datetime before int and date."""
    if value is None or isinstance(value, bool):
        return {None: "NULL", True: "TRUE", False: "FALSE"}[value]
    if isinstance(value, dt.datetime):
        return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
    if isinstance(value, dt.date):
        return f"DATE '{value.isoformat()}'"
    return f"CAST('{value!r}' AS DOUBLE)" if isinstance(value, float) else str(value)


def identifier(name: str) -> str:
    """Return one identifier, quoted, as SQL text."""
    return '"' + name.replace('"', '""') + '"'


def values(columns: dict[str, str], rows: list[tuple[Value, ...]]) -> str:
    """Return a query that gives ``rows`` in order, with the named and typed ``columns`` (name to SQL type)."""
    if not rows:
        return (
            "SELECT "
            + ", ".join(f"CAST(NULL AS {kind}) AS {identifier(key)}" for key, kind in columns.items())
            + " WHERE FALSE"
        )
    casts = ", ".join(f"CAST({identifier(key)} AS {kind}) AS {identifier(key)}" for key, kind in columns.items())
    lines = ",\n".join("(" + ", ".join(literal(cell) for cell in row) + ")" for row in rows)
    return f"SELECT {casts} FROM (VALUES {lines}) AS t({', '.join(identifier(key) for key in columns)})"


def statement(package: str, name: str, **slots: object) -> str:
    """Return the query in ``<name>.sql`` beside the modules of ``package``, with its slots (``$run``) filled in.

    A slot takes a number, a name or a query of our own, never text from outside.

    Raises:
        KeyError: the file has a slot that is not given.
    """
    from importlib.resources import files
    from string import Template

    text = files(package).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return Template(text).substitute({slot: str(value) for slot, value in slots.items()})
