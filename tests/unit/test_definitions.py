"""Definitions are refused at load, with the file or metric named, wherever they contradict themselves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.errors import ProjectError

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the definitions and ledger models that a test may spoil."""
    for folder in ("contracts/kpis", "models/ledger"):
        shutil.copytree(PROJECT / folder, tmp_path / folder)
    return tmp_path


def spoil(project: Path, spoiled: str, /, **changed: Any) -> None:
    """Write fields of one metric; None takes the field away."""
    path = project / "contracts" / "kpis" / f"kpi_{spoiled.partition('.')[0]}.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    metric = next(each for each in document["metrics"] if each["metric_id"] == spoiled)
    metric.update(changed)
    for name in [name for name, value in changed.items() if value is None]:
        del metric[name]
    path.write_text(yaml.safe_dump(document), encoding="utf-8")


def test_every_metric_of_the_three_kpis_is_defined() -> None:
    assert [definition.metric_id for definition in load_definitions(PROJECT)] == [
        "1a.possession_of_weapons",
        "1a.robbery",
        "1a.violence_and_sexual_offences",
        "1a.violence_and_sexual_offences_rate",
        "1c.violence_positive_outcome_share",
        "1c.violence_positive_outcomes",
        "3c.asb_incidents",
    ]


def test_a_definition_as_json_holds_its_shared_fields() -> None:
    share = next(one for one in load_definitions(PROJECT) if one.metric_id == "1c.violence_positive_outcome_share")
    told = json.loads(share.as_json())
    assert (told["kpi"], told["denominator"], told["rate_base"]) == ("1c", "1a.violence_and_sexual_offences", 100.0)


@pytest.mark.parametrize(
    ("metric_id", "changed", "told"),
    [
        ("1a.robbery", {"polarity": None}, "missing polarity"),
        ("1a.robbery", {"colour": "red"}, "unknown colour"),
        ("1a.robbery", {"polarity": "up"}, "polarity must be one of"),
        ("1a.robbery", {"definition_version": "1"}, "definition_version must be int"),
        ("1a.robbery", {"settles_after_months": True}, "settles_after_months must be int"),
        ("1a.robbery", {"caveats": ""}, "caveats is empty"),
        ("1a.robbery", {"definition_version": 2}, "changes must say"),
        ("1a.robbery", {"rate_base": 1000}, "a count has rate_base 1"),
        ("1a.robbery", {"numerator": "1a.possession_of_weapons"}, "its own numerator"),
        ("1a.robbery", {"settles_after_months": -1}, "cannot be negative"),
        ("1a.robbery", {"metric_id": "1a.arson", "numerator": "1a.arson"}, "posts no metric of that name"),
        ("1a.violence_and_sexual_offences_rate", {"additive": True}, "is not additive"),
        ("1a.violence_and_sexual_offences_rate", {"interval_method": "wilson"}, "everything else byar"),
        ("1c.violence_positive_outcome_share", {"denominator": "1a.burglary"}, "not a count that is defined"),
    ],
)
def test_a_contradiction_is_an_error_at_load(project: Path, metric_id: str, changed: dict[str, Any], told: str) -> None:
    spoil(project, metric_id, **changed)
    with pytest.raises(ProjectError, match=told):
        load_definitions(project)


def test_a_kpi_without_a_model_is_an_error(project: Path) -> None:
    (project / "models" / "ledger" / "kpi_3c.sql").unlink()
    with pytest.raises(ProjectError, match="KPI 3c has no model"):
        load_definitions(project)


def test_a_metric_defined_twice_is_an_error(project: Path) -> None:
    kpis = project / "contracts" / "kpis"
    shutil.copyfile(kpis / "kpi_3c.yaml", kpis / "kpi_3c_again.yaml")
    with pytest.raises(ProjectError, match="defined twice"):
        load_definitions(project)


def test_a_feed_without_a_contract_is_an_error() -> None:
    with pytest.raises(ProjectError, match="no contract of feed police_street"):
        load_definitions(PROJECT, feeds=["population"])


def test_a_file_that_is_not_yaml_is_an_error(project: Path) -> None:
    (project / "contracts" / "kpis" / "kpi_9z.yaml").write_text("kpi: [", encoding="utf-8")
    with pytest.raises(ProjectError, match="is not YAML"):
        load_definitions(project)


def test_a_project_without_definitions_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="No KPI is defined"):
        load_definitions(tmp_path)
