"""Changes that ``verify`` once passed, or ended at: of the read file with a record that fits, and around it.

Whoever changes the read file here also makes its recorded SHA-256 fit, so that only its rows can tell.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from safer_kpi.cli.main import app
from safer_kpi.lake import connect, lease
from safer_kpi.landing.stored_checks import stored_checks
from safer_kpi.settings import Settings
from tests.flows.conftest import Published

pytestmark = pytest.mark.e2e


@pytest.fixture
def lake(published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("SAFER_KPI_HEADS", str(tmp_path / "heads.json"))
    return Settings.load(shutil.copytree(published.home, tmp_path / "lake"))


def failed(settings: Settings, *words: str) -> list[str]:
    """The failed checks of ``verify``, each as a line."""
    done = CliRunner().invoke(app, ["verify", "--home", str(settings.home), "--json", *words])
    rows = json.loads(done.stdout)["rows"]
    return [f"{row['check']} {row['subject']}: {row['detail']}" for row in rows if row["status"] == "failed"]


def forge(settings: Settings, sql: str) -> None:
    with duckdb.connect(str(settings.kpi_file)) as book:
        book.execute(sql)
    hashed = hashlib.sha256(settings.kpi_file.read_bytes()).hexdigest()
    (settings.home / "state" / "read_files.json").write_text(json.dumps({settings.kpi_file.name: [hashed]}))


#: Each with the table that it changes: tables that the lake holds, and those that are made of them and of releases.
HELD = {
    "kpi.area": "ALTER TABLE kpi.area RENAME COLUMN area_name TO name",
    "kpi.build": "UPDATE kpi.build SET as_of = as_of - INTERVAL 1 DAY",
    "kpi.coverage": "DROP TABLE kpi.coverage",
}
MADE = {
    "kpi.component": "UPDATE kpi.component SET value = '2' WHERE kind = 'definition'",
    "kpi.release": "UPDATE kpi.release SET reason = 'none'",
    "kpi.certificate": "DELETE FROM kpi.certificate WHERE rowid = 7",
    "kpi.certified_strategy": "UPDATE kpi.certified_strategy SET words = words || ' '",
    "kpi.other": "CREATE TABLE kpi.other AS SELECT 1 AS a",
}


@pytest.mark.parametrize("edits", [HELD, MADE], ids=["held", "made"])
def test_every_table_of_the_read_file_is_compared(lake: Settings, edits: dict[str, str]) -> None:
    forge(lake, "; ".join(edits.values()))
    (line,) = [line for line in failed(lake) if line.startswith(f"read file {lake.kpi_file.name}:")]
    found = line.partition("the rows of ")[2].partition(" are not those of the lake and its releases")[0]
    assert sorted(found.split(", ")) == sorted(edits)


@pytest.mark.parametrize("column", ["build DROP COLUMN last_entry", "release DROP COLUMN manifest_sha256"])
def test_a_read_file_that_lost_a_column_fails_its_check(lake: Settings, column: str) -> None:
    forge(lake, f"ALTER TABLE kpi.{column}")
    assert any(line.startswith(f"read file {lake.kpi_file.name}:") for line in failed(lake))


def test_verdicts_and_observations_need_the_deep_form(lake: Settings) -> None:
    forge(
        lake,
        "INSERT INTO kpi.verdict BY NAME SELECT metric_id, area_code, period_type, period_start, breakdown, "
        "'baseline' AS against, 'improving' AS verdict, 'forged' AS reason, 'score' AS test "
        "FROM kpi.observation ORDER BY ALL LIMIT 1",
    )
    assert failed(lake) == []
    (line,) = failed(lake, "--deep")
    assert "kpi.verdict" in line


def test_a_read_file_of_a_newer_snapshot_than_the_lake_holds_fails(lake: Settings) -> None:
    """As where the catalogue, the data and the records were all replaced by those of an older copy."""
    forge(lake, "UPDATE kpi.build SET snapshot_id = snapshot_id + 1000")
    assert any("an older copy of the lake" in line for line in failed(lake) if line.startswith("read file"))


def test_a_folder_in_place_of_a_manifest_or_of_a_change_fails_its_check(lake: Settings, published: Published) -> None:
    (lake.home / "releases" / "approvers-0001.json").mkdir()
    assert any(line.startswith("approvers change 1:") for line in failed(lake))
    (lake.home / "releases" / "approvers-0001.json").rename(lake.home / "releases" / "approvers-0002.json")
    assert any(line.startswith("approvers change 1:") for line in failed(lake))  # its number is part of its name
    manifest = lake.home / "releases" / published.release_id / "manifest.json"
    manifest.unlink()
    manifest.mkdir()
    assert any(line.startswith(f"chain {published.release_id}:") for line in failed(lake))


def test_a_journal_without_a_format_is_a_failed_check(lake: Settings) -> None:
    with connect(lake) as connection:
        connection.execute("DELETE FROM journal.format")
    assert any("changed journal.format" in line for line in failed(lake))


def test_rows_of_no_entry_are_named_by_their_table(lake: Settings) -> None:
    with lease(lake), connect(lake) as connection:  # as a writer who records what it leaves
        connection.execute("INSERT INTO landing.population (lsoa_code) VALUES ('E01015272')")
    assert "rows landing.population: it has 1 rows of no entry: restore the lake from backup" in failed(lake)


def test_a_file_of_approvers_that_is_no_text_is_named(lake: Settings) -> None:
    (lake.home / "approvers").write_bytes(b"\xff\xfe")
    done = CliRunner().invoke(app, ["verify", "--home", str(lake.home)])
    assert done.exit_code == 2
    assert "approvers, is not UTF-8 text" in done.output


def test_raw_bytes_are_checked_where_a_data_file_is_damaged(lake: Settings) -> None:
    for path in (next((lake.home / "data/journal/coverage").glob("*.parquet")), next((lake.home / "raw").glob("*/*"))):
        path.write_bytes(path.read_bytes()[:-1] + b"\1")
    checks = {check for check, _, status, _ in stored_checks(lake) if status == "failed"}
    assert {"data file", "raw bytes"} <= checks


def test_a_damaged_name_in_the_file_of_heads_is_no_other_lake(lake: Settings) -> None:
    home = str(lake.home)
    assert CliRunner().invoke(app, ["verify", "--remember", "--home", home]).exit_code == 0
    heads = Path(lake.heads or "")
    heads.write_text(heads.read_text().replace("releases in ", "releases of "))
    done = CliRunner().invoke(app, ["verify", "--home", home])
    assert done.exit_code == 1
    assert "SAFER_KPI_HEADS" in done.output
