"""Partners' text as typed values. A text that cannot be read is null; contracts hold such rows back before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import parse_one
from sqlmesh import macro

from safer_kpi.domain.offences import class_sql

if TYPE_CHECKING:
    from sqlglot.expressions import Expression
    from sqlmesh.core.macros import MacroEvaluator


@macro()
def as_date(_: MacroEvaluator, written: Expression) -> Expression:
    """Return a day from ``2024-05-31`` or ``31/05/2024``, with or without midnight behind it."""
    text = written.sql(dialect="duckdb")
    day = f"SPLIT_PART(SPLIT_PART(TRIM({text}), 'T', 1), ' ', 1)"
    year_first = " || '-' || ".join(f"SPLIT_PART({day}, '/', {part})" for part in (3, 2, 1))
    return parse_one(
        f"CASE WHEN REGEXP_MATCHES({day}, '^[0-9]{{1,4}}-[0-9]{{1,2}}-[0-9]{{1,2}}$') THEN TRY_CAST({day} AS DATE) "
        f"WHEN REGEXP_MATCHES({day}, '^[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{1,4}}$') THEN TRY_CAST({year_first} AS DATE) "
        "END",
        dialect="duckdb",
    )


@macro()
def as_flag(_: MacroEvaluator, written: Expression) -> Expression:
    """Return whether a flag is set: Y, Yes, 1 or True in any case."""
    return parse_one(
        f"COALESCE(LOWER(TRIM({written.sql(dialect='duckdb')})) IN ('y', 'yes', '1', 'true'), FALSE)", dialect="duckdb"
    )


@macro()
def as_count(_: MacroEvaluator, written: Expression) -> Expression:
    """Return a whole number; null where the figure is suppressed or unavailable."""
    return parse_one(f"TRY_CAST({written.sql(dialect='duckdb')} AS BIGINT)", dialect="duckdb")


@macro()
def as_decimal(_: MacroEvaluator, written: Expression) -> Expression:
    """Return a decimal of six places; null where the figure is suppressed or unavailable."""
    return parse_one(f"TRY_CAST({written.sql(dialect='duckdb')} AS DECIMAL(18, 6))", dialect="duckdb")


@macro()
def measure(_: MacroEvaluator, written: Expression) -> Expression:
    """Return what a figure is: amount, suppressed or unavailable (an empty cell is unavailable)."""
    text = written.sql(dialect="duckdb")
    return parse_one(
        f"CASE WHEN {text} = '[c]' THEN 'suppressed' WHEN {text} = '[x]' OR {text} IS NULL THEN 'unavailable' "
        "ELSE 'amount' END",
        dialect="duckdb",
    )


@macro()
def uk_time(_: MacroEvaluator, written: Expression) -> Expression:
    """Return the time by the clocks of the United Kingdom of a UTC time written ``2024-05-31T23:05:00+00:00``.

    Clocks go forward and back at 01:00 UTC on the last Sundays of March and October; 7 January 1900 was a Sunday.
    """
    text = written.sql(dialect="duckdb")
    utc = f"REPLACE(LEFT({text}, 19), 'T', ' ')::TIMESTAMP"
    first, last = (
        f"({end} - (DATE_DIFF('DAY', '1900-01-07'::DATE, {end}) % 7) * INTERVAL 1 DAY)::TIMESTAMP + INTERVAL 1 HOUR"
        for end in (f"(LEFT({text}, 4) || '-{day}')::DATE" for day in ("03-31", "10-31"))
    )
    return parse_one(
        f"{utc} + CASE WHEN {utc} >= {first} AND {utc} < {last} THEN 1 ELSE 0 END * INTERVAL 1 HOUR", dialect="duckdb"
    )


@macro()
def weekday(_: MacroEvaluator, day: Expression) -> Expression:
    """Return the English name of a day of the week; 1 January 1900 was a Monday."""
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    cases = " ".join(f"WHEN {place} THEN '{name}'" for place, name in enumerate(names))
    return parse_one(
        f"CASE DATE_DIFF('DAY', '1900-01-01'::DATE, ({day.sql(dialect='duckdb')})::DATE) % 7 {cases} END",
        dialect="duckdb",
    )


@macro()
def offence_class(_: MacroEvaluator, written: Expression) -> Expression:
    """Return the offence class that a force's text names, as the list of offence classes writes it."""
    return parse_one(class_sql(written.sql(dialect="duckdb")), dialect="duckdb")


@macro()
def hour_of(_: MacroEvaluator, minute: Expression) -> Expression:
    """Return the hour of the day, ``00`` to ``23``, of minutes from midnight."""
    return parse_one(f"LPAD(FLOOR(({minute.sql(dialect='duckdb')}) / 60)::INT::TEXT, 2, '0')", dialect="duckdb")
