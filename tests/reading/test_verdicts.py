"""Verdicts over tables made by hand: each rule once, then as a release and a reader have them."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi import NotFound
from safer_kpi.catalogue.baselines import read_baseline
from safer_kpi.cli.main import app
from safer_kpi.compute import published, verdicts
from safer_kpi.domain.periods import add_months, parse_period
from safer_kpi.judging.columns import COLUMNS as STORED
from safer_kpi.judging.comparisons import not_judged
from safer_kpi.reading.record import canonical, checksum
from safer_kpi.reading.verdicts import COLUMNS, verdict_table
from safer_kpi.releases.content import Drafted, write_content
from safer_kpi.releases.draft import hashes
from tests.oracles.significance import conditional_poisson, score_test
from tests.oracles.xmr import Signal, chart

METRIC = {
    "metric_id": "1x.harm",
    "polarity": "lower_is_better",
    "interval_method": "byar",
    "denominator": None,
    "baseline": None,
    "comparison": "none",
}
MONTHS = {
    "month": 1, "quarter": 3, "calendar_quarter": 3, "year": 12, "calendar_year": 12, "rolling12": 12, "rolling36": 36,
}  # fmt: skip
Row = dict[str, Any]


def _label(start: dt.date, period_type: str) -> str:
    if period_type == "month":
        return f"{start:%Y-%m}"
    if period_type.startswith("rolling"):
        months = MONTHS[period_type]
        return f"{add_months(start, months - 1):%Y-%m}-R{months}"
    if period_type.startswith("calendar"):
        return f"{start.year}-Q{start.month // 3 + 1}" if period_type == "calendar_quarter" else str(start.year)
    year = start.year - (start.month < 4)
    quarter = f"-Q{(start.month - 4) % 12 // 3 + 1}" if period_type == "quarter" else ""
    return f"{year}-{(year + 1) % 100:02d}{quarter}"


def _observation(start: str, numerator: int | None, period_type: str = "month", **changes: Any) -> Row:
    first = dt.date.fromisoformat(start)
    denominator = changes.pop("denominator", None)
    value = None if numerator is None else numerator / denominator if denominator else float(numerator)
    row = {
        "metric_id": METRIC["metric_id"], "area_code": "E1", "period": _label(first, period_type),
        "period_type": period_type, "period_start": first,
        "period_end": add_months(first, MONTHS[period_type]) - dt.timedelta(days=1), "breakdown": "all",
        "numerator": numerator, "denominator": denominator, "value": value, "status": "final", "series": 1,
    }  # fmt: skip
    return row | changes


def _months(start: str, counts: list[int], **changes: Any) -> list[Row]:
    first = dt.date.fromisoformat(start)
    return [_observation(add_months(first, at).isoformat(), n, **changes) for at, n in enumerate(counts)]


def _fill(con: duckdb.DuckDBPyConnection, metric: Row, rows: list[Row]) -> None:
    con.execute("CREATE TABLE kpi.metric (metric_id VARCHAR, kpi VARCHAR, polarity VARCHAR, interval_method VARCHAR, "
                "denominator_kind VARCHAR, baseline_type VARCHAR, baseline_start DATE, "
                "comparison VARCHAR, settles_after_months INTEGER)")  # fmt: skip
    row = METRIC | metric
    bottom, label = row.pop("denominator"), row.pop("baseline")
    # What the definitions of the project would say of them.
    kinds = {None: "none", "population": "residents", "1x.harmed": "count"}
    baseline = read_baseline(label) if label else None
    row |= {
        "denominator_kind": kinds.get(bottom, "constant"),
        "baseline_type": baseline.period_type if baseline else None,
        "baseline_start": baseline.starts_on if baseline else None,
    }
    names = ["metric_id", "polarity", "interval_method", "denominator_kind", "baseline_type", "baseline_start",
             "comparison"]  # fmt: skip
    con.execute("INSERT INTO kpi.metric VALUES (?, '1x', ?, ?, ?, ?, ?, ?, 3)", [row[name] for name in names])
    con.execute("CREATE TABLE kpi.observation (metric_id VARCHAR, area_code VARCHAR, period VARCHAR, "
                "period_type VARCHAR, period_start DATE, period_end DATE, breakdown VARCHAR, numerator BIGINT, "
                "denominator BIGINT, value DOUBLE, status VARCHAR, series INTEGER)")  # fmt: skip
    con.executemany(f"INSERT INTO kpi.observation VALUES ({', '.join('?' * 12)})", [list(row.values()) for row in rows])


def judge(rows: list[Row], **metric: Any) -> list[Row]:
    """The verdicts of observations of one metric: those that are stored, and what a reader derives of the others."""
    with duckdb.connect() as con:
        con.execute("CREATE SCHEMA kpi")
        _fill(con, metric, rows)
        verdicts.write(con)
        derived = not_judged("kpi.observation", "kpi.metric")
        found = con.execute(
            f"FROM kpi.verdict UNION ALL BY NAME FROM ({derived}) ORDER BY period_type, period_start, against"
        )
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def year_before(now: Row, before: Row, **metric: Any) -> Row:
    """The verdict of the second of two periods a year apart."""
    rows = judge([before, now], comparison="year_before", **metric)
    [found] = [row for row in rows if row["against"] == "year_before" and row["period_start"] == now["period_start"]]
    return found


def latest(counts: list[int], **metric: Any) -> Row:
    """What the series says of its last month."""
    return judge(_months("2020-04-01", counts), **metric)[-1]


def test_the_columns_are_the_documented_ones() -> None:
    row = year_before(_observation("2024-04-01", 10), _observation("2023-04-01", 10))
    assert list(row) == list(STORED)


def test_fewer_is_an_improvement_where_lower_is_better() -> None:
    # 60 and 100 in two Aprils: of 160 even splits, p 0.0020
    row = year_before(_observation("2024-04-01", 60), _observation("2023-04-01", 100))
    expected = conditional_poisson(count_a=60, exposure_a=30, count_b=100, exposure_b=30)
    assert (row["verdict"], row["test"]) == ("improving", "exact conditional Poisson")
    assert row["reason"] == f"fewer, p {expected.p_value:.3g}"
    assert row["p_value"] == pytest.approx(expected.p_value, rel=1e-9)
    assert (row["statistic"], row["change"], row["reference_period"]) == (pytest.approx(0.6), -40, "2023-04")


def test_a_verdict_carries_both_numbers() -> None:
    row = year_before(
        _observation("2024-04-01", 120, denominator=1000), _observation("2023-04-01", 80, denominator=500),
        interval_method="wilson", denominator="1x.harmed",
    )  # fmt: skip
    assert (row["value"], row["reference_value"], row["change"]) == pytest.approx((0.12, 0.16, -0.04))
    assert (row["numerator"], row["denominator"]) == (120, 1000)
    assert (row["reference_numerator"], row["reference_denominator"]) == (80, 500)
    lacking = year_before(_observation("2024-04-01", None, status="incomplete"), _observation("2023-04-01", 80))
    assert (lacking["value"], lacking["reference_value"], lacking["change"]) == (None, 80, None)


def test_fewer_is_worse_where_higher_is_better() -> None:
    row = year_before(_observation("2024-04-01", 60), _observation("2023-04-01", 100), polarity="higher_is_better")
    assert row["verdict"] == "worsening"


def test_a_difference_chance_explains_is_no_change() -> None:
    row = year_before(_observation("2024-04-01", 95), _observation("2023-04-01", 100))
    assert (row["verdict"], row["reason"][:22]) == ("no clear change", "no more than chance, p")


def test_context_is_never_judged() -> None:
    row = year_before(_observation("2024-04-01", 6), _observation("2023-04-01", 100), polarity="context")
    assert (row["verdict"], row["test"], row["p_value"]) == ("not judged", None, None)
    assert row["reason"] == "read it with its guards: up is not good or bad by itself"


@pytest.mark.parametrize("status", ["incomplete", "missing", "suppressed", "unavailable"])
def test_a_period_without_its_whole_value_is_not_judged(status: str) -> None:
    row = year_before(_observation("2024-04-01", 60, status=status), _observation("2023-04-01", 100))
    assert (row["verdict"], row["reason"]) == ("not judged", f"this period is {status}")
    row = year_before(_observation("2024-04-01", 60), _observation("2023-04-01", 100, status=status))
    assert (row["verdict"], row["reason"]) == ("not judged", f"2023-04 is {status}")


def test_a_provisional_period_waits() -> None:
    row = year_before(_observation("2024-04-01", 60, status="provisional"), _observation("2023-04-01", 100))
    assert (row["verdict"], row["reason"], row["change"]) == ("not judged", "provisional until it settles", None)


def test_without_a_number_a_year_before_nothing_is_judged() -> None:
    [row] = [row for row in judge([_observation("2024-04-01", 60)], comparison="year_before")
             if row["against"] == "year_before"]  # fmt: skip
    assert (row["verdict"], row["reason"]) == ("not judged", "there is no number of 2023-04")


def test_another_series_is_never_compared() -> None:
    row = year_before(_observation("2024-04-01", 60, series=2), _observation("2023-04-01", 100))
    assert (row["verdict"], row["change"]) == ("not judged", None)
    assert "break in series" in row["reason"]


def test_ten_events_are_enough_and_nine_are_too_few() -> None:
    few = year_before(_observation("2024-04-01", 0), _observation("2023-04-01", 9))
    assert (few["verdict"], few["reason"]) == ("not judged", "too few: under 10 in both periods together")
    enough = year_before(_observation("2024-04-01", 0), _observation("2023-04-01", 10))
    # All ten on one side: 2 of 2^10 splits
    assert (enough["verdict"], enough["p_value"]) == ("improving", pytest.approx(2 / 1024))


def test_over_no_events_there_is_no_ratio() -> None:
    row = year_before(_observation("2024-04-01", 12), _observation("2023-04-01", 0))
    assert (row["verdict"], row["statistic"]) == ("worsening", None)


def test_counts_are_exposed_for_their_days() -> None:
    # February 2024 has 29 days, February 2023 has 28
    row = year_before(_observation("2024-02-01", 290), _observation("2023-02-01", 280))
    assert (row["statistic"], row["p_value"]) == (pytest.approx(1.0), pytest.approx(1.0))


def test_a_constant_denominator_is_no_exposure() -> None:
    row = year_before(
        _observation("2024-04-01", 60, denominator=60), _observation("2023-04-01", 100, denominator=60),
        denominator="60",
    )  # fmt: skip
    assert row["statistic"] == pytest.approx(0.6)


def test_rates_are_exposed_for_residents_and_days() -> None:
    row = year_before(
        _observation("2024-02-01", 190, denominator=2000), _observation("2023-02-01", 140, denominator=1000),
        denominator="population",
    )  # fmt: skip
    expected = conditional_poisson(count_a=190, exposure_a=2000 * 29, count_b=140, exposure_b=1000 * 28)
    assert (row["statistic"], row["p_value"]) == (pytest.approx(expected.statistic), pytest.approx(expected.p_value))
    assert (row["verdict"], row["reason"][:8]) == ("improving", "lower, p")


def test_ratios_are_exposed_for_their_denominators_alone() -> None:
    row = year_before(
        _observation("2024-02-01", 90, denominator=2000), _observation("2023-02-01", 60, denominator=1000),
        denominator="1x.harmed",
    )  # fmt: skip
    assert row["statistic"] == pytest.approx(0.75)


def test_proportions_have_the_score_test() -> None:
    row = year_before(
        _observation("2024-04-01", 120, denominator=1000), _observation("2023-04-01", 80, denominator=1000),
        interval_method="wilson", denominator="1x.harmed", polarity="higher_is_better",
    )  # fmt: skip
    expected = score_test(numerator_a=120, denominator_a=1000, numerator_b=80, denominator_b=1000)
    assert (row["verdict"], row["test"]) == ("improving", "score")
    assert (row["statistic"], row["p_value"]) == pytest.approx(expected, rel=1e-9)
    assert row["change"] == pytest.approx(0.04)


def test_proportions_need_five_expected_in_every_cell() -> None:
    # 5 of 9 against 500 of 910: of the nine, 4.05 are expected without the event
    row = year_before(
        _observation("2024-04-01", 5, denominator=9), _observation("2023-04-01", 500, denominator=910),
        interval_method="wilson", denominator="1x.harmed",
    )  # fmt: skip
    assert (row["verdict"], row["reason"]) == ("not judged", "too few: under 5 expected in a cell")


def test_without_an_interval_no_test_fits() -> None:
    row = year_before(_observation("2024-04-01", 60), _observation("2023-04-01", 100), interval_method="none")
    assert (row["verdict"], row["reason"], row["change"]) == ("not judged", "no test fits this measure", -40)


def test_comparison_none_has_no_row_of_a_year_before() -> None:
    rows = judge(_months("2023-04-01", [100] * 13))
    assert {row["against"] for row in rows} == {"series"}


def test_what_has_no_place_is_not_judged() -> None:
    assert judge([_observation("2024-04-01", 60, area_code="unplaced")], comparison="year_before") == []


@pytest.mark.parametrize(
    ("period_type", "start", "before", "label"),
    [
        ("month", "2024-05-01", "2023-05-01", "2023-05"),
        ("quarter", "2025-01-01", "2024-01-01", "2023-24-Q4"),
        ("year", "2024-04-01", "2023-04-01", "2023-24"),
        ("calendar_quarter", "2025-01-01", "2024-01-01", "2024-Q1"),
        ("calendar_year", "2025-01-01", "2024-01-01", "2024"),
        ("rolling12", "2024-02-01", "2023-02-01", "2024-01-R12"),
        ("rolling36", "2021-01-01", "2018-01-01", "2020-12-R36"),  # 36 months before: they share no month
    ],
)
def test_a_year_before_shares_no_month(period_type: str, start: str, before: str, label: str) -> None:
    row = year_before(_observation(start, 60, period_type), _observation(before, 100, period_type))
    assert (row["verdict"], row["reference_period"]) == ("improving", label)
    alone = judge([_observation(start, 60, period_type)], comparison="year_before")
    assert {r["reference_period"] for r in alone if r["against"] == "year_before"} == {label}


def _baselines(rows: list[Row], **metric: Any) -> list[tuple[str, str, str]]:
    found = [row for row in judge(rows, **metric) if row["against"] == "baseline"]
    return [(row["period"], row["reference_period"], row["verdict"]) for row in found]


@pytest.mark.parametrize(
    ("period_type", "start", "reference", "expected"),
    [
        ("month", "2025-01-01", "2023-01-01", ("2025-01", "2023-01", "improving")),
        ("quarter", "2024-07-01", "2022-07-01", ("2024-25-Q2", "2022-23-Q2", "improving")),
        ("year", "2024-04-01", "2022-04-01", ("2024-25", "2022-23", "improving")),
        ("rolling12", "2023-08-01", "2022-04-01", ("2024-07-R12", "2023-03-R12", "improving")),
    ],
)
def test_a_baseline_year_serves_every_length(
    period_type: str, start: str, reference: str, expected: tuple[str, str, str]
) -> None:
    rows = [_observation(reference, 100, period_type), _observation(start, 60, period_type)]
    assert _baselines(rows, baseline="2022-23") == [expected]


def test_a_year_before_that_is_the_baseline_too_has_one_row() -> None:
    rows = [_observation(f"{year}-04-01", n, "year") for year, n in ((2023, 100), (2024, 60), (2025, 70))]
    found = judge(rows, baseline="2023-24", comparison="year_before")
    assert [
        (row["period"], row["against"], row["reference_period"], row["is_baseline"], row["change"])
        for row in found if row["period"] > "2023-24"
    ] == [
        ("2024-25", "year_before", "2023-24", True, -40),
        ("2025-26", "baseline", "2023-24", True, -30),
        ("2025-26", "year_before", "2024-25", False, 10),
    ]  # fmt: skip


def test_what_lies_in_or_before_the_baseline_is_not_compared_with_it() -> None:
    rows = _months("2022-03-01", [50] * 13)  # March 2022 to March 2023
    assert _baselines(rows, baseline="2022-23") == []


def test_a_rolling_year_that_shares_months_with_the_baseline_is_not_judged() -> None:
    rows = [_observation("2022-04-01", 100, "rolling12"), _observation("2022-10-01", 60, "rolling12")]
    assert _baselines(rows, baseline="2022-23") == [("2023-09-R12", "2023-03-R12", "not judged")]


@pytest.mark.parametrize(
    ("baseline", "period_type", "reference", "start"),
    [
        ("2020-12-R36", "rolling36", "2018-01-01", "2021-01-01"),
        ("2022-03-R12", "rolling12", "2021-04-01", "2022-04-01"),
        ("2022-23-Q1", "quarter", "2022-04-01", "2022-10-01"),
        ("2022-06", "month", "2022-06-01", "2022-11-01"),
        ("2022-Q2", "calendar_quarter", "2022-04-01", "2022-10-01"),
        ("2022", "calendar_year", "2022-01-01", "2024-01-01"),
    ],
)
def test_another_baseline_is_the_period_of_its_label(
    baseline: str, period_type: str, reference: str, start: str
) -> None:
    other = "month" if period_type != "month" else "quarter"
    rows = [
        _observation(reference, 100, period_type),
        _observation(start, 60, period_type),
        _observation("2023-04-01", 60, other),
    ]
    assert _baselines(rows, baseline=baseline) == [(_label(dt.date.fromisoformat(start), period_type), baseline,
                                                    "improving")]  # fmt: skip


STEADY = [20, 22, 19, 21, 20, 23, 18, 21, 20, 22, 19, 21]  # mean 20.5, moving ranges 2, 3, 2, 1, 3, 5, 3, 1, 2, 3, 2


def test_twelve_points_have_no_chart_yet() -> None:
    row = latest(STEADY)
    assert (row["verdict"], row["reason"]) == ("not judged", "under 13 periods in a row")


def test_a_point_outside_the_limits_is_a_verdict() -> None:
    row = latest([*STEADY, 5])
    expected = chart(values=[*STEADY, 5])
    assert expected.signals[-1] == Signal("outside", -1)
    assert (row["verdict"], row["reason"], row["test"]) == ("improving", "below the lower process limit", "XmR")
    assert row["statistic"] == pytest.approx(expected.sigmas(5))
    assert row["change"] == pytest.approx(5 - expected.mean)
    assert (row["value"], row["reference_value"]) == (5, pytest.approx(expected.mean))
    assert (row["reference_period"], row["p_value"]) == (None, None)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ([*STEADY, 21], "within its usual range"),
        ([*STEADY, 45], "above the upper process limit"),
        ([30, 20, 30, 20, 30, 20, 19, 21, 22, 23, 24, 25, 26], "7 or more in a row rising"),
        ([*STEADY[:10], 22, 26, 26], "two of three near the upper process limit"),
        ([30, 22, 30, 22, 30, 22, 20, 21, 20, 21, 20, 21, 20], "7 or more in a row below the mean"),
    ],
)
def test_each_rule_of_the_chart(counts: list[int], reason: str) -> None:
    assert latest(counts)["reason"] == reason


def test_the_columns_are_the_reference_chart() -> None:
    draw = random.Random(7)
    rules = {"outside": 0, "trend": 0, "two_in_three": 0, "shift": 0}
    counts, level = [], 60.0
    for _ in range(300):
        level = min(90.0, max(30.0, level + draw.choice([-6, 0, 0, 0, 0, 6])))
        counts.append(round(draw.gauss(level, 7)))
        if len(counts) % 40 == 0:
            counts += [round(level) + step for step in range(-5, 6)]
    found = judge(_months("1990-01-01", counts))
    for at in range(12, len(counts)):
        values = [float(count) for count in counts[max(0, at - 23) : at + 1]]
        expected = chart(values=values)
        signal = expected.signals[-1]
        rules |= {signal.rule: rules[signal.rule] + 1} if signal else {}
        better = {None: "no clear change", 1: "worsening", -1: "improving"}[signal and signal.direction]
        assert found[at]["verdict"] == better, at
        assert found[at]["statistic"] == pytest.approx(expected.sigmas(values[-1]))
    assert min(rules.values()) > 0, rules  # every rule was met


def test_a_series_that_never_varies_has_no_signal() -> None:
    rows = _months("2020-04-01", [7] * 24)
    for row in rows:
        row["value"] = 0.1  # adding 0.1 up does not give a mean of exactly 0.1
    row = judge(rows)[-1]
    assert (row["verdict"], row["statistic"]) == ("no clear change", None)


def test_a_gap_begins_the_chart_anew() -> None:
    rows = _months("2020-04-01", [*STEADY, *STEADY])
    rows[11] = rows[11] | {"status": "incomplete", "value": None}
    found = judge(rows)
    assert found[11]["reason"] == "this period is incomplete"
    assert [row["reason"] for row in found[12:]] == ["under 13 periods in a row"] * 12


def test_a_break_in_series_begins_the_chart_anew() -> None:
    rows = _months("2020-04-01", STEADY, series=1) + _months("2021-04-01", STEADY, series=2)
    assert judge(rows)[-1]["reason"] == "under 13 periods in a row"


def test_rare_events_have_no_chart() -> None:
    row = latest([4] * 12 + [5])
    assert (row["verdict"], row["reason"]) == ("not judged", "too few: under 5 a period on average")


def test_proportions_near_their_bounds_have_no_chart() -> None:
    rows = _months("2020-04-01", [97] * 13, denominator=100)
    row = judge(rows, interval_method="wilson", denominator="1x.harmed")[-1]
    assert row["reason"] == "too few: under 5 a period on average"


def test_a_measure_without_interval_has_its_chart() -> None:
    row = latest([*STEADY, 5], interval_method="none")
    assert (row["verdict"], row["test"]) == ("improving", "XmR")


def test_quarters_have_charts_and_years_have_none() -> None:
    quarters = [
        _observation(add_months(dt.date(2020, 4, 1), 3 * at).isoformat(), n, "quarter")
        for at, n in enumerate([*STEADY, 5])
    ]
    years = [_observation(f"{2000 + at}-04-01", n, "year") for at, n in enumerate([*STEADY, 5])]
    found = judge(quarters + years)
    assert {row["period_type"] for row in found} == {"quarter"}
    assert found[-1]["verdict"] == "improving"


# The reading side: two releases of one small lake, the second with the quarter after.

AREAS = "CREATE TABLE kpi.area AS SELECT 'E1' AS area_code, 'Seatown' AS area_name"


def write_book(home: Path, counts: list[int], *, with_verdicts: bool = True, young: int = 0, **metric: Any) -> None:
    """A safer_kpi.duckdb as an export writes it, with the releases that are published; the last months are young."""
    file = home / "safer_kpi.duckdb"
    home.mkdir(exist_ok=True)
    file.unlink(missing_ok=True)
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{file}' AS book (STORAGE_VERSION 'v1.0.0')")
        con.execute("USE book")
        con.execute("CREATE SCHEMA kpi")
        rows = [
            row | {"definition_version": 1, "lower": None, "upper": None, "method": None, "coverage": 1.0}
            for row in _months("2023-04-01", counts)
        ]
        for row in rows[len(rows) - young :]:
            row["status"] = "provisional"
        _fill(con, {"comparison": "year_before"} | metric, [dict(list(row.items())[:12]) for row in rows])
        con.execute("ALTER TABLE kpi.observation ADD COLUMN definition_version INTEGER DEFAULT 1")
        for name, kind in (("lower", "DOUBLE"), ("upper", "DOUBLE"), ("method", "VARCHAR"), ("coverage", "DOUBLE")):
            con.execute(f"ALTER TABLE kpi.observation ADD COLUMN {name} {kind}")
        con.execute(AREAS)
        con.execute("CREATE TABLE kpi.component (metric_id VARCHAR, kind VARCHAR, name VARCHAR, value VARCHAR)")
        con.execute(
            "CREATE TABLE kpi.build AS "
            "SELECT 1::BIGINT AS last_entry, TIMESTAMP '2024-09-01' AS as_of, 1::BIGINT AS snapshot_id"
        )
        for table in ("delivery", "entry", "coverage"):
            con.execute(f"CREATE TABLE kpi.{table} (entry BIGINT)")
        con.execute(
            "CREATE TABLE kpi.ledger (metric_id VARCHAR, area_code VARCHAR, la_code VARCHAR, force_code VARCHAR, "
            "period_type VARCHAR, month DATE, breakdown VARCHAR, measure VARCHAR, series INTEGER, entry BIGINT, "
            "cause VARCHAR)"
        )
        if with_verdicts:
            verdicts.write(con)
        published.write(con, home / "releases")


def write_release(home: Path, release_id: str, quarter_end: dt.date) -> None:
    folder = home / "releases" / release_id
    folder.mkdir(parents=True)
    about = Drafted(
        release_id=release_id,
        period=parse_period(release_id, by="quarter"),
        area="E1",
        supersedes=None,
        revision=None,
        reason=None,
        earlier=[],
    )
    write_content(home / "safer_kpi.duckdb", folder, about=about)
    manifest = {
        "release_id": release_id, "quarter": release_id, "published_at": f"{quarter_end} 12:00:00", "last_entry": 1,
        "known_at": "2024-09-01 00:00:00", "supersedes": None, "previous": None, "approvals": [], "row_hash": "",
        "approvals_required": 0, "files": hashes(folder),
    }  # fmt: skip
    (folder / "manifest.json").write_bytes(canonical(manifest | {"checksum": checksum(manifest)}))


BEFORE, Q1, Q2 = [100] * 12, [60, 95, 99], [100, 60, 140]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """April 2024 fell and was certified so in Q1; by Q2 late records had undone it."""
    place = tmp_path_factory.mktemp("verdicts")
    write_book(place, [*BEFORE, *Q1, 100])
    write_release(place, "2024-25-Q1", dt.date(2024, 6, 30))
    write_book(place, [*BEFORE, 98, *Q1[1:], *Q2])
    write_release(place, "2024-25-Q2", dt.date(2024, 9, 30))
    write_book(place, [*BEFORE, 98, *Q1[1:], *Q2, 100])
    return place


def _april(home: Path, release: str | None) -> tuple[str, str | None]:
    with safer_kpi.open(home) as lake:
        [row] = [
            row for row in verdict_table(lake, "1x.harm", area="Seatown", period="2024-04", release=release).rows()
            if row["against"] == "year_before"
        ]  # fmt: skip
    return row["verdict"], row["release_id"]


def test_a_verdict_has_a_history(home: Path) -> None:
    assert _april(home, "2024-25-Q1") == ("improving", "2024-25-Q1")
    assert _april(home, None) == ("no clear change", "2024-25-Q2")
    assert _april(home, "now") == ("no clear change", None)


def test_a_release_holds_no_verdict_of_a_later_period(home: Path) -> None:
    with safer_kpi.open(home) as lake:
        assert max(row["period"] for row in verdict_table(lake, release="2024-25-Q1").rows()) == "2024-06"
        assert max(row["period"] for row in verdict_table(lake, release="now").rows()) == "2024-10"
    stored = duckdb.sql(f"SELECT max(period) FROM '{home}/releases/2024-25-Q1/verdict.parquet'").fetchall()
    assert stored == [("2024-06",)]


def test_a_release_folder_answers_alone(home: Path) -> None:
    folder = home / "releases" / "2024-25-Q1"
    with safer_kpi.open(folder) as lake:
        rows = verdict_table(lake, area="E1", by="month").rows()
    assert {row["release_id"] for row in rows} == {"2024-25-Q1"}
    assert tuple(rows[0]) == COLUMNS


def test_a_breakdown_is_asked_for_by_name(home: Path) -> None:
    with safer_kpi.open(home) as lake:
        assert len(verdict_table(lake, breakdown="age:10-17")) == 0


def test_a_metric_that_is_not_there_is_named(home: Path) -> None:
    with safer_kpi.open(home) as lake, pytest.raises(NotFound, match=r"1x\.ham"):
        verdict_table(lake, "1x.ham")


def test_a_release_from_before_there_were_verdicts_stays_readable(tmp_path: Path) -> None:
    write_book(tmp_path, [*BEFORE, *Q1], with_verdicts=False)
    write_release(tmp_path, "2024-25-Q1", dt.date(2024, 6, 30))
    write_book(tmp_path, [*BEFORE, *Q1])
    with safer_kpi.open(tmp_path) as lake:
        assert lake.latest_release() == "2024-25-Q1"
        assert len(lake.sql("SELECT * FROM kpi.certified")) == 15
        assert len(verdict_table(lake)) == 0
    with (
        safer_kpi.open(tmp_path / "releases" / "2024-25-Q1") as alone,
        pytest.raises(NotFound, match="an older version wrote them"),
    ):
        verdict_table(alone)


def _run(home: Path, *arguments: str) -> str:
    result = CliRunner().invoke(app, ["verdicts", *arguments, "--home", str(home)])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_shows_the_latest_that_can_be_judged(home: Path) -> None:
    shown = _run(home, "1x.harm", "--area", "Seatown")
    assert "Release 2024-25-Q2" in shown
    assert "2024-09" in shown  # 140 against 100
    assert "worsening" in shown
    assert "2024-04" not in shown


def test_the_command_gives_programs_everything(home: Path) -> None:
    rows = json.loads(_run(home, "--period", "2024-04", "--release", "2024-25-Q1", "--json"))["rows"]
    assert [(row["against"], row["verdict"]) for row in rows] == [
        ("series", "improving"), ("year_before", "improving")
    ]  # fmt: skip
