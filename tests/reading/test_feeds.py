"""What is in, late and missing, judged by a day; the lake is that of conftest, where April to June 2024 arrived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

import safer_kpi
from safer_kpi.reading.lake import Lake


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, book_writer: Callable[..., Path]) -> Callable[[int], Lake]:
    def at(entry: int) -> Lake:
        return safer_kpi.open(
            book_writer(tmp_path_factory.mktemp("feeds") / "safer_kpi.duckdb", last_entry=entry).parent
        )

    return at


def statuses(lake: Lake, on: str) -> dict[str, str]:
    rows = lake.cells("police_street", on=dt.date.fromisoformat(on)).rows()
    return {f"{row['starts_on']:%Y-%m}": row["status"] for row in rows}


def test_a_month_is_expected_until_it_is_due_and_late_after(written: Callable[[int], Lake]) -> None:
    # July ends on 31 July and is due 60 days later, on 29 September
    lake = written(7)
    arrived = {"2024-04": "in", "2024-05": "in", "2024-06": "in"}
    assert statuses(lake, "2024-07-31") == arrived
    assert statuses(lake, "2024-08-01") == arrived | {"2024-07": "expected"}
    assert statuses(lake, "2024-09-29") == arrived | {"2024-07": "expected", "2024-08": "expected"}
    assert statuses(lake, "2024-09-30") == arrived | {"2024-07": "late", "2024-08": "expected"}


def test_a_month_taken_back_is_late_and_a_gap_before_what_arrived_is_missing(
    written: Callable[[int], Lake], tmp_path: Path, book_writer: Callable[..., Path]
) -> None:
    # after entry 6 June was taken back, and nothing later has come
    assert statuses(written(6), "2024-10-01")["2024-06"] == "late"
    file = book_writer(tmp_path / "safer_kpi.duckdb")
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{file}' AS book")
        connection.execute(
            "INSERT INTO book.kpi.coverage SELECT * REPLACE (-weight AS weight) FROM book.kpi.coverage "
            "WHERE starts_on = DATE '2024-05-01'"
        )
    # May was taken back while June is in
    assert statuses(safer_kpi.open(tmp_path), "2024-08-01")["2024-05"] == "missing"


def test_a_feed_counts_its_cells_and_its_held_rows(written: Callable[[int], Lake]) -> None:
    feeds = {row["feed"]: row for row in written(7).feeds(on=dt.date(2024, 9, 30)).rows()}
    street = feeds["police_street"]
    assert (street["cells"], street["late"], street["missing"], street["held_rows"]) == (3, 1, 0, 2)
    assert (feeds["population"]["deliveries"], feeds["population"]["cells"]) == (1, 0)
