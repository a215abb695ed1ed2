"""Contracts as partners get them: the standard's YAML, the page, and what a new version breaks."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from pandera.polars import DataFrameModel
from typer.testing import CliRunner

from contracts import fields
from safer_kpi.catalogue.check_words import clauses_of, column_words, rule_words
from safer_kpi.catalogue.contract_diff import compare_contracts
from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.catalogue.layouts import layout_of_model
from safer_kpi.catalogue.odcs import to_odcs, to_yaml
from safer_kpi.catalogue.partner_page import partner_page
from safer_kpi.cli.main import app
from safer_kpi.errors import UsageError

PROJECT = Path(__file__).resolve().parents[2]
AGREES = {"month": "{month}", "reported_by": "{force_name}"}


@cache
def street() -> dict[str, Any]:
    return to_odcs(load_feed(PROJECT, "police_street"))


def column(contract: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in contract["schema"][0]["properties"] if one["name"] == name)


def custom(one: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in one["customProperties"] if each["property"] == name)


def changed(**terms: Any) -> dict[str, Any]:
    """The street contract with custom terms replaced."""
    contract = copy.deepcopy(street())
    for name, value in terms.items():
        found = [each for each in contract["customProperties"] if each["property"] == name]
        if found:
            found[0]["value"] = value
        else:
            contract["customProperties"].append({"property": name, "value": value})
    return contract


@pytest.mark.parametrize("name", feed_names(PROJECT))
def test_an_exported_contract_holds_nothing_the_standard_does_not_know(name: str) -> None:
    """The standard's model drops what it does not know: what comes back must be all that went in."""
    from open_data_contract_standard.model import OpenDataContractStandard

    written = yaml.safe_load(to_yaml(load_feed(PROJECT, name)))
    assert OpenDataContractStandard(**written).model_dump(by_alias=True, exclude_none=True) == written


@pytest.mark.parametrize("name", feed_names(PROJECT))
def test_the_page_names_every_column_of_the_contract(name: str) -> None:
    feed = load_feed(PROJECT, name)
    page = partner_page(feed)
    for layout in feed.layouts:
        for declared in layout.schema.columns.values():
            assert declared.description in page
    assert "Nothing that names a person directly" in page
    assert feed.file_name_example in page


def test_a_contract_of_a_fetched_feed_says_where_its_files_are() -> None:
    address = "https://data.police.uk/data/archive/{month}.zip"
    assert custom(street(), "source")["value"]["address"] == address
    assert f"Fetched every week from {address}, from 2026-09 on." in partner_page(load_feed(PROJECT, "police_street"))
    assert not [
        each for each in to_odcs(load_feed(PROJECT, "treatment"))["customProperties"] if "source" in each.values()
    ]
    moved = changed(source={"address": "https://data.police.uk/elsewhere/{month}.zip"})
    assert compare_contracts(street(), moved).level is None, "where files come from is not what the partner agreed"


def test_a_contract_holds_its_key_its_headers_and_its_values() -> None:
    assert column(street(), "crime_id")["primaryKey"] is True
    assert custom(column(street(), "crime_type"), "headers")["value"] == ["Crime type", "crime_type"]
    assert "Robbery" in column(street(), "crime_type")["quality"][0]["arguments"]["validValues"]
    assert column(street(), "month")["logicalTypeOptions"] == {"pattern": r"^\d{4}-(0[1-9]|1[0-2])$"}


@pytest.mark.parametrize("says", ["a quarter of the year, such as Q1", None])
def test_what_a_pattern_asks_is_what_the_contract_says_of_it(says: str | None) -> None:
    # The pattern takes what a month's does: its words do not come from what it happens to accept.
    pattern = r"^\d{4}-(0[1-9]|1[0-2])$"
    layout = _layout_with(fields.text("Quarter", description="Q", says=says or "", str_matches=pattern))
    assert column_words(layout, "quarter") == [says or f"text of the form {pattern}"]
    told = says or f"text of the form {pattern}"
    assert rule_words(clauses_of([layout]), "str_matches", "quarter") == (
        f"It must be {told}.",
        "Write 'Quarter' so in these rows.",
    )


def _layout_with(field: Any) -> Any:
    model = type("Quarters", (DataFrameModel,), {"__annotations__": {"quarter": str}, "quarter": field})
    return SimpleNamespace(schema=model.to_schema(), columns=("quarter",), tokens={})


class Figures(DataFrameModel):
    """One row is one ward."""

    ref: str = fields.identifier("Ref", description="Reference")
    day: str = fields.date("Day", description="Day", forms=("yyyy-mm-dd", "serial"))
    number: str = fields.count("Number", description="Number", thousands=("comma",))
    part: str = fields.share("Part", description="Part")


def _figures() -> Any:
    model = layout_of_model("figures", Figures, key=(), marks={"R": "revised"})
    return replace(load_feed(PROJECT, "police_street"), layouts=(model,), marks={"R": "revised"}, key=(), causes={})


