"""A file with direct identifiers leaves nothing behind but its hash; partners' own ids become keyed pseudonyms."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from safer_kpi.errors import UsageError
from safer_kpi.lake import connect
from safer_kpi.landing import land, sweep
from safer_kpi.landing.rekey import rekey
from safer_kpi.settings import Settings

FEED = "police_offences"
HEADER = [
    "Offence reference", "HO offence code", "Recorded date", "LSOA", "Victim age", "Victim sex", "Domestic abuse",
    "Knife", "Other weapon", "MSV", "Status", "Reclassified to",
]  # fmt: skip
NAME = "dorset-crm-offences_2024-01_2024-02.csv"
# The first person is counted in both months; 943 476 5919 is the NHS's own specimen number, with a right check digit.
ROWS = [
    ["DP-1", "8N", "2024-01-05", "E01015272", "30", "F", "Y", "N", "N", "Y", "recorded", ""],
    ["DP-2", "8N", "2024-01-06", "E01015272", "31", "M", "N", "N", "N", "N", "recorded", ""],
    ["DP-3", "105A", "2024-02-07", "E01015272", "", "", "N", "N", "N", "N", "recorded", ""],
]


def written(folder: Path, rows: list[list[str]], header: list[str] = HEADER) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def raw_file(settings: Settings, path: Path) -> Path:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Path(settings.raw) / digest[:2] / digest


@pytest.fixture
def lake(tmp_path: Path, new_lake: Callable[..., Settings]) -> Settings:
    return replace(new_lake(tmp_path / "lake"), pseudonym_key="0" * 32)


def references(settings: Settings) -> list[str]:
    with connect(settings, read_only=True) as connection:
        rows = connection.execute(
            f"SELECT offence_id FROM landing.{FEED} GROUP BY ALL HAVING sum(weight) > 0 ORDER BY 1"
        ).fetchall()
    return [reference for (reference,) in rows]


def test_an_identifier_in_a_cell_refuses_the_file_and_its_bytes_go(lake: Settings, tmp_path: Path) -> None:
    bad = written(tmp_path / "in", [[*ROWS[0][:3], "943 476 5919", *ROWS[0][4:]], *ROWS[1:]])
    receipt = land(lake, FEED, [str(bad)])[0]
    assert (receipt.status, len(receipt.sha256)) == ("refused", 64)
    assert "identifier.nhs_number" in str(receipt.error)
    assert "943" not in str(receipt.error)
    assert not raw_file(lake, bad).exists()


def test_a_header_that_names_people_refuses_the_file_before_anything_else(lake: Settings, tmp_path: Path) -> None:
    bad = written(tmp_path / "in", [[*row, "x"] for row in ROWS], [*HEADER, "Victim surname"])
    receipt = land(lake, FEED, [str(bad)])[0]
    assert "identifier.header" in str(receipt.error)
    assert not raw_file(lake, bad).exists()


def test_a_sweep_keeps_the_bytes_of_other_refusals(lake: Settings, tmp_path: Path) -> None:
    refused = written(tmp_path / "in", [row[:-1] for row in ROWS], HEADER[:-1])
    assert "missing_columns" in str(land(lake, FEED, [str(refused)])[0].error)
    sweep(lake)
    assert raw_file(lake, refused).exists()


def test_a_file_name_that_reads_like_a_clause_decides_nothing(lake: Settings, tmp_path: Path) -> None:
    bad = written(tmp_path / "in", ROWS, HEADER[:-1])
    named = bad.rename(bad.with_name("a identifier.email: b.csv"))
    (receipt,) = land(lake, FEED, [str(named)])
    assert (receipt.status, receipt.rule) == ("refused", "missing_columns")
    sweep(lake)
    assert raw_file(lake, named).is_file()


def test_partners_ids_are_kept_as_pseudonyms_only(lake: Settings, tmp_path: Path) -> None:
    receipt = land(lake, FEED, [str(written(tmp_path / "in", ROWS))])[0]
    assert (receipt.status, receipt.rows_accepted) == ("accepted", 3)
    found = references(lake)
    assert [len(reference) for reference in found] == [32, 32, 32]
    assert not {"DP-1", "DP-2", "DP-3"} & set(found)


def test_another_key_is_refused_until_the_rows_are_read_under_it(lake: Settings, tmp_path: Path) -> None:
    first = written(tmp_path / "in", ROWS)
    land(lake, FEED, [str(first)])
    before = references(lake)
    changed = replace(lake, pseudonym_key="1" * 32)
    second = written(tmp_path / "again", [*ROWS, ["DP-4", *ROWS[2][1:]]])
    with pytest.raises(UsageError, match="key has changed"):
        land(changed, FEED, [str(second)])
    done = rekey(changed, person="A. Keeper", reason="yearly rotation")
    assert [(each.feed, each.deliveries) for each in done] == [(FEED, 1)]
    after = references(changed)
    # three offences before and after, under other names; then the fourth alone is new
    assert len(after) == 3
    assert not set(before) & set(after)
    assert land(changed, FEED, [str(second)])[0].changes == {"late": 1}
