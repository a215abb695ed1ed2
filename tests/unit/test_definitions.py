"""Definitions are refused at load, with the file, metric and field named, wherever they contradict themselves."""

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
FINDS, THEFTS, RATE, SOLVED, SHARE = "9a.finds", "9a.thefts", "9a.thefts_rate", "9a.solved", "9a.solved_share"
EXAMPLE = {
    "says": "Two thefts.",
    "rows": {"police_street": {"2015-06-dorset-street.csv": [{"Month": "2015-06"}, {"Month": "2015-06"}]}},
    "area": "E06000058",
    "period": "2015-06",
    "arithmetic": "2 = 1 + 1",
    "numerator": 2,
    "denominator": None,
    "value": 2,
}
COUNT: dict[str, Any] = {
    "metric_id": THEFTS,
    "definition_version": 1,
    "title": "Thefts",
    "statement": "Thefts recorded.",
    "numerator": THEFTS,
    "unit": "offences",
    "rate_base": 1,
    "counted": "Every theft.",
    "not_counted": "Robbery.",
    "date_used": "The month.",
    "kind": "outcome",
    "polarity": "lower_is_better",
    "polarity_reason": "Fewer victims.",
    "guards": [FINDS],
    "baseline": "2023-24",
    "comparison": "year_before",
    "feeds": ["police_street"],
    "cadence": "monthly",
    "areas": ["ward", "local_authority", "force"],
    "periods": ["month", "quarter", "year", "rolling12"],
    "breakdowns": [],
    "settles_after_months": 3,
    "sensitivity": "official",
    "interval_method": "byar",
    "additive": True,
    "caveats": "Not all are told.",
    "changes": {1: "First definition."},
    "public": {"method": "none"},
    "example": EXAMPLE,
}
METRICS: tuple[dict[str, Any], ...] = (
    COUNT,
    {**COUNT, "metric_id": FINDS, "numerator": FINDS, "polarity": "context", "baseline": None, "guards": []},
    {**COUNT, "metric_id": SOLVED, "numerator": SOLVED, "guards": []},
    {**COUNT, "metric_id": RATE, "denominator": "population", "rate_base": 1000, "additive": False},
    {
        **COUNT,
        "metric_id": SHARE,
        "numerator": SOLVED,
        "denominator": THEFTS,
        "unit": "per cent",
        "rate_base": 100,
        "additive": False,
        "interval_method": "wilson",
    },
)