def test_an_exported_contract_says_how_cells_may_be_written() -> None:
    contract = to_odcs(_figures())
    assert custom(column(contract, "ref"), "identifier")["value"] is True
    assert custom(column(contract, "day"), "forms")["value"] == ["yyyy-mm-dd", "serial"]
    # A partner is told what may be written, not what the lake keeps of it.
    assert re.fullmatch(column(contract, "day")["logicalTypeOptions"]["pattern"], "45443")
    assert custom(column(contract, "number"), "thousands")["value"] == ["comma"]
    assert custom(column(contract, "number"), "marks")["value"]["[r]"] == "revised"
    assert custom(column(contract, "part"), "percent")["value"] is True
    assert custom(contract, "marks")["value"] == {"R": "revised"}


def test_the_page_says_how_cells_may_be_written_and_what_each_mark_means() -> None:
    page = partner_page(_figures())
    assert "a date, written 2024-05-31 or 45443 (the number under which a spreadsheet stores a day)" in page
    assert "a whole number that is not negative, written 1234 or 1,234" in page
    assert "a share of at most 100%, written 12.5% or 0.125" in page
    assert "| `[c]` | a figure you hold back | no |" in page
    assert "| `R` | a revised figure | yes |" in page


@pytest.mark.parametrize(
    ("dialect", "told"),
    [
        ({"delimiter": "\t", "encodings": ["utf-16"]}, "its fields divided by tabs, in UTF-16 or UTF-8."),
        ({"header_rows": 2}, "A CSV file with a header of 2 rows"),
        ({"header_starts": "Ref"}, "Titles above the header may stay."),
        ({"ends_at": ["notes"]}, "Notes below the table may stay."),
    ],
)
def test_the_page_says_what_kind_of_file_is_sent(dialect: dict[str, Any], told: str) -> None:
    assert told in partner_page(replace(load_feed(PROJECT, "police_street"), dialect=dialect))


@pytest.mark.parametrize("name", feed_names(PROJECT))
def test_every_pattern_of_our_contracts_has_words(name: str) -> None:
    for layout in load_feed(PROJECT, name).layouts:
        for column in layout.columns:
            assert not any("text of the form" in words for words in column_words(layout, column)), column


def test_the_same_contract_needs_no_new_version() -> None:
    found = compare_contracts(street(), street())
    assert (found.changes, found.level, found.enough) == ((), None, True)


def _without_column(contract: dict[str, Any]) -> None:
    contract["schema"][0]["properties"] = [
        one for one in contract["schema"][0]["properties"] if one["name"] != "context"
    ]


def _with_column(contract: dict[str, Any]) -> None:
    contract["schema"][0]["properties"].append({"name": "ward", "logicalType": "string", "required": True})


def _required(contract: dict[str, Any]) -> None:
    column(contract, "lsoa_code")["required"] = True


def _optional(contract: dict[str, Any]) -> None:
    column(contract, "month")["required"] = False


def _shorter(contract: dict[str, Any]) -> None:
    column(contract, "location")["logicalTypeOptions"]["maxLength"] = 100


def _longer(contract: dict[str, Any]) -> None:
    column(contract, "location")["logicalTypeOptions"]["maxLength"] = 300


def _pattern(contract: dict[str, Any]) -> None:
    column(contract, "month")["logicalTypeOptions"]["pattern"] = r"^2\d{3}-\d{2}$"


def _fewer_values(contract: dict[str, Any]) -> None:
    column(contract, "crime_type")["quality"][0]["arguments"]["validValues"].remove("Robbery")


def _more_values(contract: dict[str, Any]) -> None:
    column(contract, "crime_type")["quality"][0]["arguments"]["validValues"].append("Fraud")


def _row_check(contract: dict[str, Any]) -> None:
    contract["schema"][0]["quality"] = [{"name": "sums", "type": "text", "description": "It adds up."}]


def _type(contract: dict[str, Any]) -> None:
    column(contract, "month")["logicalType"] = "date"


def _key(contract: dict[str, Any]) -> None:
    column(contract, "month")["primaryKey"] = True


def _header_gone(contract: dict[str, Any]) -> None:
    custom(column(contract, "month"), "headers")["value"] = ["month"]


def _header_more(contract: dict[str, Any]) -> None:
    custom(column(contract, "month"), "headers")["value"] += ["Mois"]


def _pseudonym(contract: dict[str, Any]) -> None:
    column(contract, "crime_id")["customProperties"].append({"property": "pseudonym", "value": True})


def _token(contract: dict[str, Any]) -> None:
    column(contract, "month")["customProperties"].append({"property": "tokens", "value": {"*": "[c]"}})


def _marks(contract: dict[str, Any]) -> None:
    # What was a token before is the same mark, and a mark whose figure counts is one more.
    told = column(contract, "month")["customProperties"]
    told.append({"property": "marks", "value": {"[c]": "suppressed", "[r]": "revised"}})


def _form(contract: dict[str, Any]) -> None:
    column(contract, "month")["customProperties"].append({"property": "forms", "value": ["mon-yy"]})


def _thousands(contract: dict[str, Any]) -> None:
    column(contract, "month")["customProperties"].append({"property": "thousands", "value": ["comma"]})


