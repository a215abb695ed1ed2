"""The KPIs of a read file: all of them, in the strategy's order, each measured or with what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi.cli.main import app
from safer_kpi.errors import NotFound

VIOLENCE, OUTCOMES, SHARE = (
    "1a.violence_and_sexual_offences", "1c.violence_positive_outcomes", "1c.violence_positive_outcome_share",
)  # fmt: skip
#: Place, KPI, direction, explanation, headlines and wanted direction of each, data and whom it was asked from.
LINES: list[tuple[Any, ...]] = [
    (1, "1a", "decrease", "Reporting rises too.", [VIOLENCE], ["decrease"], "recorded offences", "the police"),
    (2, "2a", "increase", None, [], [], "notices and orders", "the police and the courts"),
    (3, "1c", "both", "Two things.", [OUTCOMES, SHARE], ["increase", "decrease"], "outcomes", "the police"),
]
TABLE = """
CREATE TABLE book.kpi.strategy (place INTEGER, kpi VARCHAR, kind VARCHAR, priority VARCHAR, words VARCHAR,
  direction VARCHAR, explanation VARCHAR, headlines VARCHAR[], wanted VARCHAR[], data VARCHAR, asked_from VARCHAR,
  plan VARCHAR, document VARCHAR, paragraph VARCHAR)
"""
SENTENCE = "not measured: no partner supplies notices and orders, asked for from the police and the courts"


def state_strategy(file: Path) -> None:
    """Put a strategy of three KPIs into a read file; 2a has no metric, and 1c stands after it."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{file}' AS book")
        connection.execute(TABLE)
        connection.execute("ALTER TABLE book.kpi.metric ADD COLUMN periods VARCHAR[]")
        connection.execute("UPDATE book.kpi.metric SET periods = ['month', 'quarter']")
        for place, kpi, direction, explanation, headlines, wanted, data, asked_from in LINES:
            row = [place, kpi, "kpi", "Less harm", f"Words of {kpi}", direction, explanation, headlines, wanted, data]
            row += [asked_from, None, "A strategy", "16"]
            connection.execute(f"INSERT INTO book.kpi.strategy VALUES ({', '.join('?' for _ in row)})", row)


