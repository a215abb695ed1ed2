"""The small lake of ``tests/reading/conftest.py`` with a strategy, texts and verdicts: a report that fits on paper.

Seatown (L1) has the wards North (W1) and South (W2) and 4,000 residents. Violence there, as the last report (Q1, known
on 1 August 2024) had it, and as this one (Q1.2, known on 2 November 2024) has it:

    April   30 -> 31    North 10 -> 12 (+2 late, -1 reclassified, +1 moved in), South 20 -> 19 (-1 moved to North)
    May     12 -> 12
    June    14 -> 15    reverted and delivered again
    quarter 56 -> 58    positive outcomes 6 -> 10
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from safer_kpi.judging.columns import COLUMNS, TYPES
from safer_kpi.publishing import ASSESSMENT, make_report, opened, read_facts, report_files
from safer_kpi.publishing.facts import Facts
from safer_kpi.publishing.model.report import Report
from safer_kpi.settings import Settings
from tests.docs.conftest import Demo, _kept, demo  # noqa: F401 (pytest finds fixtures by their names here)
from tests.reading.conftest import OBSERVATION, OUTCOMES, RATE, SHARE, VIOLENCE, write_book
from tests.reading.publishing import builder, publish
from tests.templates import SOURCES, copy_kept

#: What the kept releases are made of.
MADE_OF = (*SOURCES, "tests/publishing/conftest.py", "tests/reading/conftest.py", "tests/reading/publishing.py")
TITLES = {
    VIOLENCE: "Violence and sexual offences",
    RATE: "Violence and sexual offences per 1,000 residents",
    OUTCOMES: "Violence with a positive outcome",
    SHARE: "Share of violence with a positive outcome",
}
#: Place, KPI, direction, headlines and wanted direction of each, data and whom it was asked from.
LINES: list[tuple[Any, ...]] = [
    (1, "1a", "decrease", [VIOLENCE, RATE], ["decrease", "decrease"], "recorded offences", "the police"),
    (2, "2a", "increase", [], [], "notices and orders", "the police and the courts"),
    (3, "1c", "increase", [OUTCOMES, SHARE], ["increase", "increase"], "outcomes", "the police"),
]
STRATEGY = """
CREATE TABLE book.kpi.strategy (place INTEGER, kpi VARCHAR, kind VARCHAR, priority VARCHAR, words VARCHAR,
  direction VARCHAR, explanation VARCHAR, headlines VARCHAR[], wanted VARCHAR[], data VARCHAR, asked_from VARCHAR,
  plan VARCHAR, document VARCHAR, paragraph VARCHAR)
"""
PEERS = """
CREATE TABLE book.kpi.peer (place INTEGER, area_code VARCHAR, area_name VARCHAR, area_type VARCHAR, why VARCHAR,
  differs VARCHAR);
