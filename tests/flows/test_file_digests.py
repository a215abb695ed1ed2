"""Rows that fill large data files of their own are confirmed by the hashes of these files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from safer_kpi.lake import connect
from safer_kpi.lake.data_files import DataFile, hash_of_new, hash_to_record
from safer_kpi.lake.digests import renew
from safer_kpi.landing import land
from safer_kpi.landing.stored_checks import stored_checks
from safer_kpi.landing.stored_rows import row_checks
from safer_kpi.settings import Settings
from tests.flows.test_stored_rows import FEED, STREET, failed


@pytest.fixture(scope="module")
def settings(new_lake: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The seeds and a month of 300 crimes, in a lake that takes its file of a few kilobytes for a large one."""
    folder = tmp_path_factory.mktemp("files")
    settings = new_lake(folder / "lake")
    line = "{:064x},2024-04,Dorset Police,Dorset Police,,,No Location,E01015272,Somewhere,Robbery,,\n"
    path = folder / "2024-04-dorset-street.csv"
    path.write_text(STREET + "".join(map(line.format, range(300))))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("safer_kpi.lake.digests.MANY", 300)
        patched.setattr("safer_kpi.lake.file_digests.SMALL", 1000)
        patched.setattr("safer_kpi.landing.readings._LARGE", 1000)
        assert land(settings, FEED, [str(path)])[0].changes == {"new": 300}
    return settings


@pytest.fixture(scope="module")
def lake(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(settings) as connection:
        yield connection


def digest(lake: duckdb.DuckDBPyConnection) -> list[object]:
    (text,) = lake.execute(f"SELECT digests FROM journal.entry WHERE feed = '{FEED}'").fetchall()[0]
    found: list[object] = json.loads(text)[f"landing.{FEED}"]
    return found


def test_the_digest_is_the_hash_of_the_file(settings: Settings, lake: duckdb.DuckDBPyConnection) -> None:
    """The feed's folder has the file that makes its columns known to every reader, and that of the 300 crimes."""
    hashes = {
        hashlib.sha256(path.read_bytes()).hexdigest() for path in Path(settings.data, "landing", FEED).glob("*.parquet")
    }
    rows, text = digest(lake)
    assert rows == 300
    assert str(text).removeprefix("files ") in hashes
    assert {status for _, _, status, _ in stored_checks(settings)} == {"ok"}


def test_a_file_is_recorded_as_it_was_written_and_hashed_anew_if_it_was_touched(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"as written")
    file = DataFile(file_id=1, table="landing.rows", path=str(path), size=10)
    written, touched = (hashlib.sha256(content).hexdigest() for content in (b"as written", b"touched since"))
    assert hash_of_new(path) == written
    assert hash_to_record(settings, file) == written
    hash_of_new(path)
    path.write_bytes(b"touched since")
    assert hash_to_record(settings, file) == touched
    hash_of_new(path)
    path.unlink()
    assert hash_to_record(settings, file) is None


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE landing.police_street SET crime_type = 'Drugs' WHERE source_row = 7",
        "DELETE FROM landing.police_street WHERE source_row = 7",
        "INSERT INTO landing.police_street FROM landing.police_street WHERE source_row = 7",
        "DELETE FROM landing.police_street",
    ],
)
def test_an_edit_is_found_and_named(lake: duckdb.DuckDBPyConnection, edit: str) -> None:
    lake.execute("BEGIN")
    try:
        lake.execute(edit)
        found = failed(lake)
    finally:
        lake.execute("ROLLBACK")
    assert [subject.partition(" ")[0] for subject, _ in found] == [FEED]
    assert f"landing.{FEED}" in found[0][1]


def test_rows_that_are_mended_get_a_digest_of_their_own(lake: duckdb.DuckDBPyConnection) -> None:
    """Mended rows lie in another file, which nobody has hashed yet."""
    lake.execute("BEGIN")
    try:
        lake.execute("UPDATE landing.police_street SET posted_at = posted_at - INTERVAL 1 HOUR")
        assert failed(lake)
        renew(lake)
        assert failed(lake) == []
        assert not str(digest(lake)[1]).startswith("files ")
    finally:
        lake.execute("ROLLBACK")
    assert [status for _, _, status, _ in row_checks(lake)] == ["ok"]
