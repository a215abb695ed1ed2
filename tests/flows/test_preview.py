"""A change of the project, looked at beside the numbers that are live, before anything is merged.

One month of a made-up force's street file, all in one LSOA of the authority but where it says so:

    violence and sexual offences  4   one suspect charged, one unable to prosecute, two under investigation
    robbery                       2   under investigation
    anti-social behaviour         3   without outcome
    public order                  1   under investigation
    shoplifting                   5   under investigation
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi.catalogue.template import write_project
from safer_kpi.cli.main import app
from safer_kpi.compute import build
from safer_kpi.domain.reconcile import statements
from safer_kpi.errors import UsageError
from safer_kpi.lake import connect
from safer_kpi.landing import Terms, land, parse_time, sweep
from safer_kpi.settings import Settings
from tests.certifying import certify

pytestmark = [pytest.mark.soak, pytest.mark.long(90)]

BCP = "E06000058"
VIOLENCE, OUTCOMES = "1a.violence_and_sexual_offences", "1c.violence_positive_outcomes"
SHARE, ROBBERY, ASB, SHOPLIFTING, DISORDER = (
    "1c.violence_positive_outcome_share",
    "1a.robbery",
    "3c.asb_incidents",
    "4z.shoplifting",
    "4y.disorder",
)
HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context\n"
)
CRIMES = (
    ("Violence and sexual offences", "Suspect charged", 1),
    ("Violence and sexual offences", "Unable to prosecute suspect", 1),
    ("Violence and sexual offences", "Under investigation", 2),
    ("Robbery", "Under investigation", 2),
    ("Anti-social behaviour", "", 3),
    ("Public order", "Under investigation", 1),
    ("Shoplifting", "Under investigation", 5),
)
DEFINITION = """kpi: {kpi}
strategy: A test's own.
paragraph: A test's own.
priority: Work with communities to deal with anti-social behaviour, including hotspots
owner: community_safety
metrics:
  - metric_id: {metric_id}
    title: A test's own
    statement: Offences recorded by the police.
    unit: offences
    counted: Every accepted record of its crime type.
    not_counted: Others.
    date_used: The month of the published record.
    kind: outcome
    polarity: lower_is_better
    polarity_reason: Fewer is better.
    comparison: year_before
    feeds: [police_street]
    cadence: monthly
    areas: [ward, local_authority, force]
    periods: [month, quarter]
    settles_after_months: 3
    sensitivity: official
    interval_method: byar
    additive: true
    caveats: A test's own.
    public:
      method: none
"""
# A ledger of its own, as projects had them before a definition could say what is counted.
LEDGER = f"""MODEL (
  name ledger.kpi_4y,
  kind INCREMENTAL_BY_TIME_RANGE (time_column posted_on),
  allow_partials true,
  owner data_engineering,
  grain (metric_id, area_code, month, entry, cause),
  description 'One posting of KPI 4y.',
  audits (posting_is_whole)
);

