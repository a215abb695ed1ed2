"""What a file states in columns is taken from them; a name or a unit is read only in a file of an older version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi.cli.main import app
from safer_kpi.reading.older import denominator_year, resident_ledgers

COLUMNS = """
ALTER TABLE book.kpi.metric ADD COLUMN denominator_kind VARCHAR;
UPDATE book.kpi.metric SET denominator_kind = CASE WHEN denominator IS NULL THEN 'none' ELSE 'count' END;
ALTER TABLE book.kpi.certified ADD COLUMN denominator_year INTEGER;
"""
YEARS = """
SELECT {year}
FROM (VALUES ('per 1,000 residents (mid-2019 estimate)', NULL), ('rate', 2021)) AS n(unit, {name})
"""


@pytest.fixture
def file(tmp_path: Path, book_writer: Callable[..., Path]) -> Path:
    return book_writer(tmp_path / "safer_kpi.duckdb")


def test_a_file_of_an_older_version_is_read_by_its_texts(file: Path) -> None:
    with safer_kpi.open(file.parent) as lake:
        assert resident_ledgers(lake.book) == {"population"}
        year = denominator_year(lake.book)
        assert lake.book.read(YEARS.format(year=year, name="x"))[1] == [(2019,), (None,)]


def test_a_column_decides_whatever_the_name_says(file: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{file}' AS book; {COLUMNS}")
    with safer_kpi.open(file.parent) as lake:
        # The ledger is called population, and the file says that it is a count like any other.
        assert resident_ledgers(lake.book) == frozenset()
        year = denominator_year(lake.book, "certified")
        # A number that an older version certified has its year in the unit alone.
        assert lake.book.read(YEARS.format(year=year, name="denominator_year"))[1] == [(2019,), (2021,)]


ORIGINS = """
ALTER TABLE book.kpi.delivery ADD COLUMN fetched_from VARCHAR;
ALTER TABLE book.kpi.delivery ADD COLUMN publisher_date TIMESTAMP;
UPDATE book.kpi.delivery SET fetched_from = 'https://data.example/' || sha256,
    publisher_date = published_at - INTERVAL 1 DAY;
"""


def test_a_trace_names_where_a_file_was_fetched_from_and_its_publisher_s_date(file: Path) -> None:
    def traced() -> list[dict[str, object]]:
        with safer_kpi.open(file.parent) as lake:
            rows = lake.trace("1a.violence_and_sexual_offences", area="L1", period="2024-05").rows()
            receipts = {row["delivery_id"]: row for row in lake.deliveries().rows()}
        assert rows
        for row in rows:
            receipt = receipts[row["evidence_delivery_id"]]
            assert (row["fetched_from"], row["publisher_date"]) == (receipt["fetched_from"], receipt["publisher_date"])
        return rows

    assert {(row["fetched_from"], row["publisher_date"]) for row in traced()} == {(None, None)}
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{file}' AS book; {ORIGINS}")
    for row in traced():
        assert row["fetched_from"] == f"https://data.example/{row['sha256']}"
        assert row["published_at"] - row["publisher_date"] == dt.timedelta(days=1)


VIOLENCE = "1a.violence_and_sexual_offences"
#: What each call needs of a file, and versions before it did not write.
TOO_OLD = {
    (
        "settling",
        "ALTER TABLE book.kpi.area DROP COLUMN area_type",
    ): "metric.settles_after_months, ",
    ("settling", "ALTER TABLE book.kpi.metric ADD COLUMN settles_after_months INTEGER"): "metric.periods: it",
    ("vintages", "ALTER TABLE book.kpi.ledger DROP COLUMN period_type"): "ledger.period_type: it",
    ("vintages", "ALTER TABLE book.kpi.metric DROP COLUMN additive"): "metric.additive: it",
    ("revisions", "ALTER TABLE book.kpi.ledger DROP COLUMN cause"): "ledger.cause: it",
    ("revisions", "DROP MACRO TABLE book.kpi.as_of"): "kpi.as_of: it",
}


@pytest.mark.parametrize(("call", "change"), TOO_OLD)
def test_what_an_older_file_does_not_tell_is_our_error(file: Path, call: str, change: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{file}' AS book; {change}")
    with safer_kpi.open(file.parent) as lake:
        calls = {
            "settling": lake.settling,
            "vintages": partial(lake.vintages, VIOLENCE),
            "revisions": partial(lake.revisions, VIOLENCE),
        }
        told = f"An older version wrote this file, without {TOO_OLD[call, change]}"
        with pytest.raises(safer_kpi.NotFound, match=told):
            calls[call]()
        assert {row["settling_note"] for row in lake.metrics().rows()} == {None}


def test_the_command_shows_the_history_of_an_older_file_without_settling(file: Path) -> None:
    asked = ["vintages", VIOLENCE, "--area", "L1", "--period", "2024-04", "--home", str(file.parent)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "not recorded, because an older version wrote this file" in " ".join(done.output.split())
