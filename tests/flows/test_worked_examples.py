"""The worked example of every definition, landed and built: the number on its page is the number that comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import safer_kpi
from safer_kpi.catalogue.definition import Definition
from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.compute import build
from safer_kpi.settings import Settings
from tests.flows.examples import land_examples

pytestmark = [pytest.mark.e2e, pytest.mark.long(70)]

PROJECT = Path(__file__).resolve().parents[2]
DEFINED = [one for one in load_definitions(PROJECT) if one.example is not None]


@dataclass(frozen=True)
class Examples:
    """One lake with every example in it, and per metric what was not accepted of its files."""

    settings: Settings
    refused: dict[str, list[str]]


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Examples:
    folder = tmp_path_factory.mktemp("examples")
    settings = new_lake(folder / "lake", built=True)
    refused = land_examples(settings, DEFINED, folder)
    build(settings)
    return Examples(settings, refused)


@pytest.mark.parametrize("definition", DEFINED, ids=lambda definition: definition.metric_id)
def test_a_worked_example_is_true(examples: Examples, definition: Definition) -> None:
    example = definition.example
    assert example is not None
    assert examples.refused.get(definition.metric_id, []) == []
    with safer_kpi.open(examples.settings.home) as lake:
        (row,) = lake.metric(
            definition.metric_id,
            area=example.area,
            period=example.period,
            breakdown=example.breakdown,
            release="now",
        ).rows()
    assert row["status"] != "incomplete"
    assert (row["numerator"], row["denominator"]) == (example.numerator, example.denominator)
    assert row["value"] == (None if example.value is None else pytest.approx(example.value, rel=1e-9))


@pytest.mark.parametrize("metric", ["1c.msv_offenders_followed", "1c.msv_reoffenders", "1c.msv_reoffending_share"])
def test_who_offends_again_is_not_told_before_the_months_before_are_there(examples: Examples, metric: str) -> None:
    """The twelve months to October 2018 and the month of the outcomes need October 2017, which no file holds."""
    with safer_kpi.open(examples.settings.home) as lake:
        (row,) = lake.metric(metric, area="E06000058", period="2018-10", release="now").rows()
    assert (row["status"], row["value"]) == ("incomplete", None)
    assert row["coverage"] == pytest.approx(12 / 13)
