"""A clock that jumped ahead posts nothing; what it has posted gets a right time, and no number changes."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from safer_kpi.cli.main import app
from safer_kpi.errors import ClockAhead, UsageError
from safer_kpi.lake import clock, connect
from safer_kpi.landing import Terms, expire, land, mended_clock, next_time, replay, retention, revert
from safer_kpi.landing.stored_rows import row_checks
from safer_kpi.settings import Settings
from tests.properties.histories import Delivery, Row

AHEAD = dt.datetime(2040, 1, 1, 12)
ASB = "Anti-social behaviour"
FIRST = Delivery("2024-01", 1, (Row(0, "E01015272", ASB, ""), Row(0, "E01015387", ASB, "")))
SECOND = Delivery("2024-01", 2, (*FIRST.rows, Row(0, "E01015272", ASB, "")))
BROKEN = Delivery("2024-03", 4, ())  # a header and no row: a receipt and no entry
THIRD = Delivery("2024-02", 3, (Row(0, "E01015272", ASB, ""),))
LAST = Delivery("2024-03", 5, THIRD.rows)
STAMPED = """SELECT t.schema_name, t.table_name FROM duckdb_tables() AS t
    JOIN duckdb_columns() AS c USING (database_name, schema_name, table_name)
    WHERE t.database_name = 'lake' AND data_type = 'TIMESTAMP' AND t.table_name <> 'clock'
    GROUP BY ALL ORDER BY ALL"""


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Path:
    """A lake with one delivery of today."""
    settings = new_lake(tmp_path_factory.mktemp("clock") / "lake")
    path = FIRST.write(settings.home.parent, 1)
    assert land(settings, "police_street", [str(path)])[0].status == "accepted"
    return settings.home


@pytest.fixture
def lake(landed: Path, tmp_path: Path) -> Settings:
    shutil.copytree(landed, tmp_path / "lake", symlinks=True)
    return Settings.load(tmp_path / "lake")


@pytest.fixture
def jumped(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process's clock says 2040; the file system's does not."""
    for module in (next_time, retention, mended_clock):
        monkeypatch.setattr(module, "utc_now", lambda: AHEAD)
    yield
    monkeypatch.undo()


def journal(settings: Settings) -> list[tuple]:
    with connect(settings, read_only=True) as connection:
        return connection.execute("SELECT entry, posted_at FROM journal.entry ORDER BY entry").fetchall()


@pytest.mark.usefixtures("jumped")
def test_nothing_is_posted_by_a_clock_that_is_ahead(lake: Settings, tmp_path: Path) -> None:
    before, path = journal(lake), SECOND.write(tmp_path, 2)
    with connect(lake, read_only=True) as connection:
        number = connection.execute("SELECT max(delivery_id) FROM journal.delivery").fetchall()[0][0]
    for post in (
        lambda: land(lake, "police_street", [str(path)]),
        lambda: land(lake, "police_street", [str(path)], terms=Terms(received_at=dt.datetime(2039, 5, 1))),
        lambda: replay(lake, number),
        lambda: revert(lake, number, reason="a mistake", person="A"),
        lambda: expire(lake),
    ):
        with pytest.raises(ClockAhead) as refused:
            post()
        assert "the file system of the home" in refused.value.what
        assert refused.value.next_action
    assert journal(lake) == before
    assert not list(lake.home.glob(".clock-*"))


def test_history_is_loaded_whatever_the_clock_says(tmp_path: Path, new_lake: Callable[..., Settings]) -> None:
    """Its times have passed by every clock."""
    settings = new_lake(tmp_path / "lake")
    terms = Terms(published=dt.datetime(2024, 3, 1), received_at=dt.datetime(2024, 3, 2))
    assert land(settings, "police_street", [str(FIRST.write(tmp_path, 1))], terms=terms)[0].status == "accepted"
    assert journal(settings)[-1][1] == dt.datetime(2024, 3, 2)