INSERT INTO book.kpi.peer VALUES (0, 'L1', 'Seatown', 'local_authority', NULL, NULL)
"""
METRIC = """
ALTER TABLE book.kpi.metric ADD COLUMN {name} {kind};
"""
#: The columns that the small lake's metrics lack.
TEXTS = {
    "statement": "VARCHAR", "kind": "VARCHAR", "polarity": "VARCHAR", "caveats": "VARCHAR", "sensitivity": "VARCHAR",
    "definition": "VARCHAR", "periods": "VARCHAR[]", "guards": "VARCHAR[]", "breakdowns": "VARCHAR[]",
    "feeds": "VARCHAR[]", "settles_after_months": "INTEGER", "interval_method": "VARCHAR",
    "areas": "VARCHAR[]", "denominator_kind": "VARCHAR", "comparison": "VARCHAR", "baseline_type": "VARCHAR",
    "baseline_start": "DATE",
}  # fmt: skip
#: What a public edition tells of each metric.
PUBLIC_RULES: dict[str, dict[str, Any]] = {
    VIOLENCE: {"method": "protected", "grain": "ward", "periods": ["quarter"], "breakdowns": []},
    RATE: {"method": "protected", "grain": "ward", "periods": ["quarter"], "breakdowns": []},
    OUTCOMES: {"method": "exact", "grain": "local_authority", "periods": ["month", "quarter"], "breakdowns": []},
    SHARE: {"method": "protected", "grain": "local_authority", "periods": ["quarter"], "breakdowns": []},
}
FORMULAS = {
    VIOLENCE: {"numerator": VIOLENCE, "denominator": None, "additive": True},
    RATE: {"numerator": VIOLENCE, "denominator": "population", "additive": False},
    OUTCOMES: {"numerator": OUTCOMES, "denominator": None, "additive": True},
    SHARE: {"numerator": OUTCOMES, "denominator": VIOLENCE, "additive": False},
}
#: What the small lake's numbers and tables lack of those of a build.
NUMBERS = {"denominator_year": "INTEGER", "placed": "DOUBLE", "unplaced": "BIGINT"}
TABLES = """
CREATE TABLE book.kpi.contributor (feed VARCHAR, cover_code VARCHAR, contributor VARCHAR);
CREATE TABLE book.kpi.poisson_exact (numerator BIGINT, lower DOUBLE, upper DOUBLE);
"""
#: Violence of the quarter got worse, the share of outcomes did not clearly change; June was a signal of its series.
VERDICTS: list[dict[str, Any]] = [
    {"metric_id": VIOLENCE, "period": "2024-25-Q1", "period_type": "quarter", "against": "year_before",
     "reference_period": "2023-24-Q1", "verdict": "worsening", "reason": "more, p 0.012",
     "test": "exact conditional Poisson", "p_value": 0.012},
    {"metric_id": SHARE, "period": "2024-25-Q1", "period_type": "quarter", "against": "year_before",
     "reference_period": "2023-24-Q1", "verdict": "no clear change", "reason": "no more than chance, p 0.4",
     "test": "score", "p_value": 0.4},
    {"metric_id": VIOLENCE, "period": "2024-06", "period_type": "month", "against": "series", "reference_period": None,
     "period_start": "2024-06-01", "verdict": "worsening", "reason": "above the upper process limit", "test": "XmR",
     "p_value": None},
]  # fmt: skip


def write_told_book(file: Path, **state: Any) -> Path:
    """Write the small lake's read file, and what a report reads besides the numbers."""
    write_book(file, **state)
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{file}' AS book")
        con.execute(STRATEGY)
        for place, kpi, direction, headlines, wanted, data, asked_from in LINES:
            row = [place, kpi, "kpi", "Less harm", f"Words of {kpi}", direction, None, headlines, wanted, data]
            con.execute(
                f"INSERT INTO book.kpi.strategy VALUES ({', '.join('?' * 14)})",
                [*row, asked_from, None, "The strategy", "16"],
            )
        con.execute(PEERS)
        con.execute(TABLES)
        _add_to_numbers(con)
        for name, kind in TEXTS.items():
            con.execute(METRIC.format(name=name, kind=kind))
        for metric_id, title in TITLES.items():
            told = {
                "title": title,
                "statement": f"What {title.lower()} is.",
                "kind": "outcome",
                "polarity": "lower_is_better" if metric_id in {VIOLENCE, RATE} else "higher_is_better",
                "caveats": "Take care.",
                "sensitivity": "official",
                "definition": json.dumps(
                    {"counted": "Each record.", "owner": "community_safety", "definition_version": 1}
                    | {"public": PUBLIC_RULES[metric_id]}
                    | FORMULAS[metric_id]
                ),
                "periods": ["month", "quarter"],
                "guards": [OUTCOMES] if metric_id == VIOLENCE else [VIOLENCE],
                "breakdowns": [],
                "feeds": ["police_street"],
                "settles_after_months": 3,
                "interval_method": "wilson" if metric_id == SHARE else "byar",
                "denominator_kind": {RATE: "residents", SHARE: "count"}.get(metric_id, "none"),
                "comparison": "year_before",
                "rate_base": {RATE: 1000.0, SHARE: 100.0}.get(metric_id, 1.0),
            }
            con.execute(
                f"UPDATE book.kpi.metric SET {', '.join(f'{name} = ?' for name in told)} WHERE metric_id = ?",
                [*told.values(), metric_id],
            )
        columns = ", ".join(f"{name} {TYPES.get(name, 'VARCHAR')}" for name in COLUMNS)
        con.execute(f"CREATE TABLE book.kpi.verdict ({columns})")
        for verdict in VERDICTS:
            row = {"area_code": "L1", "breakdown": "all", "is_baseline": False, "period_start": "2024-04-01"} | verdict
            con.execute(
                f"INSERT INTO book.kpi.verdict ({', '.join(row)}, period_end) "
                f"VALUES ({', '.join('?' * len(row))}, '2024-06-30')",
                list(row.values()),
            )
    return file


def _add_to_numbers(con: duckdb.DuckDBPyConnection) -> None:
    """Give the numbers the columns that they have in a build, also those as known at a moment."""
    for name, kind in NUMBERS.items():
        con.execute(f"ALTER TABLE book.kpi.observation ADD COLUMN {name} {kind}")
        con.execute(f"ALTER TABLE book.kpi.certified ADD COLUMN {name} {kind}")
    added = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in NUMBERS.items())
    con.execute("USE book")
    con.execute(
        f"CREATE OR REPLACE MACRO kpi.as_of(ts) AS TABLE SELECT *, {added} FROM ({OBSERVATION.format(ts='ts')})"
    )


@pytest.fixture(scope="session")
def told_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the release of the last report, and its correction, which this report is made of."""
    home = tmp_path_factory.mktemp("told") / "home"
    copy_kept("told", home, make=_make_releases, sources=MADE_OF)
    return home


def _make_releases(home: Path) -> None:
    settings = Settings.load(home)
    with pytest.MonkeyPatch.context() as patch:
        build = builder(settings, write_told_book, patch)
        build(4)
        assert publish(settings) == "2024-25-Q1"
        build(7)
        assert publish(settings, reason="June came again") == "2024-25-Q1.2"


@pytest.fixture(scope="session")
def told_report(told_releases: Path) -> Report:
    return make_report("2024-25-Q1.2", home=told_releases)


@pytest.fixture(scope="session")
def told_site(told_report: Report) -> dict[str, bytes]:
    return report_files(told_report)


@pytest.fixture(scope="session")
def told_assessment(told_releases: Path) -> dict[str, bytes]:
    """The files of the strategic assessment of the release that the reports of these tests are made of."""
    return report_files(make_report("2024-25-Q1.2", home=told_releases, kind=ASSESSMENT))


@pytest.fixture(scope="module")
def told_facts(told_releases: Path) -> Facts:
    with opened("2024-25-Q1.2", home=told_releases, previous=None) as found:
        return read_facts(found)


@pytest.fixture
def copied(told_releases: Path, tmp_path: Path) -> Path:
    """A copy of the home, for one test to spoil."""
    return Path(shutil.copytree(told_releases, tmp_path / "home"))


@pytest.fixture(scope="module")
def demo_folder(demo: Demo) -> Path:  # noqa: F811 (pytest passes the fixture)
    """The demo's lake."""
    return demo.folder / "lake"
