"""What a writer leaves is recorded: a change that safer-kpi did not make is found, named, and not covered up."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from safer_kpi.errors import SaferKpiError, UsageError
from safer_kpi.lake import connect, create_tables, lease
from safer_kpi.lake.transaction import transaction
from safer_kpi.landing.catalogue_check import catalogue_check
from safer_kpi.landing.data_file_checks import data_file_checks
from safer_kpi.landing.stored_checks import stored_checks
from safer_kpi.settings import Settings

FEED_TITLE = "UPDATE journal.feed SET title = 'Another' WHERE feed = 'population'"


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of one feed, which nothing has been landed of."""
    settings = Settings.load(tmp_path_factory.mktemp("known") / "lake")
    with connect(settings) as connection, lease(settings):
        with transaction(connection):
            create_tables(connection, {"population": ["lsoa_code"]})
        connection.execute("INSERT INTO journal.feed (feed, title) VALUES ('population', 'Residents')")
        connection.execute("INSERT INTO landing.population (entry, source_row, lsoa_code) VALUES (1, 1, 'E01015272')")
        connection.execute("DELETE FROM landing.population")
    return settings.home


@pytest.fixture
def lake(_made: Path, tmp_path: Path) -> Settings:
    return Settings.load(shutil.copytree(_made, tmp_path / "lake"))


def _checks(settings: Settings, name: str) -> list[tuple[str, str]]:
    """What the checks of the catalogue, or of the data files, say."""
    check, known = catalogue_check(settings)
    assert check is not None
    if name == "catalogue":
        return [check[2:]]
    with connect(settings, read_only=True) as connection:
        return [check[2:] for check in data_file_checks(connection, settings, known)[0]]


def _edit(settings: Settings, sql: str) -> None:
    """What somebody does who has DuckDB and knows nothing of the lease."""
    with connect(settings) as connection:
        connection.execute(sql)


def test_a_lake_as_it_was_written_is_whole(lake: Settings) -> None:
    assert {status for _, _, status, _ in stored_checks(lake)} == {"ok"}
    assert _checks(lake, "catalogue") == [("ok", "as the last command that wrote to the lake left it")]


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        (FEED_TITLE, "journal.feed"),
        ("UPDATE journal.format SET package_version = '9'", "journal.format"),
        ("INSERT INTO landing.population (entry) VALUES (1)", "landing.population"),
    ],
)  # fmt: skip
def test_an_edit_through_the_lake_is_named_by_its_table(lake: Settings, sql: str, table: str) -> None:
    _edit(lake, sql)
    ((status, detail),) = _checks(lake, "catalogue")
    assert status == "failed"
    assert f"changed {table}" in detail


def test_the_next_writer_does_not_cover_an_edit_up(lake: Settings) -> None:
    _edit(lake, FEED_TITLE)
    with lease(lake):
        _edit(lake, "INSERT INTO journal.format FROM journal.format LIMIT 0")
    with lease(lake):
        pass
    ((status, detail),) = _checks(lake, "catalogue")
    assert status == "failed"
    assert "changed journal.feed" in detail
    assert any("something else than safer-kpi wrote it" in detail for _, detail in _checks(lake, "data file"))


def test_a_writer_that_could_not_record_its_state_keeps_nobody_from_writing(lake: Settings) -> None:
    """The hashes of its files are recorded, the state is not: the next writer goes on from there."""
    in_the_way = lake.home / "state" / f".catalogue.json.{os.getpid()}"
    in_the_way.mkdir()
    with pytest.raises(SaferKpiError), lease(lake):
        _edit(lake, "INSERT INTO journal.feed (feed, title) VALUES ('deaths', 'Deaths')")
    in_the_way.rmdir()
    with lease(lake):
        _edit(lake, "INSERT INTO journal.feed (feed, title) VALUES ('patrols', 'Patrols')")
    assert {status for _, _, status, _ in stored_checks(lake)} == {"ok"}


def test_every_bit_of_the_catalogue_and_of_the_data_counts(lake: Settings) -> None:
    random = Random(1)
    data = sorted(Path(lake.data).rglob("*.parquet"))
    for path in [lake.home / "catalogue.sqlite"] * 2 + random.sample(data, 3):
        whole = path.read_bytes()
        bit = random.randrange(8 * len(whole))
        spoilt = bytearray(whole)
        spoilt[bit // 8] ^= 1 << bit % 8
        path.write_bytes(spoilt)
        ((status, _),) = _checks(lake, "catalogue" if path.suffix == ".sqlite" else "data file")
        assert status == "failed", f"bit {bit} of {path.name}"
        path.write_bytes(whole)


def test_a_row_of_the_catalogue_that_changes_no_snapshot_counts(lake: Settings) -> None:
    with closing(sqlite3.connect(lake.home / "catalogue.sqlite")) as catalogue, catalogue:
        catalogue.execute("UPDATE ducklake_file_column_stats SET max_value = '0' WHERE rowid = 1")
    ((status, detail),) = _checks(lake, "catalogue")
    assert (status, detail.partition(":")[0]) == (
        "failed",
        "its rows or bytes were changed by something else than safer-kpi",
    )


def test_a_killed_writer_is_not_taken_for_somebody_else(lake: Settings) -> None:
    if (child := os.fork()) == 0:
        with lease(lake):
            _edit(lake, FEED_TITLE)
            os._exit(0)
    os.waitpid(child, 0)
    assert [status for status, _ in _checks(lake, "catalogue")] == ["open"]
    with lease(lake):
        pass
    assert [status for status, _ in _checks(lake, "catalogue") + _checks(lake, "data file")] == ["ok", "ok"]


def test_a_command_that_fails_leaves_nothing_open(lake: Settings) -> None:
    with pytest.raises(UsageError), lease(lake):
        raise UsageError("a mistake")
    assert [status for status, _ in _checks(lake, "catalogue")] == ["ok"]


def test_what_is_older_is_open_until_something_is_written(lake: Settings) -> None:
    (lake.home / "state" / "catalogue.json").unlink()
    with closing(sqlite3.connect(lake.home / "catalogue.sqlite")) as catalogue, catalogue:
        catalogue.execute("DROP TABLE safer_kpi_file")
    assert [status for status, _ in _checks(lake, "catalogue")] == ["open"]
    with lease(lake):
        _edit(lake, FEED_TITLE)
    assert [status for status, _ in _checks(lake, "catalogue")] == ["ok"]
    assert [status for status, _ in _checks(lake, "data file")] == ["ok", "open"]


@pytest.mark.parametrize("text", ["", "{}", '{"snapshot_id": 1}'])
def test_a_damaged_record_fails(lake: Settings, text: str) -> None:
    (lake.home / "state" / "catalogue.json").write_text(text)
    assert [status for status, _ in _checks(lake, "catalogue")] == ["failed"]


def test_a_missing_catalogue_or_record_fails(lake: Settings) -> None:
    record = lake.home / "state" / "catalogue.json"
    record.rename(record.with_suffix(".aside"))
    assert [status for status, _ in _checks(lake, "catalogue")] == ["failed"]
    record.with_suffix(".aside").rename(record)
    (lake.home / "catalogue.sqlite").unlink()
    assert [status for status, _ in _checks(lake, "catalogue")] == ["failed"]
