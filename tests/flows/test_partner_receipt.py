"""What a partner is told of a file: what counts, what is held back and why, what changed; and never what a row says."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from safer_kpi.catalogue.template import write_project
from safer_kpi.cli import receipt as command
from safer_kpi.errors import NotFound
from safer_kpi.landing import Terms, land, replay
from safer_kpi.receipts.delivered import receipt_for_partner
from safer_kpi.receipts.partner_receipt import PartnerReceipt, as_markdown
from safer_kpi.settings import Settings

HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)
UNSHOWN = "Witchcraft"  # a value that no receipt may show
FIRST, NEXT, BEFORE = dt.datetime(2024, 3, 1), dt.datetime(2024, 4, 1), dt.datetime(2024, 2, 1)
FILE = "2024-01-dorset-street.csv"


def row(crime: int, *, kind: str = "Robbery", lsoa: str = "E01015272", outcome: str = "Under investigation") -> str:
    identity = f"{crime:064x}" if crime else ""
    return f"{identity},2024-01,Dorset Police,Dorset Police,-1.83,50.73,On or near Road,{lsoa},Name,{kind},{outcome},"


# Rows 2 to 9 are fine; 10 and 11 are of no crime type, 12 repeats 9, 13 breaks two clauses.
FIRST_ROWS = [
    *(row(crime) for crime in range(1, 9)),
    row(11, kind=UNSHOWN), row(12, kind=UNSHOWN), row(8, lsoa="E01015387"), row(13, kind=UNSHOWN, lsoa="here"),
]  # fmt: skip
# Crime 1 has come to an end, crime 8 is gone, crime 20 is late; 11 is mended, the other three are not sent again.
NEXT_ROWS = [row(1, outcome="Suspect charged"), *(row(crime) for crime in range(2, 8)), row(11), row(20)]


# Every second row is of no crime type.
OTHER_FILE = "2024-02-dorset-street.csv"
OTHER_ROWS = [
    row(crime, kind="Robbery" if crime % 2 else UNSHOWN).replace("2024-01", "2024-02") for crime in range(31, 71)
]
DELIVERED = {
    "first": (FILE, HEADER, FIRST_ROWS, FIRST),
    "same": (FILE, HEADER, FIRST_ROWS, FIRST),
    "next": (FILE, HEADER, NEXT_ROWS, NEXT),
    "older": (FILE, HEADER, NEXT_ROWS[:3], BEFORE),
    "refused": (FILE, HEADER.replace("Crime type", UNSHOWN), NEXT_ROWS, NEXT),
    "many": (OTHER_FILE, HEADER, OTHER_ROWS, NEXT),
}


@dataclass(frozen=True)
class Landed:
    """One lake, and by name the number of each delivery and the receipt its partner gets."""

    settings: Settings
    numbers: dict[str, int]
    told: dict[str, PartnerReceipt]


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Landed:
    folder = tmp_path_factory.mktemp("receipts")
    settings = new_lake(folder / "lake")
    at, numbers = dt.datetime(2024, 5, 1, 9), {}
    for name, (file, header, rows, published) in DELIVERED.items():
        path = folder / name / file
        path.parent.mkdir()
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        (receipt,) = land(settings, "police_street", [str(path)], terms=Terms(published=published, received_at=at))
        numbers[name] = receipt.delivery_id
        at += dt.timedelta(days=1)
    return Landed(settings, numbers, {name: receipt_for_partner(settings, numbers[name]) for name in numbers})


def test_a_first_file_says_what_counts_and_what_is_held_back(landed: Landed) -> None:
    found = landed.told["first"]
    assert (found.status, found.rows_read, found.rows_accepted, found.rows_held) == ("accepted", 12, 8, 4)
    assert [(one["cause"], one["records"]) for one in found.changes] == [("new", 8)]
    assert [(one.rule, one.column, one.rows, one.row_numbers) for one in found.held] == [
        ("isin", "Crime type", 3, "10-11, 13"),
        ("duplicate_key", "Crime ID", 1, "12"),
        ("str_matches", "LSOA code", 1, "13"),
    ]


def test_a_held_row_says_what_is_agreed_and_how_to_mend_it(landed: Landed) -> None:
    held = {one.rule: one for one in landed.told["first"].held}
    assert held["isin"].says.startswith("It must be one of the 16 agreed values: Anti-social behaviour, ")
    assert held["str_matches"].says == "It must be an ONS code of an LSOA, such as E01015272, or empty."
    assert held["str_matches"].mend == "Write 'LSOA code' so in these rows."
    assert held["duplicate_key"].mend == "Send each record once, as it stands now."


def test_the_same_file_again_changed_nothing_and_says_so(landed: Landed) -> None:
    found = landed.told["same"]
    assert found.status == "duplicate"
    assert "we already had exactly this file" in as_markdown(found)


def test_the_next_file_says_what_changed_in_plain_words(landed: Landed) -> None:
    found = landed.told["next"]
    told = {one["cause"]: one["records"] for one in found.changes}
    assert told == {"progressed": 1, "withdrawn": 1, "late": 1, "released": 1}  # 20 is late, 11 was held before
    page = as_markdown(found)
    assert "| progressed | 1 | records progressed: another Last outcome category than before |" in page
    assert "| withdrawn | 1 | rows that you had sent before and are no longer in the file |" in page
    assert "## Rows held back" not in page


def test_a_file_older_than_what_is_there_says_so(landed: Landed) -> None:
    found = landed.told["older"]
    assert (found.status, list(found.stale_cells)) == ("stale", ["dorset/2024-01"])
    assert "published later" in as_markdown(found)


def test_a_refused_file_says_why_and_what_to_do(landed: Landed) -> None:
    found = landed.told["refused"]
    assert (found.status, found.rule) == ("refused", "missing_columns")
    page = as_markdown(found)
    assert "what you sent before still stands" in page
    assert "The header lacks 'Crime type'" in page
    assert "Send every agreed column under its heading." in page


@pytest.mark.parametrize("name", ["first", "same", "next", "older", "many", "refused"])
def test_no_receipt_shows_what_a_row_says(landed: Landed, name: str) -> None:
    for text in (as_markdown(landed.told[name]), json.dumps(landed.told[name].as_row(), default=str)):
        assert UNSHOWN not in text
        assert f"{11:064x}" not in text


def test_rows_of_a_crime_type_that_is_added_later_count_then(landed: Landed, tmp_path: Path) -> None:
    """A new category stops no file and loses no row: 20 rows count, 20 are held, and a replay counts all 40."""
    found = landed.told["many"]
    assert (found.status, found.rows_read, found.rows_accepted, found.rows_held) == ("accepted", 40, 20, 20)
    project = tmp_path / "project"
    write_project(project, area="E06000058")
    contract = project / "contracts" / "feeds" / "police_street.py"
    text = contract.read_text(encoding="utf-8").replace('    "Violent crime",', f'    "Violent crime", "{UNSHOWN}",')
    contract.write_text(re.sub(r'"version": "[\d.]+"', '"version": "1.2.0"', text), encoding="utf-8")
    settings = replace(landed.settings, project=project)
    mended = replay(settings, landed.numbers["many"], received_at=dt.datetime(2024, 6, 1))
    assert (mended.rows_accepted, mended.rows_quarantined, mended.changes) == (40, 0, {"contract": 20})


def test_many_row_numbers_are_cut_and_counted(landed: Landed) -> None:
    """Every second of 40 rows is held: twelve of them are shown, the other eight are counted."""
    (held,) = landed.told["many"].held
    assert (held.rows, held.row_numbers) == (20, "3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25 and 8 more")


def test_the_command_writes_a_page_and_json(landed: Landed, tmp_path: Path) -> None:
    app = typer.Typer()
    command.register(app)
    delivery, home = str(landed.numbers["first"]), ["--home", str(landed.settings.home)]
    shown = CliRunner().invoke(app, [delivery, *home])
    assert shown.stdout.startswith("# Receipt ")
    page = tmp_path / "receipt.md"
    CliRunner().invoke(app, [delivery, "--out", str(page), *home])
    assert page.read_text(encoding="utf-8") == shown.stdout
    (row_told,) = json.loads(CliRunner().invoke(app, [delivery, "--json", *home]).stdout)["rows"]
    assert (row_told["rows_held"], row_told["received_at"]) == (4, "2024-05-01T09:00:00Z")


def test_an_unknown_delivery_is_not_found(landed: Landed) -> None:
    with pytest.raises(NotFound, match="no delivery 999"):
        receipt_for_partner(landed.settings, 999)
