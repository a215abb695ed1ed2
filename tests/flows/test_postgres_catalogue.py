"""Rows of a catalogue in a real Postgres that something else than safer-kpi changed are found, and named by table."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from safer_kpi.errors import LakeBroken
from safer_kpi.lake import connect, create_tables, lease
from safer_kpi.lake.transaction import transaction
from safer_kpi.landing.catalogue_check import catalogue_check
from safer_kpi.releases import compact
from safer_kpi.settings import Settings
from tests.flows.servers import postgres

pytestmark = [pytest.mark.e2e, pytest.mark.long(30)]

AS_IT_WAS = ("ok", "as the last command that wrote to the lake left it")
#: Edits that make no snapshot, with what undoes them.
EDITS = {
    "ducklake_table_stats": "record_count = record_count {} 1",
    "ducklake_file_column_stats": "value_count = value_count {} 1",
    "ducklake_data_file": "file_size_bytes = file_size_bytes {} 1",
    "ducklake_snapshot": "snapshot_time = snapshot_time {} INTERVAL '1 second'",
    "safer_kpi_file": "file_id = file_id {} 1000000",
}


@pytest.fixture(scope="module")
def dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("postgres")
    folder.chmod(0o755)
    with postgres(folder) as found:
        yield found


@pytest.fixture(scope="module")
def lake(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A lake of one feed in Postgres, with a row in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAFER_KPI_CATALOGUE", f"postgres:{dsn}")
        settings = Settings.load(tmp_path_factory.mktemp("known") / "lake")
        settings.home.mkdir()
        with connect(settings) as connection, lease(settings):
            with transaction(connection):
                create_tables(connection, {"population": ["lsoa_code"]})
            connection.execute("INSERT INTO landing.population (entry, lsoa_code) VALUES (1, 'E01015272')")
        yield settings


def _check(settings: Settings) -> tuple[str, str]:
    check, _ = catalogue_check(settings)
    assert check is not None
    return check[2:]


def _edit(dsn: str, sql: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as other:
        other.execute("SET TimeZone = 'Asia/Tokyo'")  # the text of a time is that of the session
        other.execute(sql.encode())


@pytest.mark.parametrize("table", EDITS)
def test_a_changed_row_is_found_and_named_by_its_table(lake: Settings, dsn: str, table: str) -> None:
    assert _check(lake) == AS_IT_WAS
    _edit(dsn, f"UPDATE {table} SET {EDITS[table].format('+')}")
    status, detail = _check(lake)
    assert status == "failed"
    assert detail.startswith(f"the rows of {table} were changed by something else than safer-kpi")
    _edit(dsn, f"UPDATE {table} SET {EDITS[table].format('-')}")
    assert _check(lake) == AS_IT_WAS


def test_a_row_that_is_gone_and_a_table_that_is_gone_are_found(lake: Settings, dsn: str) -> None:
    _edit(dsn, "ALTER TABLE ducklake_table_stats RENAME TO aside")
    assert "the rows of ducklake_table_stats were" in _check(lake)[1]
    _edit(dsn, "ALTER TABLE aside RENAME TO ducklake_table_stats")
    _edit(dsn, "CREATE TABLE aside AS SELECT * FROM ducklake_column; DELETE FROM ducklake_column WHERE column_id = 1")
    assert "the rows of ducklake_column were" in _check(lake)[1]
    _edit(dsn, "DELETE FROM ducklake_column; INSERT INTO ducklake_column SELECT * FROM aside; DROP TABLE aside")
    assert _check(lake) == AS_IT_WAS


def test_the_next_writer_does_not_cover_it_up(lake: Settings, dsn: str) -> None:
    """The last of this module: what was found once stays recorded, as of a catalogue in a file."""
    _edit(dsn, "UPDATE ducklake_table_stats SET record_count = record_count + 1")
    with pytest.raises(LakeBroken, match="Nothing was compacted: the rows of ducklake_table_stats were changed"):
        compact(lake)
    with lease(lake), connect(lake) as connection:
        connection.execute("INSERT INTO landing.population (entry, lsoa_code) VALUES (2, 'E01015272')")
    status, detail = _check(lake)
    assert status == "failed"
    assert detail.startswith("the rows of ducklake_table_stats were changed")
