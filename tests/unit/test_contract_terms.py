"""A misspelt, missing or wrong term of a contract is named with its file, its line and what is meant or allowed."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from contracts import feeds
from safer_kpi.catalogue import terms
from safer_kpi.catalogue.contract_source import ContractSource
from safer_kpi.catalogue.feeds import feed_names
from safer_kpi.catalogue.marks import checked_marks
from safer_kpi.catalogue.template import write_project
from safer_kpi.catalogue.terms import Term, checked_terms, checked_unpivot
from safer_kpi.errors import ProjectError
from safer_kpi.intake import Dialect, ParquetDialect, WorkbookDialect

PROJECT = Path(__file__).resolve().parents[2]
#: A contract that states every term there is; ``Model`` stands for a pandera model.
FULL = """class Model:
    to_schema = None


CONTRACT = {
    "version": "1.0.0",
    "title": "Knives left in amnesty bins",
    "owner": "The council",
    "legal_basis": "Crime and Disorder Act 1998, section 115",
    "cadence": "monthly",
    "due_after_days": 30,
    "parts": ["north"],
    "layouts": {"bin": Model},
    "ignored_headers": ["Remarks"],
    "key": ["bin_id"],
    "canonical_order": ["bin_id"],
    "causes": {"bin_id": "relocated"},
    "file_name": "(?P<month>.*)",
    "file_name_example": "2025-01-bins.csv",
    "cell": CELL,
    "window": {
        "from": "month",
        "to": "month",
        "row": "emptied_on",
    },
    "unpivot": {
        "header": "[0-9]+",
        "reads": "month",
        "name": "year",
        "value": "knives",
    },
    "marks": {"~": "unavailable"},
    "reference": {"force_slug": "forces.csv"},
    "must_agree": {"month": "{month}"},
    "max_withdrawn_share": 0.5,
    "nil_return": "header_only",
    "public_names": ["bin_id"],
    "same_file_as": ["knife_finds"],
    "source": {
        "address": "https://council.example/{month}.csv",
        "from": "2025-01",
        "look_back": 0,
        "every": "week",
        "name": "{month}-bins.csv",
        "files": "bins",
        "contact": "data@council.example",
        "max_bytes": 1,
        "pause_seconds": 1,
    },
    "adds_elsewhere": ["btp"],
    "retention": {
        "months": 84,
        "rule": "the sharing agreement, clause 7",
    },
    "dialect": {
        "delimiter": ",",
        "quote": "'",
        "encodings": ["utf-8"],
        "header_starts": "Bin",
        "header_rows": 1,
        "fill_down": ["Bin"],
        "skip_rows": ["total"],
        "ends_at": ["notes"],
        "nil_return": "nothing to report",
        "strip_footnotes": ["Bin"],
        "max_bytes": 1,
        "max_line_bytes": 1,
        "max_expansion": 1,
        "max_malformed_rows": 0,
        "title": "table 1",
        "title_into": "Table",
        "beside": "refused",
        "workbook": {
            "sheet": "Bins",
            "header_starts": "Bin",
            "header_rows": 1,
            "fill_down": ["Bin"],
            "skip_rows": ["total"],
            "ends_at": ["notes"],
            "nil_return": "nothing to report",
            "strip_footnotes": ["Bin"],
            "title": "table 1",
            "title_into": "Table",
            "beside": "refused",
            "hidden": "refused",
            "max_bytes": 1,
            "max_unpacked": 1,
            "max_expansion": 1,
            "max_cells": 1,
            "max_rows": 1,
            "max_columns": 1,
            "max_sheets": 1,
        },
        "json_lines": {
            "max_bytes": 1,
            "max_line_bytes": 1,
            "max_expansion": 1,
            "max_malformed_rows": 0,
        },
        "parquet": {
            "max_bytes": 1,
            "max_unpacked": 1,
            "max_rows": 1,
        },
    },
}
""".replace("CELL", '"{area}/{month}"')


def every_term(known: dict[str, Term], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, term in known.items():
        found += [(*path, name), *every_term(term.terms, (*path, name))]
    return found


ALL = every_term(terms.CONTRACT)


def check(text: str, folder: Path) -> dict[str, Any]:
    file = _written(folder, text)
    made: dict[str, Any] = {}
    exec(compile(text, str(file), "exec"), made)  # noqa: S102 (the text above)
    return checked_terms(made["CONTRACT"], ContractSource(file))


def stated_at(path: tuple[str, ...], text: str = FULL) -> tuple[int, int]:
    """The line and the place of a term in the text, found by the text's indentation."""
    line, place = 0, 0
    for depth, name in enumerate(path, start=1):
        found = re.compile(rf'^ {{{4 * depth}}}"{name}":', re.MULTILINE).search(text, place)
        assert found, path
        line, place = text.count("\n", 0, found.start()) + 1, found.start()
    return line, place


