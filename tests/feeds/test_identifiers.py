"""Direct identifiers are found in nearly every file that holds them, and clean files are let pass.

The targets: at least 99 % of planted columns are refused, of every kind; at most 0.1 % of clean columns are.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import random
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest

from safer_kpi.intake.identifiers import Found, Searched, find_identifiers, find_identifying_headers
from tests.feeds import identifier_columns as made

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LENGTHS = (12, 40, 150)


RECEIVED = dt.date(2026, 11, 1)


def found_in(folder: Path, columns: Mapping[str, Sequence[str]], **terms: frozenset[str]) -> list[Found]:
    """What is found in a file of these columns."""
    path = folder / "rows.parquet"
    texts = {name: [cell or None for cell in cells] for name, cells in columns.items()}
    pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String)).with_row_index("source_row", offset=2).write_parquet(
        path
    )
    file = Searched(relation_sql=f"SELECT * FROM read_parquet('{path}')", columns=list(columns), **terms)
    return find_identifiers(duckdb.connect(), [file], received_on=RECEIVED)[0]


@pytest.mark.parametrize("kind", list(made.PLANTED))
def test_planted_identifiers_are_found(kind: str, tmp_path: Path) -> None:
    rng, missed, planted = random.Random(f"plant {kind}"), [], 0
    for rows in LENGTHS:
        columns = {}
        for number in range(100):
            header, cells = made.PLANTED[kind](rng, rows)
            columns[f"{header} {number}"] = cells
        hit = {found.column for found in found_in(tmp_path, columns) if found.kind == kind}
        missed += [f"{column} of {rows} rows" for column in columns if column not in hit]
        planted += len(columns)
    assert len(missed) <= planted * 0.01, missed


def test_clean_columns_pass(tmp_path: Path) -> None:
    rng, refused, looked_at = random.Random("clean"), [], 0
    for rows in (12, 40, 40, 150):
        columns = {f"{header} {lot}": cells for lot in range(13) for header, cells in made.clean(rng, rows)}
        refused += [(found.column, found.kind, rows) for found in found_in(tmp_path, columns)]
        looked_at += len(columns)
    assert looked_at > 2_000
    assert len(refused) <= looked_at * 0.001, refused


def _published(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.name.endswith((".csv", ".csv.gz")))


@pytest.mark.e2e
def test_no_published_file_is_refused(shared_data: Path, tmp_path: Path) -> None:
    refused = {}
    for path in _published(shared_data):
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = tmp_path / path.name.removesuffix(".gz")
        text.write_text(content.decode("utf-8", errors="replace"), encoding="utf-8")
        with text.open(encoding="utf-8", newline="") as lines:
            header = next(csv.reader(lines))
        names = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(header)))
        read = f"read_csv('{text}', header = true, columns = {{{names}}})"
        rows = f"SELECT row_number() OVER () + 1 AS source_row, * FROM {read}"
        columns = [f"c{place}" for place in range(len(header))]
        found = [
            *find_identifiers(duckdb.connect(), [Searched(relation_sql=rows, columns=columns)], received_on=RECEIVED)[
                0
            ],
            *find_identifying_headers(header),
        ]
        if found:
            refused[path.name] = found
    assert refused == {}


IDENTIFYING = """Forename|firstName|LAST_NAME|Surname|VictimSurname|Offender Forename(s)|Full name|Name of child
|victimName|victimname|Child's name|Client_Name|Name (victim)|Date of Birth|date_of_birth|DateOfBirth|dateofbirth
|D.O.B.|victim_dob|Birth Date|Date Of Birth (dd/mm/yyyy)|NHS No.|NHSNo|nhs_number|NHS #|NI number|NINO
|nationalInsuranceNumber|Postcode|post_code|Client Postcode|Address line 1|AddressLine1|addr1|Home Address
|E-Mail Address|emailAddress|Contact email|Tel. No.|phone_number|Mobile Number|Home phone|Passport Number
|driving_licence_number|Next of kin|given_name"""
HARMLESS = """lsoa_name|Ward name|ward24_name|agency name|Agency|Location|Force name|Area name|file name|username|name
|LAD24NM|Crime ID|Reported by|Births|live births|year of birth|Country of birth|phone calls
|mobile phone theft|postcode sector|postcode_district|outward postcode|emails sent|victim_age|offender_id
|client_id|NHS referrals|nhs trust|distinct children|victims|School name|Team name|first|mobile patrols
|Gender|officer|child|young people|service name|partner agency|contacts"""


@pytest.mark.parametrize("header", [name.strip() for name in IDENTIFYING.split("|")])
def test_a_header_that_announces_an_identifier_is_found(header: str) -> None:
    assert [found.rule for found in find_identifying_headers(["month", header])] == ["identifier.header"]


def test_headers_of_places_and_counts_pass() -> None:
    assert find_identifying_headers([name.strip() for name in HARMLESS.split("|")]) == []


def test_a_first_row_of_values_is_named_by_its_place_alone() -> None:
    found = find_identifying_headers(["2024-05", "jo.bloggs@example.org", "07700 900123"])
    assert [each.column for each in found] == ["column 2", "column 3"]


def test_published_names_may_be_exempt_from_the_look_for_names_alone(tmp_path: Path) -> None:
    columns = {"ward": ["Charles Dickens", "William Morris", "Stanley Baldwin", "Margaret Ward", "BH1 2AB"]}
    assert [each.kind for each in found_in(tmp_path, columns)] == ["postcode", "name"]
    assert [each.kind for each in found_in(tmp_path, columns, exempt_names=frozenset({"ward"}))] == ["postcode"]


def test_births_are_known_by_the_files_other_dates(tmp_path: Path) -> None:
    # Aged 10 to 17 when recorded in 2024; the recorded dates of the same years in an old file are none.
    days = [f"20{year:02}-{month:02}-{day:02}" for year in range(7, 15) for month, day in ((2, 11), (5, 23), (9, 7))]
    recorded = [f"2024-{1 + number % 12:02}-{10 + number % 15}" for number in range(len(days))]
    assert [each.column for each in found_in(tmp_path, {"seen": recorded, "detail": days})] == ["detail"]
    assert found_in(tmp_path, {"seen": recorded, "recorded_date": days}) == []
