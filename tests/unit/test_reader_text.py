"""Texts for readers hold no ids of metrics or feeds, no paths and no identifiers.

They stand in two places: the definitions, which are checked when they are loaded, and the code of ``statements``.
"""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.catalogue.feeds import feed_names
from safer_kpi.catalogue.reader_text import check_reader_texts, offences
from safer_kpi.errors import ProjectError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("As 1a.robbery.", ["1a.robbery is the id of a metric"]),
        ("From police_offences alone.", ["police_offences is the id of a feed"]),
        ("Classes in seeds/offence_codes.csv.", ["seeds/offence_codes.csv is a path or a file name"]),
        ("Classes in codes.csv, and others.", ["codes.csv is a path or a file name"]),
        ("Every file *.py.", ["*.py is a path or a file name"]),
        ("Where age_band is set.", ["age_band is an identifier"]),
        ("data.police.uk gives no day; classes 4.1 and 4.10; adults in treatment; and/or.", []),
    ],
)
def test_each_kind_of_offence_is_found(text: str, expected: list[str]) -> None:
    assert offences(text, metrics={"1a.robbery"}, feeds={"police_offences", "treatment"}) == expected


def test_the_projects_own_texts_keep_the_rule() -> None:
    project = Path(__file__).resolve().parents[2]
    check_reader_texts(load_definitions(project), feeds=feed_names(project))


def test_offences_of_two_definitions_are_reported_together() -> None:
    project = Path(__file__).resolve().parents[2]
    broken = [
        dataclasses.replace(one, caveats="See 1a.robbery.")
        if one.metric_id in {"1a.robbery", "3c.asb_incidents"}
        else one
        for one in load_definitions(project)
    ]
    with pytest.raises(ProjectError) as found:
        check_reader_texts(broken, feeds=feed_names(project))
    lines = str(found.value).splitlines()
    assert [line.split(":")[1].strip() for line in lines[:2]] == ["1a.robbery", "3c.asb_incidents"]
    assert all("line " in line and "caveats" in line for line in lines[:2])


PROJECT = Path(__file__).resolve().parents[2]
#: Words that a query has and a sentence has not.
_QUERY = re.compile(r"\b(SELECT|FROM|WHERE|JOIN|CASE|ORDER BY|GROUP BY|AS)\b")

#: A list of columns, or a condition on one.
_COLUMNS = re.compile(r"\w+(, \w+)+|\w+ [=<>]+ \S+")
#: The name of this software stands at the foot of a page.
_PRODUCT = "safer_kpi"


def sentences_in(source: str) -> Iterator[tuple[int, str]]:
    """Yield each text with a space that a module can show, with its line: no docstring, no query, no markup.

    An f-string is one text, with three dots for each of its values.
    """
    tree = ast.parse(source)
    documented = (ast.Module, ast.FunctionDef, ast.ClassDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            written = "".join(str(part.value) if isinstance(part, ast.Constant) else "..." for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (docstrings | parts):
            written = node.value
        else:
            continue
        shown = re.sub(r"<[^>]*>", " ", written)
        if " " in shown.strip() and not _QUERY.search(shown) and not _COLUMNS.fullmatch(shown):
            yield node.lineno, shown.replace(_PRODUCT, "...")


def broken_in(source: str) -> list[tuple[int, str]]:
    metrics = {one.metric_id for one in load_definitions(PROJECT)}
    return [
        (line, offence)
        for line, text in sentences_in(source)
        for offence in offences(text, metrics=metrics, feeds=feed_names(PROJECT))
    ]


def test_the_sentences_of_statements_keep_the_rule() -> None:
    modules = {path.name: path.read_text("utf-8") for path in (PROJECT / "safer_kpi" / "statements").glob("*.py")}
    del modules["page_style.py"]  # a style sheet holds no text
    assert sum(1 for source in modules.values() for _ in sentences_in(source)) > 50, "the texts are seen"
    assert {name: broken for name, source in modules.items() if (broken := broken_in(source))} == {}


@pytest.mark.parametrize(
    ("line", "offence"),
    [
        ('x = f"{n} rows of police_street moved"', "police_street is the id of a feed"),
        ('x = "As 1a.robbery did before"', "1a.robbery is the id of a metric"),
        ('x = f"<p>See seeds/forces.csv for {n}</p>"', "seeds/forces.csv is a path or a file name"),
        ('x = "The area_code is wrong"', "area_code is an identifier"),
    ],
)
def test_a_sentence_of_the_code_that_breaks_the_rule_is_found(line: str, offence: str) -> None:
    assert broken_in(f'"""As police_street."""\nQUERY = "SELECT area_code FROM kpi.area"\n{line}\n') == [(3, offence)]