@pytest.fixture(scope="module")
def home(book_writer: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kpis")
    state_strategy(book_writer(folder / "safer_kpi.duckdb"))
    return folder


def _run(home: Path, *arguments: str, code: int = 0) -> str:
    found = CliRunner().invoke(app, [*arguments, "--home", str(home)])
    assert found.exit_code == code, found.output
    return " ".join(found.output.split())


def test_every_kpi_is_there_in_order_and_says_what_is_missing(home: Path) -> None:
    with safer_kpi.open(home) as lake:
        rows = lake.kpis().rows()
    assert [(row["kpi"], row["status"], row["note"]) for row in rows] == [
        ("1a", "measured", None), ("2a", "not measured", SENTENCE), ("1c", "measured", None),
    ]  # fmt: skip
    assert [row["headlines"] for row in rows] == [[VIOLENCE], [], [OUTCOMES, SHARE]]
    assert rows[0]["words"] == "Words of 1a"


def test_a_status_is_decided_by_numbers_and_not_by_a_list(home: Path, tmp_path: Path) -> None:
    """Of April no outcome was known yet when nothing but April was covered; without any value, 1c is not measured."""
    file = tmp_path / "safer_kpi.duckdb"
    file.write_bytes((home / "safer_kpi.duckdb").read_bytes())
    with duckdb.connect(str(file)) as connection:
        connection.execute("UPDATE kpi.observation SET value = NULL WHERE metric_id LIKE '1c.%'")
        connection.execute("UPDATE kpi.metric SET kpi = '2a' WHERE metric_id LIKE '1a.%_rate'")
    with safer_kpi.open(tmp_path) as lake:
        assert {row["kpi"]: row["status"] for row in lake.kpis().rows()} == {
            "1a": "measured", "2a": "measured", "1c": "not measured",
        }  # fmt: skip


def test_the_status_in_one_area(home: Path) -> None:
    with safer_kpi.open(home) as lake:
        assert [row["status"] for row in lake.kpis(area="Seatown").rows()] == ["measured", "not measured", "measured"]
        # What lies in no place has residents and no rate; its counts are values all the same.
        assert lake.kpis(area="unplaced").rows()[1]["status"] == "not measured"
        with pytest.raises(NotFound, match="No area 'Nowhere'"):
            lake.kpis(area="Nowhere")


def test_a_file_without_the_table_says_that_the_strategy_is_not_recorded(
    book_writer: Callable[..., Path], tmp_path: Path
) -> None:
    book_writer(tmp_path / "safer_kpi.duckdb")
    with safer_kpi.open(tmp_path) as lake:
        rows = lake.kpis().rows()
        columns = lake.kpis().columns
    assert [(row["kpi"], row["status"], row["words"]) for row in rows] == [
        ("1a", "strategy not recorded", None), ("1c", "strategy not recorded", None),
    ]  # fmt: skip
    assert columns == tuple(rows[0])
    assert _run(tmp_path, "metrics").count("strategy not recorded") == 2
    assert "strategy not recorded" in _run(tmp_path, "show", "1a")


RELEASED = """
INSERT INTO kpi.release (release_id, quarter, published_at, known_at, status)
  VALUES ('2024-25-Q1', '2024-25-Q1', '2024-12-01', '2024-11-02 09:00:00', 'published');
INSERT INTO kpi.certified BY NAME
  SELECT *, '2024-25-Q1' AS release_id, TIMESTAMP '2024-11-02 09:00:00' AS known_at FROM kpi.observation
  WHERE metric_id LIKE '1a.%'
"""


def test_a_release_has_its_own_words_and_the_latest_those_of_today_if_it_has_none(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "safer_kpi.duckdb"
    file.write_bytes((home / "safer_kpi.duckdb").read_bytes())
    with duckdb.connect(str(file)) as connection:
        connection.execute(RELEASED)
    with safer_kpi.open(tmp_path) as lake:
        rows = lake.kpis().rows()
        assert {row["words"] for row in lake.kpis(release="2024-25-Q1").rows()} == {None}
        live = lake.kpis(release="now").rows()
    assert [(row["words"], row["status"], row["release_id"]) for row in rows] == [
        ("Words of 1a", "measured", "2024-25-Q1"), ("Words of 2a", "not measured", "2024-25-Q1"),
        ("Words of 1c", "not measured", "2024-25-Q1"),  # the release certifies metrics of 1a alone
    ]  # fmt: skip
    assert [row["status"] for row in live] == ["measured", "not measured", "measured"]
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "CREATE TABLE kpi.certified_strategy AS SELECT * REPLACE (upper(words) AS words), "
            "'2024-25-Q1' AS release_id, TIMESTAMP '2024-11-02 09:00:00' AS known_at FROM kpi.strategy"
        )
    with safer_kpi.open(tmp_path) as lake:
        assert [row["words"] for row in lake.kpis().rows()] == ["WORDS OF 1A", "WORDS OF 2A", "WORDS OF 1C"]
        assert lake.kpis(release="now").rows()[0]["words"] == "Words of 1a"


def test_the_command_metrics_lists_every_kpi_in_order(home: Path) -> None:
    text = _run(home, "metrics")
    places = [
        text.index(part) for part in ("Less harm", "1a Words of 1a", VIOLENCE, "2a Words of 2a", "1c Words of 1c")
    ]
    assert places == sorted(places)
    assert text.count("Less harm") == 1
    assert f"Asked for: an increase. {SENTENCE}." in text
    assert "Asked for: opposite directions, by part. Two things." in text
    assert text.index(OUTCOMES) < text.index(SHARE)
    found = json.loads(CliRunner().invoke(app, ["metrics", "--json", "--home", str(home)]).output)
    assert (len(found["rows"]), [kpi["kpi"] for kpi in found["kpis"]]) == (4, ["1a", "2a", "1c"])


def test_a_kpi_is_shown_by_its_code(home: Path) -> None:
    text = _run(home, "show", "1a")
    assert text.startswith("1a Words of 1a Priority: Less harm. Asked for: a decrease. Reporting rises too.")
    assert "Source: A strategy, paragraph 16." in text
    # The quarter of the authority and of the force: 58 and 59, as conftest.py adds them up; wards are left out.
    assert "period = 2024-25-Q1" in text
    assert [part in text for part in ("Seatown L1 58", "Coast F1 59", "North")] == [True, True, False]
    assert SENTENCE in _run(home, "show", "2a")
    rows = json.loads(CliRunner().invoke(app, ["show", "1c", "--area", "L1", "--json", "--home", str(home)]).output)
    assert [(row["metric_id"], row["wanted"]) for row in rows["rows"]] == [(OUTCOMES, "increase"), (SHARE, "decrease")]
    assert rows["kpi"]["kpi"] == "1c"


def test_what_is_for_a_metric_is_not_for_a_kpi(home: Path) -> None:
    assert f"--breakdown is for a metric, and 1a is a KPI. Metrics of 1a: {VIOLENCE}." in _run(
        home, "show", "1a", "--breakdown", "sex:F", code=2
    )
    assert "No metric '9z' exists" in _run(home, "show", "9z", code=2)
