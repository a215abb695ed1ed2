"""What a release of format 2 holds, and that one of format 1 is read and checked as before.

Hashes are computed again here in Python, from rows alone. Expected numbers are added up at the head of conftest.py.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import tarfile
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import permutations
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi import releases
from safer_kpi.cli.main import app
from safer_kpi.compute.published import release_rows
from safer_kpi.domain.release_format import require_format
from safer_kpi.errors import ReleaseFormat, UsageError
from safer_kpi.reading.verifying.verify import Terms, verify_folder
from safer_kpi.releases.recorded import recorded
from safer_kpi.settings import Settings
from tests.reading.publishing import failures

VIOLENCE = "1a.violence_and_sexual_offences"
OLD = Path(__file__).parent / "old_releases" / "format-1.tar.xz"
FIRST, LAST = "2024-25-Q1", "2024-25-Q1.2"


@pytest.fixture(params=[1, 2])
def either(request: pytest.FixtureRequest, home: Path, tmp_path: Path) -> Path:
    """A home with the same two releases, of each format."""
    return home if request.param == 2 else unpacked(tmp_path / "old")


def unpacked(folder: Path) -> Path:
    with tarfile.open(OLD) as archive:
        archive.extractall(folder, filter="data")
    return folder / "home"


def rows_of(file: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{file}' AS r (READ_ONLY)")
        return connection.execute(query).fetchall()


def edit(folder: Path, statement: str) -> None:
    with duckdb.connect(folder / "release.duckdb") as connection:
        connection.execute(statement)


def manifest_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return found


def tables_in(file: Path) -> dict[str, dict[str, str]]:
    sql = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = 'r' ORDER BY ALL"
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in rows_of(file, sql):
        found.setdefault(table, {})[column] = kind
    return found


def text(value: object) -> str:
    """The text of a value as decision 0059 says, for the types that occur here."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.17g}"
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, list):
        value = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if isinstance(value, dt.datetime) and value.microsecond:
        return str(value).rstrip("0")
    if isinstance(value, str):
        return f"{len(value.encode())}:{value}"
    return str(value)


def hash_of(first: str, texts: Iterable[str]) -> str:
    lines = sorted(f"{count}\t{each}".encode() for each, count in Counter(texts).items())
    return hashlib.sha256(b"\n".join([first.encode(), *lines])).hexdigest()


def test_the_manifest_has_the_hashes_of_every_table_and_column(home: Path) -> None:
    folder = home / "releases" / LAST
    manifest, held = manifest_of(folder), tables_in(folder / "release.duckdb")
    assert manifest["format"] == 3
    assert {name: set(told["columns"]) for name, told in manifest["tables"].items()} == {
        name: set(columns) for name, columns in held.items()
    }
    for table, columns in held.items():
        names = ", ".join(f'"{name}"' for name in columns)
        rows = rows_of(folder / "release.duckdb", f"SELECT {names} FROM r.kpi.{table}")
        texts = [[text(value) for value in row] for row in rows]
        heading = " ".join(f"{name} {kind}" for name, kind in columns.items())
        whole = [hashlib.sha256("\t".join(row).encode()).hexdigest() for row in texts]
        told = manifest["tables"][table]
        assert (table, told["rows"], told["sha256"]) == (table, len(rows), hash_of(heading, whole))
        for place, (name, kind) in enumerate(columns.items()):
            assert told["columns"][name] == hash_of(kind, (row[place] for row in texts)), f"{table}.{name}"


def test_no_file_holds_a_table_twice(home: Path) -> None:
    file = home / "releases" / LAST / "release.duckdb"
    held = tables_in(file)
    twice = []
    for one, other in permutations(held, 2):
        if not held[one].keys() <= held[other].keys() or one == "area":
            continue  # the areas of today and their changes are the same here, where no area has changed
        names = ", ".join(f'"{name}"' for name in held[one])
        mine, its = f"SELECT {names} FROM r.kpi.{one}", f"SELECT {names} FROM r.kpi.{other}"
        parts = (
            f"SELECT count(*) FROM ({part})" for part in (mine, f"{mine} EXCEPT ALL {its}", f"{its} EXCEPT ALL {mine}")
        )
        rows, only, others = rows_of(file, f"SELECT {', '.join(f'({part})' for part in parts)}")[0]
        if rows and not only and not others:
            twice.append((one, other))
    assert twice == []
    assert "certified" in held


