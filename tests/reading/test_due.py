"""Which quarter is due for a draft: by hand on the small lake, and against a count of months on made-up ones."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Self

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from docs.site import keys_page as definition_keys
from safer_kpi import NotFound, UsageError, releases
from safer_kpi.catalogue.template import write_project
from safer_kpi.domain.periods import add_months
from safer_kpi.settings import Settings
from tests.effort import examples
from tests.reading.publishing import publish

Q1 = "2024-25-Q1"
STREET, OUTCOMES, PATROLS = "1a.robbery", "1c.msv_offenders", "3a.joint_patrols"
DEATHS, SCREENINGS = "3e.drug_deaths", "2c.screenings"


def test_nothing_is_due_where_nothing_was_built(settings: Settings) -> None:
    assert releases.due(settings) is None
    with pytest.raises(NotFound, match="Nothing has been built"):
        releases.missing(settings, Q1)


def test_a_quarter_is_due_when_its_last_month_has_come(settings: Settings, build: Callable[..., None]) -> None:
    """At entry 3 June has not come; entry 4 brings it. Nothing is due of a quarter that has not ended."""
    build(3)
    assert releases.due(settings) is None
    lacking = releases.missing(settings, Q1)
    assert {(each.feed, each.periods, each.detail) for each in lacking} == {
        ("police_street", ("2024-06",), "coverage 0.67 of 1.00 wanted")
    }
    assert {each.metric_id for each in lacking} >= {"1a.violence_and_sexual_offences"}
    build(4)
    assert releases.missing(settings, Q1) == []
    assert releases.due(settings) == releases.Due(release_id=Q1, quarter=Q1, last_entry=4, feeds=("police_street",))
    assert releases.due(settings, on=dt.date(2024, 6, 30)) is None
    assert releases.due(settings, on=dt.date(2024, 7, 1)) is not None
    assert releases.draft(settings, Q1)["findings"] == []


def test_what_is_published_or_drafted_is_not_due(settings: Settings, build: Callable[..., None]) -> None:
    build(4)
    releases.draft(settings, Q1)
    assert releases.due(settings) is None
    publish(settings)
    build(5)
    assert releases.due(settings) is None


def test_what_was_rejected_is_due_when_something_new_was_built(settings: Settings, build: Callable[..., None]) -> None:
    """Entry 5 corrects April; a person may draft the rejected evidence by hand before that."""
    build(4)
    releases.draft(settings, Q1)
    releases.reject(settings, Q1, name="Ada King", reason="June looks low")
    assert releases.drafts(settings) == []
    assert releases.due(settings) is None
    assert releases.draft(settings, Q1)["last_entry"] == 4
    releases.reject(settings, Q1, name="Bo Lund", reason="still low")
    build(5)
    found = releases.due(settings)
    assert found is not None
    assert (found.quarter, found.last_entry) == (Q1, 5)


def test_no_period_but_a_quarter_can_lack_anything(settings: Settings, build: Callable[..., None]) -> None:
    build(3)
    assert releases.missing(settings, "2024-25-Q1.2") == releases.missing(settings, Q1)
    with pytest.raises(UsageError, match="release id"):
        releases.missing(settings, "2024-25")


# Made-up books: one metric per feed, its months as delivered.
MADE = """
CREATE SCHEMA kpi;
CREATE TABLE kpi.build (last_entry BIGINT, as_of TIMESTAMP);
CREATE TABLE kpi.area (area_code VARCHAR, la_code VARCHAR, force_code VARCHAR);
INSERT INTO kpi.area VALUES ('E06000058', 'E06000058', 'E23000039');
CREATE TABLE kpi.feed (feed VARCHAR, cadence VARCHAR, due_after_days INTEGER, parts VARCHAR[]);
INSERT INTO kpi.feed VALUES ('police_street', 'monthly', 60, []), ('police_outcomes', 'monthly', 21, []),
  ('joint_patrols', 'monthly', 21, ['police', 'council']), ('ce_screening', 'quarterly', 42, []),
  ('deaths', 'yearly', 330, []);
CREATE TABLE kpi.coverage (feed VARCHAR, cell VARCHAR, cover_code VARCHAR, part VARCHAR, starts_on DATE,
  months INTEGER, weight INT);
CREATE TABLE kpi.observation (metric_id VARCHAR, area_code VARCHAR, area_type VARCHAR, period VARCHAR,
  period_type VARCHAR, period_start DATE, period_end DATE, breakdown VARCHAR, coverage DOUBLE);
