"""What a build carries over from the last read file, and when it makes everything again."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from benchmarks import country_by_hand
from safer_kpi.catalogue.template import write_project
from safer_kpi.compute import build, export, renewing
from safer_kpi.errors import CheckFailed
from safer_kpi.files import sha256_of
from safer_kpi.lake import connect
from safer_kpi.landing import land
from safer_kpi.landing.posting import Terms
from safer_kpi.settings import Settings
from tests.flows.test_build import BCP, FIRST, JANUARY, JANUARY_AGAIN, SECOND, street

pytestmark = pytest.mark.long(30)
TABLES = (
    "entry", "delivery", "metric", "area", "area_change", "coverage", "held", "feed", "ledger",
    "observation", "verdict",
)  # fmt: skip
COUNT = f"""SELECT numerator FROM kpi.observation WHERE metric_id = '1a.violence_and_sexual_offences'
    AND area_code = '{BCP}' AND period = '2024-01' AND breakdown = 'all'"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Path:
    """A built lake of one month of street crime."""
    folder = tmp_path_factory.mktemp("carried")
    settings = new_lake(folder / "lake", built=True)
    _land(settings, folder, JANUARY, FIRST)
    build(settings, full=True)
    return settings.home


@pytest.fixture
def lake(made: Path, tmp_path: Path) -> tuple[Settings, Path]:
    """A copy of that lake, and a folder for more files."""
    shutil.copytree(made, tmp_path / "lake", symlinks=True)
    return Settings.load(tmp_path / "lake"), tmp_path


def _land(settings: Settings, folder: Path, rows: list[tuple[str, str, str, str]], at: dt.datetime) -> None:
    file = street(folder / "2024-01-dorset-street.csv", rows)
    land(settings, "police_street", [file], terms=Terms(published=at, received_at=at))


