"""The generated reference is what the code is now: nothing public is missing, and nothing documented is gone."""

from __future__ import annotations

import re
from typing import Any

import pytest

import safer_kpi
from docs.site import contract_texts
from docs.site.cli_page import commands
from docs.site.contract_page import terms
from docs.site.keys_page import keys
from docs.site.python_page import members
from docs.site.reference import FOLDER, pages
from safer_kpi.catalogue import definition_file, strategy_file
from safer_kpi.compute.schema import comments, read_schema
from tests.docs.conftest import ROOT


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return pages()


def headings(name: str, level: int) -> list[str]:
    """The headings of the page as it is kept, outside its code."""
    text = re.sub(r"```.*?```", "", (FOLDER / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.findall(rf"^{'#' * level} (.+)$", text, re.MULTILINE)


def test_the_pages_are_what_the_code_says(made: dict[str, str]) -> None:
    """Where this fails, run `make docs` and look at what changed."""
    assert [name for name, text in made.items() if (FOLDER / name).read_text(encoding="utf-8") != text] == []


def test_every_command_and_option_is_documented_and_no_other() -> None:
    page = (FOLDER / "commands.md").read_text(encoding="utf-8")
    every = dict(commands())
    assert len(every) > 30
    assert headings("commands.md", 2) == list(every)
    for name, command in every.items():
        section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
        told = set(re.findall(r"(?<=`)--[a-z-]+", "\n".join(re.findall(r"^\| `.*?\|", section, re.MULTILINE))))
        params: list[Any] = command.params
        assert told == {option for one in params for option in one.opts if option.startswith("--")}, name


def test_every_option_and_argument_says_what_it_is() -> None:
    bare = [f"{name} {one.name}" for name, command in commands() for one in command.params if not one.help]
    assert bare == []


def test_every_public_name_is_documented_and_no_other() -> None:
    assert headings("python.md", 2) == [f"safer_kpi.{name}" for name in safer_kpi.__all__]
    methods = [f"{owner.__name__}.{name}" for owner in (safer_kpi.Lake, safer_kpi.Table) for name in members(owner)]
    assert headings("python.md", 3) == methods
    assert "Lake.metric" in methods
    assert all(value.__doc__ for owner in (safer_kpi.Lake, safer_kpi.Table) for value in members(owner).values())


def test_every_table_and_column_is_documented_and_no_other() -> None:
    statements = list(comments(read_schema(ROOT)))
    tables = {one.split()[3].removeprefix("kpi.") for one in statements if one.startswith("COMMENT ON TABLE")}
    columns = [one.split()[3].removeprefix("kpi.") for one in statements if one.startswith("COMMENT ON COLUMN")]
    assert headings("tables.md", 2) == sorted(tables)
    page = (FOLDER / "tables.md").read_text(encoding="utf-8")
    told = [
        f"{table}.{column}"
        for table in sorted(tables)
        for column in re.findall(r"^\| `(\w+)` \|", page.split(f"\n## {table}\n")[1].split("\n## ")[0], re.MULTILINE)
    ]
    assert sorted(told) == sorted(columns)


def test_every_term_of_a_contract_is_documented_and_no_other() -> None:
    known = [name for name, _ in terms()]
    assert headings("contract-terms.md", 2) == known
    last = {name.rpartition(".")[2] for name in known}
    assert set(contract_texts.TEXTS) <= set(known)
    assert {*contract_texts.FRAME, *contract_texts.LIMITS} <= last


@pytest.mark.parametrize(
    ("page", "models"),
    [
        (
            "definition-terms.md",
            [
                definition_file.KpiFile,
                definition_file.MetricEntry,
                definition_file.CountEntry,
                definition_file.PublicEntry,
            ],
        ),
        (
            "strategy-terms.md",
            [
                strategy_file.StrategyFile,
                strategy_file.PriorityEntry,
                strategy_file.KpiEntry,
                strategy_file.PartEntry,
                strategy_file.MeasureEntry,
            ],
        ),
    ],
)
def test_every_key_of_a_definition_is_documented_and_no_other(page: str, models: list[Any]) -> None:
    assert headings(page, 3) == [key for model in models for key in keys(model)]


def test_the_glossary_has_every_word_once_and_in_order() -> None:
    words = re.findall(r"^(\S[^\n]*)\n: ", (FOLDER / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert words == sorted(set(words), key=str.casefold)
    # the words of the design
    assert set(words) >= {
        "feed", "delivery", "receipt", "entry", "contract", "refused", "skipped", "accepted", "change row", "posting",
        "ledger", "observation", "cause", "cell", "KPI", "metric", "release", "strategy", "edition", "publication",
        "placed", "coverage", "quarantine",
    }  # fmt: skip
