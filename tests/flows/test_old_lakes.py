"""Lakes and releases that an older version made go on working: opened, migrated, built and verified as they were left.

``old_lakes/README.md`` says what made each archive. Nothing in them was made by the code under test.
"""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import duckdb
import pytest

import safer_kpi
from safer_kpi.compute import build
from safer_kpi.compute.recount import audit
from safer_kpi.errors import LakeFormat
from safer_kpi.lake import connect, receipts
from safer_kpi.lake.format import FORMAT, format_of
from safer_kpi.lake.migrations import Migrated, migrate_lake, to_4, to_5, to_6
from safer_kpi.landing import Terms, land
from safer_kpi.receipts.delivered import receipt_for_partner
from safer_kpi.releases import rebuild
from safer_kpi.settings import Settings

ARCHIVES = Path(__file__).parent / "old_lakes"
#: The formats that older versions left a lake in.
OLDER = (1, 2)
ROOT = Path(__file__).resolve().parents[2]
COMMAND = str(Path(sys.executable).with_name("safer-kpi"))
BCP = "E06000058"
RELEASES = ("2023-24-Q4", "2024-25-Q1")
#: The columns of receipts that a version wrote into lakes of format 2 without raising the number.
LATER = ("rule", "error_row", "message")
#: Cells of format 1 were names; what each means, read by eye.
CELLS = {
    ("area_lookup", "lsoa21_ward"): (None, None, None, None),
    ("joint_patrols", f"council/{BCP}/2024-01"): ("council", BCP, dt.date(2024, 1, 1), 1),
    ("police_street", "dorset/2024-06"): (None, "dorset", dt.date(2024, 6, 1), 1),
    ("population", "2019"): (None, None, dt.date(2019, 1, 1), 12),
    ("safety_survey", f"{BCP}/2023-24"): (None, BCP, dt.date(2023, 4, 1), 12),
}
KILLED = """
import os, signal, sys
from safer_kpi.lake import boundary
from safer_kpi.lake.migrations import migrate_lake
from safer_kpi.settings import Settings

def watch(point):
    if point == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

boundary.watch = watch
migrate_lake(Settings.load(sys.argv[1]))
"""


@pytest.fixture
def unpacked(tmp_path: Path) -> Settings:
    return unpack(tmp_path)


@pytest.fixture(params=OLDER)
def older(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Settings, int]:
    """A lake of each older format, and its number."""
    return unpack(tmp_path, request.param), request.param


