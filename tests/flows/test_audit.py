"""The whole-lake audit: what was posted entry by entry is what the live rows make at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from safer_kpi.compute import audit, build
from safer_kpi.demo.partner import sample_partner
from safer_kpi.demo.police import write_offences, write_outcomes
from safer_kpi.errors import CheckFailed
from safer_kpi.lake import connect
from safer_kpi.landing import Terms, land
from safer_kpi.settings import Settings
from tests.flows.shared_lake import Story

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Settings:
    """A window of a made-up force's offences, and the same window a year later, with a month's outcomes."""
    folder = tmp_path_factory.mktemp("audit")
    settings = new_lake(folder / "lake", built=True)
    partner = sample_partner(PROJECT / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv")
    for number, as_of in enumerate((dt.date(2024, 3, 1), dt.date(2025, 3, 1))):
        path = folder / str(number) / "dorset-crm-offences_2024-01_2024-02.csv"
        write_offences(path, partner, first=dt.date(2024, 1, 1), last=dt.date(2024, 2, 1), as_of=as_of)
        at = dt.datetime(as_of.year, 3, 15, 9)
        land(settings, "police_offences", [str(path)], terms=Terms(published=at, received_at=at))
    path = folder / "2024-02-dorset-crm-outcomes.csv"
    write_outcomes(path, partner, month=dt.date(2024, 2, 1), as_of=dt.date(2025, 3, 1))
    land(settings, "police_outcomes", [str(path)], terms=Terms(received_at=dt.datetime(2025, 3, 16, 9)))
    build(settings)
    return settings


@pytest.mark.soak
def test_a_history_of_corrections_holds(lake: Settings) -> None:
    """An audit of two windows of offences and a month of outcomes finds nothing."""
    audit(lake)


@pytest.mark.e2e
def test_a_posting_that_no_row_makes_is_found_and_named(story_of: Callable[[str], Story]) -> None:
    lake = story_of("test_police_feeds").settings
    table = (
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() "
        "WHERE starts_with(table_name, 'ledger__counted__')"
    )
    with connect(lake) as connection:
        (name,) = connection.execute(table).fetchall()[0]
        connection.execute(
            f"""INSERT INTO {name} SELECT * REPLACE (7 AS amount) FROM {name}
            WHERE metric_id = '1a.violence_against_person' LIMIT 1"""
        )
    with pytest.raises(CheckFailed, match=r"balance_from_scratch.*1a\.violence_against_person in 1 cells"):
        audit(lake)
