"""``lake.change`` over a lake made by hand: one authority L1 with one ward W1, two springs of months.

    entry 1  2000-01-01  population 2,000
    entry 2  2023-06-01  April 2023  new 30
    entry 3  2023-07-01  May 2023    new 20
    entry 4  2023-08-01  June 2023   new 10
    entry 5  2023-12-01  April 2023  late +5
    entry 6  2024-06-01  April 2024  new 40
    entry 7  2024-07-01  May 2024    new 25
    entry 8  2024-08-01  June 2024   new 12

At entry 8 the second quarter is 77. The first was 60 when it was as old, on 1 August 2023, and is 65 now.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi import NotFound, UsageError
from safer_kpi.cli.main import app
from safer_kpi.domain.change import Figure, Measure
from safer_kpi.domain.periods import Period, parse_period
from safer_kpi.reading.changing.change import COLUMNS
from safer_kpi.reading.changing.references import named_period, reference
from safer_kpi.reading.changing.rows import Call, row
from safer_kpi.reading.contributing import Contributors
from tests.reading.conftest import OBSERVATION, OUTCOMES, RATE, SCHEMA, SHARE, VIOLENCE

POPULATION = dt.datetime(2000, 1, 1)
#: Month, when it was posted, cause and amount.
STORY = [
    ("2023-04-01", dt.datetime(2023, 6, 1, 9), "new", 30),
    ("2023-05-01", dt.datetime(2023, 7, 1, 9), "new", 20),
    ("2023-06-01", dt.datetime(2023, 8, 1, 9), "new", 10),
    ("2023-04-01", dt.datetime(2023, 12, 1, 9), "late", 5),
    ("2024-04-01", dt.datetime(2024, 6, 1, 9), "new", 40),
    ("2024-05-01", dt.datetime(2024, 7, 1, 9), "new", 25),
    ("2024-06-01", dt.datetime(2024, 8, 1, 9), "new", 12),
]
Q1 = "2024-25-Q1"
Posted = tuple[str, dt.datetime, str, int]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the postings above."""
    folder = tmp_path_factory.mktemp("change")
    write(folder / "safer_kpi.duckdb", STORY)
    return folder


@pytest.fixture
def lake(home: Path, tmp_path: Path) -> Iterator[Callable[..., safer_kpi.Lake]]:
    """Open the lake, or one with other postings."""
    made: list[safer_kpi.Lake] = []

    def opened(story: list[Posted] | None = None) -> safer_kpi.Lake:
        if story is not None:
            write(tmp_path / "safer_kpi.duckdb", story)
        made.append(safer_kpi.open(home if story is None else tmp_path))
        return made[-1]

    yield opened
    for each in made:
        each.close()