def unpack(folder: Path, number: int = 1) -> Settings:
    with tarfile.open(ARCHIVES / f"format-{number}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return Settings.load(folder / "lake")


def format_in(settings: Settings) -> int | None:
    with connect(settings, read_only=True) as lake:
        return format_of(lake)


def cells(settings: Settings) -> dict[tuple[str, str], tuple[object, ...]]:
    with connect(settings, read_only=True) as lake:
        rows = lake.execute("SELECT feed, cell, part, place, starts_on, months FROM journal.cell").fetchall()
    return {(feed, cell): tuple(values) for feed, cell, *values in rows}


def receipt_columns(settings: Settings) -> list[str]:
    with connect(settings, read_only=True) as lake:
        return [name for name, *_ in lake.execute("DESCRIBE journal.delivery").fetchall()]


def test_a_migration_types_every_cell_once(older: tuple[Settings, int]) -> None:
    settings, number = older
    assert format_in(settings) == number
    assert [step.format for step in migrate_lake(settings)] == list(range(number + 1, FORMAT + 1))
    assert format_in(settings) == FORMAT
    found = cells(settings)
    assert {cell: found[cell] for cell in CELLS} == CELLS
    with connect(settings, read_only=True) as lake:
        named = lake.execute("SELECT count(*) FROM (SELECT DISTINCT feed, cell FROM journal.claim)").fetchall()[0][0]
    assert len(found) == named
    assert migrate_lake(settings) == []


@pytest.mark.parametrize(("point", "number"), [("before", 1), ("after", FORMAT)])
def test_a_killed_migration_has_changed_nothing_or_everything(unpacked: Settings, point: str, number: int) -> None:
    command = [sys.executable, "-c", KILLED, str(unpacked.home), f"migration.commit.{point}"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert format_in(unpacked) == number
    assert [type(step) for step in migrate_lake(unpacked)] == [Migrated] * (FORMAT - number)
    assert CELLS.items() <= cells(unpacked).items()


def test_a_refused_file_has_its_clause_row_and_message(older: tuple[Settings, int]) -> None:
    settings, _ = older
    assert not set(LATER) & set(receipt_columns(settings))
    with pytest.raises(LakeFormat, match="Run `safer-kpi migrate`"), connect(settings, read_only=True) as lake:
        receipts(lake)
    migrate_lake(settings)
    with connect(settings, read_only=True) as lake:
        (refused,) = [receipt for receipt in receipts(lake) if receipt["status"] == "refused"]
        others = [receipt["message"] for receipt in receipts(lake) if receipt["status"] != "refused"]
    # The file was called 2024-04-dorset-street.csv and held the one line "not a street file".
    assert (refused["rule"], refused["error_row"]) == ("missing_columns", 1)
    assert refused["message"].startswith("The header lacks 'crime_id', 'month'")
    assert refused["error"].endswith(f"missing_columns: {refused['message']}")
    assert set(others) == {None}
    told = receipt_for_partner(settings, refused["delivery_id"])
    assert (told.rule, told.error) == ("missing_columns", f"Row 1: {refused['message']}")


def test_a_lake_of_format_2_that_has_the_columns_keeps_what_they_hold(
    tmp_path: Path, new_lake: Callable[..., Settings]
) -> None:
    # The version that introduced the columns wrote them into lakes whose number it left at 2.
    settings = new_lake(tmp_path / "lake")
    path = tmp_path / "2024-04-dorset-street.csv"
    path.write_text("not a street file\n")
    (receipt,) = land(settings, "police_street", [str(path)])
    assert (receipt.status, receipt.rule, receipt.error_row) == ("refused", "missing_columns", 1)
    later = [*to_4.COLUMNS, *to_5.COLUMNS, *to_6.COLUMNS["delivery"]]
    with connect(settings) as lake:
        lake.execute("UPDATE journal.format SET format = 2")
        lake.execute("DROP TABLE journal.lake")
        for column in later:
            lake.execute(f"ALTER TABLE journal.delivery DROP COLUMN {column}")
        for table in to_6.COLUMNS.keys() - {"delivery"}:
            for column in to_6.COLUMNS[table]:
                lake.execute(f"ALTER TABLE journal.{table} DROP COLUMN {column}")
        before = lake.execute("SELECT * FROM journal.delivery ORDER BY delivery_id").fetchall()
    columns = receipt_columns(settings)
    assert [step.format for step in migrate_lake(settings)] == list(range(3, FORMAT + 1))
    assert receipt_columns(settings) == [*columns, *later]
    with connect(settings, read_only=True) as lake:
        after = lake.execute(f"SELECT {', '.join(columns)} FROM journal.delivery ORDER BY delivery_id").fetchall()
    assert after == before


@pytest.mark.soak
def test_a_build_migrates_a_lake_of_format_2_and_its_numbers_stay(tmp_path: Path) -> None:
    """Built without a migration before it, row by row as the older version left it."""
    settings = unpack(tmp_path, 2)
    (settings.home / "kpi.duckdb").rename(tmp_path / "as_left.duckdb")
    assert build(settings).entries == 1
    assert format_in(settings) == FORMAT
    assert differences(settings, tmp_path / "as_left.duckdb", "observation") == [0, 0]


def test_a_landing_migrates_by_itself(older: tuple[Settings, int], tmp_path: Path) -> None:
    settings, _ = older
    path = tmp_path / "2024-07-police-patrols.csv"
    path.write_text("Patrol reference,Date,Start,End,Ward code,Officers\nP1,2024-07-03,18:00,19:30,E05012652,2\n")
    at = dt.datetime(2024, 9, 2, 9)
    (receipt,) = land(settings, "joint_patrols", [str(path)], terms=Terms(published=at, received_at=at))
    assert (receipt.status, receipt.changes) == ("accepted", {"new": 1})
    found = cells(settings)
    assert found["joint_patrols", f"police/{BCP}/2024-07"] == ("police", BCP, dt.date(2024, 7, 1), 1)
    assert CELLS.items() <= found.items()


def test_what_needs_the_new_format_and_writes_nothing_says_what_to_do(older: tuple[Settings, int]) -> None:
    settings, number = older
    needed = rf"has format {number}, and this needs format {FORMAT}\. Run `safer-kpi migrate`"
    with pytest.raises(LakeFormat, match=needed):
        audit(settings)


def test_a_lake_of_a_newer_format_is_not_opened(unpacked: Settings) -> None:
    migrate_lake(unpacked)
    with connect(unpacked) as lake:
        lake.execute("INSERT INTO journal.format VALUES (?, '9.9.0', now())", [FORMAT + 1])
    said = rf"has format {FORMAT + 1}; .* knows formats up to {FORMAT}\..*Install safer-kpi 9\.9\.0"
    for read_only in (True, False):
        with pytest.raises(LakeFormat, match=said):
            connect(unpacked, read_only=read_only)
    command = [COMMAND, "deliveries", "--home", str(unpacked.home)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.splitlines()[1]) == (1, "Install safer-kpi 9.9.0 or later.")


def test_its_read_file_and_releases_tell_their_history(unpacked: Settings) -> None:
    for place in (unpacked.home, unpacked.home / "releases" / RELEASES[-1]):
        with pytest.warns(FutureWarning) if place == unpacked.home else nullcontext(), safer_kpi.open(place) as lake:
            # Every fourth crime from the third on, of the 10 that were known of the month: 2.
            told = lake.vintages("1a.possession_of_weapons", area=BCP, period="2024-06").rows()
            assert [row["numerator"] for row in told][-1] == 2
            assert {row["metric_id"] for row in lake.settling().rows()} == set(lake.book.metrics)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path]:
    """The lake, built by this version without a migration before it; and the read file as it was left."""
    folder = tmp_path_factory.mktemp("old")
    settings = unpack(folder)
    as_left = (settings.home / "kpi.duckdb").rename(folder / "as_left.duckdb")
    assert build(settings).entries == 1
    return settings, as_left


#: What the read file says of the entries that the older version had built; numbers as they were known then.
AS_LEFT = "(SELECT last_entry FROM as_left.kpi.build)"
SAME = {
    # Of the metrics that the older version had: there are more now.
    "observation": "now.kpi.as_of((SELECT as_of FROM as_left.kpi.build)) "
    "WHERE metric_id IN (SELECT metric_id FROM as_left.kpi.metric)",
    "certified": "now.kpi.certified",
    "certified_verdict": "now.kpi.certified_verdict",
    "release": "now.kpi.release",
    # Of what the older version had posted: other metrics now count the same rows.
    "ledger": f"now.kpi.ledger WHERE entry <= {AS_LEFT} AND metric_id IN (SELECT metric_id FROM as_left.kpi.ledger)",
    **{table: f"now.kpi.{table} WHERE entry <= {AS_LEFT}" for table in ("coverage", "held", "entry")},
}


def differences(settings: Settings, left: Path, table: str) -> list[int]:
    """The number of rows that only the read file as it was left has, and that only the new one has."""
    with duckdb.connect() as connection:
        for name, file in (("as_left", left), ("now", settings.kpi_file)):
            connection.execute(f"ATTACH '{file}' AS {name} (READ_ONLY)")
        connection.execute("USE now")
        names = connection.execute(
            "SELECT column_name FROM duckdb_columns() WHERE database_name = 'as_left' AND schema_name = 'kpi' "
            "AND table_name = ? ORDER BY column_index", [table]
        ).fetchall()  # fmt: skip
        columns = ", ".join(f'"{name}"' for (name,) in names)
        before, after = f"SELECT {columns} FROM as_left.kpi.{table}", f"SELECT {columns} FROM {SAME[table]}"
        assert connection.execute(f"SELECT count(*) > 0 FROM ({before})").fetchall() == [(True,)]
        return [
            int(connection.execute(f"SELECT count(*) FROM ({one} EXCEPT ALL {other})").fetchall()[0][0])
            for one, other in ((before, after), (after, before))
        ]


@pytest.mark.e2e
@pytest.mark.parametrize("table", SAME)
def test_every_number_is_as_it_was(built: tuple[Settings, Path], table: str) -> None:
    assert differences(*built, table) == [0, 0]


@pytest.mark.e2e
def test_what_came_since_is_explained_to_the_last_unit(built: tuple[Settings, Path]) -> None:
    settings, _ = built
    with safer_kpi.open(settings.home) as lake:
        rows = lake.compare("2024-25-Q1", "now", metric="1a.possession_of_weapons", area=BCP, period="2024-06").rows()
    # Every fourth crime from the third on: 2 of the 10 that were known, and the 11th, which came for a known month.
    assert [(row["step"], row["cause"], row["amount"]) for row in rows] == [
        ("opening", None, 2),
        ("movement", "late", 1),
        ("closing", None, 3),
    ]


@pytest.mark.e2e
@pytest.mark.parametrize(
    "command",
    [
        ["show", "1a.robbery", "--area", BCP],
        ["compare", *RELEASES],
        ["trace", "1a.robbery", "--area", BCP, "--period", "2024-02"],
        ["feeds", "--on", "2024-09-01"],
        ["verify", "--deep"],
    ],
    ids=lambda command: command[0],
)
def test_the_commands_read_it(built: tuple[Settings, Path], command: list[str]) -> None:
    settings, _ = built
    full = [COMMAND, *command, "--json", "--home", str(settings.home)]
    done = subprocess.run(full, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert rows
    if command[0] == "verify":
        assert {row["status"] for row in rows} <= {"ok", "open"}
        told = [(row["subject"], row["status"]) for row in rows if row["check"] == "rows"]
        # Of the lake: what landed since has digests, and what the first version landed has none.
        assert told == [*((release, "ok") for release in RELEASES), ("lake", "ok"), ("lake", "open")]


@pytest.mark.soak
def test_a_rebuild_of_its_releases_names_what_moved_and_the_version_that_can(built: tuple[Settings, Path]) -> None:
    """Contracts have moved on since: their numbers cannot be proved by this version, and it says so."""
    settings, _ = built
    found = rebuild(settings)
    assert [(check, release, status) for check, release, status, _ in found] == [
        ("rebuild", release, "unchecked") for release in RELEASES
    ]
    assert all(detail.startswith("needs safer-kpi==0.1.0: ") for *_, detail in found)
    assert all("contracts/feeds/police_street.py" in detail for *_, detail in found)
