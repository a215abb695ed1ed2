"""A mistake in what a metric counts is named with its file, line and key, and with what was meant."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from safer_kpi.catalogue.count_sql import counted_query
from safer_kpi.catalogue.definition_file import (
    CountEntry,
    DefaultsEntry,
    KpiFile,
    MetricEntry,
    PublicEntry,
    json_schema,
)
from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.errors import ProjectError

PROJECT = Path(__file__).resolve().parents[2]
# Every key a metric may have, each in a line of its own.
KPI = """kpi: 9a
strategy: Fewer thefts.
paragraph: Priority 9, KPI a
priority: Theft
owner: community_safety
defaults:
  cadence: monthly
metrics:
  - metric_id: 9a.thefts
    definition_version: 1
    title: Thefts
    statement: Thefts recorded.
    numerator: 9a.thefts
    count:
      from: core.offence
      where: crime_type = 'Theft'
      by:
        outcome: last_outcome_category
      amount: weight
      measure: cause
      series: entry
      month: month
      places:
        ward: ward_code
    unit: offences
    rate_base: 1
    counted: Every theft.
    not_counted: Robbery.
    date_used: The month.
    kind: outcome
    polarity: lower_is_better
    polarity_reason: Fewer victims.
    guards: []
    baseline: 2023-24
    comparison: year_before
    feeds: [police_street]
    cadence: monthly
    areas: [ward, local_authority, force]
    periods: [month, quarter]
    breakdowns: [outcome]
    settles_after_months: 3
    looks_back_months: 0
    sensitivity: official
    interval_method: byar
    additive: true
    coverage_threshold: 1
    caveats: Not all are told.
    changes: {1: First definition.}
    public:
      method: protected
      grain: ward
      periods: [quarter]
      breakdowns: []
      contains: [9a.streets_with_thefts]
      sums_to: 9a.streets_with_thefts
      external: [9a.streets_with_thefts]
  - metric_id: 9a.thefts_rate
    denominator: population
    title: Thefts per 1,000 residents
    statement: Thefts recorded, per 1,000 residents.
    numerator: 9a.thefts
    unit: per 1,000 residents
    rate_base: 1000
    counted: Every theft.
    not_counted: Robbery.
    date_used: The month.
    kind: outcome
    polarity: lower_is_better
    polarity_reason: Fewer victims.
    comparison: year_before
    feeds: [police_street]
    areas: [ward, local_authority, force]
    periods: [month, quarter]
    settles_after_months: 3
    sensitivity: official
    interval_method: byar
    additive: false
    caveats: Not all are told.
    public: {method: protected, grain: ward, periods: [quarter]}
  - metric_id: 9a.streets_with_thefts
    title: Places of thefts
    statement: Places with three thefts or more.
    count:
      from: core.offence
      distinct: lsoa_code
      told: has_place
      at_least: 3
    unit: places
    counted: Each place once.
    not_counted: Places with fewer thefts.
    date_used: The month.
    kind: outcome
    polarity: lower_is_better
    polarity_reason: Fewer victims.
    comparison: year_before
    feeds: [police_street]
    areas: [ward, local_authority]
    periods: [rolling12]
    settles_after_months: 3
    sensitivity: official
    interval_method: none
    additive: false
    caveats: Not all are told.
    public: {method: none}
"""
KEYS = {
    *(field.alias or name for name, field in KpiFile.model_fields.items()),
    *(name for name in MetricEntry.model_fields if name != "example"),
    *(field.alias or name for name, field in CountEntry.model_fields.items()),
    *PublicEntry.model_fields,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "contracts" / "kpis").mkdir(parents=True)
    (tmp_path / "models" / "ledger").mkdir(parents=True)
    (tmp_path / "models" / "ledger" / "counted.sql").write_text("SELECT 1")
    (tmp_path / "models" / "ledger" / "counted_distinct.sql").write_text("SELECT 1")
    write(tmp_path, KPI)
    return tmp_path


def write(project: Path, text: str) -> None:
    (project / "contracts" / "kpis" / "kpi_9a.yaml").write_text(text, encoding="utf-8")


def line_of(text: str, start: str) -> int:
    """The line that begins with ``start`` behind its indentation."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.lstrip(" -").startswith(start))


def error_of(project: Path, old: str, new: str) -> tuple[str, int]:
    """The error that a changed text gives, and the line of the change."""
    assert old in KPI
    text = KPI.replace(old, new, 1)
    write(project, text)
    with pytest.raises(ProjectError) as caught:
        load_definitions(project)
    return str(caught.value), KPI[: KPI.index(old)].count("\n") + 1


