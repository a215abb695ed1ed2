"""Why a rate or share has no value: its denominator is missing, and the feed that would tell it has a name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

import safer_kpi
from safer_kpi.reading.denominators import reason
from tests.reading.conftest import OUTCOMES, RATE, SHARE, VIOLENCE

COLUMNS = "value, numerator, denominator, area_type, area_name, area_code, period, period_end"
SEATOWN = "'local_authority', 'Seatown', 'L1', '2024-25-Q1', DATE '2024-06-30'"
COAST = "'force', 'Coast', 'F1', '2024-25-Q1', DATE '2024-06-30'"
LANDING = '. Missing is a file of "{title}". Land it: safer-kpi land {feed} FILE'
RESIDENTS = LANDING.format(title="Residents", feed="population")


def told(file: Path, metric: str, numbers: str, area: str = SEATOWN) -> str | None:
    with safer_kpi.open(file.parent) as lake:
        sql = f"SELECT {reason(lake, metric)} FROM (VALUES ({numbers}, {area})) AS n({COLUMNS})"
        return str(found) if (found := lake.book.read(sql)[1][0][0]) is not None else None


@pytest.fixture
def file(tmp_path: Path, book_writer: Callable[..., Path]) -> Path:
    """A read file whose outcomes come from another feed than the offences that they are divided by."""
    found = book_writer(tmp_path / "safer_kpi.duckdb")
    with duckdb.connect(str(found)) as con:
        con.execute("ALTER TABLE kpi.metric ADD COLUMN feeds VARCHAR[]")
        con.execute(f"UPDATE kpi.metric SET feeds = CASE metric_id WHEN '{OUTCOMES}' THEN ['outcomes'] ELSE "
                    "['police_street'] END")  # fmt: skip
    return found


def test_a_rate_names_the_feed_of_residents_the_area_and_the_year(file: Path) -> None:
    assert told(file, RATE, "NULL, 12, NULL") == f"the residents of Seatown (L1) are not known for 2024{RESIDENTS}"


def test_a_force_needs_the_residents_of_each_authority(file: Path) -> None:
    assert told(file, RATE, "NULL, 12, NULL", COAST) == (
        "the residents of Coast (F1) are not known for 2024, because they are not known for each of its local "
        f"authorities{RESIDENTS}"
    )


def test_a_share_names_the_feed_of_its_denominator(file: Path) -> None:
    assert told(file, SHARE, "NULL, 3, 0") == (
        f"{VIOLENCE} of Seatown (L1) in 2024-25-Q1: not known" + LANDING.format(title="Street", feed="police_street")
    )


def test_a_share_of_one_feed_says_that_nothing_was_counted(file: Path) -> None:
    with duckdb.connect(str(file)) as con:
        con.execute("UPDATE kpi.metric SET feeds = ['police_street']")
    assert told(file, SHARE, "NULL, 0, 0") == "nothing was counted that it could be divided by"


@pytest.mark.parametrize(
    ("metric", "numbers"),
    [
        (RATE, "3.0, 12, 4000"),  # it has a value
        (RATE, "NULL, NULL, NULL"),  # its own count is missing
        (RATE, "NULL, 12, 4000"),  # a month of its count is missing
        (VIOLENCE, "NULL, 12, NULL"),  # a count is divided by nothing
    ],
)
def test_any_other_number_has_no_such_reason(file: Path, metric: str, numbers: str) -> None:
    assert told(file, metric, numbers) is None
