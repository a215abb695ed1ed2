"""Expected numbers are added up in the table at the head of conftest.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

import safer_kpi
from safer_kpi import Lake, NotFound, UsageError

VIOLENCE = "1a.violence_and_sexual_offences"
SHARE = "1c.violence_positive_outcome_share"


@pytest.fixture
def lake(book_writer: Callable[..., Path], tmp_path: Path) -> Iterator[Lake]:
    book_writer(tmp_path / "safer_kpi.duckdb")
    with safer_kpi.open(tmp_path) as opened:
        yield opened


def test_without_a_release_the_live_balance_says_it_is_uncertified(lake: Lake) -> None:
    [row] = lake.metric(VIOLENCE, area="L1", by="quarter").rows()
    assert (row["value"], row["numerator"], row["status"], row["release_id"]) == (58, 58, "uncertified", None)
    assert row["known_at"] == dt.datetime(2024, 11, 2, 9)


def test_the_columns_are_those_of_the_interface(lake: Lake) -> None:
    names = (
        "metric_id definition_version area_code area_name area_type period period_type period_start period_end "
        "breakdown "
        "numerator denominator value unit lower upper method status coverage placed sensitivity held_rows unplaced "
        "contributors series note reason release_id known_at"
    )
    table = lake.metric(VIOLENCE)
    assert table.columns == tuple(names.split())
    assert tuple(table.arrow().column_names) == table.columns


def test_a_table_whose_reading_has_begun_has_the_same_rows(lake: Lake) -> None:
    begun, asked = lake.metric(VIOLENCE).begun(), lake.metric(VIOLENCE)
    assert lake.metric(SHARE).begun().columns == asked.columns
    assert begun.rows() == asked.rows()


def test_who_asks_for_rows_hears_why_their_reading_failed(lake: Lake) -> None:
    begun = lake.metric(VIOLENCE).query("SELECT nothing FROM this").begun()
    with pytest.raises(duckdb.BinderException, match="nothing"):
        begun.rows()


def test_the_default_length_is_a_month_and_there_is_one_row_per_key(lake: Lake) -> None:
    rows = lake.metric(VIOLENCE).rows()
    assert {row["period_type"] for row in rows} == {"month"}
    keys = [(row["area_code"], row["period"], row["breakdown"]) for row in rows]
    assert len(keys) == len(set(keys)) == 5 * 3  # five areas, three months


def test_an_area_is_known_by_its_name(lake: Lake) -> None:
    assert lake.metric(VIOLENCE, area="Seatown").rows() == lake.metric(VIOLENCE, area="L1").rows()


def test_a_period_says_its_own_length(lake: Lake) -> None:
    [row] = lake.metric(SHARE, area="F1", period="2024-25-Q1").rows()
    assert (row["numerator"], row["denominator"]) == (10, 59)
    assert row["value"] == pytest.approx(1000 / 59)


@pytest.mark.parametrize(
    "asked", [{"by": "rolling36"}, {"by": "calendar_year"}, {"period": "2024-Q1"}, {"period": "2024"}]
)
def test_a_length_that_the_metric_does_not_have_is_not_available(
    book_writer: Callable[..., Path], tmp_path: Path, asked: dict[str, Any]
) -> None:
    with duckdb.connect(book_writer(tmp_path / "safer_kpi.duckdb")) as book:
        book.execute("ALTER TABLE kpi.metric ADD COLUMN periods VARCHAR[]")
        book.execute("UPDATE kpi.metric SET periods = ['month', 'quarter']")
    with safer_kpi.open(tmp_path) as lake:
        assert lake.metric(VIOLENCE, area="L1", by="quarter").rows()
        with pytest.raises(NotFound, match="is not available in this period type") as told:
            lake.metric(VIOLENCE, area="L1", **asked)
    assert told.value.next_action == "Use one of: month, quarter."


@pytest.mark.parametrize(
    ("known_at", "value", "status"),
    [
        ("2024-06-15", None, "incomplete"),  # only April is covered
        ("2024-08-15", 56, "uncertified"),
        ("2024-10-15", 57, "uncertified"),  # + 2 late - 1 reclassified; the relocation stays inside
        ("2024-11-01", None, "incomplete"),  # June was reverted
        ("2024-11-02T08:59:59", None, "incomplete"),
        ("2024-11-02T09:00:00Z", 58, "uncertified"),
        (dt.date(2024, 11, 2), 58, "uncertified"),
        (dt.datetime(2024, 11, 2, 10, tzinfo=dt.timezone(dt.timedelta(hours=1))), 58, "uncertified"),
    ],
)
def test_a_number_as_it_was_known(
    lake: Lake, known_at: str | dt.date | dt.datetime, value: float | None, status: str
) -> None:
    [row] = lake.metric(VIOLENCE, area="L1", by="quarter", known_at=known_at).rows()
    assert (row["value"], row["status"], row["release_id"]) == (value, status, None)


def test_missing_is_not_zero(lake: Lake) -> None:
    [row] = lake.metric(VIOLENCE, area="L1", period="2024-06", known_at="2024-07-15").rows()
    assert (row["numerator"], row["value"], row["status"]) == (None, None, "missing")
    [row] = lake.metric("1c.violence_positive_outcomes", area="L1", period="2024-06").rows()
    assert (row["numerator"], row["value"], row["status"]) == (0, 0, "uncertified")


def test_a_day_ends_when_it_ends_in_the_uk() -> None:
    from safer_kpi.reading.times import known_moment

    # British Summer Time: 30 June 2024 ends at 23:00 UTC; 31 January at midnight.
    assert known_moment("2024-06-30") == dt.datetime(2024, 6, 30, 22, 59, 59, 999999)
    assert known_moment("2024-01-31") == dt.datetime(2024, 1, 31, 23, 59, 59, 999999)


@pytest.mark.parametrize("known_at", ["2999-01-01", "2999-01-01T00:00", "soon", "2024-02-30"])
def test_the_future_and_what_is_no_date_are_usage_errors(lake: Lake, known_at: str) -> None:
    with pytest.raises(UsageError):
        lake.metric(VIOLENCE, known_at=known_at)


def test_unknown_names_are_answered_with_near_ones(lake: Lake) -> None:
    with pytest.raises(NotFound, match=r"1a\.violence_and_sexual_offences"):
        lake.metric("1a.violence")
    with pytest.raises(NotFound, match="Seatown"):
        lake.metric(VIOLENCE, area="Seeton")
    with pytest.raises(NotFound, match="published"):
        lake.metric(VIOLENCE, release="2024-25-Q1")
    with pytest.raises(UsageError, match="period length"):
        lake.metric(VIOLENCE, by="week")  # type: ignore[arg-type]  # what a caller without types may do
    with pytest.raises(UsageError, match="cannot be combined"):
        lake.metric(VIOLENCE, release="now", known_at="2024-08-15")


def test_a_definition_must_be_the_one_asked_for(lake: Lake) -> None:
    assert len(lake.metric(VIOLENCE, definition=1)) == 15
    with pytest.raises(NotFound, match=r"do not have definition version 2\. Use one of: 1"):
        lake.metric(VIOLENCE, definition=2)


def test_names_with_quotes_are_data(lake: Lake) -> None:
    with pytest.raises(NotFound):
        lake.metric(VIOLENCE, area="L1' OR '1'='1")
    assert lake.metric(VIOLENCE, breakdown="x' OR 'a'='a").rows() == []


def test_feeds_deliveries_and_metrics_are_listed(lake: Lake) -> None:
    feeds = {row["feed"]: row for row in lake.feeds().rows()}
    assert (feeds["police_street"]["deliveries"], feeds["police_street"]["cells"]) == (5, 3)
    assert [row["delivery_id"] for row in lake.deliveries("population").rows()] == [1]
    assert len(lake.deliveries()) == 6
    assert len(lake.metrics()) == 4
    with pytest.raises(NotFound, match="police_street"):
        lake.deliveries("police")


def test_a_query_reads_and_never_writes(lake: Lake) -> None:
    assert lake.sql("SELECT count(*) AS n FROM kpi.ledger").rows() == [{"n": 21}]
    with pytest.raises(UsageError, match="read-only"):
        lake.sql("DELETE FROM kpi.ledger").rows()


def test_several_metrics_and_areas_are_what_each_gives_alone(lake: Lake) -> None:
    """One row per key, in the order of the metrics asked for; the rows of each are those of its own call."""
    both = lake.metric([SHARE, VIOLENCE], area=["W1", "Seatown"], by="month").rows()
    alone = [
        row
        for metric in (SHARE, VIOLENCE)
        for row in lake.metric(metric, by="month").rows()
        if row["area_code"] in {"L1", "W1"}
    ]
    assert both == alone
    assert len(both) == 2 * 2 * 3  # metrics, areas, months
    with pytest.raises(NotFound, match=r"No metric '1a\.none' exists"):
        lake.metric([VIOLENCE, "1a.none"])
    with pytest.raises(UsageError, match="No metric is named"):
        lake.metric([])


def test_the_lake_lists_its_areas_and_breakdowns(lake: Lake) -> None:
    areas = lake.areas().rows()
    assert [area["area_code"] for area in areas] == ["F1", "L1", "W1", "W2", "unplaced"]
    assert areas[2] == {
        "area_code": "W1", "area_name": "North", "area_type": "ward", "la_code": "L1", "force_code": "F1",
    }  # fmt: skip
    [row] = lake.breakdowns(VIOLENCE).rows()
    assert (row["breakdown"], row["numbers"]) == ("all", 5 * 4)  # areas, three months and a quarter
    assert (row["first_start"], row["last_end"]) == (dt.date(2024, 4, 1), dt.date(2024, 6, 30))
    assert {row["metric_id"] for row in lake.breakdowns().rows()} == {row["metric_id"] for row in lake.metrics().rows()}


def test_a_definition_is_told_term_by_term(book_writer: Callable[..., Path], tmp_path: Path) -> None:
    file = book_writer(tmp_path / "safer_kpi.duckdb")
    with safer_kpi.open(tmp_path) as lake, pytest.raises(NotFound, match="An older version wrote this file"):
        lake.definition(VIOLENCE)
    with duckdb.connect(str(file)) as con:
        con.execute("ALTER TABLE kpi.metric ADD COLUMN definition VARCHAR")
        con.execute("""UPDATE kpi.metric SET definition = '{"title": "it''s", "areas": ["ward"], "baseline": null}'""")
    with safer_kpi.open(tmp_path) as lake:
        rows = lake.definition(VIOLENCE).rows()
    assert [(row["term"], row["value"]) for row in rows] == [
        ("areas", '["ward"]'),
        ("baseline", None),
        ("title", "it's"),
    ]


def test_small_counts_of_a_sensitive_metric_are_noted(book_writer: Callable[..., Path], tmp_path: Path) -> None:
    """Positive outcomes of W1: 2 in April, then 6 with four late ones; 1 in May; those of W2: 3 in April."""
    file = book_writer(tmp_path / "safer_kpi.duckdb")
    with safer_kpi.open(tmp_path) as lake:
        assert {row["sensitivity"] for row in lake.metric(VIOLENCE).rows()} == {None}
        assert "Sensitive" not in repr(lake.metric("1c.violence_positive_outcomes"))
    with duckdb.connect(str(file)) as con:
        con.execute("ALTER TABLE kpi.metric ADD COLUMN sensitivity VARCHAR")
        con.execute("UPDATE kpi.metric SET sensitivity = 'official_sensitive' WHERE metric_id LIKE '1c.%'")
        con.execute("UPDATE kpi.metric SET sensitivity = 'official' WHERE metric_id LIKE '1a.%'")
    with safer_kpi.open(tmp_path) as lake:
        table = lake.metric("1c.violence_positive_outcomes", area=["W1", "W2"], by="month")
        assert {row["sensitivity"] for row in table.rows()} == {"official_sensitive"}
        note = "Sensitive: 2 rows are counts below 5 of a metric that is official-sensitive."
        assert note in repr(table)
        assert note in table._repr_html_()
        assert "Sensitive" not in repr(lake.metric(VIOLENCE, area="W1"))


def test_the_value_is_in_sight(lake: Lake) -> None:
    html = lake.metric(VIOLENCE, area="L1")._repr_html_()
    assert html.index("<th>period</th>") < html.index("<th>value</th>") < html.index("<th>numerator</th>")
    assert "area_name = Seatown" in html.partition("<table>")[0]