def replaced(path: tuple[str, ...], old: str, new: str) -> str:
    _, place = stated_at(path)
    return FULL[:place] + FULL[place:].replace(old, new, 1)


def test_a_contract_with_every_term_is_accepted(tmp_path: Path) -> None:
    assert check(FULL, tmp_path)["title"] == "Knives left in amnesty bins"
    # the contract's, window, unpivot, source, retention, dialect, workbook, JSON lines, Parquet
    assert len(ALL) == 28 + 3 + 4 + 9 + 2 + 20 + 19 + 4 + 3


@pytest.mark.parametrize("path", ALL, ids=".".join)
def test_a_misspelt_term_is_named_with_its_line_and_the_right_one(path: tuple[str, ...], tmp_path: Path) -> None:
    *_, name = path
    misspelt = name[:-1] + "x" if len(name) > 3 else name + "x"
    with pytest.raises(ProjectError) as mistake:
        check(replaced(path, f'"{name}":', f'"{misspelt}":'), tmp_path)
    line, _ = stated_at(path)
    whole = ".".join(path[:-1]) or "a contract"
    allowed = ", ".join(sorted(other[-1] for other in ALL if other[:-1] == path[:-1]))
    told = f"{misspelt!r} is not a term of {whole}. Did you mean {name}? Allowed: {allowed}."
    assert f"contracts/feeds/knife_bins.py, line {line}: {told}" in str(mistake.value).splitlines()


@pytest.mark.parametrize("path", ALL, ids=".".join)
def test_a_value_of_the_wrong_type_is_named_with_its_line_and_what_is_allowed(
    path: tuple[str, ...], tmp_path: Path
) -> None:
    with pytest.raises(ProjectError) as mistake:
        check(with_value(path, "1j"), tmp_path)
    line, _ = stated_at(path)
    told = rf"contracts/feeds/knife_bins\.py, line {line}: {re.escape('.'.join(path))} must be .+, and it is 1j\."
    assert re.fullmatch(told, str(mistake.value))


def with_value(path: tuple[str, ...], value: str) -> str:
    """The text with another value of one term, its last line where it is a mapping of terms."""
    _, place = stated_at(path)
    start = FULL.index(":", place) + 1
    if FULL[start:].startswith(" {\n"):
        end = FULL.index("\n" + " " * 4 * len(path) + "},", start) + len("\n}") + 4 * len(path)
    else:
        end = FULL.index("\n", start) - 1
    return f"{FULL[:start]} {value}{FULL[end:]}"


@pytest.mark.parametrize(
    ("path", "value", "allowed"),
    [
        (("cadence",), "'daily'", "must be one of 'weekly', 'monthly', 'quarterly', 'yearly', and it is 'daily'."),
        (("nil_return",), "'a note'", "must be one of 'header_only', 'stated' or None, and it is 'a note'."),
        (("version",), "'1.0'", "must be a version such as '1.2.0', and it is '1.0'."),
        (("max_withdrawn_share",), "20", "must be a number from 0 to 1, and it is 20."),
        (("due_after_days",), "True", "must be a whole number, 0 or more, and it is True."),
        (("file_name",), "'(month'", "must be a regular expression as Python writes them or None, and it is '(month'."),
        (("key",), "'bin_id'", "must be a list of texts, and it is 'bin_id'."),
        (("layouts",), "{}", "must be a mapping of names to pandera models, one or more, and it is {}."),
        (("title",), "None", "must be a text, and it is None."),
        (("unpivot", "reads"), "'year'", "must be one of 'month', and it is 'year'."),
        (("dialect", "delimiter"), "', '", "must be one character, and it is ', '."),
        (("dialect", "header_rows"), "0", "must be a whole number, 1 or more, and it is 0."),
        (("retention", "months"), "0", "must be a whole number, 1 or more or None, and it is 0."),
        (("retention", "months"), "1.5", "must be a whole number, 1 or more or None, and it is 1.5."),
        (("retention", "rule"), "' '", "must be a text, and it is ' '."),
    ],
)
def test_a_value_that_is_not_allowed_is_named_beside_what_is(
    path: tuple[str, ...], value: str, allowed: str, tmp_path: Path
) -> None:
    with pytest.raises(ProjectError) as mistake:
        check(with_value(path, value), tmp_path)
    line, _ = stated_at(path)
    assert str(mistake.value) == f"contracts/feeds/knife_bins.py, line {line}: {'.'.join(path)} {allowed}"