def write(file: Path, story: list[Posted]) -> None:
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{file}' AS book (STORAGE_VERSION 'v1.0.0')")
        con.execute("USE book")
        con.execute(SCHEMA)
        con.execute("DELETE FROM kpi.area WHERE area_code = 'W2'")
        for year in (2023,):
            months = [dt.date(year, month, 1) for month in (4, 5, 6)]
            for first in months:
                last = first.replace(month=first.month + 1) - dt.timedelta(days=1)
                con.execute("INSERT INTO kpi.span VALUES (?, 'month', ?, ?)", [f"{first:%Y-%m}", first, last])
            con.execute("INSERT INTO kpi.span VALUES ('2023-24-Q1', 'quarter', '2023-04-01', '2023-06-30')")
        for metric, unit, top, bottom, base in (
            (VIOLENCE, "offences", VIOLENCE, None, None),
            (RATE, "per 1,000 residents", VIOLENCE, "population", 1000.0),
            (OUTCOMES, "offences", OUTCOMES, None, None),
            (SHARE, "per cent", OUTCOMES, VIOLENCE, 100.0),
        ):
            con.execute(
                "INSERT INTO kpi.metric VALUES (?, '1a', 1, ?, ?, ?, ?, ?, TRUE)",
                [metric, metric, unit, top, bottom, base],
            )
        post(con, "population", "2020-06-01", POPULATION, "new", 2000, entry=1)
        # Every fifth offence has an outcome, at once.
        for entry, (month, at, cause, amount) in enumerate(story, start=2):
            post(con, VIOLENCE, month, at, cause, amount, entry=entry)
            post(con, OUTCOMES, month, at, cause, amount // 5, entry=entry)
            if cause == "new":
                con.execute(
                    "INSERT INTO kpi.coverage VALUES ('police_street', ?, 'F1', NULL, ?, 1, ?, ?, 1)",
                    [f"coast/{month[:7]}", month, entry, at],
                )
        last = max(at for _, at, _, _ in story)
        con.execute("INSERT INTO kpi.build VALUES (?, ?, ?, '0', 1)", [len(story) + 1, last, last])
        con.execute(f"CREATE TABLE kpi.observation AS {OBSERVATION.format(ts=f'''TIMESTAMP '{last}' ''')}")
        con.execute(f"CREATE MACRO kpi.as_of(ts) AS TABLE {OBSERVATION.format(ts='ts')}")


def post(
    con: duckdb.DuckDBPyConnection, metric: str, month: str, at: dt.datetime, cause: str, amount: int, *, entry: int
) -> None:
    con.execute(
        "INSERT INTO kpi.ledger VALUES (?, 'W1', 'L1', 'F1', 'month', ?, 'all', 'amount', 1, ?, ?, 'police_street', ?, "
        "?, ?, [])",
        [metric, month, entry, at, entry, cause, amount],
    )
    con.execute(
        "INSERT INTO kpi.entry SELECT ?, ?, 'delivery', ?, 'police_street', NULL, NULL "
        "WHERE NOT EXISTS (SELECT 1 FROM kpi.entry WHERE entry = ?)",
        [entry, at, entry, entry],
    )


def one(lake: safer_kpi.Lake, metric: str = VIOLENCE, **asked: Any) -> dict[str, Any]:
    [found] = lake.change(metric, area="L1", **asked).rows()
    return found


def test_a_young_number_is_compared_with_what_the_other_was_when_it_was_as_young(lake) -> None:
    found = one(lake(), period=Q1)
    assert tuple(found) == tuple(COLUMNS)
    assert (found["value"], found["reference_value"], found["difference"]) == (77, 60, 17)
    assert found["percentage"] == pytest.approx(100 * 17 / 60)
    assert (found["basis"], found["reference_known_at"]) == ("equal age", dt.datetime(2023, 8, 1, 9))
    # and, told beside it, with what it is known to be now
    assert (found["latest_reference_value"], found["latest_difference"]) == (65, 12)
    assert (found["months"], found["of_months"], found["left_out"], found["reason"]) == (3, 3, [], None)


def test_each_month_has_its_row_and_a_small_reference_no_percentage(lake) -> None:
    rows = lake().change(VIOLENCE, area="Seatown", by="month").rows()
    told = {
        row["period"]: (row["value"], row["reference_value"], row["difference"], row["percentage"])
        for row in rows if row["period"] > "2024"
    }  # fmt: skip
    assert told == {
        "2024-04": (40, 30, 10, pytest.approx(100 / 3)),
        "2024-05": (25, 20, 5, pytest.approx(25.0)),
        "2024-06": (12, 10, 2, None),
    }
    assert {row["reason"] for row in rows if row["period"] < "2024"} == {
        f"there is no number of 2022-0{month}" for month in (4, 5, 6)
    }


def test_an_incomplete_quarter_is_compared_by_the_months_both_have(lake) -> None:
    # In the middle of July 2024 June is not there, and was not there in the middle of July 2023: 40 + 25 and 30 + 20.
    found = one(lake(), period=Q1, known_at="2024-07-15")
    assert (found["value"], found["reference_value"], found["difference"]) == (65, 50, 15)
    assert (found["months"], found["of_months"], found["left_out"]) == (2, 3, ["2024-06"])
    assert (found["latest_reference_value"], found["status"]) == (55, "incomplete")


def test_a_rate_and_a_share_are_made_of_the_same_months(lake) -> None:
    rows = lake().change([RATE, SHARE], area=["L1"], period=Q1, known_at="2024-07-15").rows()
    assert [row["metric_id"] for row in rows] == [RATE, SHARE]
    # 65 and 50 of 2,000 residents; 8 + 5 of 65 and 6 + 4 of 50, in points
    assert (rows[0]["value"], rows[0]["reference_value"]) == pytest.approx((32.5, 25.0))
    assert rows[0]["percentage"] == pytest.approx(30.0)
    assert (rows[1]["value"], rows[1]["reference_value"]) == pytest.approx((20.0, 20.0))
    assert (rows[1]["difference"], rows[1]["percentage"]) == (pytest.approx(0.0), None)


@pytest.mark.parametrize(
    ("cause", "words"),
    [("reference", "the lookup of areas changed on 2023-12-01: break in boundaries"),
     ("contract", "the partner's files are read in another way since 2023-12-01: break in method")],
)  # fmt: skip
def test_across_a_break_there_is_a_reason_and_no_change(lake, cause: str, words: str) -> None:
    story = [(month, at, cause if kind == "late" else kind, amount) for month, at, kind, amount in STORY]
    opened = lake(story)
    found = one(opened, period=Q1)
    assert (found["difference"], found["percentage"], found["reason"]) == (None, None, words)
    # What is known now is placed and read as this year is.
    assert (found["latest_reference_value"], found["latest_difference"]) == (65, 12)
    # No row of May was moved.
    assert one(opened, period="2024-05", by="month")["difference"] == 5


def test_a_history_that_was_loaded_later_is_compared_as_known_now(lake) -> None:
    loaded = [
        (month, at if month > "2024" else dt.datetime(2024, 5, 1, 9, 0, place), cause, amount)
        for place, (month, at, cause, amount) in enumerate(STORY)
    ]
    found = one(lake(loaded), period=Q1)
    assert (found["basis"], found["reference_known_at"]) == ("latest known", dt.datetime(2024, 8, 1, 9))
    assert (found["value"], found["reference_value"], found["difference"]) == (77, 65, 12)


def test_against_a_period_the_age_is_that_of_the_two(lake) -> None:
    # May 2024 at 1 August is as old as April 2024 at 1 July, when it was 40.
    found = one(lake(), period="2024-05", by="month", against="2024-04")
    assert (found["value"], found["reference_value"], found["reference_known_at"]) == (
        25,
        40,
        dt.datetime(2024, 7, 1, 9),
    )
    later = one(lake(), period="2024-04", by="month", against="2024-05")
    assert (later["difference"], later["reason"]) == (None, "2024-05 is not an earlier period")


def test_what_is_wrong_is_said(lake) -> None:
    opened = lake()
    with pytest.raises(UsageError, match="'last_year' is nothing to compare with"):
        opened.change(VIOLENCE, against="last_year")
    with pytest.raises(NotFound, match="No metric"):
        opened.change([VIOLENCE, "1a.violense"])
    with pytest.raises(UsageError, match="cannot be combined"):
        opened.change(VIOLENCE, release="now", known_at="2024-07-15")
    assert one(opened, period=Q1, against="baseline")["reason"] == "no baseline is declared"


def test_a_release_is_compared_by_its_own_ledger(two_releases: Path) -> None:
    """conftest.py: May is 12. April was 30 on 1 July, a month before the first release; 31 from October on."""
    asked = {"area": "L1", "period": "2024-05", "by": "month", "against": "2024-04"}
    expected = {"2024-25-Q1": (12, 30, 30), "2024-25-Q1.2": (12, 31, 31)}
    for release, figures in expected.items():
        with safer_kpi.open(two_releases) as opened:
            [row] = opened.change(VIOLENCE, release=release, **asked).rows()
        with safer_kpi.open(two_releases / "releases" / release) as folder:
            [alone] = folder.change(VIOLENCE, **asked).rows()
        assert (row["value"], row["reference_value"], row["latest_reference_value"]) == figures
        assert (row["release_id"], row["difference"]) == (release, figures[0] - figures[1])
        assert alone == row


def test_the_command_says_what_the_library_says(home: Path) -> None:
    words = ["change", VIOLENCE, "--area", "L1", "--period", Q1, "--home", str(home)]
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0, done.output
    [found] = json.loads(done.stdout)["rows"]
    assert (found["value"], found["reference_value"], found["difference"]) == (77, 60, 17)
    shown = CliRunner().invoke(app, [*words, "--known-at", "2024-07-15"])
    assert shown.exit_code == 0, shown.output
    text = " ".join(shown.output.split())
    assert "+15" in text
    assert "2 of 3 months, without 2024-06" in text


# One row, of figures made by hand: what a lake of counts cannot show.

AUGUST = dt.datetime(2024, 8, 1)
SPRING, BEFORE = parse_period(Q1), parse_period("2023-24-Q1")


def figure(number: int | None, status: str, series: int = 1) -> Figure:
    value = None if number is None else float(number)
    return Figure(numerator=number, denominator=None, value=value, status=status, series=series)


def told(now: Figure, latest: Figure | None, then: Figure | None, *, is_summed: bool = False) -> dict[str, Any]:
    """The row of one quarter against the year before, as it is known now and as it was then."""
    key, earlier = ("x", "L1", "quarter", SPRING.start), ("x", "L1", "quarter", BEFORE.start)
    moment = dt.datetime(2023, 8, 1)
    call = Call(
        measure=Measure(is_summed=is_summed, denominator_kind="none", rate_base=None, is_percentage=False),
        contributors=Contributors(names={}, steps=()),
        forces=(),
        part="month" if is_summed else None,
        known_at=AUGUST,
        now={key: now} | ({earlier: latest} if latest else {}),
        then={moment: {earlier: then}} if then else {},
        entries={moment: 4 if then else None},
        breaks=[],
        defined_otherwise=None,
    )
    return row(call, key, BEFORE)


@pytest.mark.parametrize(
    ("now", "latest", "then", "reason"),
    [
        (figure(None, "suppressed"), figure(60, "final"), figure(60, "final"), "2024-25-Q1 is suppressed"),
        (figure(77, "final"), figure(None, "unavailable"), None, "2023-24-Q1 is unavailable"),
        (figure(77, "final"), None, None, "there is no number of 2023-24-Q1"),
        (figure(77, "final"), figure(60, "final", series=2), figure(60, "final", series=2),
         "the question or the way of counting changed: break in series"),
        (figure(77, "provisional"), figure(60, "final"), None,
         "2023-24-Q1 was not known when it was as old, and 2024-25-Q1 is provisional until it settles"),
        (figure(None, "incomplete"), figure(60, "final"), figure(60, "final"),
         "2024-25-Q1 is incomplete, and no shorter periods add up to it"),
    ],
)  # fmt: skip
def test_each_reason_why_there_is_no_change(now: Figure, latest: Figure, then: Figure, reason: str) -> None:
    found = told(now, latest, then)
    assert (found.get("difference"), found.get("percentage"), found["reason"]) == (None, None, reason)


def test_a_break_in_series_leaves_no_change_against_what_is_known_now_either() -> None:
    found = told(figure(77, "final"), figure(65, "final", series=2), figure(60, "final", series=2))
    assert "latest_difference" not in found


def test_provisional_is_compared_with_provisional() -> None:
    found = told(figure(77, "provisional"), figure(65, "final"), figure(60, "provisional"))
    assert (found["difference"], found["reference_status"], found["latest_difference"]) == (17, "provisional", 12)


YEARLY = {"baseline": "2022-23", "baseline_type": "year", "baseline_start": dt.date(2022, 4, 1)}


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2024-25", "2022-23"),
        ("2024-25-Q4", "2022-23-Q4"),
        ("2025-01", "2023-01"),
        ("2024-07-R12", "2023-03-R12"),
        ("2022-23-Q2", "it lies in the baseline or before it"),
        ("2024-12-R36", "the baseline 2022-23 is of another length"),
    ],
)
def test_a_baseline_year_serves_every_length(period: str, expected: str) -> None:
    span = parse_period(period)
    found = reference(YEARLY, "baseline", None, span.start, span.period_type)
    assert (found.label if isinstance(found, Period) else found) == expected


@pytest.mark.parametrize(
    ("period", "expected"),
    [("2024-25", "2023-24"), ("2024-25-Q1", "2023-24-Q1"), ("2024-02", "2023-02"), ("2024-03-R12", "2023-03-R12"),
     ("2023-12-R36", "2020-12-R36")],
)  # fmt: skip
def test_the_year_before_shares_no_month(period: str, expected: str) -> None:
    span = parse_period(period)
    found = reference({}, "year_before", named_period("year_before", None), span.start, span.period_type)
    assert isinstance(found, Period)
    assert (found.label, found.end < span.start) == (expected, True)
