"""Settling times and revisions, on ledgers small enough to reckon by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pytest

import safer_kpi

# Months after the end of a month, and what is then posted to it: cause and amount.
Story = Sequence[tuple[int, str, int]]
FIRST = dt.date(2023, 1, 1)


def month_after(months: int) -> dt.date:
    return dt.date(FIRST.year + months // 12, months % 12 + 1, 1)


@pytest.fixture
def measured(tmp_path: Path) -> Callable[..., dict[str, object]]:
    """The settling of one metric whose months have these histories, one month each; today is January 2026."""

    def measure(*stories: Story, declared: int = 3) -> dict[str, object]:
        file = tmp_path / "safer_kpi.duckdb"
        file.unlink(missing_ok=True)
        with duckdb.connect(str(file)) as connection:
            connection.execute("CREATE SCHEMA kpi")
            connection.execute(
                "CREATE TABLE kpi.metric AS SELECT 'x' AS metric_id, 'x' AS numerator, "
                "NULL::VARCHAR AS denominator, TRUE AS additive, ['month'] AS periods, "
                f"{declared} AS settles_after_months"
            )
            connection.execute("CREATE TABLE kpi.area AS SELECT 'L1' AS area_code, 'local_authority' AS area_type")
            connection.execute("CREATE TABLE kpi.build AS SELECT TIMESTAMP '2026-01-01' AS as_of")
            connection.execute(
                "CREATE TABLE kpi.ledger (metric_id VARCHAR, area_code VARCHAR, la_code VARCHAR, "
                "period_type VARCHAR, month DATE, breakdown VARCHAR, measure VARCHAR, entry BIGINT, "
                "posted_at TIMESTAMP, feed VARCHAR, cause VARCHAR, amount BIGINT)"
            )
            for place, story in enumerate(stories):
                for after, cause, amount in story:
                    # On the second day of the month: so many whole months after the end, and a day.
                    posted = dt.datetime.combine(month_after(place + 1 + after), dt.time(9)) + dt.timedelta(days=1)
                    entry = (posted - dt.datetime(2000, 1, 1)).days
                    connection.execute(
                        "INSERT INTO kpi.ledger "
                        "VALUES ('x', 'W1', 'L1', 'month', ?, 'all', 'amount', ?, ?, 'street', ?, ?)",
                        [month_after(place), entry, posted, cause, amount],
                    )
        with safer_kpi.open(file) as lake:
            [row] = lake.settling().rows()
            return row

    return measure


STEADY: Story = [(0, "new", 1000)]


def test_a_first_value_that_stands_has_settled_at_once(measured) -> None:
    row = measured(*[STEADY] * 8)
    assert (row["measured_months"], row["periods"], row["moved_after"]) == (0, 8, 0)
    assert (row["verdict"], row["is_enough"]) == ("declared is enough", True)


def test_the_last_movement_of_more_than_one_per_cent_counts(measured) -> None:
    # After one month 1,000 of 1,100; after five 1,095, which is within 11 of 1,100: settled at five months and a day.
    late: Story = [(0, "new", 1000), (1, "late", 20), (5, "late", 75), (9, "late", 5)]
    row = measured(*[late] * 8)
    assert (row["measured_months"], row["moved_after"]) == (6, 8)
    assert row["verdict"] == "numbers called final still moved: declare at least 6"


def test_what_partners_did_not_do_counts_as_if_always_there(measured) -> None:
    moved: Story = [(0, "new", 1000), (8, "reference", 500), (9, "contract", -100)]
    assert measured(*[moved] * 8)["measured_months"] == 0


def test_rows_that_a_check_held_back_and_that_came_mended_count_as_if_always_there(measured) -> None:
    # Today 1,000 in every story: a dip of a week a year after, and rows that no check let through at first.
    dip: Story = [(0, "new", 1000), (12, "held", -100), (13, "released", 100)]
    slip: Story = [(0, "new", 900), (8, "released", 100)]
    assert measured(*[dip] * 4, *[slip] * 4)["measured_months"] == 0
    # What is recorded late is told as before, beside them.
    late: Story = [(0, "new", 850), (8, "released", 100), (4, "late", 50)]
    assert measured(*[late] * 8)["measured_months"] == 5


def test_a_reverted_month_is_not_the_partners_history(measured) -> None:
    undone: Story = [(0, "new", 1000), (2, "reverted", -1000), (9, "new", 1000)]
    row = measured(*[STEADY] * 7, undone)
    assert (row["periods"], row["measured_months"]) == (7, 0)


def test_ninety_per_cent_of_the_periods_decide(measured) -> None:
    late: Story = [(0, "new", 900), (7, "late", 100)]
    assert measured(*[STEADY] * 18, late, late)["measured_months"] == 0  # the 18th of 20 has settled at once
    assert measured(*[STEADY] * 17, late, late, late)["measured_months"] == 8


def test_what_is_too_young_is_left_out(measured) -> None:
    # Of 36 months from January 2023 those count that ended by April 2025, nine months (3 and 6) before January 2026.
    assert measured(*[STEADY] * 36)["periods"] == 27
    row = measured(*[STEADY] * 5)
    assert (row["verdict"], row["is_enough"]) == ("too few periods to tell", None)


def test_revisions_are_later_values_less_the_first(book_writer: Callable[..., Path], tmp_path: Path) -> None:
    """conftest.py: April in L1 is 30, then 31; the quarter 56, 57, incomplete, 58."""
    book_writer(tmp_path / "safer_kpi.duckdb")
    with safer_kpi.open(tmp_path) as lake:
        metric = "1a.violence_and_sexual_offences"
        [april] = lake.revisions(metric, area="L1", period="2024-04", by="month").rows()
        assert (april["first_value"], april["latest_value"], april["revisions"], april["mean_revision"]) == (
            30,
            31,
            1,
            1,
        )
        [quarter] = lake.revisions(metric, area="L1", period="2024-25-Q1").rows()
        assert (quarter["first_value"], quarter["latest_value"], quarter["revision"]) == (56, 58, 2)
        # Later values 57 and 58: (1 + 2) / 2.
        assert (quarter["mean_revision"], quarter["mean_absolute_revision"]) == (1.5, 1.5)
        told = [
            (row["status"], row["value"], row["revision"]) for row in lake.vintages(metric, area="L1", by="quarter")
        ]
        assert told[2:] == [("final", 56, None), ("final", 57, 1), ("incomplete", None, None), ("final", 58, None)]
