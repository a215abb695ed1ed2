"""A feed is one contract and one model, an additive metric one definition, a breakdown on a column it has one line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import duckdb
import pytest

import safer_kpi
from safer_kpi.catalogue.template import write_project
from safer_kpi.compute import build
from safer_kpi.compute.pages import metric_pages
from safer_kpi.errors import CheckFailed, ProjectError
from safer_kpi.landing import Terms, land, parse_time
from safer_kpi.settings import Settings

pytestmark = [pytest.mark.soak, pytest.mark.long(100)]

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
  DATE_TRUNC('month', @as_date(emptied_on))::DATE AS month, -- Month in which the bin was emptied
  bin_id::TEXT AS bin_id, -- Number of the bin
  @as_count(knives)::BIGINT AS knives -- Knives in it
FROM @with_cell(landing.knife_bins) AS change
"""
DEFINITION = """kpi: 4z
strategy: Take knives off the streets.
paragraph: A test's own.
priority: Tackle violent crime in all its forms
owner: community_safety
metrics:
  - metric_id: 4z.knives_surrendered
    title: Knives surrendered
    statement: Knives left in the amnesty bins in the period.
    count:
      from: staging.knife_bins
      amount: knives
    unit: knives
    counted: Every knife, by the day the bin was emptied.
    not_counted: Knives found elsewhere.
    date_used: The day the bin was emptied.
    kind: activity
    polarity: context
    polarity_reason: More may mean more knives or more trust.
    comparison: year_before
    feeds: [knife_bins]
    cadence: monthly
    areas: [local_authority]
    periods: [month, quarter]
    settles_after_months: 1
    sensitivity: official
    interval_method: byar
    additive: true
    caveats: A test's own.
    public: {method: none}
"""
EXPECTED = f"""says: Two bins, one of them empty.
area: {BCP}
period: 2015-04
arithmetic: 7 = 7 + 0
numerator: 7
denominator: null
value: 7
"""
EXAMPLE = "Bin,Emptied,Knives\nB01,2015-04-01,7\nB02,2015-04-01,0\n"
LEDGER = """MODEL (
  name ledger.kpi_4y,
  kind INCREMENTAL_BY_TIME_RANGE (time_column posted_on),
  allow_partials true,
  owner data_engineering,
  grain (metric_id, area_code, month, breakdown, entry, cause),
  description 'One posting of KPI 4y: knives surrendered, and bins emptied.',
  audits (posting_is_whole)
);

WITH counted AS (
  SELECT
    '4y.knives' AS metric_id, la_code, month, entry, posted_at, posted_on, delivery_id, cause, origin_delivery_id,
    origin_row, UNNEST(['all', 'bin:' || bin_id]) AS breakdown, weight * knives AS weight
  FROM staging.knife_bins
  WHERE posted_on BETWEEN @start_date AND @end_date
  UNION ALL
  SELECT
    '4y.bins' AS metric_id, la_code, month, entry, posted_at, posted_on, delivery_id, cause, origin_delivery_id,
    origin_row, UNNEST(['all', 'bin:' || bin_id]) AS breakdown, weight
  FROM staging.knife_bins
  WHERE posted_on BETWEEN @start_date AND @end_date
), change AS (
  SELECT
    metric_id, la_code AS area_code, la_code, 'none' AS force_code, 'month' AS period_type, month, breakdown,
    'amount' AS measure, 1 AS series, entry, posted_at, posted_on, 'knife_bins' AS feed, delivery_id, cause, weight,
    origin_delivery_id, origin_row
  FROM counted
)
SELECT @posting()
FROM change
GROUP BY ALL
HAVING SUM(weight) <> 0
"""
FOLDER = "contracts/kpis/examples/4z.knives_surrendered"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Settings:
    """A project that was built once, then given two files for a feed and one for a metric, and built again."""
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
        f"{FOLDER}/expected.yaml": EXPECTED,
        f"{FOLDER}/knife_bins/2015-04-knife-bins.csv": EXAMPLE,
    }.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
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


