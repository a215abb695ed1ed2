"""kpi.duckdb opens, and its tables and macros answer, in the oldest and newest DuckDB as in ours."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import safer_kpi

pytestmark = pytest.mark.e2e

# DuckDB 1.0.0 has no wheel for Python 3.13 and later.
PYTHON = ">=3.11,<3.13"
TABLES = ("area", "build", "certified", "coverage", "delivery", "entry", "ledger", "metric", "observation", "release")
QUESTIONS = {
    **{f"table {name}": f"SELECT count(*) FROM {name}" for name in TABLES},
    "as known now": "SELECT count(*), CAST(sum(value) AS BIGINT) FROM as_of((SELECT as_of FROM build))",
    "as known before all": "SELECT count(value) FROM as_of(TIMESTAMP '1999-01-01')",
    "movements": "SELECT count(*), CAST(sum(amount) AS BIGINT) "
    "FROM movements(TIMESTAMP '2001-01-01', (SELECT as_of FROM build))",
    "postings": "SELECT count(*), CAST(sum(amount) AS BIGINT) FROM ledger WHERE posted_at > TIMESTAMP '2001-01-01'",
    "one number": "SELECT numerator, CAST(1000 * lower AS BIGINT), CAST(1000 * upper AS BIGINT), status "
    "FROM observation WHERE metric_id = '1a.violence_and_sexual_offences' "
    "AND area_code = 'E06000058' AND period = '2024-02'",
    "comments": "SELECT count(*) FROM duckdb_columns() WHERE schema_name = 'kpi' AND comment IS NULL",
}
# How an analyst comes to the file: opened by itself, or beside others under a name of their own.
WAYS = {
    "opened": "connection = duckdb.connect(sys.argv[1], read_only=True); connection.execute('USE kpi.kpi')",
    "attached": "connection = duckdb.connect(); "
    "connection.execute(f\"ATTACH '{sys.argv[1]}' AS numbers (READ_ONLY)\"); connection.execute('USE numbers.kpi')",
}
ASK = """
import duckdb, json, sys
{way}
questions = json.load(sys.stdin)
answers = {{name: connection.execute(sql).fetchall() for name, sql in questions.items()}}
print(json.dumps([duckdb.__version__, answers], default=str))
"""


@pytest.fixture(scope="module", params=["1.0.0", "1.5.5", "2.0.0"])
def version(request: pytest.FixtureRequest, empty_environment: Callable[..., Path]) -> tuple[str, Path]:
    return request.param, empty_environment(f"duckdb=={request.param}", python=PYTHON)


@pytest.mark.parametrize("way", WAYS)
def test_kpi_duckdb_answers(version: tuple[str, Path], way: str, published) -> None:
    number, interpreter = version
    done = subprocess.run(
        [str(interpreter), "-c", ASK.format(way=WAYS[way]), str(published.home / "kpi.duckdb")],
        input=json.dumps(QUESTIONS),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    used, answers = json.loads(done.stdout)
    assert used == number
    with safer_kpi.open(published.home) as lake:
        observations = lake.sql("SELECT count(*) AS n FROM kpi.observation").rows()[0]["n"]
    assert answers["table observation"] == [[observations]]
    # what is known now is what the table holds, nothing was known before the first entry, all postings are movements
    assert answers["as known now"][0][0] == observations > 0
    assert answers["as known before all"] == [[0]]
    assert answers["movements"][0][1] == answers["postings"][0][1] > 0
    assert answers["one number"][0][0] > 0
    assert answers["comments"] == [[0]]