def test_a_clock_of_the_whole_machine_is_seen_by_the_last_commit(
    lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file system has the same clock. A person may say that so many years have passed."""
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    monkeypatch.setattr(next_time, "utc_now", lambda: now + clock.QUIET + dt.timedelta(days=2))
    monkeypatch.setattr(clock, "file_system_time", lambda _: now + clock.QUIET + dt.timedelta(days=2))
    path = str(SECOND.write(tmp_path, 2))
    with pytest.raises(ClockAhead, match="last written"):
        land(lake, "police_street", [path])
    terms = Terms(received_at=now + clock.QUIET + dt.timedelta(days=1))
    assert land(lake, "police_street", [path], terms=terms)[0].status == "accepted"


def test_entries_of_the_future_get_a_right_time_and_nothing_else_changes(
    lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = journal(lake)
    with monkeypatch.context() as ahead:
        ahead.setattr(next_time, "utc_now", lambda: AHEAD)
        ahead.setattr(next_time, "require_agreement", lambda *_: None)
        ahead.setattr(next_time, "require_no_leap", lambda *_: None)
        land(lake, "police_street", [str(SECOND.write(tmp_path, 2)), str(THIRD.write(tmp_path, 3))])
        assert land(lake, "police_street", [str(BROKEN.write(tmp_path, 4))])[0].status == "refused"
    with pytest.raises(ClockAhead, match="doctor --fix-clock"):
        land(lake, "police_street", [str(FIRST.write(tmp_path, 1))])
    rows = "SELECT entry, delivery_id, weight, cause, cell, lsoa_code FROM landing.police_street ORDER BY ALL"
    with connect(lake, read_only=True) as connection:
        before = connection.execute(rows).fetchall()
    run = CliRunner().invoke
    assert run(app, ["doctor", "--home", str(lake.home), "--json"]).exit_code == 1
    done = run(app, ["doctor", "--home", str(lake.home), "--fix-clock"])
    assert done.exit_code == 2
    assert "--by and --reason" in done.output
    begun = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    words = ["--fix-clock", "--fix", "--by", "A. Person", "--reason", "the battery was empty", "--json"]
    done = run(app, ["doctor", "--home", str(lake.home), *words])
    assert done.exit_code == 0, done.output
    ended = dt.datetime.now(dt.UTC).replace(tzinfo=None)

    times = journal(lake)
    assert times[: len(right)] == right
    mended = [posted_at for _, posted_at in times[len(right) :]]
    assert len(mended) == 2
    assert begun < mended[0] < mended[1] < ended
    with connect(lake, read_only=True) as connection:
        assert connection.execute(rows).fetchall() == before
        for schema, table in connection.execute(STAMPED).fetchall():
            columns = connection.execute(
                "SELECT column_name FROM duckdb_columns() WHERE schema_name = ? AND table_name = ? "
                "AND data_type IN ('TIMESTAMP', 'DATE') AND column_name NOT IN ('starts_on')",
                [schema, table],
            ).fetchall()
            for (column,) in columns:
                late = f'SELECT count(*) FROM {schema}.{table} WHERE "{column}" > ?'
                assert connection.execute(late, [ended]).fetchall() == [(0,)], (schema, table, column)
        assert connection.execute(
            "SELECT count(*), min(was) >= ?, any_value(person) FROM journal.clock", [AHEAD]
        ).fetchall() == [(3, True, "A. Person")]
        apart = (
            """SELECT feed, delivery_id FROM journal.claim GROUP BY ALL HAVING min(received_at) < max(received_at)"""
        )
        assert connection.execute(apart).fetchall() == []
        assert [check for check in row_checks(connection) if check[2] == "failed"] == []  # the digests moved with them
    with pytest.raises(UsageError, match="No entry lies in the future"):
        mended_clock.mend_clock(lake, person="A", reason="again")
    receipt = land(lake, "police_street", [str(LAST.write(tmp_path, 5))])[0]
    assert receipt.status == "accepted"
    assert journal(lake)[-1][1] > mended[-1]


def test_what_is_certified_keeps_its_times(lake: Settings) -> None:
    before = journal(lake)
    with connect(lake) as connection:
        connection.execute("UPDATE journal.entry SET posted_at = ? WHERE entry = ?", [AHEAD, before[-1][0]])
    with pytest.raises(UsageError, match="part of a release or draft"):
        mended_clock.mend_clock(lake, person="A", reason="B", certified=before[-1][0])
    assert journal(lake)[-1][1] == AHEAD
