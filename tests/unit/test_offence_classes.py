"""How forces write an offence class, and the list that knows the classes."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb
import pytest

from safer_kpi.domain.offences import class_sql

SEEDS = Path(__file__).resolve().parents[2] / "seeds"


def rows_of(name: str) -> list[dict[str, str]]:
    with (SEEDS / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("8N", "8N"), ("8n ", "8N"), ("008N", "8N"), ("105A", "105A"), ("99", "99"), ("1", "1"),
        ("8/67", "8.67"), ("08/67", "8.67"), ("008/67", "8.67"), ("00867", "8.67"), ("8.67", "8.67"),
        ("4/10", "4.10"), ("4.1", "4.1"), ("088/05", "88.5"), ("15/00", "15"), ("01500", "15"), ("195/12", "195.12"),
        ("Controlling behaviour", "CONTROLLING BEHAVIOUR"), ("8Z", "8Z"), ("1234", "1234"), ("0", ""),
    ],
)  # fmt: skip
def test_a_class_is_read_however_a_force_writes_it(written: str, means: str) -> None:
    assert duckdb.execute(f"SELECT {class_sql('$1')}", [written]).fetchall() == [(means,)]


def test_the_list_writes_each_class_in_the_one_way_that_is_looked_up() -> None:
    codes = [row["offence_code"] for row in rows_of("offence_codes.csv")]
    read = duckdb.execute(f"SELECT {class_sql('code')} FROM (SELECT unnest($1) AS code)", [codes]).fetchall()
    assert [one for (one,) in read] == codes


def test_a_name_and_a_class_stand_once_in_the_list() -> None:
    rows = rows_of("offence_codes.csv")
    looked_up = [row["offence_code"] for row in rows] + [row["offence"].upper() for row in rows]
    assert len(looked_up) == len(set(looked_up))


def test_every_class_names_a_source_that_was_read() -> None:
    sources = {row["source"]: row for row in rows_of("offence_sources.csv")}
    assert {row["source"] for row in rows_of("offence_codes.csv")} == set(sources)
    for row in sources.values():
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", row["read_on"])
        assert row["address"].startswith("https://")
        assert all(row[column] for column in ("publisher", "title", "licence"))


# The four that are named wherever the list is spoken of, by the Acts that made them offences.
@pytest.mark.parametrize(
    ("code", "word", "group"),
    [
        ("8.67", "coercive", "Violence against the person"),
        ("8.65", "stalking", "Violence against the person"),
        ("8Q", "stalking", "Violence against the person"),
        ("8.77", "strangulation", "Violence against the person"),
        ("88.10", "voyeurism", "Sexual offences"),
        ("88.12", "beneath clothing", "Sexual offences"),
    ],
)
def test_the_list_holds_what_became_an_offence_of_its_own(code: str, word: str, group: str) -> None:
    (row,) = [row for row in rows_of("offence_codes.csv") if row["offence_code"] == code]
    assert word in row["offence"].lower()
    assert row["offence_group"] == group