def _asked(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.kpi_file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def _rows(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    return {
        table: _asked(settings, f"SELECT count(*), sum(hash(t)::HUGEINT) FROM kpi.{table} AS t") for table in TABLES
    }


def _carried(settings: Settings) -> dict[str, object]:
    found: dict[str, object] = json.loads((settings.home / "state" / "carried.json").read_text(encoding="utf-8"))
    return found


def test_what_is_carried_over_is_what_would_be_made_again(lake: tuple[Settings, Path]) -> None:
    """January is delivered again."""
    settings, folder = lake
    assert _carried(settings)["added"] == 0
    _land(settings, folder, JANUARY_AGAIN, SECOND)
    build(settings)
    assert 0 < int(str(_carried(settings)["added"])) <= int(str(_carried(settings)["numbers"]))
    assert _asked(settings, COUNT) == [(12,)]  # eleven in Boscombe, one in Alderney
    carried = _rows(settings)
    build(settings, full=True)
    assert _carried(settings)["added"] == 0
    assert _rows(settings) == carried


def test_where_most_numbers_change_the_whole_file_is_written_in_order(
    lake: tuple[Settings, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A year that is landed at one time: a copy would hold it behind what it replaces, and be written again soon."""
    settings, folder = lake
    _land(settings, folder, JANUARY_AGAIN, SECOND)
    monkeypatch.setattr(renewing, "MANY", 0)
    assert not any("was not what its rule gives" in warning for warning in build(settings).warnings)
    assert _carried(settings)["added"] == 0
    assert _asked(settings, COUNT) == [(12,)]
    found = _rows(settings)
    build(settings, full=True)
    assert _rows(settings) == found


@pytest.mark.parametrize("at", [SECOND, FIRST + dt.timedelta(hours=5)], ids=["another day", "the same day"])
def test_recorded_statements_build_what_sqlmesh_builds(lake: tuple[Settings, Path], at: dt.datetime) -> None:
    """The same delivery to two copies of a lake; SQLMesh itself runs on one. Rows of earlier entries stay in place."""
    settings, folder = lake
    other = Settings.load(shutil.copytree(settings.home, folder / "other", symlinks=True))
    (other.home / "state" / "recipes.json").unlink()
    before, built = _places(settings), []
    for each in (settings, other):
        _land(each, folder, JANUARY_AGAIN, at)
        build(each)
        with connect(each, read_only=True) as connection:
            tables = [f"lake.ledger.{path.stem}" for path in sorted((each.project / "models" / "ledger").glob("*.sql"))]
            hashed = "SELECT count(*), sum(hash(t)::HUGEINT) FROM {} AS t"
            built.append([connection.execute(hashed.format(table)).fetchall() for table in tables])
    assert built[0] == built[1]
    assert any(rows > 0 for ((rows, _),) in built[0])
    assert before < _places(settings)


def _places(settings: Settings) -> set[int]:
    """Where the lake keeps the rows of the ledger; a row that is written anew has another place."""
    recorded = json.loads((settings.home / "state" / "recipes.json").read_text(encoding="utf-8"))["recipes"]
    (table,) = (each["table"] for each in recorded if each["model"] == "ledger.counted")
    with connect(settings, read_only=True) as connection:
        return {place for (place,) in connection.execute(f"SELECT rowid FROM {table}").fetchall()}


def test_an_audit_that_finds_something_stops_a_build_that_runs_recorded_statements(lake: tuple[Settings, Path]) -> None:
    """The audit is planted in the record: whatever it finds, nothing is changed, and the next build does it all."""
    settings, folder = lake
    record = settings.home / "state" / "recipes.json"
    recipes = record.read_text(encoding="utf-8")
    planted = json.loads(recipes)
    for each in planted["recipes"]:
        each["audits"].append(["planted", "SELECT 1"])
    record.write_text(json.dumps(planted), encoding="utf-8")
    _land(settings, folder, JANUARY_AGAIN, SECOND)
    before = settings.kpi_file.read_bytes()
    with pytest.raises(CheckFailed, match=r"ledger\.counted: the audit planted found 1 rows"):
        build(settings)
    assert settings.kpi_file.read_bytes() == before
    record.write_text(recipes, encoding="utf-8")
    assert build(settings).entries == 1
    assert _asked(settings, COUNT) == [(12,)]


def test_a_build_with_nothing_new_writes_nothing_and_needs_no_sqlmesh(lake: tuple[Settings, Path]) -> None:
    settings, _ = lake
    before = settings.kpi_file.stat()
    code = (
        "import sys; from safer_kpi.compute import build; from safer_kpi.settings import Settings; "
        f"result = build(Settings.load({str(settings.home)!r})); "
        "print(result.entries, 'sqlmesh' in sys.modules, 'sqlglot' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert told.split()[:2] == ["0", "False"]
    after = settings.kpi_file.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.soak
def test_a_file_that_another_hand_wrote_is_not_carried_over(lake: tuple[Settings, Path]) -> None:
    settings, folder = lake
    with duckdb.connect(str(settings.kpi_file)) as connection:
        connection.execute("UPDATE kpi.observation SET numerator = numerator + 1")
    _land(settings, folder, JANUARY_AGAIN, SECOND)
    build(settings)
    assert _asked(settings, COUNT) == [(12,)]
    assert _carried(settings)["added"] == 0


@pytest.mark.soak
def test_a_carried_number_that_is_wrong_is_found_and_all_are_made_again(lake: tuple[Settings, Path]) -> None:
    """A fault of this package, played by writing the wrong numbers and the record that vouches for the file."""
    settings, folder = lake
    with duckdb.connect(str(settings.kpi_file)) as connection:
        connection.execute("UPDATE kpi.observation SET unit = 'parrots' WHERE metric_id LIKE '1%'")
    record = settings.home / "state" / "read_files.json"
    sha256 = sha256_of(settings.kpi_file)
    record.write_text(json.dumps({settings.kpi_file.name: [sha256]}), encoding="utf-8")
    (settings.home / "state" / "carried.json").write_text(json.dumps(_carried(settings) | {"sha256": sha256}))
    _land(settings, folder, JANUARY_AGAIN, SECOND)
    warnings = build(settings).warnings
    assert any("was not what its rule gives" in warning for warning in warnings)
    assert _asked(settings, "SELECT count(*) FROM kpi.observation WHERE unit = 'parrots'") == [(0,)]
    assert _asked(settings, COUNT) == [(12,)]


@pytest.mark.soak
def test_an_edited_project_is_built_although_nothing_was_landed_or_only_exported(
    lake: tuple[Settings, Path],
) -> None:
    """Publishing exports with the project as it stands; the edit still waits for a build."""
    settings, folder = lake
    write_project(folder / "project", area=BCP)
    edited = replace(settings, project=folder / "project")
    kpi = folder / "project" / "contracts" / "kpis" / "kpi_1a.yaml"
    text = kpi.read_text(encoding="utf-8")
    assert "settles_after_months: 3" in text
    kpi.write_text(text.replace("settles_after_months: 3", "settles_after_months: 0"), encoding="utf-8")
    export(edited)
    status = COUNT.replace("numerator", "status", 1)
    before = _asked(settings, status)
    build(edited)
    assert (before, _asked(settings, status)) == ([("provisional",)], [("final",)])


def test_the_sql_that_builds_are_measured_against_makes_the_same(lake: tuple[Settings, Path]) -> None:
    """Every statement that a build records, of all its branches, and the rule: rows of ledgers, and every number."""
    settings, folder = lake
    by_hand = folder / "by_hand.duckdb"
    country_by_hand.main(settings.home, settings.project, by_hand)
    with duckdb.connect(str(settings.kpi_file), read_only=True) as connection:
        columns = ", ".join(name for name, *_ in connection.execute("SELECT * FROM kpi.observation").description)
    with duckdb.connect(str(by_hand), read_only=True) as connection:
        rows = connection.execute(f"SELECT {columns} FROM kpi.observation ORDER BY ALL").fetchall()
        posted = connection.execute(
            "SELECT sum(estimated_size)::BIGINT FROM duckdb_tables() WHERE table_name LIKE 'model_%' "
            "AND sql LIKE '%evidence%'"
        ).fetchall()
    assert rows
    assert rows == _asked(settings, f"SELECT {columns} FROM kpi.observation ORDER BY ALL")
    assert posted == _asked(settings, "SELECT count(*) FROM kpi.ledger")
