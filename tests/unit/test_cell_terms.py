"""The term ``cell`` of a contract: what it may say, and what a person is told who writes something else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from safer_kpi.catalogue.cell_terms import CELL_TERMS, CellTerms, cell_terms
from safer_kpi.catalogue.contract_source import ContractSource
from safer_kpi.catalogue.contributors import contributors_of
from safer_kpi.errors import ProjectError

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
KNOWN = {"layout", "area", "quarter"}
TERMS = {
    "file_name": r"orders_(?P<quarter>\d{4}-Q[1-4])",
    "file_name_example": "orders_2024-Q1.csv",
}


@pytest.fixture
def contract(tmp_path: Path) -> ContractSource:
    path = tmp_path / "orders.py"
    path.write_text('"""Orders."""\n\nCONTRACT = {\n    "version": "1.0.0",\n    "cell": None,\n}\n')
    return ContractSource(path)


def refusal(contract: ContractSource, cell: Any) -> ProjectError:
    with pytest.raises(ProjectError) as raised:
        cell_terms(contract, TERMS | {"cell": cell}, known=KNOWN)
    return raised.value


def test_parts_join_to_the_name_in_their_order(contract: ContractSource) -> None:
    cell = {"calendar_quarter": "{quarter}", "place": "{area}", "part": "police"}
    found = cell_terms(contract, TERMS | {"cell": cell}, known=KNOWN)
    assert found.name == "police/{area}/{quarter}"
    assert (found.kind, found.period) == ("calendar_quarter", "{quarter}")


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ({"place": "{area}"}, "names no period; it needs exactly one"),
        ({"month": "{quarter}", "calendar_year": "{quarter}"}, "names month and calendar_year"),
        ({"calender_quarter": "{quarter}"}, "has the unknown term 'calender_quarter'. Did you mean calendar_quarter?"),
        ({"place": "{aera}", "calendar_quarter": "{quarter}"}, "place uses {aera}, which nothing says"),
        ({"calendar_quarter": 7}, "must be a mapping of terms to texts"),
        ({"place": "{area}", "financial_quarter": "{quarter}"}, "'2024-Q1', which file_name_example holds, is not a "),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_term(contract: ContractSource, cell: Any, told: str) -> None:
    error = refusal(contract, cell)
    assert error.what.startswith("contracts/feeds/orders.py, line 5: cell")
    assert told in error.what
    assert error.next_action


def test_the_kinds_of_period_are_named_where_none_is(contract: ContractSource) -> None:
    told = refusal(contract, {"place": "{area}"}).next_action
    kinds = ("month", "financial_quarter", "financial_year", "calendar_quarter", "calendar_year", "whole")
    assert all(kind in told for kind in kinds)


@pytest.mark.parametrize(
    ("template", "suggestion"),
    [
        ("{area}/{quarter}", '{"place": "{area}", "calendar_quarter": "{quarter}"}'),
        ("{layout}/{area}/{quarter}", '{"part": "{layout}", "place": "{area}", "calendar_quarter": "{quarter}"}'),
        ("{quarter}", '{"calendar_quarter": "{quarter}"}'),
        ("all", '{"whole": "all"}'),
    ],
)
def test_a_contract_of_an_older_version_is_told_what_to_write(
    contract: ContractSource, template: str, suggestion: str
) -> None:
    error = refusal(contract, template)
    assert "line 5: cell is a text" in error.what
    assert error.next_action == f'Write "cell": {suggestion}.'


def test_a_whole_table_is_one_cell_without_a_period(contract: ContractSource) -> None:
    assert cell_terms(contract, {"cell": {"whole": "all"}}, known=KNOWN).written == {"whole": "all"}


def test_the_type_that_editors_read_has_the_same_terms() -> None:
    from contracts.feeds import Cell

    assert set(Cell.__annotations__) == set(CELL_TERMS)


@pytest.mark.parametrize(
    ("place", "adds", "told"),
    [
        ("{force_slug}", "bpt", "seeds/forces.csv does not list the place 'bpt'. Did you mean btp?"),
        ("{area}", "btp", "their place is area, which no lookup of the term reference lists"),
        (None, "btp", "their place is nothing, which no lookup"),
    ],
)
def test_who_adds_elsewhere_is_a_place_that_the_lookup_lists(
    contract: ContractSource, place: str | None, adds: str, told: str
) -> None:
    terms = {"adds_elsewhere": [adds], "reference": {"force_slug": "forces.csv"}}
    cell = CellTerms(place=place, period="{month}", kind="month")
    with pytest.raises(ProjectError) as raised:
        contributors_of(SEEDS, terms, cell, contract)
    assert raised.value.what.startswith("contracts/feeds/orders.py, line 3: ")
    assert told in raised.value.what


def test_who_adds_elsewhere_has_the_name_and_code_of_the_lookup(contract: ContractSource) -> None:
    terms = {"adds_elsewhere": ["btp", "btp"], "reference": {"force_slug": "forces.csv"}}
    cell = CellTerms(place="{force_slug}", period="{month}", kind="month")
    [found] = contributors_of(SEEDS, terms, cell, contract)
    assert (found.place, found.code, found.name) == ("btp", "btp", "British Transport Police")
