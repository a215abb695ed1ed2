"""Expected numbers are added up in the table at the head of conftest.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import safer_kpi
from safer_kpi import Lake, UsageError

VIOLENCE = "1a.violence_and_sexual_offences"


@pytest.fixture
def lake(book_writer: Callable[..., Path], tmp_path: Path) -> Iterator[Lake]:
    book_writer(tmp_path / "safer_kpi.duckdb")
    with safer_kpi.open(tmp_path) as opened:
        yield opened


def test_the_rows_behind_a_number_weigh_what_it_says(lake: Lake) -> None:
    rows = lake.trace(VIOLENCE, area="L1", period="2024-25-Q1").rows()
    assert sum(row["weight"] for row in rows) == 58
    late = [row for row in rows if row["cause"] == "late"]
    assert [(row["entry"], row["file_name"], row["sha256"], row["amount"]) for row in late] == [
        (5, "2024-04b.csv", f"{5:064d}", 2)
    ]


def test_a_share_is_traced_in_both_parts(lake: Lake) -> None:
    rows = lake.trace("1c.violence_positive_outcome_share", area="W1", period="2024-04").rows()
    weights = {row["metric_id"]: 0 for row in rows}
    for row in rows:
        weights[row["metric_id"]] += row["weight"]
    assert weights == {VIOLENCE: 12, "1c.violence_positive_outcomes": 6}  # 10 + 2 - 1 + 1; 2 + 4


def test_a_rate_is_traced_to_its_population(lake: Lake) -> None:
    rows = lake.trace("1a.violence_and_sexual_offences_rate", area="L1", period="2024-05").rows()
    assert sum(row["weight"] for row in rows if row["metric_id"] == "population") == 4000
    assert {row["file_name"] for row in rows} == {"population.csv", "2024-05.csv"}


def test_a_trace_stops_where_knowledge_stopped(lake: Lake) -> None:
    rows = lake.trace(VIOLENCE, area="L1", period="2024-25-Q1", known_at="2024-08-15").rows()
    assert sum(row["weight"] for row in rows) == 56
    assert max(row["entry"] for row in rows) == 4


def test_a_reversal_is_traced_to_the_file_it_took_back(lake: Lake) -> None:
    rows = lake.trace(VIOLENCE, area="W1", period="2024-06").rows()
    assert [(row["cause"], row["file_name"], row["weight"]) for row in rows] == [
        ("new", "2024-06.csv", 6),
        ("reverted", "2024-06.csv", -6),
        ("new", "2024-06b.csv", 7),
    ]


def test_release_and_moment_exclude_each_other(lake: Lake) -> None:
    with pytest.raises(UsageError):
        lake.trace(VIOLENCE, area="L1", period="2024-05", release="now", known_at="2024-08-15")


def test_each_value_a_period_had_is_a_vintage(lake: Lake) -> None:
    rows = lake.vintages(VIOLENCE, area="L1", by="quarter").rows()
    # 30, + 12, + 14, + 1, - 14, + 15
    assert [(row["entry"], row["numerator"]) for row in rows] == [(2, 30), (3, 42), (4, 56), (5, 57), (6, 43), (7, 58)]
    rows = lake.vintages("1c.violence_positive_outcome_share", area="L1", period="2024-04", by="month").rows()
    assert [(row["numerator"], row["denominator"]) for row in rows] == [(5, 30), (9, 31)]
