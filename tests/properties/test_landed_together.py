"""Files that are committed together leave what the same files leave that are landed one by one."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safer_kpi.catalogue.feeds import load_feed
from safer_kpi.errors import UsageError
from safer_kpi.lake import connect, lease
from safer_kpi.lake.journal import JOURNAL
from safer_kpi.landing import Landing, Receipt, Terms, Waiting
from safer_kpi.landing.arrival import Arrival
from safer_kpi.landing.arrivals import Source, arrive_each
from safer_kpi.landing.delivery import commit, land_one
from safer_kpi.landing.standing import Standing
from safer_kpi.landing.together import fits
from safer_kpi.settings import Settings
from tests.effort import examples
from tests.flows.test_stored_rows import failed
from tests.properties.histories import Delivery, Row, deliveries

pytestmark = pytest.mark.long(20)

FEED = "police_street"
SINCE = dt.datetime(2025, 1, 1)
MONTHS = [f"2024-{number:02}" for number in range(1, 6)]
NO_ROWS, WITH_AN_ADDRESS = "no rows", "an e-mail address"
Sent = tuple[Delivery, str]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Path:
    return new_lake(tmp_path_factory.mktemp("seeded") / "lake").home


@st.composite
def sendings(draw: st.DrawFn) -> list[Sent]:
    """Files of some months, of which some come again, are refused or hold rows back."""
    found: list[Sent] = []
    for _ in range(draw(st.integers(4, 9))):
        if found and draw(st.integers(0, 4)) == 0:
            found.append(draw(st.sampled_from(found)))
            continue
        delivery = replace(draw(deliveries()), month=draw(st.sampled_from(MONTHS)))
        found.append((delivery, draw(st.sampled_from(["", "", "", NO_ROWS, WITH_AN_ADDRESS]))))
    return found


def waiting(folder: Path, sent: Sequence[Sent]) -> list[Waiting]:
    """Write the files; each is received a microsecond after the one before it."""
    files = []
    for number, (delivery, fault) in enumerate(sent):
        path = delivery.write(folder, number)
        if fault:
            header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
            rows = (
                [] if fault == NO_ROWS else [row.replace("On or near Sample Street", "x@example.com") for row in rows]
            )
            path.write_text(header + "".join(rows), encoding="utf-8")
        terms = Terms(published=delivery.published, received_at=SINCE + dt.timedelta(microseconds=number))
        files.append(Waiting(feed=FEED, path=str(path), terms=terms))
    return files


def land_apart(lake: Settings, files: Sequence[Waiting]) -> list[Receipt]:
    feed = load_feed(lake.project, FEED)
    with connect(lake) as connection, lease(lake):
        return [land_one(connection, lake, feed, file.path, file.terms) for file in files]


def land_in_groups(lake: Settings, files: Sequence[Waiting]) -> list[Receipt]:
    """Read up to eight files together, and land them in as few transactions as may be."""
    feed, receipts = load_feed(lake.project, FEED), []
    with connect(lake) as connection, lease(lake):
        standing, left = Standing(connection), list(files)
        while left:
            standing.renew()
            standing.look_up([feed])
            are_new = standing.of(feed).known.owned.isdisjoint
            with ExitStack() as open_files:
                group: list[Arrival] = []
                sources = [
                    Source(
                        path=file.path, terms=file.terms, is_known=lambda _: False, are_new=are_new, arriving=Future()
                    )
                    for file in left[:8]
                ]
                arrive_each(lake, feed, sources, are_wanted=lambda: True)
                arrived = [open_files.enter_context(closing(source.arriving.result())) for source in sources]
                for arrival in arrived:
                    if group and not fits(group, arrival):
                        break
                    group.append(arrival)
                receipts += commit(connection, lake, group, standing)
                left = left[len(group) :]
    return receipts


def rows_of(lake: Settings) -> dict[str, list[str]]:
    """Every row of the journal, digests included, and every change row; but for what names the lake itself."""
    with connect(lake, read_only=True) as connection:
        tables = [f"journal.{table}" for table in JOURNAL if table not in ("lake", "format")]
        return {
            table: sorted(map(repr, connection.execute(f"SELECT * FROM {table}").fetchall()))
            for table in (*tables, f"landing.{FEED}")
        }


@settings(deadline=None, max_examples=examples(24), suppress_health_check=list(HealthCheck))
@given(sent=sendings())
def test_files_committed_together_leave_what_files_landed_apart_leave(
    sent: list[Sent], seeded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    for name in ("apart", "groups"):
        shutil.copytree(seeded, folder / name)
    apart, groups = Settings.load(folder / "apart"), Settings.load(folder / "groups")
    files = waiting(folder / "files", sent)
    landed = land_in_groups(groups, files)
    # There the rows of every file are hashed when it is read, here they are read back from the lake.
    monkeypatch.setattr("safer_kpi.landing.readings._is_hashed", lambda *_: False)
    assert landed == land_apart(apart, files)
    monkeypatch.undo()
    assert rows_of(groups) == rows_of(apart)


def months_of(folder: Path, numbers: Sequence[int]) -> list[Waiting]:
    rows = (Row(1, "E01015272", "Robbery", ""), Row(2, "not a code", "Robbery", ""))
    months = [f"{2024 + number // 12}-{number % 12 + 1:02}" for number in numbers]
    return waiting(folder, [(Delivery(month, number, rows), "") for number, month in zip(numbers, months, strict=True)])


def test_months_are_committed_in_one_transaction_and_verify(seeded: Path, tmp_path: Path) -> None:
    """Seventeen files of as many cells: sixteen and one, so two snapshots more than before, and digests that hold."""
    shutil.copytree(seeded, tmp_path / "lake")
    lake = Settings.load(tmp_path / "lake")
    with connect(lake, read_only=True) as connection:
        before = connection.execute("SELECT max(snapshot_id) FROM lake.snapshots()").fetchall()[0][0]
    with Landing(lake) as landing:
        receipts = landing.land_all(months_of(tmp_path / "files", range(17)))
    assert [receipt.changes for receipt in receipts] == [{"new": 1}] * 17
    with connect(lake, read_only=True) as connection:
        assert connection.execute("SELECT max(snapshot_id) FROM lake.snapshots()").fetchall() == [(before + 2,)]
        assert failed(connection) == []


def test_an_error_of_one_file_is_its_own(seeded: Path, tmp_path: Path) -> None:
    """The third file of five is said to be received in the future: the two before it are landed, and none after it."""
    shutil.copytree(seeded, tmp_path / "lake")
    lake = Settings.load(tmp_path / "lake")
    files = months_of(tmp_path / "files", range(5))
    files[2] = replace(files[2], terms=replace(files[2].terms, received_at=dt.datetime(9999, 1, 1)))
    with Landing(lake) as landing, pytest.raises(UsageError, match="future"):
        list(landing.land_each(files))
    with connect(lake, read_only=True) as connection:
        found = connection.execute(f"SELECT cells FROM journal.delivery WHERE feed = '{FEED}' ORDER BY delivery_id")
        assert found.fetchall() == [(["dorset/2024-01"],), (["dorset/2024-02"],)]
    assert not list(lake.scratch.iterdir())