WITH change AS (
  SELECT
    '{DISORDER}' AS metric_id, ward_code AS area_code, la_code, force_code, 'month' AS period_type, month,
    'all' AS breakdown, 'amount' AS measure, 1 AS series, entry, posted_at, posted_on, feed, delivery_id, cause, weight,
    origin_delivery_id, origin_row
  FROM core.offence
  WHERE crime_type = 'Public order'
    AND posted_on BETWEEN @start_date AND @end_date
)
SELECT @posting()
FROM change
GROUP BY ALL
HAVING SUM(weight) <> 0
"""


@dataclass(frozen=True)
class Edited:
    """One lake with the project prod was built with and a changed copy of it."""

    live: Settings
    changed: Settings
    folder: Path


def _street(folder: Path, month: str, crimes: tuple[tuple[str, str, int], ...]) -> str:
    path = folder / f"{month}-dorset-street.csv"
    rows = [
        f",{month},Dorset Police,Dorset Police,,,No Location,E01015272,,{crime},{outcome},\n"
        for crime, outcome, times in crimes
        for _ in range(times)
    ]
    path.write_text(HEADER + "".join(rows))
    return str(path)


def _land(settings: Settings, path: str, at: str) -> None:
    time = parse_time(at)
    assert [
        each.status for each in land(settings, "police_street", [path], terms=Terms(published=time, received_at=time))
    ] == ["accepted"]


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def _edit(project: Path) -> None:
    """Definitions (without a new version), a ledger model, a list; one metric more and one less."""
    definitions = project / "contracts" / "kpis"
    share = "    unit: {}\n    rate_base: {}\n    counted: Violence and sexual offences with"
    _replace(definitions / "kpi_1c.yaml", share.format("per cent", 100), share.format("per 1,000", 1000))
    _replace(definitions / "kpi_3c.yaml", "where: crime_type = 'Anti-social behaviour'",
             "where: crime_type IN ('Anti-social behaviour', 'Public order')")  # fmt: skip
    _replace(project / "models" / "ledger" / "kpi_4y.sql", "crime_type = 'Public order'",
             "crime_type IN ('Public order', 'Robbery')")  # fmt: skip
    lists = project / "seeds" / "outcome_categories.csv"
    _replace(lists, "Unable to prosecute suspect,false", "Unable to prosecute suspect,true")
    count = "    count: {from: core.offence, where: crime_type = 'Shoplifting'}\n"
    (definitions / "kpi_4z.yaml").write_text(DEFINITION.format(kpi="4z", metric_id=SHOPLIFTING) + count)
    kpi_1a = (definitions / "kpi_1a.yaml").read_text().split("  - metric_id: ")
    (definitions / "kpi_1a.yaml").write_text(
        "  - metric_id: ".join(part for part in kpi_1a if not part.startswith("1a.robbery\n"))
    )


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Edited:
    """A lake with a month built and published and another waiting, and a preview of a changed project beside it."""
    folder = tmp_path_factory.mktemp("preview")
    write_project(folder / "live", area=BCP)
    own = DEFINITION.format(kpi="4y", metric_id=DISORDER)
    (folder / "live" / "contracts" / "kpis" / "kpi_4y.yaml").write_text(own)
    (folder / "live" / "models" / "ledger" / "kpi_4y.sql").write_text(LEDGER)
    home = new_lake(folder / "lake", built=True).home
    live = Settings.load(home, project=folder / "live")
    _land(live, _street(folder, "2024-01", CRIMES), "2024-05-14T09:00Z")
    build(live)
    certify(live, "2023-24-Q4")
    # The same day, so that a model which is built for the day once would never see it.
    _land(live, _street(folder, "2024-02", (("Anti-social behaviour", "", 7),)), "2024-05-14T10:00Z")
    shutil.copytree(folder / "live", folder / "changed")
    _edit(folder / "changed")
    return Edited(live, Settings.load(home, project=folder / "changed"), folder)


@pytest.fixture(scope="module")
def previewed(edited: Edited) -> Edited:
    before = _what_prod_reads(edited.live)
    result = build(edited.changed, environment="dev")
    assert result.waiting == 1
    assert _what_prod_reads(edited.live) == before
    return edited


def _what_prod_reads(settings: Settings) -> list[Any]:
    """The read file's bytes, and the rows of everything of prod in the lake that a build reads or exports."""
    found: list[Any] = [hashlib.sha256(settings.kpi_file.read_bytes()).hexdigest()]
    with connect(settings, read_only=True) as connection:
        tables = [
            "journal.metric",
            "journal.strategy",
            "journal.feed",
            "journal.build",
            "kpi.metric",
            "kpi.ledger",
            "kpi.observation",
        ]
        for table in tables:
            columns = "* EXCLUDE (evidence)" if table == "kpi.ledger" else "*"
            query = f"SELECT count(*), sum(hash(t)) FROM (SELECT {columns} FROM {table}) AS t"
            found.append(connection.execute(query).fetchall())
    return found


def _lines(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(row["step"], row["cause"], row["feed"], row["amount"]) for row in rows]


def _changes(opening: int, cause: str, feed: str | None, closing: int) -> list[tuple[Any, ...]]:
    return [
        ("opening", None, None, Decimal(opening)),
        ("movement", cause, feed, Decimal(closing - opening)),
        ("closing", None, None, Decimal(closing)),
    ]


