"""A row that is edited, removed, doubled or added in the lake is found, and named by delivery, feed and table."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import duckdb
import pytest

from safer_kpi.lake import connect
from safer_kpi.lake.digests import journal_tables, write_row
from safer_kpi.landing import land, revert
from safer_kpi.landing.stored_rows import row_checks
from safer_kpi.settings import Settings

STREET = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context\n"
)
FEED = "police_street"


@pytest.fixture(scope="module")
def lake(
    new_lake: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The seeds, a month of 300 crimes with one row held back, the month sent again with 299, and that reverted."""
    folder = tmp_path_factory.mktemp("rows")
    settings = new_lake(folder / "lake")
    line = "{:064x},2024-04,Dorset Police,Dorset Police,,,No Location,E01015272,Somewhere,Robbery,,\n"
    held = line.format(400).replace("Robbery", "")
    path = folder / "2024-04-dorset-street.csv"
    receipts = []
    for numbers in (range(300), range(1, 300)):
        path.write_text(STREET + held + "".join(map(line.format, numbers)))
        receipts += land(settings, FEED, [str(path)])
    assert [(each.status, each.rows_quarantined) for each in receipts] == [("accepted", 1)] * 2
    revert(settings, receipts[1].delivery_id, reason="a test", person="A. Sample")
    with connect(settings) as connection:
        yield connection


def failed(lake: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return [(subject, detail) for _, subject, status, detail in row_checks(lake) if status == "failed"]


def first_of(lake: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """The first entry of the feed and its delivery."""
    return lake.execute(f"SELECT min(entry), min(delivery_id) FROM journal.entry WHERE feed = '{FEED}'").fetchall()[0]


def test_the_lake_as_it_was_written_is_whole(lake: duckdb.DuckDBPyConnection) -> None:
    entries = lake.execute("SELECT count(*) FROM journal.entry").fetchall()[0][0]
    assert row_checks(lake) == [("rows", "lake", "ok", f"{entries} entries have the rows that they wrote")]


@pytest.mark.parametrize(
    ("edit", "table"),
    [
        ("UPDATE landing.police_street SET lsoa_code = 'E01015273' WHERE entry = {} AND source_row < 292", "landing"),
        ("UPDATE landing.police_street SET crime_type = NULL WHERE entry = {} AND source_row = 7", "landing"),
        ("UPDATE landing.police_street SET source_row = 9 - source_row WHERE entry = {} AND source_row IN (4, 5)",
         "landing"),
        ("UPDATE landing.police_street SET weight = -1 WHERE entry = {} AND source_row = 7", "landing"),
        ("UPDATE landing.police_street SET cause = 'late' WHERE entry = {}", "landing"),
        ("DELETE FROM landing.police_street WHERE entry = {} AND source_row = 7", "landing"),
        ("INSERT INTO landing.police_street FROM landing.police_street WHERE entry = {}", "landing"),
        ("UPDATE journal.claim SET published_at = TIMESTAMP '2020-01-01' WHERE entry = {}", "journal.claim"),
        ("UPDATE journal.coverage SET weight = 2 WHERE entry = {}", "journal.coverage"),
        ("DELETE FROM journal.quarantine WHERE entry = {}", "journal.quarantine"),
        ("UPDATE journal.held SET rows = 0 WHERE entry = {}", "journal.held"),
        ("UPDATE journal.cell SET months = 2 WHERE feed = 'police_street' AND {} > 0", "journal.cell"),
        ("UPDATE journal.contract SET digest = 'other' WHERE first_entry = {}", "journal.contract"),
        ("UPDATE journal.entry SET person = 'Somebody' WHERE entry = {}", "entry"),
        ("UPDATE journal.entry SET digests = '{{' WHERE entry = {}", "entry"),
        ("UPDATE journal.entry SET digest = NULL WHERE entry = {}", "entry"),
        ("UPDATE journal.delivery SET rows_accepted = rows_accepted - 1 WHERE entry = {}", "journal.delivery"),
        ("DELETE FROM journal.delivery WHERE entry = {}", "journal.delivery"),
        ("DELETE FROM journal.entry WHERE entry = {}", "journal.entry"),
        ("INSERT INTO journal.entry FROM journal.entry WHERE entry = {}", "journal.entry"),
    ],
)  # fmt: skip
def test_an_edit_is_found_and_named(lake: duckdb.DuckDBPyConnection, edit: str, table: str) -> None:
    entry, delivery = first_of(lake)
    lake.execute("BEGIN")
    try:
        lake.execute(edit.format(entry))
        found = failed(lake)
    finally:
        lake.execute("ROLLBACK")
    assert {subject for subject, _ in found} & {f"{FEED} delivery {delivery}", f"entry {entry}", f"delivery {delivery}"}
    assert any(table in detail for _, detail in found), found


# A cell has no entry: it belongs to those that claim it.
@pytest.mark.parametrize("table", [f"landing.{FEED}", *(name for name in journal_tables() if name != "journal.cell")])
def test_a_row_of_no_entry_is_found(lake: duckdb.DuckDBPyConnection, table: str) -> None:
    number = "first_entry" if table == "journal.contract" else "entry"
    lake.execute("BEGIN")
    try:
        lake.execute(f"INSERT INTO {table} BY NAME SELECT * REPLACE (NULL AS {number}) FROM {table} LIMIT 1")
        found = failed(lake)
    finally:
        lake.execute("ROLLBACK")
    assert (table, "it has 1 rows of no entry") in [(subject, detail.partition(":")[0]) for subject, detail in found]


def test_an_entry_that_nothing_wrote_is_found(lake: duckdb.DuckDBPyConnection) -> None:
    """Its own digest is right, and it says that it wrote nothing."""
    last = lake.execute("SELECT max(entry) FROM journal.entry").fetchall()[0][0]
    lake.execute("BEGIN")
    try:
        write_row(lake, "entry", {"entry": last + 1, "kind": "delivery", "delivery_id": 1, "feed": FEED})
        lake.execute(f"INSERT INTO landing.{FEED} BY NAME SELECT * REPLACE ({last + 2} AS entry) FROM landing.{FEED}")
        found = failed(lake)
    finally:
        lake.execute("ROLLBACK")
    assert {f"entry {last + 2}", "delivery 1"} <= {subject for subject, _ in found}


def test_a_column_that_a_contract_adds_later_changes_no_digest(lake: duckdb.DuckDBPyConnection) -> None:
    lake.execute("BEGIN")
    try:
        lake.execute(f"ALTER TABLE landing.{FEED} ADD COLUMN brought_later VARCHAR")
        assert failed(lake) == []
    finally:
        lake.execute("ROLLBACK")
