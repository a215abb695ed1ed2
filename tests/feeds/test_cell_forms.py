"""Figures, days and months as partners write them, and what the lake keeps of each."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import fields, marks, written
from safer_kpi.catalogue import cell_forms as known
from safer_kpi.catalogue.cell_forms import CellForms, cell_forms
from safer_kpi.catalogue.headings import month_of
from safer_kpi.catalogue.marks import MEANINGS
from safer_kpi.errors import ProjectError
from safer_kpi.landing.read_days import day_sql, month_sql
from safer_kpi.landing.read_figures import figure_sql, is_plain_sql

CONNECTION = duckdb.connect()


def forms_of(field: Any, **own: str) -> CellForms:
    """The forms that a field declares, under a contract with marks of its own."""
    return cell_forms({"x": field.metadata}, key=(), marks=own)


def read(sql: str, text: str | None) -> str | None:
    found = CONNECTION.execute(f"SELECT {sql} FROM (SELECT ?::VARCHAR AS x)", [text]).fetchall()
    value: str | None = found[0][0]
    return value


def figure(field: Any, text: str | None, **own: str) -> str | None:
    return read(figure_sql("x", forms_of(field, **own).figures["x"]), text)


COUNT = fields.count("N", description="A count")
GROUPED = fields.count("N", description="A count", thousands=("comma", "space"))
DECIMAL = fields.decimal("N", description="A number", thousands=("comma",))
SHARE = fields.share("N", description="A share")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (None, None),
        ("12", "12"),
        (" 12 ", "12"),
        ("12\u00a0", "12"),
        ("7.0", "7.0"),
        ("*", "[c]"),
        ("<5", "[c]"),
        ("-", "[x]"),
        ("[c]", "[c]"),
        ("[C]", "[c]"),
        ("[low]", "[c]"),
        ("[x]", "[x]"),
        ("[z]", "[x]"),
        ("..", "[x]"),
        (":", "[x]"),
        ("[u]", "[x]"),
        ("[r]", "[x]"),
        ("[c] [r]", "[c]"),
        ("[x][p]", "[x]"),
        ("12 [r]", "12"),
        ("12[p][r]", "12"),
        ("12 [u]", "12"),
        ("12 [b] [e]", "12"),
        # a figure that its own mark holds back, or that nobody has observed, does not count
        ("12 [c]", "[c]"),
        ("12 [x]", "[x]"),
        ("12 [f]", "[x]"),
        ("12 [r] [c]", "[c]"),
        # what cannot be read stays as it came, and the column's check holds its row
        ("12 ..", "12 .."),
        ("12*", "12*"),
        ("12 [q]", "12 [q]"),
        ("1,234", "1,234"),
        ("about 12", "about 12"),
    ],
)
def test_a_figure_and_its_marks(text: str | None, kept: str | None) -> None:
    assert figure(COUNT, text) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("1,234", "1234"),
        ("1 234", "1234"),
        ("1\u00a0234", "1234"),
        ("1\u202f234\u202f567", "1234567"),
        ("1,234 [r]", "1234"),
        ("12", "12"),
        # no grouping of thousands
        ("1,23", "1,23"),
        ("12,34,567", "12,34,567"),
        ("1,234 567", "1,234 567"),
        ("1,,234", "1,,234"),
        ("1.234", "1.234"),
    ],
)
def test_declared_separators_of_thousands(text: str, kept: str) -> None:
    assert figure(GROUPED, text) == kept


@pytest.mark.parametrize(
    ("text", "kept"), [("-1,234.50", "-1234.50"), ("1234.5", "1234.5"), ("-0.5 [p]", "-0.5"), ("1 234", "1 234")]
)
def test_numbers_with_decimals(text: str, kept: str) -> None:
    assert figure(DECIMAL, text) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("12.5%", "0.125"),
        ("12.5 %", "0.125"),
        ("100%", "1"),
        ("0%", "0"),
        ("7%", "0.07"),
        ("0.125", "0.125"),
        ("12.5% [r]", "0.125"),
        ("[c]", "[c]"),
        # more than the whole is held back by the check, and so is a number whose sign is missing
        ("150%", "1.5"),
        ("12.5", "12.5"),
    ],
)
def test_percentages_are_kept_as_fractions(text: str, kept: str) -> None:
    assert figure(SHARE, text) == kept


@pytest.mark.parametrize(("text", "kept"), [("12 R", "12"), ("n/a", "[x]"), ("N/A", "[x]"), ("12 n/a", "12 n/a")])
def test_marks_of_a_contract_of_its_own(text: str, kept: str) -> None:
    assert figure(COUNT, text, **{"R": "revised", "n/a": "unavailable"}) == kept


def test_what_is_kept_already_needs_no_reading() -> None:
    sql = is_plain_sql("x", forms_of(COUNT).figures["x"])
    plain = {text: read(sql, text) for text in (None, "12", "7.0", "[c]", "[x]", "*", "12 [r]", " 12")}
    assert [text for text, needless in plain.items() if not needless] == ["*", "12 [r]", " 12"]


ALL_DAYS = tuple(written.DAYS)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-05-31", "2024-05-31"),
        ("2024-05-31T00:00:00", "2024-05-31"),
        ("31/05/2024", "2024-05-31"),
        ("1/5/2024 00:00", "2024-05-01"),
        ("1/5/24", "2024-05-01"),
        ("01-May-2024", "2024-05-01"),
        ("1 May 2024", "2024-05-01"),
        ("3 september 2024", "2024-09-03"),
        ("30-Sept-2024", "2024-09-30"),
        ("2024-05-04T14:30:00", "2024-05-04"),
        ("04/05/2024 14:30", "2024-05-04"),
        ("2024-05-01T00:00:00Z", "2024-05-01"),
        # summer time: 22:30 UTC is 23:30, and 23:30 UTC is half past midnight
        ("2024-05-31 23:30:00+01:00", "2024-05-31"),
        ("2024-05-31T23:30:00Z", "2024-06-01"),
        # winter time is UTC
        ("2024-01-31T23:30:00Z", "2024-01-31"),
        ("45413", "2024-05-01"),
        ("45413.75", "2024-05-01"),
        ("29 Feb 2024", "2024-02-29"),
    ],
)
def test_a_day_in_each_form(text: str, day: str) -> None:
    assert read(day_sql("x", ALL_DAYS), text) == day


@pytest.mark.parametrize(
    "text", ["31/06/2024", "2023-02-29", "31-Feb-2024", "05/31/2024", "May 2024", "1st May", "2024-5-1", "454130", ""]
)
def test_what_is_no_day_stays_as_it_came_and_fails_the_check(text: str) -> None:
    kept = read(day_sql("x", ALL_DAYS), text)
    assert kept == text
    assert read(f"regexp_full_match(x, '{written.REAL_DAY}')", kept) is False


def test_only_declared_forms_are_read() -> None:
    assert read(day_sql("x", ("dd/mm/yy",)), "45413") == "45413"


@given(st.datetimes(min_value=dt.datetime(1996, 1, 1), max_value=dt.datetime(2037, 12, 31)), st.integers(-14, 14))
def test_the_day_of_a_time_with_its_zone_is_that_of_london(utc: dt.datetime, hours: int) -> None:
    """The oracle is the zone database of the standard library."""
    at = utc.replace(microsecond=0, tzinfo=dt.UTC)
    told = at.astimezone(dt.timezone(dt.timedelta(hours=hours))).isoformat()
    expected = at.astimezone(ZoneInfo("Europe/London")).date().isoformat()
    assert read(day_sql("x", ("yyyy-mm-dd hh:mm",)), told) == expected


@given(st.integers(1900, 2100), st.integers(0, 13), st.integers(0, 32))
def test_the_check_takes_the_days_of_the_calendar_and_no_others(year: int, month: int, day: int) -> None:
    real = 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
    assert read(f"regexp_full_match(x, '{written.REAL_DAY}')", f"{year}-{month:02}-{day:02}") is real


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2023-04", "2023-04"),
        ("Apr-23", "2023-04"),
        ("Apr 2023", "2023-04"),
        ("April 2023", "2023-04"),
        ("Sept 2023", "2023-09"),
        ("04/2023", "2023-04"),
        ("2023-04-01", "2023-04"),
        ("01/04/2023", "2023-04"),
    ],
)
def test_a_month_in_each_form_as_a_cell_and_as_a_heading(text: str, month: str) -> None:
    assert read(month_sql("x", tuple(written.MONTHS)), text) == month
    named = month_of(text)
    assert named is not None
    assert f"{named:%Y-%m}" == month


@pytest.mark.parametrize("text", ["2023-13", "13/2023", "Foo 2023", "2023", "2023-04-02", "Ap-23", "Total"])
def test_a_text_that_is_no_month_is_none(text: str) -> None:
    assert read(month_sql("x", tuple(written.MONTHS)), text) == text
    assert month_of(text) is None


def test_contracts_and_the_catalogue_know_the_same_forms_and_meanings() -> None:
    assert set(written.DAYS) == set(known.DAYS)
    assert set(written.MONTHS) == set(known.MONTHS)
    assert set(fields.THOUSANDS) == set(known.THOUSANDS)
    assert set(marks.SHORTHAND.values()) <= set(MEANINGS)


@pytest.mark.parametrize(
    ("field", "told"),
    [
        (fields.count("N", description="", thousands=("coma",)), "thousands holds 'coma'.*Did you mean comma?"),
        (
            fields.date("D", description="", forms=("dd-mon-yyy",)),
            "forms holds 'dd-mon-yyy'.*Did you mean dd-mon-yyyy?",
        ),
        (fields.date("D", description="", forms=()), "forms is empty"),
    ],
)
def test_a_misspelt_form_is_named_with_the_right_one(field: Any, told: str) -> None:
    with pytest.raises(ProjectError, match=told):
        forms_of(field)