def test_the_file_as_it_is_loads(project: Path) -> None:
    assert [one.metric_id for one in load_definitions(project)] == [
        "9a.streets_with_thefts", "9a.thefts", "9a.thefts_rate",
    ]  # fmt: skip


def test_every_key_stands_in_the_file_that_is_misspelt() -> None:
    assert {key for key in KEYS if f"{key}:" not in KPI} == set()


@pytest.mark.parametrize("key", sorted(KEYS))
@pytest.mark.parametrize("how", ["doubled", "swapped"])
def test_a_misspelt_key_is_named_with_its_line_and_what_was_meant(project: Path, key: str, how: str) -> None:
    wrong = key + key[-1] if how == "doubled" else key[:-2] + key[-1] + key[-2]
    number = line_of(KPI, f"{key}:")
    lines = KPI.splitlines(keepends=True)
    lines[number - 1] = lines[number - 1].replace(f"{key}:", f"{wrong}:", 1)
    write(project, "".join(lines))
    with pytest.raises(ProjectError) as caught:
        load_definitions(project)
    told = [line for line in str(caught.value).splitlines() if "unknown key" in line]
    assert len(told) == 1
    assert told[0].startswith(f"kpi_9a.yaml, line {number}: ")
    assert wrong in told[0]
    assert f"Did you mean {key}?" in told[0]
    assert "Allowed: " in told[0]


def test_a_default_that_is_misspelt_is_named_too(project: Path) -> None:
    told, line = error_of(project, "  cadence: monthly", "  cadense: monthly")
    assert told.startswith(f"kpi_9a.yaml, line {line}: unknown key defaults.cadense. Did you mean cadence?")


def test_a_metrics_own_key_comes_before_the_default(project: Path) -> None:
    write(project, KPI.replace("  cadence: monthly", "  cadence: quarterly\n  baseline: 2022-23", 1))
    with pytest.raises(ProjectError, match=r"9a.thefts_rate: periods: a quarterly cadence can state"):
        load_definitions(project)
    found = KPI.replace("  cadence: monthly", "  baseline: 2022-23\n  cadence: monthly", 1)
    write(project, found)
    baselines = {one.metric_id: one.baseline for one in load_definitions(project)}
    assert (baselines["9a.thefts"], baselines["9a.thefts_rate"]) == ("2023-24", "2022-23")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("polarity: lower_is_better", "polarity: lower_is_beter", "Did you mean lower_is_better?"),
        ("kind: outcome", "kind: outcom", "kind must be one of outcome, activity, reporting. Did you mean outcome?"),
        ("areas: [ward,", "areas: [wards,", "areas must be one of ward, local_authority, force. Did you mean ward?"),
        ("periods: [month,", "periods: [months,", "Did you mean month?"),
        ("ward: ward_code", "wards: ward_code", "count.places.wards must be one of ward, local_authority, force."),
        ("additive: true", "additive: 'yes'", "additive must be true or false."),
        ("from: core.offence", "from: offence", "count.from must name a model with its schema, such as core.offence."),
        ("amount: weight", "amount: weight * 2", "count.amount must be a lower-case identifier."),
        ("crime_type = 'Theft'", "crime_type = = 'Theft'", "count.where: the condition is not SQL:"),
        ("crime_type = 'Theft'", "crime_type = 'Theft", "count.where: the condition is not SQL:"),
        ("crime_type = 'Theft'", "crime_type = 'Theft' AND (weight = 1", "count.where: the condition is not SQL:"),
        ("crime_type = 'Theft'", "TRUE) OR (TRUE", "count.where: the condition is not SQL:"),
        ("crime_type = 'Theft'", "weight = 1; DROP TABLE x", "count.where: the condition must be one expression."),
        ("crime_type = 'Theft'", "weight IN (SELECT 1)", "count.where: the condition may only use the columns"),
        ("crime_type = 'Theft'", "SUM(weight) > 1", "count.where: the condition may only use the columns"),
        ("crime_type = 'Theft'", "weight = 1 -- not robbery", "count.where: the condition holds a comment"),
        ("crime_type = 'Theft'", "offence.weight = 1", "count.where: the condition names its columns without a table."),
        ("where: crime_type = 'Theft'", "where: \"'Theft'\"", "count.where: the condition must be true or false."),
        ("breakdowns: [outcome]", "breakdowns: [outcome, age]", "breakdowns: they are those of count.by, outcome."),
        ("additive: true", "additive: false", "additive: what a count of rows posts is summed"),
        ("      distinct: lsoa_code\n      told: has_place\n", "", "count.at_least: how many rows a thing needs"),
        ("      distinct: lsoa_code\n", "", "count.told says whether a distinct thing is named"),
        ("distinct: lsoa_code", "distinct: lsoa_code\n      amount: weight", "count.distinct counts things"),
        ("at_least: 3", "at_least: 1", "count.at_least must be at least 2."),
        ("looks_back_months: 0", "looks_back_months: 60", "looks_back_months must be at most 24."),
        ("periods: [rolling12]", "periods: [rolling36]", "periods: distinct things are counted in month, quarter"),
        ("      amount: weight\n", "", "count.measure says what an amount is, so it needs count.amount."),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(project: Path, old: str, new: str, told: str) -> None:
    error, line = error_of(project, old, new)
    lines = [one for one in error.splitlines() if told in one]
    assert lines, error
    assert lines[0].startswith(f"kpi_9a.yaml, line {line}: ")


