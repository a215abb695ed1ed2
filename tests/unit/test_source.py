"""The term ``source``: what there is to ask for, and every mistake in it named with its line and what to write."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from safer_kpi.catalogue.contract_source import ContractSource
from safer_kpi.catalogue.source import Source, checked_source, stated_source
from safer_kpi.domain.following import periods_from, write_period
from safer_kpi.domain.spans import SPAN_KINDS
from safer_kpi.errors import ProjectError

NAMED = r"(?P<month>\d{4}-\d{2})-dorset-street"
MONTHLY = {"address": "https://data.example/{month}-dorset-street.csv", "from": "2025-01"}


def read(folder: Path, source: object, *, file_name: str | None = NAMED, written: str | None = None) -> Source | None:
    path = folder / "knife_bins.py"
    path.write_text(
        written or f'CONTRACT = {{\n    "title": "Bins",\n    "source": {source!r},\n}}\n', encoding="utf-8"
    )
    terms = {"source": source, "file_name": file_name, "file_name_example": "2025-01-dorset-street.csv"}
    return checked_source(terms, ContractSource(path))


def asked(source: Source | None, today: dt.date) -> list[tuple[str, str, str]]:
    assert source
    return [(one.period, one.address, one.name) for one in source.asked(today)]


def test_every_month_that_has_ended_is_asked_for(tmp_path: Path) -> None:
    found = read(tmp_path, MONTHLY)
    names = ["2025-01-dorset-street.csv", "2025-02-dorset-street.csv"]
    both = [(name[:7], f"https://data.example/{name}", name) for name in names]
    assert asked(found, dt.date(2025, 3, 1)) == both
    assert asked(found, dt.date(2025, 2, 28)) == both[:1]
    assert asked(found, dt.date(2025, 1, 31)) == []


def test_an_address_may_name_parts_of_the_period_and_the_contract_the_file(tmp_path: Path) -> None:
    source = {"address": "s3://bins/{yyyy}/{mm}.csv", "from": "2025-01", "name": "{yyyy}-{mm}-dorset-street.csv"}
    assert asked(read(tmp_path, source), dt.date(2025, 2, 1)) == [
        ("2025-01", "s3://bins/2025/01.csv", "2025-01-dorset-street.csv")
    ]


def test_an_address_without_a_period_is_one_file(tmp_path: Path) -> None:
    source = {"address": "https://data.example/archive/latest%20one.zip?form=csv"}
    address = source["address"]
    assert asked(read(tmp_path, source), dt.date(2025, 2, 1)) == [("", address, "latest one.zip")]


def test_a_contract_without_a_source_has_none(tmp_path: Path) -> None:
    assert read(tmp_path, None) is None
    assert stated_source(tmp_path / "knife_bins.py") is None


@pytest.mark.parametrize(
    ("change", "term", "told"),
    [
        ({"address": "htps://data.example/{month}"}, "address", ("begins with 'htps', which files are not fetched by. "
         "Did you mean https? Allowed: abfs, file, ftp, gs, http, https, s3, sftp.")),
        ({"address": "{month}.csv"}, "address", "begins with '', which files are not fetched by."),
        ({"address": "https://me:hunter2@data.example/{month}.csv"}, "address", "holds a user name or a password."),
        ({"address": "https://me@data.example/{month}.csv"}, "address", "holds a user name or a password."),
        ({"address": "sftp://me:hunter2@data.example/{month}.csv"}, "address", "holds a user name or a password."),
        ({"address": "https://[data.example/{month}"}, "address", "is not an address."),
        ({"address": "https:///{month}.csv"}, "address", "without a host"),
        ({"address": "https://data.example/*.csv"}, "address", "or with a star"),
        ({"address": "s3://bins/{month}/*.csv"}, "address", "holds a period and a star."),
        ({"address": "https://data.example/{mnth}.csv"}, "address", ("uses {mnth}, which nothing says. "
         "Did you mean month?")),
        ({"address": "https://data.example/{month.real}.csv"}, "address", "uses {month.real}, which nothing says."),
        ({"address": "https://data.example/{month!r}.csv"}, "address", "uses {month}, which nothing says."),
        ({"address": "https://data.example/{month.csv"}, "address", "has a lone brace. Write {month} for a period."),
        ({"address": "https://data.example/{month}{week}"}, "address", "names month and week."),
        ({"from": "January"}, "from", ("must be the first month to fetch, and 'January' is not one. "
         'Write it like "from": "2024-05".')),
        ({"from": ""}, "from", "must be the first month to fetch, and it is not stated."),
        ({"address": "https://data.example/2025-01-dorset-street.csv"}, "from", "and the address names no period."),
        ({"name": "{week}-street.csv"}, "name", "uses a period that source.address does not."),
        ({"name": "../{month}-dorset-street.csv"}, "name", "source says no file name."),
        ({"address": "https://data.example/{month}/"}, "address", "source says no file name."),
        ({"address": "https://data.example/{month}.csv"}, "address", ("A fetched file would be called '2025-01.csv', "
         "which is not named as file_name agrees. State source.name so that it is named like 2025-01-dorset-street")),
        ({"contact": "Dörte\n"}, "contact", "holds more than plain letters."),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(change: dict[str, str], term: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as mistake:
        read(tmp_path, MONTHLY | change)
    assert str(mistake.value).startswith("contracts/feeds/knife_bins.py, line 3: ")
    assert told in str(mistake.value)
    assert f"source.{term}" in str(mistake.value) or told.startswith(("source", "A fetched"))
    assert "hunter2" not in str(mistake.value)


def test_an_archive_need_not_be_named_like_its_files(tmp_path: Path) -> None:
    assert read(tmp_path, MONTHLY | {"address": "https://data.example/{month}.zip"})


def test_a_source_that_only_the_running_contract_knows_is_refused(tmp_path: Path) -> None:
    """Airflow reads it each minute without running any contract."""
    with pytest.raises(ProjectError, match="source is not written out in the contract itself"):
        read(tmp_path, MONTHLY, written='HERE = {}\nCONTRACT = {\n    "source": HERE,\n}\n')


@pytest.mark.parametrize(
    ("kind", "first", "expected"),
    [
        ("month", "2024-11", ["2024-11", "2024-12", "2025-01", "2025-02"]),
        ("calendar_quarter", "2024-Q3", ["2024-Q3", "2024-Q4"]),
        ("financial_quarter", "2024-25-Q2", ["2024-25-Q2", "2024-25-Q3"]),
        ("calendar_year", "2023", ["2023", "2024"]),
        ("financial_year", "2022-23", ["2022-23", "2023-24"]),
        ("academic_year", "2022-23", ["2022-23", "2023-24"]),
        ("week", "2024-W51", [*(f"2024-W{week}" for week in (51, 52)), *(f"2025-W0{week}" for week in range(1, 10))]),
    ],
)
def test_periods_follow_one_another_up_to_the_last_that_has_ended(kind: str, first: str, expected: list[str]) -> None:
    # 3 March 2025 is a Monday: the ninth week of the year ended the day before.
    assert [period for period, _ in periods_from(kind, first, until=dt.date(2025, 3, 3))] == expected


@pytest.mark.parametrize("kind", SPAN_KINDS)
def test_a_period_is_written_as_its_kind_is_read(kind: str) -> None:
    span = SPAN_KINDS[kind].read(SPAN_KINDS[kind].example)
    assert span
    assert write_period(kind, span.starts_on) == SPAN_KINDS[kind].example
