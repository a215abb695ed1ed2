"""The read file and a release's file answer by ``"schema"."table"`` in the oldest and newest DuckDB as in ours."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from safer_kpi.reading.place import RELEASE_FILE
from safer_kpi.settings import KPI_FILE

pytestmark = pytest.mark.e2e

# DuckDB 1.0.0 has no wheel for Python 3.13 and later.
PYTHON = ">=3.11,<3.13"
VERSIONS = ("==1.0.0", "==1.5.5", ">=2,<3")
# How people come to a file: opened by itself, or attached beside others under a name of their own.
WAYS = {
    "opened": "connection = duckdb.connect(file, read_only=True)",
    "attached": "connection.execute(f\"ATTACH '{file}' AS book (READ_ONLY)\"); connection.execute('USE book')",
    "attached, its schema in use": "connection.execute(f\"ATTACH '{file}' AS numbers (READ_ONLY)\"); "
    "connection.execute('USE numbers.kpi')",
}
QUESTIONS = {
    "as known now": "SELECT count(*), CAST(sum(value) AS BIGINT) FROM kpi.as_of((SELECT as_of FROM kpi.build))",
    "as known before all": "SELECT count(value), NULL FROM kpi.as_of(TIMESTAMP '1999-01-01')",
    "as known on a day": "SELECT count(*), NULL FROM kpi.as_of('2024-06-30')",
    "movements": "SELECT count(*), CAST(sum(amount) AS BIGINT) "
    "FROM kpi.movements(TIMESTAMP '2001-01-01', (SELECT as_of FROM kpi.build))",
    "postings": "SELECT count(*), CAST(sum(amount) AS BIGINT) FROM kpi.ledger WHERE posted_at > '2001-01-01'",
    "one number": "SELECT numerator, CAST(1000 * upper AS BIGINT) FROM kpi.{numbers} "
    "WHERE metric_id = '1a.violence_and_sexual_offences' AND area_code = 'E06000058' AND period = '2024-02'",
    "without comment": "SELECT count(*), NULL FROM duckdb_columns() "
    "WHERE schema_name = 'kpi' AND database_name = current_database() AND comment IS NULL",
}
#: A release holds its numbers once, as certified.
NUMBERS = {KPI_FILE: "observation", RELEASE_FILE: "certified"}
LISTED = (
    "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = current_database() "
    "AND table_schema <> 'information_schema' ORDER BY ALL"
)
ASK = """
import duckdb, json, sys
file, questions, listed = json.load(sys.stdin)
connection = duckdb.connect()
{way}
tables = [f'"{{schema}}"."{{table}}"' for schema, table in connection.execute(listed).fetchall()]
held = {{table: connection.execute(f"SELECT count(*) FROM {{table}}").fetchall()[0][0] for table in tables}}
answers = {{name: connection.execute(sql).fetchall()[0] for name, sql in questions.items()}}
print(json.dumps([duckdb.__version__, held, answers], default=str))
"""
# Nothing in use, tables still read by three parts. (A macro finds its tables in the database in use alone.)
NAMED_IN_FULL = """
import duckdb, json, sys
file, tables = json.load(sys.stdin)
connection = duckdb.connect()
connection.execute(f"ATTACH '{file}' AS book (READ_ONLY)")
count = lambda table: connection.execute(f"SELECT count(*) FROM book.{table}").fetchall()[0][0]
print(json.dumps({table: count(table) for table in tables}))
"""


@dataclass(frozen=True)
class Held:
    """A file, and what it holds as counted by three-part names in the DuckDB that wrote it."""

    file: Path
    rows: dict[str, int]


@pytest.fixture(scope="module", params=VERSIONS)
def interpreter(request: pytest.FixtureRequest, empty_environment: Callable[..., Path]) -> tuple[str, Path]:
    return request.param, empty_environment(f"duckdb{request.param}", python=PYTHON)


@pytest.fixture(scope="module", params=[KPI_FILE, RELEASE_FILE])
def held(request: pytest.FixtureRequest, published: Any) -> Held:
    file = (published.home if request.param == KPI_FILE else published.folder) / request.param
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{file}' AS elsewhere (READ_ONLY)")
        names = connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'elsewhere' "
            "UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = 'elsewhere' "
            "AND NOT internal"
        ).fetchall()
        rows = {
            f'"{schema}"."{name}"': connection.execute(f'SELECT count(*) FROM elsewhere."{schema}"."{name}"').fetchall()
            for schema, name in names
        }
    return Held(file, {name: found[0][0] for name, found in rows.items()})


def run(interpreter: Path, program: str, asked: object) -> Any:
    done = subprocess.run(
        [str(interpreter), "-c", program], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    # On a slow machine DuckDB draws a bar of its progress first, on the same output.
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("way", ["opened", *(pytest.param(way, marks=pytest.mark.soak) for way in list(WAYS)[1:])])
def test_every_object_and_macro_answers(interpreter: tuple[str, Path], held: Held, way: str) -> None:
    """Each table counted and each macro asked, in a process of that version."""
    version, python = interpreter
    numbers = NUMBERS[held.file.name]
    asked = [str(held.file), {name: sql.format(numbers=numbers) for name, sql in QUESTIONS.items()}, LISTED]
    used, rows, answers = run(python, ASK.format(way=WAYS[way]), asked)
    assert used.startswith("2." if version.startswith(">=2") else version.removeprefix("=="))
    assert rows == held.rows
    assert {f'"kpi"."{numbers}"', '"kpi"."certified"', '"kpi"."ledger"', '"kpi"."certified_verdict"'} <= rows.keys()
    assert ('"kpi"."observation"' in rows) == (held.file.name == KPI_FILE)
    # nothing was known before the first entry, all postings are movements, a day is a moment
    assert answers["as known before all"][0] == 0
    assert answers["movements"][1] == answers["postings"][1] > 0
    assert answers["as known on a day"][0] > 0
    assert answers["one number"][0] > 0
    assert answers["without comment"][0] == 0
    known = answers["as known now"][0]
    # what is known now is what the table holds; a release's table ends with its quarter
    held_rows = rows[f'"kpi"."{numbers}"']
    assert known == held_rows if held.file.name == KPI_FILE else known >= held_rows


def test_tables_are_read_by_their_full_names_without_use(interpreter: tuple[str, Path], held: Held) -> None:
    assert run(interpreter[1], NAMED_IN_FULL, [str(held.file), list(held.rows)]) == held.rows
