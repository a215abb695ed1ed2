"""What people are shown of a draft is what they sign."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest

import safer_kpi
from safer_kpi import NotFound, releases
from safer_kpi.settings import Settings

QUARTER, VIOLENCE = "2024-25-Q1", "1a.violence_and_sexual_offences"


@pytest.fixture(autouse=True)
def _own_area(monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("safer_kpi.releases.headlines")  # the package's name of it is the function
    monkeypatch.setattr(module, "project_variables", lambda _: {"area": "L1"})


def test_they_are_the_numbers_of_the_quarter(settings: Settings, build: Callable[..., None]) -> None:
    build(4)
    releases.draft(settings, QUARTER)
    shown = {each.metric_id: each for each in releases.headlines(settings, QUARTER)}
    with safer_kpi.open(settings.home) as lake:
        for metric_id, number in shown.items():
            [row] = [
                row
                for row in lake.metric(metric_id, area="L1", by="quarter", release="now").rows()
                if row["period"] == QUARTER
            ]
            assert (number.period, number.value, number.unit) == (QUARTER, row["value"], row["unit"])
    assert VIOLENCE in shown


def test_a_number_that_lacks_a_month_says_so(settings: Settings, build: Callable[..., None]) -> None:
    """At entry 3 June has not come."""
    build(3)
    releases.draft(settings, QUARTER)
    [number] = [each for each in releases.headlines(settings, QUARTER) if each.metric_id == VIOLENCE]
    assert (number.period, number.status) == (QUARTER, "incomplete")


def test_what_stands_against_a_draft_falls_with_an_override(settings: Settings, build: Callable[..., None]) -> None:
    build(3)
    found = releases.draft(settings, QUARTER)["findings"]
    assert releases.standing(settings, QUARTER) == found != []
    releases.approve(settings, QUARTER, name="Ada King", override="the panel meets")
    assert releases.standing(settings, QUARTER) == []


def test_of_no_draft_there_is_nothing_to_show(settings: Settings) -> None:
    with pytest.raises(NotFound):
        releases.headlines(settings, QUARTER)
