"""A baseline's label is read once: its kind of period and its first day are facts of the definition."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from safer_kpi.catalogue.baselines import Baseline, read_baseline
from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.errors import UsageError

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("label", "period_type", "starts_on"),
    [
        ("2022-23", "year", "2022-04-01"),
        # It could be February 2001 too: a baseline is the year.
        ("2001-02", "year", "2001-04-01"),
        ("2024-05", "month", "2024-05-01"),
        ("2023-24-Q4", "quarter", "2024-01-01"),
        ("2024-Q1", "calendar_quarter", "2024-01-01"),
        ("2020", "calendar_year", "2020-01-01"),
        # Twelve months to March 2024, and 36 to December 2020.
        ("2024-03-R12", "rolling12", "2023-04-01"),
        ("2020-12-R36", "rolling36", "2018-01-01"),
    ],
)
def test_a_label_is_a_kind_of_period_and_a_first_day(label: str, period_type: str, starts_on: str) -> None:
    assert read_baseline(label) == Baseline(period_type=period_type, starts_on=dt.date.fromisoformat(starts_on))


def test_what_names_no_period_is_no_baseline() -> None:
    with pytest.raises(UsageError, match="not a period"):
        read_baseline("2024-13")


def test_each_definition_says_what_it_is_divided_by() -> None:
    kinds = {one.metric_id: one.denominator_kind for one in load_definitions(PROJECT)}
    assert {name: kinds[name] for name in (
        "1a.robbery", "1a.violence_and_sexual_offences_rate", "1a.serious_youth_violence_rate", "2d.carers_confident",
        "3a.joint_patrol_hours",
    )} == {
        "1a.robbery": "none",
        "1a.violence_and_sexual_offences_rate": "residents",
        "1a.serious_youth_violence_rate": "residents",
        "2d.carers_confident": "count",
        "3a.joint_patrol_hours": "constant",
    }  # fmt: skip