def _percent(contract: dict[str, Any]) -> None:
    column(contract, "month")["customProperties"].append({"property": "percent", "value": True})


def _identifier(contract: dict[str, Any]) -> None:
    column(contract, "month")["customProperties"].append({"property": "identifier", "value": True})


def _sooner(contract: dict[str, Any]) -> None:
    others = [one for one in contract["slaProperties"] if one["property"] != "latency"]
    contract["slaProperties"] = [{"property": "latency", "value": 1, "unit": "d"}, *others]


def _words(contract: dict[str, Any]) -> None:
    column(contract, "month")["description"] = "The month."


@pytest.mark.parametrize(
    ("level", "change"),
    [
        ("major", _without_column),
        ("major", _with_column),
        ("major", _required),
        ("minor", _optional),
        ("major", _shorter),
        ("minor", _longer),
        ("major", _pattern),
        ("major", _fewer_values),
        ("minor", _more_values),
        ("major", _row_check),
        ("major", _type),
        ("major", _key),
        ("major", _header_gone),
        ("minor", _header_more),
        ("major", _pseudonym),
        ("minor", _token),
        ("minor", _marks),
        ("minor", _form),
        ("minor", _thousands),
        ("major", _percent),
        ("major", _identifier),
        ("major", _sooner),
        ("patch", _words),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__.strip("_"),
)
def test_a_change_of_the_columns_is_one_line_of_its_level(level: str, change: Any) -> None:
    new = copy.deepcopy(street())
    change(new)
    found = compare_contracts(street(), new)
    assert [one.level for one in found.changes] == [level]
    assert not found.enough


@pytest.mark.parametrize(
    ("level", "terms"),
    [
        ("major", {"cell": "{month}"}),
        ("major", {"fileName": "other"}),
        ("major", {"window": {"from": "a", "to": "b", "row": "month"}}),
        ("major", {"parts": ["police"]}),
        ("major", {"mustAgree": {**AGREES, "falls_within": "{force_name}"}}),
        ("minor", {"mustAgree": {}}),
        ("major", {"maxWithdrawnShare": 0.1}),
        ("minor", {"maxWithdrawnShare": 0.5}),
        ("minor", {"nilReturn": "header_only"}),
        ("minor", {"causes": {}}),
        ("minor", {"marks": {"~": "unavailable"}}),
        ("minor", {"ignoredHeaders": ["note"]}),
        ("minor", {"dialect": {"delimiter": ",", "encodings": ["utf-8", "cp1252", "utf-16"]}}),
        ("major", {"dialect": {"delimiter": ";", "encodings": ["utf-8", "cp1252"]}}),
        ("patch", {"fileNameExample": "2025-02-dorset-street.csv"}),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_a_change_of_the_terms_is_of_its_level(level: str, terms: dict[str, Any]) -> None:
    found = compare_contracts(street(), changed(**terms))
    assert found.level == level
    assert {one.level for one in found.changes} == {level}


@pytest.mark.parametrize(
    ("change", "version", "enough"),
    [
        (_words, "1.0.0", False),
        (_words, "1.0.1", True),
        (_optional, "1.0.9", False),
        (_optional, "1.1.0", True),
        (_required, "1.9.9", False),
        (_required, "2.0.0", True),
        (_required, "3.0.0", True),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else str(value),
)
def test_a_change_demands_its_version(change: Any, version: str, enough: bool) -> None:
    new = {**copy.deepcopy(street()), "version": version}
    old = {**street(), "version": "1.0.0"}
    change(new)
    assert compare_contracts(old, new).enough is enough


def test_contracts_of_two_feeds_are_not_compared() -> None:
    with pytest.raises(UsageError, match="two feeds"):
        compare_contracts(street(), {**street(), "id": "safer-kpi-other"})


def test_export_and_diff_as_commands(tmp_path: Path) -> None:
    run = CliRunner().invoke
    done = run(app, ["contract", "export", "police_street", "--out", str(tmp_path), "--json"])
    files = [Path(row["file"]) for row in json.loads(done.stdout)["rows"]]
    assert [file.suffix for file in files] == [".yaml", ".md"]
    assert run(app, ["contract", "diff", str(files[0]), "police_street"]).exit_code == 0
    newer = yaml.safe_load(files[0].read_text(encoding="utf-8"))
    _required(newer)
    (tmp_path / "newer.yaml").write_text(yaml.safe_dump(newer), encoding="utf-8")
    done = run(app, ["contract", "diff", str(files[0]), str(tmp_path / "newer.yaml"), "--json"])
    assert done.exit_code == 1
    change, version = json.loads(done.stdout)["rows"]
    assert (change["level"], change["where"]) == ("major", "lsoa_code")
    assert version["enough"] is False


def test_a_file_that_is_no_contract_is_a_mistake_to_mend(tmp_path: Path) -> None:
    (tmp_path / "some.yaml").write_text("colour: red", encoding="utf-8")
    done = CliRunner().invoke(app, ["contract", "diff", str(tmp_path / "some.yaml"), "police_street"])
    assert (done.exit_code, "not an exported contract" in done.output) == (2, True)