SPOILED = {
    "UPDATE kpi.certified SET value = value + 1 WHERE period = '2024-05'": "certified: changed in value",
    "UPDATE kpi.certified SET note = 'x', lower = 0": "certified: changed in lower, note",
    "UPDATE kpi.ledger SET cause = 'late' WHERE cause = 'new'": "ledger: changed in cause",
    "UPDATE kpi.metric SET title = 'Robbery' WHERE metric_id LIKE '1c%'": "metric: changed in title",
    "DELETE FROM kpi.coverage WHERE entry = 3": "coverage: ",
    "DROP TABLE kpi.held": "the table held is missing",
    "CREATE TABLE kpi.more (n INTEGER)": "the table more is not in the manifest",
    "ALTER TABLE kpi.area ALTER COLUMN area_name TYPE BLOB": "area: changed in area_name",
    # One value goes to another row and its own comes here: the columns hold the same values as before.
    "UPDATE kpi.entry SET posted_at = CASE entry WHEN 2 THEN (SELECT posted_at FROM kpi.entry WHERE entry = 3) "
    "ELSE (SELECT posted_at FROM kpi.entry WHERE entry = 2) END WHERE entry IN (2, 3)": "entry: values were moved",
}


@pytest.mark.parametrize("statement", SPOILED)
def test_verify_names_the_table_and_the_column_that_changed(home: Path, statement: str) -> None:
    folder = home / "releases" / LAST
    edit(folder, statement)
    told = {(check, detail) for check, _, status, detail in verify_folder(folder) if status == "failed"}
    (named,) = [detail for check, detail in told if check == "tables"]
    assert named.startswith(SPOILED[statement])
    assert ("file", "SHA-256 differs") in told


def test_tables_are_checked_where_the_files_hash_was_forged_too(home: Path) -> None:
    """Whoever can sign a manifest again still has to make the hashes of the tables: a deep check makes them too."""
    folder = home / "releases" / LAST
    checks = verify_folder(folder, Terms(deep=True))
    assert [status for check, _, status, _ in checks if check == "tables"] == ["ok"]
    edit(folder, "UPDATE kpi.entry SET reason = 'x'")
    changed = {**manifest_of(folder)}
    changed["files"]["release.duckdb"] = hashlib.sha256((folder / "release.duckdb").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(changed, separators=(",", ":"), sort_keys=True))
    told = [detail for check, _, status, detail in verify_folder(folder, Terms(deep=True)) if check == "tables"]
    assert told == ["entry: changed in reason"]


def test_a_manifest_that_lost_its_tables_fails(home: Path) -> None:
    folder = home / "releases" / LAST
    changed = {key: value for key, value in manifest_of(folder).items() if key != "tables"}
    (folder / "manifest.json").write_text(json.dumps(changed, separators=(",", ":"), sort_keys=True))
    assert ("tables", f"{LAST}/release.duckdb") in failures(folder)


def test_an_overriding_reason_is_in_the_hashes(build: Callable[..., None], settings: Settings) -> None:
    build(4)
    releases.draft(settings, FIRST)
    folder = settings.home / "drafts" / FIRST
    content = json.loads((folder / "draft.json").read_bytes())
    content["findings"] = [{"metric_id": VIOLENCE, "check": "coverage", "detail": "a month is missing"}]
    (folder / "draft.json").write_text(json.dumps(content))
    releases.approve(settings, FIRST, name="Ada King", override="June will come")
    now = json.loads((folder / "draft.json").read_bytes())["tables"]
    notes = [text(note) for (note,) in rows_of(folder / "release.duckdb", "SELECT note FROM r.kpi.certified")]
    assert len(set(notes)) == 2
    assert now["certified"]["columns"]["note"] == hash_of("VARCHAR", notes)
    assert now != content["tables"]
    assert {name: told for name, told in now.items() if name != "certified"} == {
        name: told for name, told in content["tables"].items() if name != "certified"
    }


def test_a_reader_answers_to_the_names_of_a_lake(home: Path) -> None:
    """Analysts' queries over ``kpi.observation`` run on a release, though it holds its numbers as certified alone."""
    with safer_kpi.open(home / "releases" / LAST) as lake:
        asked = f"SELECT numerator FROM kpi.observation WHERE metric_id = '{VIOLENCE}' AND period = '2024-25-Q1'"
        found = lake.sql(f"{asked} AND area_code = 'L1'").rows()
        assert found == [{"numerator": 58}]
        names = set(lake.sql("SELECT * FROM kpi.observation LIMIT 0").columns)
        assert names == set(lake.sql("SELECT * FROM kpi.certified LIMIT 0").columns) - {
            "release_id", "known_at", "note",
        }  # fmt: skip
        assert {row["state"] for row in lake.certificates().rows()} == {"certified"}
    done = CliRunner().invoke(
        app, ["sql", f"{asked} AND area_code = 'L1'", "--json", "--home", str(home / "releases" / LAST)]
    )
    assert json.loads(done.output)["rows"] == found


def test_a_releases_file_by_itself_has_no_live_balance(home: Path, tmp_path: Path) -> None:
    alone = shutil.copyfile(home / "releases" / LAST / "release.duckdb", tmp_path / "numbers.duckdb")
    with safer_kpi.open(alone) as lake, pytest.raises(UsageError, match="not available from a release"):
        lake.metric(VIOLENCE, release="now")