@pytest.mark.parametrize(
    ("mark", "meaning", "told"),
    [
        ("~", "unavailible", "marks gives '~' the meaning 'unavailible'. Did you mean unavailable?"),
        ("5", "suppressed", "the mark '5' is blank or part of a number. Write a mark of its own."),
    ],
)
def test_a_mark_with_an_unknown_meaning_is_named_with_its_line(
    mark: str, meaning: str, told: str, tmp_path: Path
) -> None:
    text = FULL.replace('"marks": {"~": "unavailable"}', f'"marks": {{"{mark}": "{meaning}"}}')
    given = check(text, tmp_path)
    with pytest.raises(ProjectError) as mistake:
        checked_marks(given, ContractSource(_written(tmp_path, text)))
    line, _ = stated_at(("marks",))
    assert f"line {line}: {told}" in str(mistake.value)


def test_an_unpivot_says_which_headings_are_values(tmp_path: Path) -> None:
    text = FULL.replace('        "header": "[0-9]+",\n        "reads": "month",\n', "")
    given = check(text, tmp_path)
    with pytest.raises(ProjectError, match="does not say which headings are values"):
        checked_unpivot(given, ContractSource(_written(tmp_path, text)))


def test_missing_terms_are_named_with_what_they_hold(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as mistake:
        check(
            FULL.replace('    "owner": "The council",\n', "").replace('        "rule": "the', '        # "'), tmp_path
        )
    assert str(mistake.value).splitlines() == [
        "contracts/feeds/knife_bins.py, line 5: a contract lacks 'owner', a text.",
        f"contracts/feeds/knife_bins.py, line {stated_at(('retention',))[0] - 1}: retention lacks 'rule', a text.",
    ]


def test_a_file_without_a_contract_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"knife_bins\.py: CONTRACT is not a mapping of terms"):
        checked_terms(None, ContractSource(_written(tmp_path, "CONTRAKT = {}\n")))


def _written(folder: Path, text: str) -> Path:
    file = folder / "knife_bins.py"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_types_of_contracts_state_the_same_terms() -> None:
    """What an editor completes is what is checked, and which terms may be left out too."""
    for known, stated in (
        (terms.CONTRACT, feeds.Contract),
        (terms.CONTRACT["window"].terms, feeds.Window),
        (terms.CONTRACT["unpivot"].terms, feeds.Unpivot),
        (terms.CONTRACT["source"].terms, feeds.Source),
        (terms.CONTRACT["retention"].terms, feeds.Retention),
        (terms.DIALECT, feeds.Dialect),
        (terms.WORKBOOK, feeds.Workbook),
        (terms.JSON_LINES, feeds.JsonLines),
        (terms.PARQUET, feeds.Parquet),
    ):
        assert {name for name, term in known.items() if not term.optional} == stated.__required_keys__
        assert {name for name, term in known.items() if term.optional} == stated.__optional_keys__


def test_the_terms_of_a_dialect_are_those_that_intake_reads() -> None:
    assert {field.name for field in fields(Dialect)} == set(terms.DIALECT) - {"workbook", "json_lines", "parquet"}
    assert {field.name for field in fields(WorkbookDialect)} == set(terms.WORKBOOK)
    assert {field.name for field in fields(ParquetDialect)} == set(terms.PARQUET)
    assert set(terms.JSON_LINES) < {field.name for field in fields(Dialect)}


@pytest.mark.parametrize("feed", feed_names(PROJECT))
def test_every_contract_of_the_project_states_its_type(feed: str) -> None:
    """Then the type check of ``make check`` reads each of its terms."""
    assert re.search(r"^CONTRACT: Contract = \{$", (PROJECT / f"contracts/feeds/{feed}.py").read_text(), re.MULTILINE)


def test_a_misspelt_term_or_column_ends_a_command_with_its_line(tmp_path: Path) -> None:
    project = tmp_path / "project"
    write_project(project, area="E06000058")
    file = project / "contracts" / "feeds" / "police_street.py"
    right = file.read_text(encoding="utf-8")
    for old, new, told in (
        ('"must_agree":', '"must_agre":', "'must_agre' is not a term of a contract. Did you mean must_agree?"),
        (
            '"key": ["crime_id"]',
            '"key": ["crime_ids"]',
            "key names 'crime_ids', which is not a column. Did you mean crime_id?",
        ),
    ):
        line = right[: right.index(old)].count("\n") + 1
        file.write_text(right.replace(old, new), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-c", "from safer_kpi.cli.main import main; main()", "contract", "show", "police_street"],
            cwd=project, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 2, done.stderr
        assert f"contracts/feeds/police_street.py, line {line}: {told}" in done.stderr