def test_a_key_that_stands_twice_is_named_with_both_lines(project: Path) -> None:
    error, line = error_of(project, "title: Thefts\n", "title: Thefts\n    title: Robbery\n")
    assert error.startswith(f"kpi_9a.yaml, line {line + 1}: the key title stands twice, first in line {line}.")


def test_the_place_of_a_level_that_is_not_stated_is_named(project: Path) -> None:
    error, _ = error_of(project, "areas: [ward, local_authority, force]", "areas: [local_authority, force]")
    line = line_of(KPI, "places:")
    assert f"kpi_9a.yaml, line {line}: 9a.thefts: count.places: its levels are those of areas, local" in error


def test_what_a_rate_states_is_among_what_its_count_states(project: Path) -> None:
    error, line = error_of(project, "denominator: population", "breakdowns: [age]\n    denominator: population")
    told = "9a.thefts_rate: breakdowns: age is not among those of 9a.thefts. Allowed: outcome."
    assert error == f"kpi_9a.yaml, line {line}: {told}"


def test_counts_of_one_model_are_made_in_one_pass() -> None:
    query = counted_query(load_definitions(PROJECT))
    assert query.count("FROM core.offence\n") == 1
    # one pass for the metrics of wards, one for those that are stated for authorities and forces alone
    assert query.count("FROM core.crm_offence\n") == 2


def test_a_force_that_is_the_smallest_area_rolls_up_to_nothing() -> None:
    """Its code stands in area_code; were it in force_code too, its observations would count every amount twice."""
    (one,) = (one for one in load_definitions(PROJECT) if one.metric_id == "1a.stop_and_searches")
    query = counted_query([one])
    assert "force_code AS area_code, 'none' AS la_code, 'none' AS force_code" in query


def test_a_query_of_no_count_has_no_row_and_every_column() -> None:
    import duckdb

    columns = [row[0] for row in duckdb.sql(f"DESCRIBE {counted_query([])}").fetchall()]
    assert {"metric_id", "area_code", "month", "posted_on", "weight", "origin_row", "series", "feed"} <= set(columns)


def test_the_schema_for_editors_is_that_of_the_loader() -> None:
    """Where this fails, run `safer-kpi docs`."""
    kept = json.loads((PROJECT / "contracts" / "kpis" / "schema.json").read_text(encoding="utf-8"))
    assert kept == json_schema()
    assert set(kept["$defs"]["MetricEntry"]["properties"]) == set(MetricEntry.model_fields)
    assert set(kept["$defs"]["DefaultsEntry"]["properties"]) == set(DefaultsEntry.model_fields)
    for path in (PROJECT / "contracts" / "kpis").glob("*.yaml"):
        assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=schema.json\n")


@pytest.mark.parametrize(
    "modules",
    [
        "safer_kpi, safer_kpi.reading.book, safer_kpi.reading.metric",
        "safer_kpi.intake.child, safer_kpi.intake.confined",
        "safer_kpi.cli.main, safer_kpi.cli.read, safer_kpi.cli.land",
        "safer_kpi.catalogue.definitions",
    ],
)
def test_reading_the_child_and_short_commands_load_neither_pydantic_nor_sqlglot(modules: str) -> None:
    code = f"import sys, {modules}; print([name for name in ('pydantic', 'sqlglot', 'sqlmesh') if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert told.stdout.strip() == "[]"
