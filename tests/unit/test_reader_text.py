"""Texts for readers hold no ids of metrics or feeds, no paths and no identifiers."""

from __future__ import annotations

import pytest

from safer_kpi.catalogue.reader_text import offences


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
