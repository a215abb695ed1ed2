"""The seals of a release: one hash over every column of the certified numbers, or verdicts, of a metric and an area.

Each row is one line: its columns in the order of their names, separated by tabs, ``-`` for null; a text has its length
in bytes and a colon before it, a floating-point number 17 significant digits. The lines of one metric and area are
sorted by their bytes, joined by newlines and hashed (SHA-256, lower-case hex).

``seals.json`` holds them under ``certified`` and ``certified_verdict``, by metric and area; under ``withdrawn`` the
hashes of the certified numbers as a withdrawal marks them; under ``metric`` those of the terms that each metric is
judged by, by which a reader derives why a number has no verdict; and under ``columns`` the columns of each table. It is
one of the files that the manifest names, so the approvers' signatures cover it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.judging.columns import TERMS
from safer_kpi.reading.sealing.slices import slices
from safer_kpi.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import duckdb

    from safer_kpi.reading.sealing.slices import Read

SEALS = "seals.json"
TABLES = ("certified", "certified_verdict")
WITHDRAWN = "withdrawn"
METRIC = "metric"
MARKED = "CASE WHEN status IN ('certified', 'provisional') THEN 'withdrawn' ELSE status END"
_PLAIN = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "BOOLEAN", "DATE", "TIMESTAMP"}


def seals(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, dict[str, object]]:
    """Return the seals of the release in ``schema``, with the columns that they cover."""

    def read(sql: str) -> list[tuple[Any, ...]]:
        return connection.execute(sql).fetchall()

    found: dict[str, dict[str, object]] = {"columns": {}}
    for table in TABLES:
        held = "SELECT table_name FROM duckdb_tables() WHERE database_name || '.' || schema_name"
        if (table,) not in connection.execute(f"{held} = '{schema}'").fetchall():
            continue
        columns = columns_of(connection.execute(f"DESCRIBE {schema}.{table}").fetchall())
        found["columns"][table] = sorted(columns)
        found[table] = _by_metric(sealed_rows(read, f"{schema}.{table}", columns))
        if table == "certified":
            marked = f"(SELECT * REPLACE ({MARKED} AS status) FROM {schema}.{table})"
            found[WITHDRAWN] = _by_metric(sealed_rows(read, marked, columns))
    held_terms = columns_of(connection.execute(f"DESCRIBE {schema}.metric").fetchall())
    terms = {name: held_terms[name] for name in TERMS if name in held_terms}
    found["columns"][METRIC] = sorted(terms)
    rows = connection.execute(terms_query(f"{schema}.metric", terms)).fetchall()
    found[METRIC] = {metric_id: seal for metric_id, _, seal, _ in rows}
    return found


def terms_query(relation: str, terms: Mapping[str, str]) -> str:
    """Return the query for the seals of the terms that metrics are judged by: metric, an empty text, hash."""
    return seal_query(f"(SELECT *, '' AS area_code FROM {relation})", terms)


def columns_of(described: Sequence[tuple[str, ...]]) -> dict[str, str]:
    """Return the type of each column by its name, from what ``DESCRIBE`` returns."""
    return {name: kind for name, kind, *_ in described}


def seal_query(relation: str, columns: Mapping[str, str], *, where: str = "TRUE", others: Sequence[str] = ()) -> str:
    """Return the query for the seals of the rows in ``relation``: metric, area, hash.

    A fourth column counts the values in ``others``: the columns that the seal does not cover, which must be null.
    """
    line = tabbed(field(identifier(name), columns[name]) for name in sorted(columns))
    filled = " + ".join(f"(CASE WHEN {identifier(name)} IS NULL THEN 0 ELSE 1 END)" for name in others) or "0"
    return f"""
        SELECT metric_id, area_code, sha256(string_agg(line, chr(10) ORDER BY line)) AS seal, sum(filled) AS filled
        FROM (SELECT metric_id, area_code, {line} AS line, {filled} AS filled FROM {relation} WHERE {where}) AS lines
        GROUP BY metric_id, area_code ORDER BY metric_id, area_code
    """


def sealed_rows(
    read: Read, relation: str, columns: Mapping[str, str], *, where: str = "TRUE", others: Sequence[str] = ()
) -> list[tuple[Any, ...]]:
    """Return what ``seal_query`` gives of many metrics and areas, few of which are held at one time."""
    conditions = slices(read, relation, where=where)
    return [row for each in conditions for row in read(seal_query(relation, columns, where=each, others=others))]


def tabbed(fields: Iterable[str]) -> str:
    """Return the SQL for texts, none of them null, with tabs between them.

    One call copies each text once; a chain of ``||`` copies what it has so far at every step.
    """
    return f"concat_ws(chr(9), {', '.join(fields)})"


def field(column: str, kind: str) -> str:
    """Return the SQL for the text of a value, given as SQL, of a type."""
    if kind in _PLAIN:
        return f"coalesce(CAST({column} AS VARCHAR), '-')"
    if kind in {"DOUBLE", "FLOAT"}:
        return f"coalesce(printf('%.17g', {column}), '-')"
    text = f"CAST({column} AS VARCHAR)"
    return f"coalesce(CAST(strlen({text}) AS VARCHAR) || ':' || {text}, '-')"


def _by_metric(rows: Sequence[tuple[str, str, str, int]]) -> dict[str, object]:
    found: dict[str, dict[str, str]] = {}
    for metric_id, area_code, seal, _ in rows:
        found.setdefault(metric_id, {})[area_code] = seal
    return dict(found)
