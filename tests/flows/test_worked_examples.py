"""The worked example of every definition, landed and built: the number on its page is the number that comes out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import safer_kpi
from safer_kpi.catalogue.definition import Definition
from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.catalogue.feeds import load_feed
from safer_kpi.compute import build
from safer_kpi.landing import Terms, land
from safer_kpi.settings import Settings
from tests.flows.examples import write_example

pytestmark = pytest.mark.long(40)

PROJECT = Path(__file__).resolve().parents[2]
FIRST = dt.datetime(2025, 1, 6, 9)
DEFINED = [one for one in load_definitions(PROJECT) if one.example is not None]


@dataclass(frozen=True)
class Examples:
    """One lake with every example in it, and per metric what was not accepted of its files."""

    settings: Settings
    refused: dict[str, list[str]]


def files_of(definitions: list[Definition]) -> dict[str, dict[tuple[str, str], list[str]]]:
    """Per feed the files of all examples, and the metrics each is of: examples may share a file."""
    found: dict[str, dict[tuple[str, str], list[str]]] = {}
    for one in definitions:
        assert one.example is not None
        for feed, files in one.example.rows.items():
            for name, rows in files.items():
                found.setdefault(feed, {}).setdefault((name, repr(rows)), []).append(one.metric_id)
    return found


def rows_of(definitions: list[Definition], metric_id: str, feed: str, name: str):
    return next(one.example.rows[feed][name] for one in definitions if one.metric_id == metric_id and one.example)


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Examples:
    folder = tmp_path_factory.mktemp("examples")
    settings, refused, at = new_lake(folder / "lake", built=True), {}, FIRST
    for feed, files in files_of(DEFINED).items():
        contract = load_feed(settings.project, feed)
        paths = [
            str(write_example(contract, name, rows_of(DEFINED, metrics[0], feed, name), folder / metrics[0]))
            for (name, _), metrics in files.items()
        ]
        at += dt.timedelta(minutes=1)
        receipts = land(settings, feed, paths, terms=Terms(received_at=at))
        for receipt, metrics in zip(receipts, files.values(), strict=True):
            if receipt.status != "accepted":
                for metric_id in metrics:
                    refused.setdefault(metric_id, []).append(f"{receipt.status}: {receipt.error}")
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
