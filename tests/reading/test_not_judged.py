"""What is not judged has no row: a reader derives it and its reason from the numbers."""

from __future__ import annotations

import datetime as dt
import tarfile
from pathlib import Path

import duckdb
import pytest

import safer_kpi
from safer_kpi import CheckFailed
from safer_kpi.reading.every_verdict import every_verdict_of_file
from safer_kpi.reading.verdicts import verdict_table
from tests.reading.test_verdicts import BEFORE, Q1, write_book, write_release

OLD_LAKE = Path(__file__).parents[1] / "flows" / "old_lakes" / "format-6.tar.xz"


@pytest.fixture
def young(tmp_path: Path) -> Path:
    """June 2024 was provisional in the release of Q1, known on 1 September; a later definition has no direction."""
    write_book(tmp_path, [*BEFORE, *Q1], young=1)
    write_release(tmp_path, "2024-25-Q1", dt.date(2024, 6, 30))
    write_book(tmp_path, [*BEFORE, *Q1], polarity="context")
    return tmp_path


#: Against the year before: none in the first year, three more; of the series, the first twelve points are too few.
REASONS = (
    [f"there is no number of {label}" for label in [f"2022-{n:02}" for n in range(4, 13)] + ["2023-01"]]
    + ["there is no number of 2023-02", "there is no number of 2023-03", "provisional until it settles"]
    + ["under 13 periods in a row"] * 12
    + ["provisional until it settles"]
)


def _reasons(place: Path, release: str | None = None) -> list[str]:
    with safer_kpi.open(place) as lake:
        return [row["reason"] for row in verdict_table(lake, release=release).rows() if row["verdict"] == "not judged"]


def test_only_what_was_judged_has_a_row(young: Path) -> None:
    stored = f"SELECT count(*), count(test) FROM '{young}/releases/2024-25-Q1/verdict.parquet'"
    assert duckdb.sql(stored).fetchall() == [(4, 4)]  # April and May, against the year before and in the series
    with safer_kpi.open(young) as lake:
        assert lake.sql("SELECT count(*) AS n FROM kpi.verdict").rows() == [{"n": 0}]
        assert lake.sql("SELECT count(*) AS n FROM kpi.certified_verdict").rows() == [{"n": 4}]


def test_a_release_says_by_its_own_definition_what_it_did_not_judge(young: Path) -> None:
    assert sorted(_reasons(young, "2024-25-Q1")) == sorted(REASONS)
    assert sorted(_reasons(young / "releases" / "2024-25-Q1")) == sorted(REASONS)
    assert set(_reasons(young, "now")) == {"read it with its guards: up is not good or bad by itself"}


def test_a_withdrawn_release_says_what_it_did_not_judge(young: Path) -> None:
    (young / "releases" / "2024-25-Q1.withdrawal.json").write_text('{"reason": "wrong"}')
    write_book(young, [*BEFORE, *Q1])
    with safer_kpi.open(young) as lake:
        assert lake.latest_release() is None
    assert sorted(_reasons(young, "2024-25-Q1")) == sorted(REASONS)


def test_a_metric_alone_says_the_same(young: Path) -> None:
    with safer_kpi.open(young) as lake:
        every = verdict_table(lake, release="2024-25-Q1").rows()
        assert verdict_table(lake, "1x.harm", area="Seatown", by="month", release="2024-25-Q1").rows() == every
        june = verdict_table(lake, period="2024-06", release="2024-25-Q1").rows()
    assert june == [row for row in every if row["period"] == "2024-06"]
    assert len(every) == 30  # 15 months, twice


@pytest.mark.parametrize(
    "forged",
    [
        "UPDATE kpi.certified_metric SET polarity = 'context'",
        "UPDATE kpi.certified_metric SET settles_after_months = 0",
        "UPDATE kpi.certified SET status = 'missing' WHERE period = '2024-06'",
    ],
)
def test_a_forged_reason_is_refused(young: Path, forged: str) -> None:
    with duckdb.connect(young / "safer_kpi.duckdb") as con:
        con.execute(forged)
    with safer_kpi.open(young) as lake, pytest.raises(CheckFailed, match=r"1x\.harm"):
        verdict_table(lake, "1x.harm", release="2024-25-Q1").rows()


@pytest.mark.parametrize("release", ["2023-24-Q4", "2024-25-Q1"])
def test_what_is_derived_is_what_an_older_version_stored(tmp_path: Path, release: str) -> None:
    """An older version stored what it did not judge, and why: without these rows a reader says the same."""
    with tarfile.open(OLD_LAKE) as archive:
        archive.extractall(tmp_path, filter="data")
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{tmp_path}/lake/releases/{release}/release.duckdb' AS old")
        con.execute("CREATE TABLE stored AS FROM old.kpi.certified_verdict")
        [(rows,)] = con.execute("SELECT count(*) FROM stored WHERE test IS NULL").fetchall()
        assert rows > 300
        con.execute("DELETE FROM old.kpi.certified_verdict WHERE test IS NULL")
        con.execute(f"CREATE TABLE derived AS {every_verdict_of_file(con, 'old')}")
        apart = "(FROM stored EXCEPT ALL FROM derived) UNION ALL (FROM derived EXCEPT ALL FROM stored)"
        assert con.execute(f"SELECT count(*) FROM ({apart})").fetchall() == [(0,)]