EFFECTS = {
    # One of 4 was positive, 25 per cent; now two of 4 are, 500 per 1,000: the definition explains what it brings.
    SHARE: _changes(25, "definition", None, 500),
    # Unable to prosecute has become positive: 1 + 1.
    OUTCOMES: _changes(1, "reference", "seeds/outcome_categories.csv", 2),
    # Public order counts too: 3 + 1.
    ASB: _changes(3, "definition", None, 4),
    # Robberies count too: 1 + 2. Here the model says so, and the definition is as it was.
    DISORDER: _changes(1, "method", None, 3),
    SHOPLIFTING: _changes(0, "definition", None, 5),
    ROBBERY: _changes(2, "definition", None, 0),
}


@pytest.mark.parametrize("against", ["prod", "now", "2023-24-Q4"])
def test_the_preview_shows_the_effect_of_the_change_alone(previewed: Edited, against: str) -> None:
    with safer_kpi.open(previewed.live.home) as lake:
        rows = lake.compare(against, "dev", area=BCP, period="2024-01").moved.rows()
        every = lake.compare(against, "dev").moved.rows()
    told: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        told.setdefault(row["metric_id"], []).append(row)
    assert {metric: _lines(lines) for metric, lines in told.items()} == EFFECTS
    assert all(each.residual == 0 for each in statements(every))
    # Nothing of the month that waits, nor of a metric that was left as it is.
    assert {row["metric_id"] for row in every} == set(EFFECTS)
    assert {row["delivery_id"] for row in every} == {None}


def test_the_command_line_says_what_waits_and_what_changed(previewed: Edited, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFER_KPI_PROJECT", str(previewed.changed.project))
    home = ["--home", str(previewed.live.home)]
    built = CliRunner().invoke(app, ["build", "--env", "dev", *home])
    assert "1 later entries wait for a build" in built.output
    shown = CliRunner().invoke(app, ["compare", "prod", "dev", "--metric", OUTCOMES, "--area", BCP, *home])
    assert "as built in dev" in shown.output
    assert "reference changed, seeds/outcome_categories.csv (on the same evidence)" in shown.output


def test_an_environment_is_named_plainly(previewed: Edited) -> None:
    for name in ("../dev", "DEV", "now", "2024-25-Q1", "a b", ""):
        with pytest.raises(UsageError, match="is not a valid environment name"):
            build(previewed.changed, environment=name)
    with safer_kpi.open(previewed.live.home) as lake, pytest.raises(UsageError, match="build --env other"):
        lake.compare("prod", "other")


def test_what_a_stopped_preview_left_is_swept(previewed: Edited) -> None:
    # The second is the name that earlier versions gave it.
    left = [previewed.live.home / name for name in (".safer_kpi.dev.duckdb.4711", ".kpi.dev.duckdb.4711")]
    for file in left:
        file.write_bytes(b"half a file")
    assert sweep(previewed.live) == 2
    assert not any(file.exists() for file in left)
    assert previewed.live.read_file("dev").is_file()


def test_what_was_previewed_is_whole_when_it_is_merged(previewed: Edited, tmp_path: Path) -> None:
    """The entry that waited was posted on the last day the preview had built; merging must not lose it."""
    home = tmp_path / "lake"
    shutil.copytree(previewed.live.home, home)
    build(Settings.load(home, project=previewed.live.project))  # it is built before the change is merged
    build(Settings.load(home, project=previewed.changed.project))
    with safer_kpi.open(home) as lake:
        merged = {row["period"]: row["value"] for row in lake.metric(ASB, area=BCP, by="month", release="now").rows()}
        after = lake.compare("dev", "prod", metric=ASB, area=BCP, by="month").moved.rows()
    assert merged == {"2024-01": 4, "2024-02": 7}
    assert [(row["cause"], row["period"], row["amount"]) for row in after if row["step"] == "movement"] == [
        ("new", "2024-02", 7)
    ]
    again = build(Settings.load(home, project=previewed.changed.project), environment="dev")
    assert again.waiting == 0
    with safer_kpi.open(home) as lake:
        assert lake.compare("prod", "dev").moved.rows() == []
