"""From a row or a delivery forward. Numbers are added up in the table at the head of conftest.py.

The book's postings are numbered in the order of its list, from row 2: row 6 of delivery 2 is ten violent offences in
W1 in April, row 23 of delivery 4 six in June that were reverted at entry 6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi import Lake, NotFound, UsageError
from safer_kpi.cli.main import app
from tests.reading.conftest import POSTINGS

VIOLENCE = "1a.violence_and_sexual_offences"
RATE = f"{VIOLENCE}_rate"
SHARE = "1c.violence_positive_outcome_share"


def row_of(entry: int, cause: str, metric: str, area: str) -> int:
    """The row number a posting of the book rests on."""
    found = [(line[0], line[2], line[4], line[5]) for line in POSTINGS]
    return 2 + found.index((entry, cause, metric, area))


@pytest.fixture(scope="module")
def home(book_writer: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forward")
    book_writer(folder / "safer_kpi.duckdb")
    return folder


@pytest.fixture
def lake(home: Path) -> Iterator[Lake]:
    with safer_kpi.open(home) as opened:
        yield opened


def test_a_row_is_in_every_number_of_its_areas_and_periods(lake: Lake) -> None:
    rows = lake.trace_row(2, row_of(2, "new", VIOLENCE, "W1")).rows()
    places = {(row["metric_id"], row["part"], row["area_code"], row["period"]) for row in rows}
    of_a_metric = {(area, period) for area in ("W1", "L1", "F1") for period in ("2024-04", "2024-25-Q1")}
    # The count itself, the rate over residents, and the share it is the denominator of.
    parts = ((VIOLENCE, "numerator"), (RATE, "numerator"), (SHARE, "denominator"))
    assert places == {(*part, *number) for part in parts for number in of_a_metric}
    assert {(row["weight"], row["entry"], row["cause"], row["out_entry"]) for row in rows} == {(10, 2, "new", None)}


def test_a_row_is_found_by_file_name_and_weighs_what_its_posting_says(lake: Lake) -> None:
    rows = lake.trace_row("2024-06.csv", row_of(4, "new", VIOLENCE, "W1")).rows()
    # Entry 6 reverts the delivery, under evidence of its own in this book: the row itself stays where it was.
    assert {(row["entry"], row["weight"]) for row in rows} == {(4, 6)}
    gone = lake.trace_row(4, row_of(6, "reverted", VIOLENCE, "W1")).rows()
    assert {(row["entry"], row["cause"], row["weight"]) for row in gone} == {(6, "reverted", -6)}


def test_a_delivery_is_found_by_its_hash(lake: Lake) -> None:
    assert lake.trace_delivery(f"{5:064d}").rows() == lake.trace_delivery(5).rows()


def test_a_delivery_says_all_it_changed(lake: Lake) -> None:
    rows = lake.trace_delivery(5).rows()
    told = {(row["metric_id"], row["area_code"], row["period"], row["cause"]): row["amount"] for row in rows}
    assert told == {
        (VIOLENCE, "W1", "2024-04", "late"): 2,
        (VIOLENCE, "L1", "2024-04", "late"): 2,
        (VIOLENCE, "F1", "2024-04", "late"): 2,
        (VIOLENCE, "W1", "2024-04", "reclassified"): -1,
        (VIOLENCE, "L1", "2024-04", "reclassified"): -1,
        (VIOLENCE, "F1", "2024-04", "reclassified"): -1,
        (VIOLENCE, "W1", "2024-04", "relocated"): 1,
        (VIOLENCE, "W2", "2024-04", "relocated"): -1,  # and nothing in L1 and F1: it stayed within both
        ("1c.violence_positive_outcomes", "W1", "2024-04", "progressed"): 4,
        ("1c.violence_positive_outcomes", "L1", "2024-04", "progressed"): 4,
        ("1c.violence_positive_outcomes", "F1", "2024-04", "progressed"): 4,
    }


def test_a_reversal_belongs_to_the_delivery_it_is_of(lake: Lake) -> None:
    rows = [row for row in lake.trace_delivery(4).rows() if row["area_code"] == "L1"]
    assert [(row["entry"], row["kind"], row["cause"], row["amount"]) for row in rows] == [
        (4, "delivery", "new", 14),
        (6, "reversal", "reverted", -14),
    ]


def test_a_row_no_posting_rests_on_says_so(lake: Lake) -> None:
    [row] = lake.trace_row(2, 900).rows()
    assert row["outcome"] == "not posted"
    assert "no metric counts this row" in row["reason"]
    assert (row["metric_id"], row["releases"]) == (None, None)


def test_what_does_not_exist_is_said_so(lake: Lake) -> None:
    with pytest.raises(NotFound, match="the last one is 7"):
        lake.trace_row(8, 2)
    with pytest.raises(NotFound):
        lake.trace_delivery("no such file.csv")
    with pytest.raises(UsageError, match="the header is row 1"):
        lake.trace_row(2, 1)


def test_the_command_traces_in_three_directions(home: Path) -> None:
    def run(*words: str, code: int = 0) -> str:
        found = CliRunner().invoke(app, ["trace", *words, "--home", str(home)])
        assert found.exit_code == code, found.output
        return found.output

    assert "2024-04b.csv" in run(VIOLENCE, "--area", "L1", "--period", "2024-25-Q1")
    text = run("--delivery", "2", "--row", str(row_of(2, "new", VIOLENCE, "W1")))
    assert "It is in 18 numbers now." in text  # 3 metrics, 3 areas, a month and a quarter
    assert "reclassified" in run("--delivery", "5")
    assert "No posting rests on the row" in run("--delivery", "2", "--row", "900")
    assert "No delivery '99' is in this read file" in run("--delivery", "99", code=2)
    assert "cannot be combined" in run(VIOLENCE, "--delivery", "2", code=2)
    assert "--delivery NUMBER" in run(VIOLENCE, code=2)
