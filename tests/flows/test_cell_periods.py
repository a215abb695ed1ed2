"""Numbers of feeds whose cells are calendar quarters or weeks stand under the right period, with their coverage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

import safer_kpi
from safer_kpi.catalogue.template import write_project
from safer_kpi.compute import build
from safer_kpi.landing import Terms, land, parse_time
from safer_kpi.settings import Settings

pytestmark = [pytest.mark.soak, pytest.mark.long(40)]

BCP = "E06000058"
CONTRACT = '''"""{title}."""

from __future__ import annotations

from pandera.polars import DataFrameModel

from contracts import fields
from contracts.feeds import Contract


class Orders(DataFrameModel):
    """One row is one kind of order."""

    order_type: str = fields.text("Order", description="CPW or CPN", isin=["CPW", "CPN"])
    issued: str = fields.count("Issued", description="Orders issued")


CONTRACT: Contract = {{
    "version": "1.0.0",
    "title": "{title}",
    "owner": "The council",
    "legal_basis": "Crime and Disorder Act 1998, section 115",
    "cadence": "{cadence}",
    "due_after_days": 14,
    "layouts": {{"orders": Orders}},
    "key": ["order_type"],
    "canonical_order": ["order_type", "issued"],
    "causes": {{}},
    "file_name": r"{feed}_(?P<period>{pattern})(?![\\d-])",
    "file_name_example": "{feed}_{example}.csv",
    "cell": {{"place": "{{area}}", "{kind}": "{{period}}"}},
    "max_withdrawn_share": 0.5,
    "nil_return": "header_only",
    "dialect": {{"delimiter": ",", "encodings": ["utf-8"]}},
}}
'''
STAGING = """MODEL (
  name staging.{feed},
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the {feed} feed, typed.',
  audits (entry_is_stated)
);

SELECT
  @change_columns(),
  cell_place::TEXT AS la_code, /* Local authority */
  ({month})::DATE AS month, /* Month the orders count in */
  order_type::TEXT AS order_type, /* Kind of order */
  @as_count(issued)::BIGINT AS issued /* Orders issued */
FROM @with_cell(landing.{feed}) AS change
"""
DEFINITION = """kpi: {kpi}
strategy: A test's own.
paragraph: A test's own.
priority: Tackle violent crime in all its forms
owner: community_safety
metrics:
  - metric_id: {kpi}.orders
    title: Orders issued
    statement: Orders issued in the period.
    count:
      from: staging.{feed}
      amount: issued
    unit: orders
    counted: Every order.
    not_counted: Orders that were refused.
    date_used: The period of the file.
    kind: activity
    polarity: context
    polarity_reason: More may mean more trouble or more care.
    comparison: year_before
    feeds: [{feed}]
    cadence: {cadence}
    areas: [local_authority]
    periods: [{period}]
    settles_after_months: 1
    sensitivity: official
    interval_method: byar
    additive: true
    caveats: A test's own.
    public:
      method: none
"""
EXPECTED = """says: Five orders of one kind.
area: {area}
period: {period}
arithmetic: 5 = 5
numerator: 5
denominator: null
value: 5
"""
FEEDS = {
    "cal_orders": {
        "title": "Orders by calendar quarter", "cadence": "quarterly", "kind": "calendar_quarter",
        "pattern": r"\d{4}-Q[1-4]", "example": "2015-Q1", "month": "cell_starts_on + INTERVAL '2' MONTH", "kpi": "4q",
        "period": "quarter",
    },
    "week_orders": {
        "title": "Orders by week", "cadence": "weekly", "kind": "week", "pattern": r"\d{4}-W\d{2}",
        "example": "2015-W18", "month": "DATE_TRUNC('MONTH', cell_starts_on)", "kpi": "4w", "period": "month",
    },
}  # fmt: skip
EXAMPLE_PERIODS = {"cal_orders": "2014-15-Q4", "week_orders": "2015-04"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Settings:
    folder = tmp_path_factory.mktemp("periods")
    project = folder / "project"
    write_project(project, area=BCP)
    for feed, told in FEEDS.items():
        metric = {**told, "feed": feed, "cadence": "monthly" if feed == "week_orders" else told["cadence"]}
        example = f"contracts/kpis/examples/{told['kpi']}.orders"
        for name, text in {
            f"contracts/feeds/{feed}.py": CONTRACT.format(feed=feed, **told),
            f"models/staging/{feed}.sql": STAGING.format(feed=feed, **told),
            f"contracts/kpis/kpi_{told['kpi']}.yaml": DEFINITION.format(**metric),
            f"{example}/expected.yaml": EXPECTED.format(area=BCP, period=EXAMPLE_PERIODS[feed]),
            f"{example}/{feed}/{feed}_{told['example']}.csv": "Order,Issued\nCPW,5\n",
        }.items():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text(text)
    settings = Settings.load(new_lake(folder / "lake").home, project=project)
    at = parse_time("2024-07-10T09:00Z")
    # Week 18 is 29 April to 5 May 2024 and week 22 is 27 May to 2 June: weeks 18 to 22 hold all of May.
    issued = {"cal_orders": {"2024-Q1": 5}, "week_orders": {f"2024-W{week}": week for week in (18, 19, 20, 21, 22)}}
    for feed, periods in issued.items():
        for period, number in periods.items():
            path = folder / f"{feed}_{period}.csv"
            path.write_text(f"Order,Issued\nCPW,{number}\n")
            (receipt,) = land(settings, feed, [str(path)], terms=Terms(published=at))
            assert receipt.status == "accepted", receipt.error
    build(settings)
    return settings


def numbers(settings: Settings, metric: str, by: str) -> list[tuple[Any, ...]]:
    with safer_kpi.open(settings.home) as lake:
        rows = lake.metric(metric, area=BCP, by=by, release="now").rows()
    return [(row["period"], row["value"], row["coverage"]) for row in rows if row["coverage"]]


def test_a_calendar_quarter_is_the_financial_quarter_of_the_same_months(settings: Settings) -> None:
    """A file of a calendar quarter gives the number of the financial quarter of the same months."""
    # January to March 2024, all of it received.
    assert numbers(settings, "4q.orders", "quarter") == [("2023-24-Q4", 5, 1)]


def test_weeks_cover_a_month_when_all_its_days_have_come(settings: Settings) -> None:
    # May holds the weeks that begin in it: 19 + 20 + 21 + 22 = 82. April and June have days without a week.
    assert numbers(settings, "4w.orders", "month") == [("2024-05", 82, 1)]


def test_the_expected_weeks_are_the_weeks_since_the_first(settings: Settings) -> None:
    with safer_kpi.open(settings.home) as lake:
        cells = lake.cells("week_orders", on=dt.date(2024, 6, 20)).rows()
    assert [(str(row["starts_on"]), str(row["ends_on"]), row["status"]) for row in cells] == [
        ("2024-04-29", "2024-05-05", "in"),
        ("2024-05-06", "2024-05-12", "in"),
        ("2024-05-13", "2024-05-19", "in"),
        ("2024-05-20", "2024-05-26", "in"),
        ("2024-05-27", "2024-06-02", "in"),
        # its end and fourteen days: due on 23 June
        ("2024-06-03", "2024-06-09", "expected"),
        ("2024-06-10", "2024-06-16", "expected"),
    ]
