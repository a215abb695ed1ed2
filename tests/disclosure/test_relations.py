"""Counts and figures as tables, and the key that nothing shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from safer_kpi.diagnosis.examination import examine
from safer_kpi.disclosure.protect import (
    Place,
    place_of,
    publication_key,
    read_counts,
    read_labels,
    read_published,
    write_published,
)
from safer_kpi.errors import NotFound, UsageError
from safer_kpi.settings import Settings
from tests.disclosure.tables import OWN, count, published, quarter, rule, year

OTHER = "E06000002"
RULES = (
    rule(breakdowns=("age",))
    | rule("2d.asked")
    | rule("1a.rate", denominator="population")
    | rule("1a.open", method="exact")
)


@pytest.fixture
def release() -> Iterator[duckdb.DuckDBPyConnection]:
    """A release of two authorities, one of them with two wards; ``certified`` has the columns that are read."""
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA kpi")
        connection.execute("CREATE TABLE kpi.area (area_code VARCHAR, area_type VARCHAR, la_code VARCHAR)")
        areas = [(OWN, "local_authority", OWN), ("W01", "ward", OWN), ("W02", "ward", OWN)]
        areas += [(OTHER, "local_authority", OTHER), ("W91", "ward", OTHER), ("E23000001", "force", None)]
        connection.executemany("INSERT INTO kpi.area VALUES (?, ?, ?)", areas)
        connection.execute(
            "CREATE TABLE kpi.certified (metric_id VARCHAR, definition_version INTEGER, area_code VARCHAR,"
            " area_type VARCHAR, period VARCHAR, period_type VARCHAR, period_start DATE, period_end DATE,"
            " breakdown VARCHAR, numerator BIGINT, status VARCHAR)"
        )
        first, whole = quarter(0), year(0)
        cells = [
            ("1a.m", OWN, "local_authority", first, "all", 31, "certified"),
            ("1a.m", "W01", "ward", first, "all", 12, "certified"),
            ("1a.m", "W02", "ward", first, "all", 11, "provisional"),
            ("1a.m", OTHER, "local_authority", first, "all", 99, "certified"),
            ("1a.m", "E23000001", "force", whole, "age:0-9", 7, "certified"),
            ("1a.m", OWN, "local_authority", whole, "age:65+", 8, "certified"),
            ("1a.open", OWN, "local_authority", whole, "sex:female", 5, "certified"),
            ("2d.asked", OTHER, "local_authority", whole, "age:10-12", 40, "certified"),
            ("1a.rate", OWN, "local_authority", first, "all", 31, "certified"),
        ]
        for metric, area, kind, period, breakdown, value, status in cells:
            connection.execute(
                "INSERT INTO kpi.certified VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [metric, area, kind, period.label, period.length, period.starts_on, period.ends_on,
                 breakdown, value, status],
            )  # fmt: skip
        yield connection


def test_only_protected_counts_of_the_own_places_are_read_and_what_is_not_final_has_no_value(
    release: duckdb.DuckDBPyConnection,
) -> None:
    place = place_of(release, OWN)
    assert place == Place(authority=OWN, wards=frozenset({"W01", "W02"}))
    found = read_counts(release, rules=RULES, place=place)
    assert sorted(found, key=lambda one: (one.area_code, one.breakdown)) == [
        count(8, year(0), breakdown="age:65+"),
        count(31, quarter(0)),
        count(12, quarter(0), "W01"),
        count(None, quarter(0), "W02"),
    ]
    assert read_labels(release, rules=RULES) == {"age:0-9", "age:65+"}
    with pytest.raises(NotFound, match="The release has no local authority E06000009"):
        place_of(release, "E06000009")


def test_figures_are_read_back_as_they_were_written() -> None:
    rows = published([count(31, quarter(0)), count(4, quarter(1))], rule())
    for held in (rows, []):
        with duckdb.connect() as connection:
            connection.execute("CREATE SCHEMA kpi")
            write_published(connection, held)
            assert read_published(connection) == held


def test_a_key_is_made_once_for_its_owner_alone_and_no_finding_or_figure_shows_it(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path / "lake")
    key = publication_key(settings)
    file = tmp_path / "lake" / "state" / "publication.key"
    assert (len(key), publication_key(settings), file.stat().st_mode & 0o777) == (32, key, 0o600)
    told = [finding for finding in examine(settings) if finding.check == "publication key"]
    assert [finding.status for finding in told] == ["warning", "ok"]
    assert "lies beside the data" in told[0].found
    assert "SAFER_KPI_PUBLICATION_KEY_FILE" in told[0].mend
    rows = published([count(value, quarter(value)) for value in range(8)], rule(), key=key)
    shown = f"{told}{rows}{settings}"
    assert key.hex() not in shown
    assert repr(key) not in shown


def test_a_key_outside_is_used_and_one_that_is_none_is_named_without_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "outside.key"
    monkeypatch.setenv("SAFER_KPI_PUBLICATION_KEY_FILE", str(file))
    settings = Settings.load(tmp_path / "lake")
    with pytest.raises(UsageError, match=r"outside\.key cannot be read"):
        publication_key(settings)
    file.write_text("ab" * 32)
    file.chmod(0o600)
    assert publication_key(settings) == b"\xab" * 32
    assert not (tmp_path / "lake" / "state").exists()
    assert [one.status for one in examine(settings) if one.check == "publication key"] == ["ok"]
    file.write_text("a secret of some kind")
    with pytest.raises(UsageError, match="does not hold 64 hexadecimal digits") as caught:
        publication_key(settings)
    assert "secret" not in str(caught.value)
