"""Another source that adds to an area now and then: numbers say which months have it, comparisons where they differ.

The lake is that of ``test_change``: violence in L1 (force F1) of the springs of 2023 and 2024, known at 2024-08-01. The
rail police (R) add to April and May 2024, and to April 2023 only since 2023-12-01, when it was older than 2024 is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi.cli.main import app
from safer_kpi.domain.also_from import also_from
from tests.reading.conftest import OUTCOMES, RATE, VIOLENCE
from tests.reading.test_change import Q1, STORY, write

RAIL = [
    ("2023-04-01", dt.datetime(2023, 12, 1, 9), 5),
    ("2024-04-01", dt.datetime(2024, 6, 1, 9), 6),
    ("2024-05-01", dt.datetime(2024, 7, 1, 9), 7),
]
VERDICT = """
CREATE TABLE kpi.verdict AS SELECT
  '{metric}' AS metric_id, 'L1' AS area_code, '{q1}' AS period, 'quarter' AS period_type, DATE '2024-04-01' AS
  period_start, DATE '2024-06-30' AS period_end, 'all' AS breakdown, 'year_before' AS against, '2023-24-Q1' AS
  reference_period, FALSE AS is_baseline, 77.0 AS value, 65.0 AS reference_value, 77 AS numerator, NULL AS denominator,
  65 AS reference_numerator, NULL AS reference_denominator, 'no clear change' AS verdict, NULL AS reason, NULL AS test,
  NULL AS statistic, NULL AS p_value, 12.0 AS change
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contributing")
    write(folder / "safer_kpi.duckdb", STORY)
    with duckdb.connect(str(folder / "safer_kpi.duckdb")) as con:
        con.execute("ALTER TABLE kpi.metric ADD COLUMN feeds VARCHAR[]")
        con.execute(f"UPDATE kpi.metric SET feeds = ['police_street'] WHERE metric_id <> '{OUTCOMES}'")
        con.execute("CREATE TABLE kpi.contributor AS SELECT 'police_street' AS feed, 'R' AS cover_code, "
                    "'Rail Police' AS contributor")  # fmt: skip
        for month, at, entry in RAIL:
            con.execute("INSERT INTO kpi.coverage VALUES ('police_street', ?, 'R', NULL, ?, 1, ?, ?, 1)",
                        [f"rail/{month[:7]}", month, entry, at])  # fmt: skip
        con.execute(VERDICT.format(metric=VIOLENCE, q1=Q1))
    return folder


@pytest.fixture
def lake(home: Path) -> Iterator[safer_kpi.Lake]:
    with safer_kpi.open(home) as opened:
        yield opened


def added(lake: safer_kpi.Lake, metric: str, area: str, **asked: str) -> dict[str, list[str] | None]:
    """The months that the rail police add to, by period; None where no contract names anybody."""
    rows = lake.metric(metric, area=area, **asked).rows()  # type: ignore[arg-type]  # ``asked`` holds ``by`` and ``period``, which the checker cannot tell apart
    return {
        row["period"]: None
        if row["contributors"] is None
        else [m for one in row["contributors"] for m in one["months"]]
        for row in rows
    }


def test_a_number_says_which_of_its_months_have_another_source(lake: safer_kpi.Lake) -> None:
    assert added(lake, VIOLENCE, "L1", by="quarter") == {
        "2023-24-Q1": ["2023-04"],
        "2024-25-Q1": ["2024-04", "2024-05"],
    }
    assert added(lake, RATE, "W1", period="2024-05") == {"2024-05": ["2024-05"]}
    assert added(lake, RATE, "W1", period="2024-06") == {"2024-06": []}


def test_a_force_counts_its_own_records_and_an_undeclared_feed_says_nothing(lake: safer_kpi.Lake) -> None:
    assert added(lake, VIOLENCE, "F1", period=Q1) == {Q1: None}
    assert added(lake, OUTCOMES, "L1", period=Q1) == {Q1: None}


def test_it_is_as_old_as_the_number(lake: safer_kpi.Lake) -> None:
    assert added(lake, VIOLENCE, "L1", period="2023-24-Q1", known_at="2023-11-30") == {"2023-24-Q1": []}


def test_a_comparison_of_unlike_months_says_so(lake: safer_kpi.Lake) -> None:
    """77 - 60 = 17 stands, with what it holds besides: at equal age nothing of the rail police was known of 2023."""
    [found] = lake.change(VIOLENCE, area="L1", period=Q1).rows()
    assert (found["difference"], found["reason"]) == (17, None)
    assert found["contributors_differ"] == (
        "Rail Police adds to 2 of the 3 months of 2024-25-Q1 (2024-04, 2024-05), "
        "and to none of the 3 months of 2023-24-Q1"
    )
    [june] = lake.change(VIOLENCE, area="L1", period="2024-06").rows()
    assert june["contributors_differ"] is None
    [force] = lake.change(VIOLENCE, area="F1", period=Q1).rows()
    assert force["contributors_differ"] is None


def test_a_verdict_compares_what_is_known_together(lake: safer_kpi.Lake) -> None:
    [found] = lake.verdicts(VIOLENCE, area="L1").rows()
    assert found["contributors_differ"] == (
        "Rail Police adds to 2 of the 3 months of 2024-25-Q1 (2024-04, 2024-05), "
        "and to 1 of the 3 months of 2023-24-Q1 (2023-04)"
    )


@pytest.mark.parametrize("command", ["show", "change"])
def test_commands_say_so(home: Path, command: str) -> None:
    told = CliRunner().invoke(app, [command, VIOLENCE, "--area", "L1", "--period", Q1, "--home", str(home)])
    assert told.exit_code == 0, told.output
    assert "Rail Police" in told.output


@pytest.mark.parametrize(
    ("months", "told"),
    [
        (["2024-04", "2024-05", "2024-06"], "Rail Police"),
        (["2024-04", "2024-06"], "Rail Police (without 2024-05)"),
        (["2024-05"], "Rail Police (2024-05)"),
    ],
)
def test_the_shorter_list_of_months_is_shown(months: list[str], told: str) -> None:
    row = {"period_start": dt.date(2024, 4, 1), "period_end": dt.date(2024, 6, 30)}
    assert also_from(row | {"contributors": [{"code": "R", "name": "Rail Police", "months": months}]}) == told
