"""What a person sees when a partner's file is bad: one clear message, exit code 3, nothing changed but a receipt."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from safer_kpi.cli.main import app
from safer_kpi.lake import connect
from safer_kpi.settings import Settings

NAME = "2025-01-dorset-street.csv"
HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)
PRIVATE = "On or near Verysecret Street"  # stands in every row; must never be shown


def row(number: int = 1, month: str = "2025-01", lsoa: str = "E01015272", kind: str = "Robbery") -> str:
    crime_id = f"{number:064x}"
    return f"{crime_id},{month},Dorset Police,Dorset Police,-1.9,50.7,{PRIVATE},{lsoa},,{kind},Under investigation,"


def text(*rows: str, header: str = HEADER, end: str = "\n") -> bytes:
    return (end.join([header, *rows]) + end).encode()


REFUSED = {
    "empty": (b"", "empty"),
    "header only": (text(), "header_only"),
    "missing column": (text(header=HEADER.replace("Crime type,", "")), "missing_columns"),
    "unknown column": (text(row() + ",x", header=HEADER + ",Officer"), "unknown_columns"),
    "utf-16": (text(row()).decode().encode("utf-16"), "encoding"),
    "nul bytes": (text(row()).replace(b"Robbery", b"Rob\0bery"), "nul_byte"),
    "unclosed quote": (text(row().replace("On or", '"On or'), row(2)), "unclosed_quote"),
    "wrong month": (text(row(), row(2, month="2025-02")), "must_agree.month"),
    "last line cut short": (text(row(), row(2))[:-30], "truncated"),
    "all rows bad": (text(row(kind="Jaywalking")), "isin"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Path:
    """A lake in which this month is live with one row."""
    folder = tmp_path_factory.mktemp("bad")
    new_lake(folder / "lake")
    good = folder / NAME
    good.write_bytes(text(row()))
    result = CliRunner().invoke(app, ["land", "police_street", str(good), "--home", str(folder / "lake")])
    assert result.exit_code == 0, result.output
    return folder / "lake"


def state(home: Path) -> tuple[object, ...]:
    """Everything the journal and the ledger hold, receipts aside."""
    with connect(Settings.load(home), read_only=True) as lake:
        tables = ("journal.entry", "journal.claim", "journal.coverage", "journal.quarantine", "landing.police_street")
        return tuple(lake.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall() for table in tables)


def land(home: Path, path: Path, *options: str):
    return CliRunner().invoke(app, ["land", "police_street", str(path), "--home", str(home), "--json", *options])


def one(result) -> dict:
    return json.loads(result.stdout)["rows"][0]


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_refused_with_one_clear_message(case, home, tmp_path):
    content, rule = REFUSED[case]
    path = tmp_path / NAME
    path.write_bytes(content)
    before = state(home)
    result = land(home, path)
    assert result.exit_code == 3, result.output
    receipt = one(result)
    assert receipt["status"] == "refused"
    assert NAME in receipt["error"]
    assert f" {rule}: " in receipt["error"]
    assert PRIVATE not in result.output
    assert state(home) == before


def test_a_line_of_a_quarter_of_a_gigabyte_is_refused(home, tmp_path):
    path = tmp_path / NAME
    with path.open("wb") as out:
        out.write(text())
        for _ in range(256):
            out.write(b"a" * 2**20)
    result = land(home, path)
    path.unlink()
    assert (result.exit_code, one(result)["status"]) == (3, "refused")
    assert " line_length: " in one(result)["error"]


def test_an_unknown_force_is_refused(home, tmp_path):
    path = tmp_path / "2025-01-atlantis-street.csv"
    path.write_bytes(text(row()))
    result = land(home, path)
    assert result.exit_code == 3
    assert " force_slug: " in one(result)["error"]


def test_a_directory_is_refused(home, tmp_path):
    result = land(home, tmp_path)
    assert result.exit_code == 3
    assert " not_a_file: " in one(result)["error"]


def test_a_link_out_of_the_inbox_is_refused(home, tmp_path):
    outside, inbox = tmp_path / "outside", tmp_path / "inbox"
    outside.mkdir()
    inbox.mkdir()
    (outside / NAME).write_bytes(text(row()))
    (inbox / NAME).symlink_to(outside / NAME)
    result = land(home, inbox / NAME)
    assert result.exit_code == 3
    assert " link: " in one(result)["error"]


def test_a_mass_withdrawal_waits_for_a_named_person(tmp_path, new_lake):
    home, path = new_lake(tmp_path / "lake").home, tmp_path / NAME
    path.write_bytes(text(*(row(number) for number in range(1, 11))))
    assert land(home, path).exit_code == 0
    path.write_bytes(text(*(row(number) for number in range(1, 8))))  # 3 of 10 gone: more than a fifth
    refused = land(home, path)
    assert refused.exit_code == 3
    assert " mass_withdrawal: " in one(refused)["error"]
    confirmed = land(home, path, "--confirm", "A. Analyst", "--reason", "the force says so")
    assert confirmed.exit_code == 0
    assert one(confirmed)["changes"] == {"withdrawn": 3}


CRIME_TYPE = HEADER.split(",").index("Crime type")


def reordered() -> bytes:
    lines = [line.split(",") for line in (HEADER, row())]
    return "".join(
        ",".join([line[CRIME_TYPE], *line[:CRIME_TYPE], *line[CRIME_TYPE + 1 :]]) + "\n" for line in lines
    ).encode()


ACCEPTED = {
    "columns in another order": reordered(),
    "cp1252": text(row().replace("Verysecret", "Caf\u00e9")).decode().encode("cp1252"),
    "byte order mark": b"\xef\xbb\xbf" + text(row()),
    "crlf": text(row(), end="\r\n"),
    "no final line end": text(row())[:-1],
}


@pytest.mark.parametrize("case", ACCEPTED, ids=str)
def test_accepted(case, home, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(ACCEPTED[case])
    result = land(home, path)
    assert result.exit_code == 0, result.output
    assert (one(result)["status"], one(result)["rows_accepted"]) == ("accepted", 1)


@pytest.mark.parametrize(
    "name", [f"a; rm -rf $HOME `id` {NAME}", f"..\\..\\{NAME}", f"'quoted' \"{NAME}", f"%2e%2e {NAME}"]
)
def test_a_name_is_data_and_never_a_path(name, home, tmp_path):
    path = tmp_path / name
    path.write_bytes(text(row()))
    result = land(home, path)
    assert (result.exit_code, one(result)["status"]) == (0, "accepted")
    assert not any("dorset" in found.name for found in home.rglob("*"))


def test_a_name_with_dots_out_of_its_folder(home, tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / NAME).write_bytes(text(row()))
    result = land(home, tmp_path / "below" / ".." / NAME)
    assert (result.exit_code, one(result)["file_name"]) == (0, NAME)


def test_bad_rows_are_held_back_with_rule_and_row(home, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(text(row(), row(2, kind="Jaywalking"), row(3, lsoa="<5"), row(4) + ",extra", row(1)))
    result = land(home, path)
    receipt = one(result)
    assert (receipt["rows_read"], receipt["rows_accepted"], receipt["rows_quarantined"]) == (5, 1, 4)
    shown = CliRunner().invoke(app, ["quarantine", "--home", str(home), "--json"])
    held = [r for r in json.loads(shown.stdout)["rows"] if r["delivery_id"] == receipt["delivery_id"]]
    # The header is row 1.
    assert {(r["source_row"], r["rule"]) for r in held} == {
        (3, "isin"), (4, "str_matches"), (5, "column_count"), (6, "duplicate_key"),
    }  # fmt: skip
    assert PRIVATE not in shown.output


def test_a_file_that_is_not_there_stops_the_others_before_they_land(home, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(text(row(9)))
    before = state(home)
    result = land(home, path, str(tmp_path / "missing.csv"))
    assert result.exit_code == 2
    assert state(home) == before


@pytest.mark.parametrize("name", [b"2025-01-dorset-street\xff\xfe.csv", b"2025-01\x1b[2J\n.csv", "\u202e.csv".encode()])
def test_a_name_that_no_terminal_shows_gets_a_receipt_and_is_not_shown(name: bytes, home: Path, tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(name)
    file.write_bytes(text())
    result = CliRunner().invoke(app, ["land", "police_street", str(file), "--home", str(home)])
    assert result.exit_code == 3, result.output
    assert all(line.isprintable() for line in result.output.splitlines())
    assert "refused" in result.output