def test_the_example_of_the_new_metric_is_read_and_stands_on_its_page(settings: Settings) -> None:
    page = metric_pages(settings.project)["4z.knives_surrendered.md"]
    assert "| B01 | 2015-04-01 | 7 |" in page
    assert "7 = 7 + 0" in page
    assert "from: staging.knife_bins" in page


@pytest.mark.parametrize("command", [["metrics"], ["show", "4z.knives_surrendered"], ["feeds"]])
def test_a_short_command_loads_neither_pydantic_nor_sqlglot(settings: Settings, command: list[str]) -> None:
    code = (
        "import sys; from safer_kpi.cli.main import app\n"
        f"app({[*command, '--home', str(settings.home)]!r}, standalone_mode=False)\n"
        "print([name for name in ('pydantic', 'sqlglot', 'sqlmesh') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "[]"


def test_a_breakdown_on_a_column_is_one_line_and_ends_no_other_certificate(settings: Settings) -> None:
    """The project was loaded before in this process and from its cache: the edited count is built all the same."""
    before = _components(settings)
    path = settings.project / "contracts" / "kpis" / "kpi_4z.yaml"
    path.write_text(
        path.read_text().replace("      amount: knives\n", "      amount: knives\n      by: {bin: bin_id}\n")
    )
    build(settings)
    with safer_kpi.open(settings.home) as lake:
        found = {
            part: [
                row["value"]
                for row in lake.metric("4z.knives_surrendered", area=BCP, by="month", breakdown=part).rows()
            ]
            for part in ("all", "bin:B01", "bin:B02")
        }
    # January 3 + 4 = 7, February 5 of B01 alone: no row of B02
    assert found == {"all": [7, 5], "bin:B01": [3, 5], "bin:B02": [4, 0]}
    after = _components(settings)
    assert {name for name in after if after[name] != before[name]} == {"4z.knives_surrendered"}
    changed = {(kind, name) for kind, name, _ in before["4z.knives_surrendered"] ^ after["4z.knives_surrendered"]}
    assert changed == {
        ("definition", "4z.knives_surrendered"), ("code", "models and macros"), ("model", "ledger.counted")
    }  # fmt: skip


def test_a_breakdown_that_a_ledger_stops_posting_stops_the_build(settings: Settings) -> None:
    """Two counts with a ledger of their own, as older projects have them; then one loses its parts, then both."""
    definition = settings.project / "contracts" / "kpis" / "kpi_4y.yaml"
    ledger = settings.project / "models" / "ledger" / "kpi_4y.sql"
    count = "    count:\n      from: staging.knife_bins\n      amount: knives\n"
    own = DEFINITION.replace("kpi: 4z", "kpi: 4y").replace(count, "    breakdowns: [bin]\n")
    _, _, metric = own.partition("metrics:\n")
    definition.write_text(
        own.replace("4z.knives_surrendered", "4y.knives") + metric.replace("4z.knives_surrendered", "4y.bins")
    )
    ledger.write_text(LEDGER)
    build(settings)
    parts = "UNNEST(['all', 'bin:' || bin_id]) AS breakdown, weight\n"
    ledger.write_text(LEDGER.replace(parts, "'all' AS breakdown, weight\n"))
    with pytest.raises(CheckFailed, match=r"declared_is_posted: 4y.bins: breakdown bin is declared and not posted\."):
        build(settings)
    ledger.write_text(LEDGER.replace("['all', 'bin:' || bin_id]", "['all']"))
    with pytest.raises(ProjectError, match=r"4y.knives: breakdown bin is declared, and ledger.kpi_4y posts no part"):
        build(settings)
    with safer_kpi.open(settings.home) as lake:
        assert lake.metric("4y.bins", area=BCP, by="month", breakdown="bin:B02").rows()[0]["value"] == 1


def _components(settings: Settings) -> dict[str, set[tuple[str, str, str]]]:
    """What each metric's certificate would be bound to, but for the snapshot, which every build moves."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{settings.kpi_file}' AS book (READ_ONLY)")
        rows = connection.execute("FROM book.kpi.component WHERE kind <> 'snapshot'").fetchall()
    found: dict[str, set[tuple[str, str, str]]] = {}
    for metric_id, kind, name, value in rows:
        found.setdefault(metric_id, set()).add((kind, name, value))
    return found
