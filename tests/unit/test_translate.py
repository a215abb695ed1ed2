"""The text of a query for an engine; what an engine makes of it is compared in tests/flows/test_engines.py."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from safer_kpi.compute.engine_numbers import halves
from safer_kpi.compute.observed import observations_text
from safer_kpi.engines.translate import tables_read, translate, view_name

_MONTHS = (
    "(((EXTRACT(YEAR FROM `b`) * 12) + EXTRACT(MONTH FROM `b`)) "
    "- ((EXTRACT(YEAR FROM `a`) * 12) + EXTRACT(MONTH FROM `a`)))"
)
PROJECT = Path(__file__).resolve().parents[2]


def test_a_named_query_stands_behind_those_it_reads_and_is_stored_if_two_read_it() -> None:
    """Those inside a subquery are taken out too; ``one`` is read by ``two`` and by the query, ``two`` once."""
    query = """WITH one AS (SELECT a FROM lake.landing.street) SELECT * FROM (
        WITH two AS (SELECT a FROM one) SELECT two.a FROM two) AS inner_one JOIN one ON inner_one.a = one.a"""
    script = translate(query, prefix="q1_")
    assert [(step.name, step.stored) for step in script.steps] == [("q1_one", True), ("q1_two", False)]
    assert script.steps[0].sql == "SELECT `a` FROM `landing__street` AS `street`"
    assert script.steps[1].sql == "SELECT `a` FROM `q1_one` AS `one`"
    assert "WITH" not in script.sql
    assert "FROM `q1_two` AS `two`" in script.sql


def test_two_named_queries_of_one_name_are_refused() -> None:
    first, second = (f"(WITH a AS (SELECT {number} AS v) SELECT v FROM a)" for number in (1, 2))
    with pytest.raises(ValueError, match="one name"):
        translate(f"SELECT b.v FROM {first} AS b CROSS JOIN {second} AS c", prefix="")


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("d + n * INTERVAL 1 MONTH", "`d` + MAKE_YM_INTERVAL(0, CAST(`n` AS INT))"),
        ("d + n * INTERVAL 1 DAY", "`d` + MAKE_DT_INTERVAL(CAST(`n` AS INT))"),
        ("d + n * INTERVAL 1 HOUR", "`d` + MAKE_DT_INTERVAL(0, CAST(`n` AS INT))"),
        # From 31 January to 1 February DuckDB counts one month, and Spark's own function none.
        (
            "DATE_DIFF('MONTH', a, b)",
            _MONTHS,
        ),
    ],
)
def test_what_engines_read_otherwise_is_written_otherwise(written: str, spoken: str) -> None:
    sql = translate(f"SELECT {written} AS v FROM t", prefix="").sql
    assert sql == f"SELECT {spoken} AS `v` FROM `t`"


def test_a_table_has_one_name_for_an_engine() -> None:
    assert view_name('"lake"."landing"."police_street"') == "landing__police_street"
    assert tables_read("WITH a AS (SELECT 1 FROM kpi.metric) SELECT * FROM a JOIN lake.core.offence ON TRUE") == [
        "core__offence",
        "kpi__metric",
    ]


def test_the_rule_in_two_halves_is_the_rule() -> None:
    """The second half reads what the first gives, and no relation but the limits of small counts beside it."""
    moment, asked = "SELECT as_of FROM given.moment", "SELECT metric_id, area_code FROM given.asked"
    counted, rest = halves(PROJECT, moment, asked)
    whole = set(tables_read(observations_text(PROJECT, moment, asked)))
    assert set(tables_read(rest)) == {"kpi__poisson_exact"}
    assert set(tables_read(counted)) == whole - {"kpi__poisson_exact"}
    assert "POWER" not in counted
    duckdb.extract_statements(counted)
    duckdb.extract_statements(rest)
