"""A person's query reads the attached data and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi.cli.main import app
from safer_kpi.reading.queries import close_off, require_reading


@pytest.fixture(scope="module")
def place(book_writer: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("queries")
    book_writer(folder / "safer_kpi.duckdb")
    (folder / "secret.csv").write_text("word\nCANARY\n")
    return folder


@pytest.fixture(scope="module")
def lake(place: Path) -> Iterator[safer_kpi.Lake]:
    with safer_kpi.open(place) as opened:
        yield opened


FORBIDDEN = (
    "COPY (SELECT 1) TO '{0}/out.csv'",
    "ATTACH '{0}/other.duckdb'",
    "EXPORT DATABASE '{0}/out'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET threads = 1",
    "PRAGMA threads = 1",
    "CREATE TABLE memory.main.t AS SELECT 1 AS a",
    "DROP TABLE kpi.ledger",
    "SELECT 1; SELECT 2",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{0}/out.csv'",
    "FROM read_text('{0}/secret.csv')",
    "FROM '{0}/secret.csv'",
    'FROM "{0}/secret".csv',
    "DESCRIBE '{0}/secret.csv'",
    "WITH a AS (FROM glob('{0}/*')) FROM a",
    "SELECT (SELECT content FROM read_text('{0}/secret.csv')) AS a",
    "SELECT 1 WHERE EXISTS (FROM read_csv('{0}/secret.csv'))",
    "FROM query('SELECT 1')",
    "FROM duckdb_databases",
    "FROM duckdb_databases()",
    "FROM duckdb_secrets()",
    "FROM pragma_database_list",
    "FROM sqlite_scan('{0}/any.sqlite', 't')",
)


@pytest.mark.parametrize("query", FORBIDDEN)
def test_a_query_that_does_more_than_read_is_refused(lake: safer_kpi.Lake, place: Path, query: str) -> None:
    before = sorted(place.iterdir())
    with pytest.raises(safer_kpi.UsageError) as refused:
        lake.sql(query.format(place)).rows()
    assert refused.value.next_action
    assert "CANARY" not in str(refused.value)
    assert sorted(place.iterdir()) == before


def test_what_reads_is_accepted(lake: safer_kpi.Lake) -> None:
    assert lake.sql("WITH a AS (SELECT 2 AS n) SELECT n FROM a").rows() == [{"n": 2}]
    assert len(lake.sql("FROM kpi.as_of(TIMESTAMP '2024-08-15')").rows()) == 80
    with duckdb.connect() as connection:
        require_reading(connection, "FROM kpi.movements('2024-01-01', '2024-08-15')")  # the hand-made file has none
    assert lake.sql("SHOW ALL TABLES").rows()
    assert lake.sql("DESCRIBE kpi.metric").rows()


@pytest.mark.parametrize("query", FORBIDDEN)
def test_the_command_refuses_them_too(place: Path, query: str) -> None:
    result = CliRunner().invoke(app, ["sql", query.format(place), "--home", str(place)])
    assert (result.exit_code, type(result.exception)) == (2, SystemExit)
    assert "CANARY" not in result.output


def test_other_engines_that_ignore_external_access_are_not_reached(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.sqlite") as other:
        other.execute("CREATE TABLE t (a)")
    with duckdb.connect() as connection:
        close_off(connection, folders=[str(tmp_path)])
        for query in (f"FROM sqlite_scan('{tmp_path}/a.sqlite', 't')", f"ATTACH '{tmp_path}/a.sqlite' (TYPE sqlite)"):
            with pytest.raises(safer_kpi.UsageError):
                require_reading(connection, query)
        with pytest.raises(duckdb.Error):
            connection.execute("SET enable_external_access = true")
        with pytest.raises(duckdb.Error):
            connection.execute("FROM read_text('/etc/passwd')")
