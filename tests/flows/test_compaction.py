"""A compacted lake: fewer files, the same numbers, and every snapshot that something names, whatever its age."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from safer_kpi.cli.main import app
from safer_kpi.compute import audit, build, export
from safer_kpi.demo.generator import write_street
from safer_kpi.demo.partner import sample_partner
from safer_kpi.errors import LakeBroken, NotFound
from safer_kpi.lake import boundary, connect
from safer_kpi.lake.compaction import Compacted
from safer_kpi.landing import Terms, land, replay, revert, sweep
from safer_kpi.releases import compact, draft, rebuild, withdraw
from safer_kpi.releases.compaction import named_snapshots
from safer_kpi.settings import Settings
from tests.flows.conftest import QUARTER, Published
from tests.flows.snapshot_rows import snapshot_rows, snapshots

pytestmark = pytest.mark.soak

ROOT = Path(__file__).resolve().parents[2]
PARTNER = sample_partner(ROOT / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv")
Rows = dict[str, tuple[int, int]]


def land_again(settings: Settings, vintage: int) -> int:
    """The quarter's months as published so much later, each a delivery of its own; gives the last delivery's number."""
    at = dt.datetime(2024, 6, 14, 9) + dt.timedelta(days=30 * vintage)
    number = 0
    for month, rows in QUARTER.items():
        path = settings.home.parent / f"vintage-{vintage}" / f"{month}-dorset-street.csv"
        write_street(path, PARTNER, month, rows=rows, vintage=vintage)
        terms = Terms(published=at - dt.timedelta(days=1), received_at=at + dt.timedelta(minutes=len(month) + number))
        (receipt,) = land(settings, "police_street", [str(path)], terms=terms)
        assert receipt.status == "accepted", receipt.error
        number = receipt.delivery_id
    return number


def numbers(settings: Settings) -> dict[str, tuple[int, int]]:
    """Every row of the exported numbers and their ledger."""
    with duckdb.connect(str(settings.kpi_file), read_only=True) as connection:
        return {
            table: connection.execute(
                f"SELECT count(*), sum(hash(found)::HUGEINT) FROM kpi.{table} AS found"
            ).fetchall()[0]
            for table in ("observation", "ledger", "certified", "coverage")
        }


@dataclass(frozen=True)
class Story:
    """A lake before and after it was compacted."""

    before: Settings
    after: Settings
    done: Compacted
    rows: dict[int, Rows]  # what each named snapshot and the newest held before


@pytest.fixture(scope="module")
def story(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A release, withdrawn; the draft of its correction on later numbers; a later build; deliveries nothing built."""
    folder = tmp_path_factory.mktemp("compaction")
    settings = Settings.load(shutil.copytree(published.home, folder / "before" / "lake"))
    withdraw(settings, published.release_id, name="First Approver", reason="part of the story")
    land_again(settings, 1)
    build(settings)
    draft(settings, published.release_id, reason="a month has gone by")
    land_again(settings, 2)
    build(settings)
    land_again(settings, 3)
    named = named_snapshots(settings)
    assert len(named) == 3
    rows = {snapshot: snapshot_rows(settings, snapshot) for snapshot in {*named, snapshots(settings)[-1]}}
    after = Settings.load(shutil.copytree(settings.home, folder / "after" / "lake"))
    return Story(settings, after, compact(after), rows)


@pytest.fixture
def spoiled(story: Story, tmp_path: Path) -> Settings:
    """A copy of the lake before, for one test to stop or spoil."""
    return Settings.load(shutil.copytree(story.before.home, tmp_path / "lake"))


def kept(settings: Settings, story: Story) -> bool:
    """Whether all that is named reads as before; what was the newest then may be forgotten by the next compaction."""
    found = named_snapshots(settings) | story.rows.keys() & set(snapshots(settings))
    return all(snapshot_rows(settings, snapshot) == story.rows[snapshot] for snapshot in found)


def parquet(settings: Settings) -> int:
    return len(list(Path(settings.data).rglob("*.parquet")))


def test_every_named_snapshot_reads_the_same_rows(story: Story) -> None:
    assert all(sum(count for count, _ in rows.values()) > 0 for rows in story.rows.values())
    assert story.rows.keys() <= set(snapshots(story.after))
    assert kept(story.after, story)


def test_the_newest_lake_holds_the_same_rows(story: Story) -> None:
    newest = snapshots(story.after)[-1]
    assert newest == max(story.rows) + 1  # the compaction's own
    assert snapshot_rows(story.after, newest) == story.rows[max(story.rows)]


def test_a_snapshot_can_be_asked_for_in_a_query(story: Story) -> None:
    """As an auditor would: AT (VERSION => n), on a table whose files were merged."""
    with connect(story.after, read_only=True) as connection:
        for snapshot, rows in story.rows.items():
            query = f"SELECT count(*) FROM landing.police_street AT (VERSION => {snapshot})"
            assert connection.execute(query).fetchall() == [(rows["landing.police_street"][0],)]
    counts = [rows["landing.police_street"][0] for _, rows in sorted(story.rows.items())]
    assert counts == sorted(set(counts))  # each had posted more than the one before


def test_nothing_else_is_kept(story: Story) -> None:
    """Left are those of the release, of the draft and of the last build, the newest, and the compaction's own."""
    assert snapshots(story.after) == [*sorted(story.rows), max(story.rows) + 1]
    assert story.done.snapshots_before == len(snapshots(story.before))
    assert story.done.snapshots_after == 5