def newer(folder: Path) -> None:
    """Make a release one of a format that does not exist yet."""
    changed = manifest_of(folder) | {"format": 4, "package_version": "9.9.0"}
    (folder / "manifest.json").write_text(json.dumps(changed, separators=(",", ":"), sort_keys=True))


SAID = r"2024-25-Q1\.2 has format 4; .* knows formats up to 3\..*Install safer-kpi 9\.9\.0 or later"


def test_a_newer_format_is_refused_by_every_reader(home: Path) -> None:
    folder = home / "releases" / LAST
    newer(folder)
    with pytest.raises(ReleaseFormat, match=SAID):
        safer_kpi.open(folder)
    with safer_kpi.open(home) as lake:
        with pytest.raises(ReleaseFormat, match=SAID):
            lake.compare(FIRST, LAST)
        with pytest.raises(ReleaseFormat, match=SAID):
            lake.trace(VIOLENCE, area="L1", period="2024-05", release=LAST)
    for read in (recorded, lambda folder: release_rows(folder.parent)):  # a rebuild; a build, a draft
        with pytest.raises(ReleaseFormat, match=SAID):
            read(folder)
    told = [detail for check, _, status, detail in verify_folder(folder) if (check, status) == ("manifest", "failed")]
    assert len(told) == 1
    assert "has format 4" in told[0]
    assert "Install safer-kpi 9.9.0" in told[0]


def test_a_newer_format_is_refused_before_anything_of_it_is_fetched(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fsspec

    newer(home / "releases" / LAST)
    filesystem = fsspec.filesystem("memory")
    filesystem.store.clear()
    filesystem.pipe_file("/shelf/manifest.json", (home / "releases" / LAST / "manifest.json").read_bytes())
    monkeypatch.setenv("SAFER_KPI_CACHE", str(tmp_path))
    with pytest.raises(ReleaseFormat, match=SAID):
        safer_kpi.open("memory://shelf")


def test_a_read_file_that_carries_a_newer_release_is_not_called_certified(home: Path) -> None:
    newer(home / "releases" / LAST)
    text = (home / "releases" / LAST / "manifest.json").read_text()
    with duckdb.connect(home / "safer_kpi.duckdb") as connection:
        connection.execute("UPDATE kpi.sealed SET manifest = ? WHERE release_id = ?", [text, LAST])
    with safer_kpi.open(home) as lake, pytest.raises(ReleaseFormat, match=SAID):
        lake.metric(VIOLENCE)


@pytest.mark.parametrize("number", [0, -1, 4, "2", True, None, 2.5, [2]])
def test_a_format_that_is_no_number_of_ours_is_refused(number: object) -> None:
    with pytest.raises(ReleaseFormat, match="knows formats up to 3"):
        require_format({"release_id": LAST, "format": number})


def test_releases_of_both_formats_are_read_alike(either: Path) -> None:
    with safer_kpi.open(either) as lake:
        (number,) = lake.metric(VIOLENCE, area="L1", period="2024-25-Q1").rows()
        assert (number["numerator"], number["release_id"], number["status"]) == (58, LAST, "certified")
        moved = lake.compare(FIRST, LAST, metric=VIOLENCE, area="L1", period="2024-25-Q1").rows()
        # as at entry 4: 56; then a late file, a reversal, and June again
        assert [row["amount"] for row in moved if row["step"] in {"opening", "closing"}] == [56, 58]
        assert sum(row["weight"] for row in lake.trace(VIOLENCE, area="L1", period="2024-25-Q1").rows()) == 58
    with safer_kpi.open(either / "releases" / LAST) as release:
        (number,) = release.metric(VIOLENCE, area="L1", period="2024-25-Q1").rows()
        assert number["numerator"] == 58
        assert {row["state"] for row in release.certificates().rows()} == {"certified"}
        assert len(release.compare(FIRST, LAST, metric=VIOLENCE, area="L1", period="2024-25-Q1"))
        known = release.metric(VIOLENCE, area="L1", period="2024-25-Q1", known_at="2024-08-15").rows()
        assert [row["numerator"] for row in known] == [56]
    for name in (FIRST, LAST):
        checks = verify_folder(either / "releases" / name, Terms(deep=True))
        assert {check for check, _, status, _ in checks if status == "failed"} == set()
        assert recorded(either / "releases" / name).entries[-1].entry == {FIRST: 4, LAST: 7}[name]


def test_a_changed_row_of_format_1_is_found_as_before(tmp_path: Path) -> None:
    folder = unpacked(tmp_path) / "releases" / LAST
    edit(folder, f"UPDATE kpi.certified SET upper = 9 WHERE metric_id = '{VIOLENCE}'")
    assert failures(folder) == {("file", f"{LAST}/release.duckdb")}
    with safer_kpi.open(folder) as lake, pytest.raises(safer_kpi.CheckFailed, match="differ from their seal"):
        lake.metric(VIOLENCE)
