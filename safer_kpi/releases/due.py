"""Find the quarter that is due for a draft, or what it lacks, from ``safer_kpi.duckdb`` and the release folders."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.domain.periods import add_months, parse_period
from safer_kpi.engine import open_engine
from safer_kpi.errors import NotFound
from safer_kpi.reading.attaching import attach
from safer_kpi.releases.coverage import delivered, held, shortfalls
from safer_kpi.releases.reject import rejections
from safer_kpi.releases.store import ReleaseId, drafts, project_variables, release_folders

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import duckdb

    from safer_kpi.catalogue.definition import Definition
    from safer_kpi.domain.periods import Period
    from safer_kpi.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Due:
    """A quarter that is due for a draft.

    Attributes:
        release_id: the name of its release.
        quarter: the financial quarter.
        last_entry: the last journal entry the numbers hold: the evidence the draft would rest on.
        feeds: the feeds that metrics need and that have delivered the whole quarter, by name.
    """

    release_id: str
    quarter: str
    last_entry: int
    feeds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Missing:
    """The months of one feed that one metric lacks.

    Attributes:
        metric_id: the metric.
        feed: the feed.
        periods: the months that the feed has not delivered. If the feed comes by longer periods, or the missing cells
            cannot be told, the period over which the metric was judged.
        detail: how far the metric's coverage is from its threshold.
    """

    metric_id: str
    feed: str
    periods: tuple[str, ...]
    detail: str


def due(settings: Settings, *, on: dt.date | None = None) -> Due | None:
    """Return the newest quarter to draft now; None if no quarter is due.

    A quarter is due if it has ended, some feed has delivered the whole of it, every metric with numbers reaches its
    coverage threshold, and neither it nor a later quarter is published, drafted, or rejected on the evidence of the
    last build. A draft of it has no finding about coverage. While a later quarter waits, an older one is not due:
    publishing one makes the other void.

    Args:
        settings: the lake; its journal is not read.
        on: the day to judge by; today when left out.
    """
    if not settings.kpi_file.is_file():
        return None
    with _book(settings) as book:
        last_entry = int(book.execute("SELECT last_entry FROM kpi.build").fetchall()[0][0])
        area = _area(settings)
        months = delivered(book, area=area)
        after, before = _taken_until(settings, last_entry), on or dt.datetime.now(dt.UTC).date()
        ended = [each for each in _whole(months) if after < each.end < before]
        definitions = load_definitions(settings.project) if ended else ()
        for quarter in sorted(ended, reverse=True):
            judged = _judged(book, definitions, quarter)
            needed = {feed for each in judged for feed in each.feeds}
            feeds = sorted(feed for feed in needed if _months(quarter) <= months.get(feed, set()))
            if feeds and not shortfalls(book, judged, quarter=quarter, area=area):
                label = quarter.label
                return Due(release_id=label, quarter=label, last_entry=last_entry, feeds=tuple(feeds))
    return None


def missing(settings: Settings, quarter: str) -> list[Missing]:
    """Return what a quarter lacks before it can be due, by metric and feed; empty if its coverage is sufficient.

    If the only thing missing is a feed that has delivered the whole quarter, every metric lacks its feeds.

    Raises:
        NotFound: nothing has been built.
        UsageError: ``quarter`` is no quarter.
    """
    period = parse_period(ReleaseId.parse(quarter).quarter, by="quarter")
    if not settings.kpi_file.is_file():
        raise NotFound("Nothing has been built yet.", next_action="Run safer-kpi build.")
    definitions = load_definitions(settings.project)
    with _book(settings) as book:
        area = _area(settings)
        months = delivered(book, area=area)
        monthly = {row[0] for row in book.execute("SELECT feed FROM kpi.feed WHERE cadence = 'monthly'").fetchall()}
        judged = _judged(book, definitions, period)
        short = shortfalls(book, judged, quarter=period, area=area)
    told = {each.metric_id: (each.period, each.detail) for each in short}
    if not told and not any(_months(period) <= months.get(feed, set()) for each in judged for feed in each.feeds):
        told = {each.metric_id: (period.label, "no feed has delivered the whole quarter") for each in definitions}
    found = []
    for each in definitions:
        if each.metric_id in told:
            label, detail = told[each.metric_id]
            lacks = {feed: _lacks(feed, label, period, months, monthly) for feed in each.feeds}
            # Every month may be there while a place is missing; then the feeds cannot be told apart.
            named = {feed: periods for feed, periods in lacks.items() if periods} or dict.fromkeys(lacks, (label,))
            found += [
                Missing(metric_id=each.metric_id, feed=feed, periods=periods, detail=detail)
                for feed, periods in sorted(named.items())
            ]
    return found


def _lacks(
    feed: str, label: str, quarter: Period, months: dict[str, set[dt.date]], monthly: set[str]
) -> tuple[str, ...]:
    """Return the months that a feed has not delivered, or the period that was judged."""
    if label != quarter.label:
        return (label,)
    wanting = sorted(_months(quarter) - months.get(feed, set()))
    return tuple(f"{month:%Y-%m}" for month in wanting) if feed in monthly else (label,) if wanting else ()


def _judged(book: duckdb.DuckDBPyConnection, definitions: Iterable[Definition], quarter: Period) -> list[Definition]:
    numbers = held(book, quarter)
    return [each for each in definitions if each.metric_id in numbers]


def _taken_until(settings: Settings, last_entry: int) -> dt.date:
    """Return the end of the latest quarter that is published, drafted, or rejected without a build since."""
    names = [*release_folders(settings), *(each["release_id"] for each in drafts(settings))]
    names += [each["release_id"] for each in rejections(settings) if each["last_entry"] >= last_entry]
    quarters = (parse_period(ReleaseId.parse(name).quarter, by="quarter") for name in names)
    return max((quarter.end for quarter in quarters), default=dt.date.min)


def _whole(months: dict[str, set[dt.date]]) -> set[Period]:
    """Return the quarters of which some feed has delivered every month."""
    quarters = {_quarter_of(month) for found in months.values() for month in found}
    return {quarter for quarter in quarters if any(_months(quarter) <= found for found in months.values())}


def _quarter_of(month: dt.date) -> Period:
    april = add_months(month, -3)  # the financial year is the calendar year of three months ago
    return parse_period(f"{april.year}-{(april.year + 1) % 100:02}-Q{(april.month + 2) // 3}", by="quarter")


def _months(quarter: Period) -> set[dt.date]:
    return {add_months(quarter.start, number) for number in range(3)}


def _area(settings: Settings) -> str:
    return str(project_variables(settings).get("area", ""))


@contextmanager
def _book(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open ``safer_kpi.duckdb`` for reading; replacing the file does not affect the connection."""
    with open_engine() as connection:
        attach(connection, settings.kpi_file, "book")
        connection.execute("USE book")
        yield connection
