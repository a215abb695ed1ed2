"""The verdicts on numbers that have just settled are those of judging all numbers again."""

from __future__ import annotations

import datetime as dt
import random

import duckdb
import pytest

from safer_kpi.compute import verdicts
from safer_kpi.domain.periods import add_months
from tests.effort import examples

FIRST, MONTHS = dt.date(2020, 4, 1), 72
#: Months in a period of each length, and how many months after the one before it begins.
LENGTHS = {"month": (1, 1), "quarter": (3, 3), "year": (12, 12), "rolling12": (12, 1), "rolling36": (36, 1)}
#: Polarity, interval, comparison, length and start of the baseline, what it divides by.
METRICS = {
    "fewer": ("lower_is_better", "byar", "year_before", None, None, "none"),
    "rate": ("lower_is_better", "byar", "year_before", "year", dt.date(2021, 4, 1), "residents"),
    "share": ("higher_is_better", "wilson", "none", "quarter", dt.date(2020, 7, 1), "count"),
    "context": (None, "byar", "year_before", None, None, "none"),
}
NUMBERS = """CREATE TABLE kpi.observation (
    metric_id TEXT, area_code TEXT, breakdown TEXT, period TEXT, period_type TEXT, period_start DATE, period_end DATE,
    status TEXT, series INTEGER, value DOUBLE, numerator BIGINT, denominator BIGINT)"""
TERMS = """CREATE TABLE kpi.metric (
    metric_id TEXT, polarity TEXT, interval_method TEXT, comparison TEXT, baseline_type TEXT, baseline_start DATE,
    denominator_kind TEXT)"""
#: What settles when the calendar comes to a day.
DUE = "status = 'provisional' AND period_end <= DATE '{}'"


def fill(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Numbers of five metrics in two areas, all provisional, with gaps and with a break in a series."""
    drawn = random.Random(seed)
    connection.execute(f"CREATE SCHEMA kpi; {NUMBERS}; {TERMS}")
    connection.executemany(
        "INSERT INTO kpi.metric VALUES (?, ?, ?, ?, ?, ?, ?)", [(name, *told) for name, told in METRICS.items()]
    )
    rows = []
    for name in METRICS:
        for area in ("A", "B"):
            for kind, (length, step) in LENGTHS.items():
                usual = drawn.choice([2, 9, 60]) * length
                for place in range(0, MONTHS - length + 1, step):
                    start = add_months(FIRST, place)
                    end = add_months(start, length) - dt.timedelta(days=1)
                    status = drawn.choices(["provisional", "missing", "incomplete"], [30, 1, 1])[0]
                    n, d = drawn.randint(0, 2 * usual), 3 * usual
                    value = None if status != "provisional" else n / d if name in ("rate", "share") else float(n)
                    series = 1 if place < 30 or name != "fewer" else 2
                    rows.append((name, area, "all", f"{start} {kind}", kind, start, end, status, series, value, n, d))
    connection.executemany(f"INSERT INTO kpi.observation VALUES ({', '.join('?' * 12)})", rows)


def settle(connection: duckdb.DuckDBPyConnection, day: dt.date) -> None:
    connection.execute(f"UPDATE kpi.observation SET status = 'final' WHERE {DUE.format(day)}")


@pytest.mark.parametrize("seed", range(examples(8)))
def test_verdicts_on_settled_numbers_are_those_of_judging_all_again(seed: int) -> None:
    drawn = random.Random(seed)
    day = add_months(FIRST, drawn.randint(20, 50))
    with duckdb.connect() as connection:
        fill(connection, seed)
        settle(connection, day)
        verdicts.write(connection)
        added = []
        for months in (1, 3, drawn.randint(1, 8)):
            day = add_months(day, months)
            connection.execute(
                f"CREATE TEMP TABLE settled AS SELECT {verdicts.KEY} FROM kpi.observation WHERE {DUE.format(day)}"
            )
            settle(connection, day)
            before = rows(connection)
            verdicts.insert_settled(connection, "settled")
            added.append(rows(connection) - before)
            connection.execute(
                "DROP TABLE settled; CREATE TEMP TABLE carried AS FROM kpi.verdict; DROP TABLE kpi.verdict"
            )
            verdicts.write(connection)
            apart = "(FROM carried EXCEPT ALL FROM kpi.verdict) UNION ALL (FROM kpi.verdict EXCEPT ALL FROM carried)"
            assert connection.execute(f"FROM ({apart}) LIMIT 3").fetchall() == [], (seed, day)
            connection.execute("DROP TABLE carried")
        assert all(added), added


def rows(connection: duckdb.DuckDBPyConnection) -> int:
    ((found,),) = connection.execute("SELECT count(*) FROM kpi.verdict").fetchall()
    return int(found)
