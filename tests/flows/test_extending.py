"""Adding a feed is one contract and one model; adding a metric is one definition and one model."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import safer_kpi
from safer_kpi.catalogue.template import write_project
from safer_kpi.compute import build
from safer_kpi.landing import Terms, land, parse_time
from safer_kpi.settings import Settings

pytestmark = [pytest.mark.e2e, pytest.mark.long(100)]

BCP = "E06000058"

CONTRACT = '''"""Knives left in the amnesty bins, counted by the council."""

from __future__ import annotations

from pandera.polars import DataFrameModel

from contracts import fields


class Bin(DataFrameModel):
    """One row is one bin emptied on one day."""

    bin_id: str = fields.text("Bin", description="Number of the bin", str_matches=r"^B\\d{2}$")
    emptied_on: str = fields.date("Emptied", description="Day it was emptied")
    knives: str = fields.count("Knives", description="Knives in it")


CONTRACT = {
    "version": "1.0.0",
    "title": "Knives left in amnesty bins",
    "owner": "The council",
    "legal_basis": "Crime and Disorder Act 1998, section 115",
    "cadence": "monthly",
    "due_after_days": 30,
    "layouts": {"bin": Bin},
    "key": ["bin_id", "emptied_on"],
    "canonical_order": ["bin_id", "emptied_on", "knives"],
    "causes": {},
    "file_name": r"(?P<month>\\d{4}-\\d{2})-knife-bins",
    "file_name_example": "2025-01-knife-bins.csv",
    "cell": {"place": "{area}", "month": "{month}"},
    "max_withdrawn_share": 0.5,
    "nil_return": "header_only",
    "dialect": {"delimiter": ",", "encodings": ["utf-8"]},
}
'''
STAGING = """MODEL (
  name staging.knife_bins,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the knife_bins feed, typed.',
  audits (entry_is_stated)
);

SELECT
  @change_columns(),
  cell_place::TEXT AS la_code, -- Local authority
  @as_date(emptied_on)::DATE AS emptied_on, -- Day the bin was emptied
  @as_count(knives)::BIGINT AS knives -- Knives in it
FROM @with_cell(landing.knife_bins) AS change
"""
DEFINITION = f"""kpi: 4z
strategy: Take knives off the streets.
paragraph: A test's own.
priority: Tackle violent crime in all its forms
owner: community_safety
metrics:
  - metric_id: 4z.knives_surrendered
    definition_version: 1
    title: Knives surrendered
    statement: Knives left in the amnesty bins in the period.
    numerator: 4z.knives_surrendered
    unit: knives
    rate_base: 1
    counted: Every knife in a bin, by the day the bin was emptied.
    not_counted: Knives found elsewhere.
    date_used: The day the bin was emptied.
    kind: activity
    polarity: context
    polarity_reason: More may mean more knives or more trust.
    guards: []
    baseline: null
    comparison: year_before
    feeds: [knife_bins]
    cadence: monthly
    areas: [local_authority]
    periods: [month, quarter]
    breakdowns: []
    settles_after_months: 1
    sensitivity: official
    interval_method: byar
    additive: true
    caveats: A test's own.
    changes: {{1: First definition.}}
    example:
      says: Two bins, one of them empty.
      rows:
        knife_bins:
          2015-04-knife-bins.csv:
            - {{Bin: B01, Emptied: 2015-04-01, Knives: 7}}
            - {{Bin: B02, Emptied: 2015-04-01, Knives: 0}}
      area: {BCP}
      period: 2015-04
      arithmetic: 7 = 7 + 0
      numerator: 7
      denominator: null
      value: 7
"""
LEDGER = """MODEL (
  name ledger.kpi_4z,
  kind INCREMENTAL_BY_TIME_RANGE (time_column posted_on),
  allow_partials true,
  owner data_engineering,
  grain (metric_id, area_code, month, entry, cause),
  description 'One posting of KPI 4z: knives surrendered.',
  audits (posting_is_whole)
);

