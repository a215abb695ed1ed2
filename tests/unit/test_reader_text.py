"""Texts for readers hold no ids of metrics or feeds, no paths and no identifiers."""

from __future__ import annotations

import dataclasses
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