"""


class Book:
    """A safer_kpi.duckdb with as much in it as decides what is due."""

    def __init__(self, settings: Settings, *, last_entry: int = 1, as_of: dt.date = dt.date(2026, 1, 1)) -> None:
        settings.home.mkdir(parents=True, exist_ok=True)
        settings.kpi_file.unlink(missing_ok=True)
        self.connection = duckdb.connect()
        self.connection.execute(f"ATTACH '{settings.kpi_file}' AS book; USE book; {MADE}")
        self.connection.execute(f"INSERT INTO kpi.build VALUES ({last_entry}, '{as_of}')")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def cell(self, feed: str, starts_on: dt.date, months: int = 1, *, part: str = "", weight: int = 1) -> None:
        prefix = f"{part}/" if part else ""
        place = ("dorset", "E23000039") if feed.startswith("police") else ("E06000058", "E06000058")
        name = f"{prefix}{place[0]}/{starts_on:%Y-%m}"
        self.connection.execute(
            "INSERT INTO kpi.coverage VALUES (?, ?, ?, ?, ?, ?, ?)",
            [feed, name, place[1], part or None, starts_on, months, weight],
        )

    def number(self, metric: str, start: dt.date, coverage: float, *, by: str = "month", months: int = 1) -> None:
        end = add_months(start, months) - dt.timedelta(days=1)
        self.connection.execute(
            "INSERT INTO kpi.observation VALUES (?, 'E06000058', 'local_authority', ?, ?, ?, ?, 'all', ?)",
            [metric, f"{end:%Y-%m}", by, start, end, coverage],
        )

    def months(self, metric: str, feed: str, delivered: set[dt.date], *, parts: tuple[str, ...] = ("",)) -> None:
        """A monthly feed and what is made of it: numbers from its first month to its last."""
        for month in sorted(delivered):
            for part in parts:
                self.cell(feed, month, part=part)
        month = min(delivered, default=dt.date.max)
        while delivered and month <= max(delivered):
            self.number(metric, month, float(month in delivered))
            month = add_months(month, 1)


APRIL = dt.date(2024, 4, 1)
YEAR = [add_months(APRIL, number) for number in range(12)]


def test_feeds_of_longer_cadence_block_only_what_they_are_due_for(settings: Settings) -> None:
    """Deaths of 2023 are due 330 days after the year, 25 November 2024: wanting by half, they count from then on."""
    for as_of, expected in ((dt.date(2024, 11, 25), None), (dt.date(2024, 11, 24), Q1)):
        with Book(settings, as_of=as_of) as book:
            book.months(STREET, "police_street", set(YEAR[:3]))
            book.cell("ce_screening", APRIL, 3)
            book.number(SCREENINGS, APRIL, 1.0, by="quarter", months=3)
            book.number(DEATHS, dt.date(2021, 1, 1), 0.5, by="rolling36", months=36)
        found = releases.due(settings)
        assert (found and found.quarter) == expected
    assert found.feeds == ("ce_screening", "police_street")


def test_a_figure_wanting_of_a_quarter_is_told_by_feed(settings: Settings) -> None:
    """The screenings of the quarter, May of one of two logs, and deaths that are due and half there."""
    with Book(settings) as book:
        book.months(STREET, "police_street", set(YEAR[:3]))
        book.months(PATROLS, "joint_patrols", set(YEAR[:3]), parts=("police", "council"))
        book.cell("joint_patrols", YEAR[1], part="police", weight=-1)
        book.connection.execute(f"UPDATE kpi.observation SET coverage = 0.5 WHERE period = '2024-05' "
                                f"AND metric_id = '{PATROLS}'")  # fmt: skip
        book.number(SCREENINGS, dt.date(2024, 1, 1), 1.0, by="quarter", months=3)
        book.number(DEATHS, dt.date(2021, 1, 1), 0.5, by="rolling36", months=36)
    assert releases.due(settings) is None
    found = [(each.metric_id, each.feed, each.periods, each.detail) for each in releases.missing(settings, Q1)]
    assert found == [
        (SCREENINGS, "ce_screening", (Q1,), "coverage 0.00 of 1.00 wanted"),
        (PATROLS, "joint_patrols", ("2024-05",), "coverage 0.83 of 1.00 wanted"),
        (DEATHS, "deaths", ("2023-12",), "coverage 0.50 of 1.00 wanted"),
    ]


def test_the_example_of_a_coverage_threshold_decides_who_falls_short(settings: Settings, tmp_path: Path) -> None:
    """The page of definition terms gives 0.95: robbery may be certified with that, possession of weapons needs 1."""
    project = tmp_path / "project"
    write_project(project, area="E06000058")
    entry, stated = "  - metric_id: 1a.robbery\n", definition_keys.UNUSED["coverage_threshold"]
    path = project / "contracts" / "kpis" / "kpi_1a.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(entry, f"{entry}    coverage_threshold: {stated}\n"), encoding="utf-8")
    settings = replace(settings, project=project)
    for coverage, expected in ((0.95, []), (0.94, [(STREET, "coverage 0.94 of 0.95 wanted")])):
        with Book(settings) as book:
            book.months(STREET, "police_street", set(YEAR[:3]))
            book.connection.execute(f"UPDATE kpi.observation SET coverage = {coverage}")
        assert [(each.metric_id, each.detail) for each in releases.missing(settings, Q1)] == expected
        assert (releases.due(settings) is None) == bool(expected)
    with Book(settings) as book:
        book.months("1a.possession_of_weapons", "police_street", set(YEAR[:3]))
        book.connection.execute("UPDATE kpi.observation SET coverage = 0.95")
    assert [each.detail for each in releases.missing(settings, Q1)] == ["coverage 0.95 of 1.00 wanted"]


def test_a_quarter_needs_a_feed_that_has_delivered_all_of_it(settings: Settings) -> None:
    with Book(settings) as book:
        book.number(DEATHS, dt.date(2021, 1, 1), 1.0, by="rolling36", months=36)
        book.cell("deaths", dt.date(2021, 1, 1), 36)
    assert releases.due(settings) is not None  # of 2023-24-Q3, the last that the deaths reach
    assert releases.due(settings).quarter == "2023-24-Q3"
    assert {each.detail for each in releases.missing(settings, Q1)} == {"no feed has delivered the whole quarter"}


def _take(home: Path, published: int, drafted: int, rejected: tuple[int, int]) -> None:
    """Releases, drafts and rejections as far as their quarters are told; the numbers count quarters, 0 for none."""
    if published:
        folder = home / "releases" / f"2024-25-Q{published}"
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text(json.dumps({"published_at": "2025-01-01"}))
    if drafted:
        folder = home / "drafts" / f"2024-25-Q{drafted}"
        folder.mkdir(parents=True)
        keys = ("quarter", "last_entry", "known_at", "supersedes", "revision", "reason", "findings")
        content = dict.fromkeys(keys) | {"release_id": folder.name, "approvals": []}
        (folder / "draft.json").write_text(json.dumps(content))
    quarter, last_entry = rejected
    if quarter:
        (home / "drafts").mkdir(exist_ok=True)
        record = {"release_id": f"2024-25-Q{quarter}", "last_entry": last_entry}
        (home / "drafts" / f"2024-25-Q{quarter}.rejected.json").write_text(json.dumps({"rejections": [record]}))


MONTHS = st.sets(st.sampled_from(range(12))) | st.sets(st.sampled_from(range(12)), max_size=2).map(
    lambda gone: set(range(12)) - gone
)
QUARTER = st.integers(0, 4)


@given(
    street=MONTHS,
    outcomes=MONTHS,
    ended=QUARTER,
    taken=st.tuples(QUARTER, QUARTER, st.tuples(QUARTER, st.integers(1, 3))),
)
@trying(max_examples=examples(60), deadline=None)
def test_what_is_due_is_the_newest_whole_quarter_after_what_is_taken(
    tmp_path_factory: pytest.TempPathFactory, street, outcomes, ended, taken
) -> None:
    """Counted by months: a feed counts from its first month on, and of a quarter none may be wanting."""
    settings = replace(Settings.load(), home=tmp_path_factory.mktemp("due") / "home")
    with Book(settings, last_entry=2) as book:
        book.months(STREET, "police_street", {YEAR[number] for number in street})
        book.months(OUTCOMES, "police_outcomes", {YEAR[number] for number in outcomes})
    _take(settings.home, *taken)
    published, drafted, (rejected, last_entry) = taken
    until = max(published, drafted, rejected if last_entry >= 2 else 0)
    expected = None
    for quarter in range(1, 5):
        own = {quarter * 3 - 3, quarter * 3 - 2, quarter * 3 - 1}
        begun = [months for months in (street, outcomes) if months and min(months) < quarter * 3]
        if until < quarter <= ended and begun and all(own <= months for months in begun):
            expected = f"2024-25-Q{quarter}"
    found = releases.due(settings, on=add_months(APRIL, 3 * ended))
    assert (found and found.quarter) == expected
    if until < ended:
        whole = expected == f"2024-25-Q{ended}"
        assert (releases.missing(settings, f"2024-25-Q{ended}") == []) is whole