WITH change AS (
  SELECT
    '4z.knives_surrendered' AS metric_id, la_code AS area_code, la_code,
    'none' AS force_code, 'month' AS period_type, DATE_TRUNC('month', emptied_on)::DATE AS month, 'all' AS breakdown,
    'amount' AS measure, 1 AS series, entry, posted_at, posted_on, 'knife_bins' AS feed, delivery_id, cause,
    weight * knives AS weight, origin_delivery_id, origin_row
  FROM staging.knife_bins
  WHERE posted_on BETWEEN @start_date AND @end_date
)
SELECT @posting()
FROM change
GROUP BY ALL
HAVING SUM(weight) <> 0
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Settings:
    """A project that was built once, then given two files for a feed and two for a metric, and built again."""
    folder = tmp_path_factory.mktemp("extending")
    project = folder / "project"
    write_project(project, area=BCP)
    settings = Settings.load(new_lake(folder / "lake", built=True).home, project=project)
    before = folder / "2025-01-dorset-street.csv"
    before.write_text(
        "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
        "Last outcome category,Context\n"
        ",2025-01,Dorset Police,Dorset Police,,,No Location,,,Anti-social behaviour,,\n"
    )
    at = parse_time("2025-03-01T09:00Z")
    land(settings, "police_street", [str(before)], terms=Terms(published=at, received_at=at))
    build(settings)
    for name, text in {
        "contracts/feeds/knife_bins.py": CONTRACT,
        "models/staging/knife_bins.sql": STAGING,
        "contracts/kpis/kpi_4z.yaml": DEFINITION,
        "models/ledger/kpi_4z.sql": LEDGER,
    }.items():
        (project / name).write_text(text)
    at = parse_time("2025-03-02T09:00Z")
    files = []
    for month, rows in {"2025-01": "B01,2025-01-05,3\nB02,06/01/2025,4\n", "2025-02": "B01,2025-02-05,5\n"}.items():
        path = folder / f"{month}-knife-bins.csv"
        path.write_text(f"Bin,Emptied,Knives\n{rows}")
        files.append(str(path))
    receipts = land(settings, "knife_bins", files, terms=Terms(published=at, received_at=at))
    assert [receipt.status for receipt in receipts] == ["accepted", "accepted"]
    # A feed that nobody has delivered yet is known to the build all the same.
    (project / "contracts" / "feeds" / "spoon_bins.py").write_text(CONTRACT.replace("knife", "spoon"))
    (project / "models" / "staging" / "spoon_bins.sql").write_text(STAGING.replace("knife", "spoon"))
    build(settings)
    return settings


def test_the_new_metric_has_its_numbers(settings: Settings) -> None:
    with safer_kpi.open(settings.home) as lake:
        found = lake.metric("4z.knives_surrendered", area=BCP, by="month").rows()
    # January 3 + 4 = 7 (one day written the British way), February 5
    assert [(row["period"], row["value"]) for row in found] == [("2025-01", 7), ("2025-02", 5)]


def test_a_feed_that_never_came_is_listed(settings: Settings) -> None:
    with safer_kpi.open(settings.home) as lake:
        feeds = {row["feed"]: row["cells"] for row in lake.feeds().rows()}
    assert (feeds["knife_bins"], feeds["spoon_bins"]) == (2, 0)


def test_a_quarter_without_its_last_month_is_incomplete(settings: Settings) -> None:
    with safer_kpi.open(settings.home) as lake:
        found = lake.metric("4z.knives_surrendered", area=BCP, by="quarter").rows()
    assert [(row["period"], row["status"], row["value"]) for row in found] == [("2024-25-Q4", "incomplete", None)]


def test_the_metrics_there_were_keep_their_numbers(settings: Settings) -> None:
    with safer_kpi.open(settings.home) as lake:
        found = lake.metric("3c.asb_incidents", area="unplaced", by="month").rows()
    assert [(row["period"], row["value"]) for row in found] == [("2025-01", 1)]