def write(
    project: Path, spoiled: str = "", changed: dict[str, Any] | None = None, *, without: tuple[str, ...] = ()
) -> None:
    """Write the KPI's file; of one metric some fields are others, and some are left out."""
    metrics = [dict(metric) for metric in METRICS]
    for metric in metrics:
        if metric["metric_id"] == spoiled:
            metric.update(changed or {})
            for name in without:
                del metric[name]
    shared = {"kpi": "9a", "strategy": "Fewer thefts.", "paragraph": "Priority 9, KPI a", "priority": "Theft"}
    document = {**shared, "owner": "community_safety", "metrics": metrics}
    (project / "contracts" / "kpis" / "kpi_9a.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """One KPI of five metrics, and a ledger model that posts its counts."""
    (tmp_path / "contracts" / "kpis").mkdir(parents=True)
    (tmp_path / "models" / "ledger").mkdir(parents=True)
    posted = f"SELECT '{THEFTS}', '{FINDS}', '{SOLVED}'"
    (tmp_path / "models" / "ledger" / "kpi_9a.sql").write_text(posted, encoding="utf-8")
    write(tmp_path)
    return tmp_path


def defined(project: Path, metric_id: str) -> Any:
    return next(one for one in load_definitions(project) if one.metric_id == metric_id)


def test_the_project_defines_the_metrics_of_the_open_police_data() -> None:
    assert {
        "1a.possession_of_weapons",
        "1a.robbery",
        "1a.violence_and_sexual_offences",
        "1a.violence_and_sexual_offences_rate",
        "1c.violence_positive_outcome_share",
        "1c.violence_positive_outcomes",
        "3c.asb_incidents",
    } <= {definition.metric_id for definition in load_definitions(PROJECT)}


def test_a_whole_project_loads(project: Path) -> None:
    assert {one.metric_id for one in load_definitions(project)} == {FINDS, THEFTS, RATE, SOLVED, SHARE}


def test_a_definition_as_json_holds_its_shared_fields_and_not_its_example(project: Path) -> None:
    told = json.loads(defined(project, SHARE).as_json())
    assert (told["kpi"], told["paragraph"], told["rate_base"]) == ("9a", "Priority 9, KPI a", 100.0)
    assert "example" not in told


@pytest.mark.parametrize(
    ("metric_id", "changed", "told"),
    [
        (THEFTS, {"colour": "red"}, "unknown key colour. Allowed: additive, areas, baseline"),
        (THEFTS, {"polarity": "neither"}, "polarity must be one of"),
        (THEFTS, {"comparison": "last_month"}, "comparison must be one of"),
        (THEFTS, {"sensitivity": "secret"}, "sensitivity must be one of"),
        (THEFTS, {"interval_method": "poisson"}, "interval_method must be one of"),
        (THEFTS, {"definition_version": "1"}, "definition_version must be a whole number"),
        (THEFTS, {"settles_after_months": True}, "settles_after_months must be a whole number"),
        (THEFTS, {"baseline": 2023}, "baseline must be text, or null"),
        (THEFTS, {"caveats": ""}, "caveats is empty"),
        (THEFTS, {"areas": []}, "areas is empty"),
        (THEFTS, {"definition_version": 2}, "changes must say"),
        (THEFTS, {"definition_version": 0, "changes": {1: "x"}}, "changes must say"),
        (THEFTS, {"rate_base": 1000}, "a count has rate_base 1"),
        (RATE, {"rate_base": 0}, "rate_base must be above 0"),
        (THEFTS, {"numerator": FINDS}, "its own numerator"),
        (THEFTS, {"settles_after_months": -1}, "cannot be negative"),
        (THEFTS, {"guards": ["9a.robberies"]}, "guards: 9a.robberies is not defined"),
        (THEFTS, {"guards": [THEFTS]}, "cannot guard itself"),
        (THEFTS, {"baseline": "2023-25"}, "baseline: '2023-25' is not a period"),
        (THEFTS, {"baseline": None, "comparison": "none"}, "needs a baseline or a comparison"),
        (THEFTS, {"areas": ["parish"]}, "areas must be one of ward, local_authority, force"),
        (THEFTS, {"periods": ["month", "month"]}, "periods: known are"),
        (THEFTS, {"cadence": "quarterly"}, "a quarterly cadence can state"),
        (THEFTS, {"cadence": "yearly", "periods": ["quarter"]}, "a yearly cadence can state"),
        (THEFTS, {"periods": ["year", "calendar_year"]}, "of the calendar never stand beside financial ones"),
        (THEFTS, {"breakdowns": ["Age band"]}, "breakdowns must be a lower-case identifier"),
        (THEFTS, {"breakdowns": [1]}, "breakdowns must be text"),
        (THEFTS, {"interval_method": "wilson"}, "wilson is for shares"),
        (RATE, {"interval_method": "wilson"}, "wilson is for shares"),
        (SHARE, {"interval_method": "byar"}, "has wilson or none"),
        (RATE, {"additive": True}, "is not additive"),
        (RATE, {"denominator": 0}, "a number must be above 0"),
        (RATE, {"denominator": "populations"}, "denominator: populations is not a count that is defined"),
        (SHARE, {"denominator": "9a.burglary"}, "denominator: 9a.burglary is not a count that is defined"),
        (SHARE, {"denominator": RATE}, "is not a count that is defined"),
        (SHARE, {"numerator": "population.10_24"}, "population is a denominator only"),
    ],
)
def test_a_contradiction_is_an_error_at_load(project: Path, metric_id: str, changed: dict[str, Any], told: str) -> None:
    write(project, metric_id, changed)
    with pytest.raises(ProjectError, match=rf"^kpi_9a.yaml, line \d+: {metric_id}: .*{told}"):
        load_definitions(project)


@pytest.mark.parametrize("field", ["polarity", "comparison", "areas", "sensitivity", "feeds", "additive", "unit"])
def test_a_missing_field_is_an_error_at_load(project: Path, field: str) -> None:
    write(project, THEFTS, {}, without=(field,))
    with pytest.raises(
        ProjectError, match=rf"kpi_9a.yaml, line \d+: {THEFTS}: missing {field}. Write it here, or under defaults"
    ):
        load_definitions(project)


@pytest.mark.parametrize(
    ("metric_id", "changed"),
    [
        (RATE, {"denominator": 60}),
        (RATE, {"denominator": "population.10_24"}),
        (THEFTS, {"additive": False, "interval_method": "none"}),
        (THEFTS, {"baseline": "2020-12-R36"}),
        (THEFTS, {"cadence": "yearly", "periods": ["year", "rolling36"]}),
        (THEFTS, {"cadence": "quarterly", "periods": ["calendar_quarter", "calendar_year"]}),
        (FINDS, {"comparison": "none"}),
    ],
)
def test_what_other_kinds_of_feed_need_loads(project: Path, metric_id: str, changed: dict[str, Any]) -> None:
    write(project, metric_id, changed)
    assert defined(project, metric_id).metric_id == metric_id


def test_a_number_as_denominator_is_kept_as_text(project: Path) -> None:
    write(project, RATE, {"denominator": 60})
    assert defined(project, RATE).denominator == "60"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"area": ""}, "area of the example must be text"),
        ({"colour": "red"}, "unknown key colour of the example"),
        ({"numerator": "three"}, "numerator of the example must be a number"),
        ({"rows": {"police_street": []}}, "rows of the example must be"),
        ({"rows": {"police_street": {"a.csv": [{"Month": ["2015-06"]}]}}}, "rows of the example must be"),
        ({"period": "2015-13"}, "example: '2015-13' is not a period"),
        ({"says": " "}, "says of the example must be text"),
    ],
)
def test_an_incomplete_example_is_an_error_at_load(project: Path, changed: dict[str, Any], told: str) -> None:
    write(project, THEFTS, {"example": {**EXAMPLE, **changed}})
    with pytest.raises(ProjectError, match=told):
        load_definitions(project)


def test_an_example_that_lacks_a_field_is_an_error_at_load(project: Path) -> None:
    example = {name: value for name, value in EXAMPLE.items() if name != "area"}
    write(project, THEFTS, {"example": example})
    with pytest.raises(ProjectError, match=rf"kpi_9a.yaml, line \d+: {THEFTS}: the example lacks area"):
        load_definitions(project)


def test_an_example_holds_cells_as_a_partner_writes_them(project: Path) -> None:
    """YAML would read these as a day, 1,110 minutes, a truth and a number."""
    path = project / "contracts" / "kpis" / "kpi_9a.yaml"
    cells = "{Month: 2015-06-01, Time: 18:30, Flag: Yes, Code: 007, Location: null}"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("- Month: 2015-06", f"- {cells}", 1), encoding="utf-8")
    rows = defined(project, THEFTS).example.rows["police_street"]["2015-06-dorset-street.csv"]
    assert list(rows[0].values()) == ["2015-06-01", "18:30", "Yes", "007", ""]


def test_a_count_that_no_model_posts_is_an_error(project: Path) -> None:
    write(project, FINDS, {"metric_id": "9a.findz", "numerator": "9a.findz"})
    path = project / "contracts" / "kpis" / "kpi_9a.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("- 9a.finds\n", "- 9a.findz\n"), encoding="utf-8")
    with pytest.raises(ProjectError, match=r"line \d+: 9a.findz: nobody posts the metric.* Did you mean 9a.finds\?"):
        load_definitions(project)


def test_a_project_without_a_ledger_posts_nothing(project: Path) -> None:
    (project / "models" / "ledger" / "kpi_9a.sql").unlink()
    with pytest.raises(ProjectError, match=rf"{THEFTS}: nobody posts the metric"):
        load_definitions(project)


def test_a_metric_defined_twice_is_an_error(project: Path) -> None:
    kpis = project / "contracts" / "kpis"
    shutil.copyfile(kpis / "kpi_9a.yaml", kpis / "kpi_9a_again.yaml")
    with pytest.raises(ProjectError, match="defined twice"):
        load_definitions(project)


def test_a_feed_without_a_contract_is_an_error() -> None:
    with pytest.raises(ProjectError, match="no contract of feed police_street"):
        load_definitions(PROJECT, feeds=["population"])


def test_a_file_that_is_not_yaml_is_an_error_with_its_line(project: Path) -> None:
    (project / "contracts" / "kpis" / "kpi_9z.yaml").write_text("kpi: 9z\nowner: }\n", encoding="utf-8")
    with pytest.raises(ProjectError, match=r"kpi_9z.yaml is not YAML. Line 2"):
        load_definitions(project)


def test_a_project_without_definitions_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="No KPI is defined"):
        load_definitions(tmp_path)