def test_what_it_costs_to_read_falls(story: Story) -> None:
    assert story.done.files_before == parquet(story.before)
    assert story.done.files_after == parquet(story.after)
    assert story.done.files_after < story.done.files_before / 3
    assert story.done.bytes_freed > 0
    for table in ("entry", "coverage", "claim"):
        with connect(story.after, read_only=True) as connection:
            query = f"SELECT count(*) FROM ducklake_list_files('lake', '{table}', schema => 'journal')"
            assert connection.execute(query).fetchall() == [(1,)]


def test_the_same_numbers_are_exported_from_it(story: Story) -> None:
    before = numbers(story.after)
    export(story.after)
    assert numbers(story.after) == before == numbers(story.before)


def test_a_sweep_takes_nothing_away(story: Story) -> None:
    assert sweep(story.after) == 0
    assert kept(story.after, story)


def test_compacting_again_changes_nothing_more(story: Story, tmp_path: Path) -> None:
    settings = Settings.load(shutil.copytree(story.after.home, tmp_path / "lake"))
    compact(settings)  # what was the newest before the first is no longer
    again = compact(settings)
    assert (again.files_before, again.snapshots_before) == (again.files_after, again.snapshots_after)
    named = named_snapshots(settings)
    assert kept(settings, story)
    said = CliRunner().invoke(app, ["compact", "--home", str(settings.home), "--json"])
    assert json.loads(said.stdout)["rows"][0] == {
        "files_before": again.files_after,
        "files_after": again.files_after,
        "bytes_before": again.bytes_after,
        "bytes_after": again.bytes_after,
        "snapshots_before": len(named) + 1,
        "snapshots_after": len(named) + 1,
        "bytes_freed": 0,
    }


def test_where_there_is_no_lake_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no lake"):
        compact(Settings.load(tmp_path / "lake"))
    assert not (tmp_path / "lake" / "catalogue.sqlite").exists()


def test_a_lake_without_a_build_keeps_its_newest(tmp_path: Path, new_lake: Callable[..., Settings]) -> None:
    settings = new_lake(tmp_path / "lake")
    newest = snapshots(settings)[-1]
    rows = snapshot_rows(settings, newest)
    done = compact(settings)
    assert done.files_after <= done.files_before
    assert snapshot_rows(settings, newest) == rows == snapshot_rows(settings, snapshots(settings)[-1])


def test_a_snapshot_that_lost_rows_stops_it_before_a_file_goes(story: Story, spoiled: Settings) -> None:
    """As if DuckLake had merged wrongly: what was promised, one row more, is not there; nor is it the next time."""
    promise = spoiled.home / "state" / "compaction.json"

    def watch(point: str) -> None:
        if point == "compaction.commit.before":
            (snapshot, table, rows), *rest = json.loads(promise.read_text())
            promise.write_text(json.dumps([(snapshot, table, rows + 1), *rest]))

    before = parquet(spoiled)
    boundary.watch = watch
    try:
        with pytest.raises(LakeBroken, match="before it was compacted"):
            compact(spoiled)
    finally:
        boundary.watch = None
    with pytest.raises(LakeBroken, match="before it was compacted"):
        compact(spoiled)
    assert parquet(spoiled) >= before
    promise.unlink()
    assert compact(spoiled).files_after == story.done.files_after
    assert kept(spoiled, story)


def test_work_goes_on_in_a_compacted_lake(story: Story, tmp_path: Path) -> None:
    """What was landed is built, more lands, is undone and read again, compacted between; a plain lake is built once."""
    found = []
    for name, source in (("plain", story.before), ("compacted", story.after)):
        settings = Settings.load(shutil.copytree(source.home, tmp_path / name / "lake"))
        is_compacted = name == "compacted"
        last = land_again(settings, 4)
        at = dt.datetime(2025, 1, 1)
        revert(settings, last, reason="part of the story", person="A. Tester", received_at=at)
        if is_compacted:
            compact(settings)
            build(settings)
        replay(settings, last, received_at=at + dt.timedelta(days=1))
        if is_compacted:
            compact(settings)
        build(settings)
        audit(settings)
        found.append(numbers(settings))
    assert found[0] == found[1]
    assert {status for _, _, status, _ in rebuild(settings)} == {"ok"}


KILLED = """
import os, signal, sys
from safer_kpi.lake import boundary
from safer_kpi.releases import compact
from safer_kpi.settings import Settings

def watch(point):
    if point == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

boundary.watch = watch
compact(Settings.load(sys.argv[1]))
"""


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("is_swept", [True, False])
@pytest.mark.parametrize("name", boundary.COMPACTING)
def test_a_compaction_that_was_killed_leaves_a_whole_lake(
    name: str, side: str, is_swept: bool, story: Story, spoiled: Settings
) -> None:
    """The next one ends the work, with a sweep before it or without."""
    command = [sys.executable, "-c", KILLED, str(spoiled.home), f"{name}.{side}"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    if is_swept:
        sweep(spoiled)
    assert kept(spoiled, story)
    done = compact(spoiled)
    assert kept(spoiled, story)
    assert done.files_after == story.done.files_after
    sweep(spoiled)
    assert parquet(spoiled) == story.done.files_after


def test_what_was_half_deleted_is_deleted_by_the_next(story: Story, spoiled: Settings) -> None:
    """As killed within the deletion: of the files that wait for it every other one has gone."""
    command = [sys.executable, "-c", KILLED, str(spoiled.home), "compaction.delete.before"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    with connect(spoiled, read_only=True) as connection:
        waiting = connection.execute("CALL ducklake_cleanup_old_files('lake', cleanup_all => true, dry_run => true)")
        for (path,) in waiting.fetchall()[::2]:
            Path(path).unlink()
    compact(spoiled)
    assert parquet(spoiled) == story.done.files_after
    assert kept(spoiled, story)
