"""The quality of the data: what each feed has sent, month by month, what is late or missing, and what was held back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from safer_kpi.domain.epoch import SEEDED_BEFORE
from safer_kpi.domain.periods import add_months, months_between, parse_period
from safer_kpi.publishing import words
from safer_kpi.reading.place import PUBLIC
from safer_kpi.statements.wording import count, day_in_words, listed, month_in_words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from safer_kpi.publishing.facts import Cell, Facts, Feed, Key
    from safer_kpi.publishing.model.score import Score

MONTHS = 24
#: When the last file of a feed came that has only the files of the project.
OF_PROJECT = "Came with the project"
_NAMED = 6

State = Literal["in", "missing", "late", "expected", "none"]
#: Where several cells share a month, the first of these says how it stands.
_WORST: tuple[State, ...] = ("missing", "late", "expected", "in")


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedRow:
    """One feed over the last two years.

    Attributes:
        feed: its id, and the words for it.
        states: how each month stands, in the order of time; ``none`` where no period of the feed has the month.
        told: what has come and what has not, in a sentence.
        gaps: the missing and late periods in words; empty where there are none.
        held: the rows of its files that did not pass a check.
        last_day: the day when its last file came; None if none has, or none but those of the project.
        is_of_project: whether all that it has came with the project, so nobody has sent it.
    """

    feed: str
    title: str
    owner: str
    cadence: str
    states: tuple[State, ...]
    told: str
    gaps: str
    held: int
    last_day: dt.date | None
    is_of_project: bool

    @property
    def last(self) -> str:
        """When its last file came, in words; empty if none has."""
        if self.is_of_project:
            return OF_PROJECT
        return "" if self.last_day is None else day_in_words(self.last_day)


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsettled:
    """A headline measure whose latest figure is provisional or has no value."""

    text: str
    page: str
    link: str
    of: Key


@dataclass(frozen=True, kw_only=True, slots=True)
class Quality:
    """The page of data quality; ``months`` are the first days of the months of the grid."""

    on: str
    months: tuple[dt.date, ...]
    feeds: tuple[FeedRow, ...]
    summary: tuple[str, ...]
    unsettled: tuple[Unsettled, ...]


def quality(facts: Facts, lines: Sequence[Score]) -> Quality:
    """Return what is known of the data behind a report."""
    end = parse_period(facts.release.quarter, by="quarter").end.replace(day=1)
    months = tuple(add_months(end, step - MONTHS + 1) for step in range(MONTHS))
    feeds = () if facts.edition == PUBLIC else facts.feeds
    rows = tuple(sorted((_row(feed, months) for feed in feeds), key=lambda row: (not row.gaps, row.title)))
    return Quality(
        on=day_in_words(facts.release.known_at),
        months=months,
        feeds=rows,
        summary=() if facts.edition == PUBLIC else tuple(_summary(rows)),
        unsettled=tuple(_unsettled(line) for line in lines if line.number is not None and not _is_settled(line)),
    )


def _is_settled(line: Score) -> bool:
    return line.figure is not None and not line.figure.is_provisional


def _row(feed: Feed, months: Sequence[dt.date]) -> FeedRow:
    cells = [cell for cell in feed.cells if _touches(cell, months)]
    gaps = [cell for cell in cells if cell.status in ("missing", "late")]
    received = sum(cell.status == "in" for cell in cells)
    due = received + len(gaps)
    last = feed.last_received
    is_of_project = last is not None and last < SEEDED_BEFORE
    told = f"{received} of {count(due, 'period')} received." if due else "No period of it lies in these two years."
    return FeedRow(
        feed=feed.feed,
        title=feed.title,
        owner=feed.owner,
        cadence=feed.cadence,
        states=tuple(_state(cells, month) for month in months),
        told=told,
        gaps=_gaps(gaps, several=len({cell.series for cell in feed.cells}) > 1),
        held=feed.quarantined,
        last_day=None if last is None or is_of_project else last.date(),
        is_of_project=is_of_project,
    )


def _touches(cell: Cell, months: Sequence[dt.date]) -> bool:
    if cell.starts_on is None:
        return False
    last = cell.ends_on or cell.starts_on
    return last >= months[0] and cell.starts_on < add_months(months[-1], 1)


def _state(cells: Sequence[Cell], month: dt.date) -> State:
    """Return how a month stands: as the worst of the cells that hold any day of it."""
    there = {
        cell.status
        for cell in cells
        if cell.starts_on is not None
        and cell.starts_on < add_months(month, 1)
        and (cell.ends_on or cell.starts_on) >= month
    }
    return next((state for state in _WORST if state in there), "none")


def _gaps(gaps: Sequence[Cell], *, several: bool) -> str:
    """Return the missing and the late periods in words."""
    said = []
    for status, word in (("missing", "Missing"), ("late", "Late")):
        found = sorted({_when(cell, several=several) for cell in gaps if cell.status == status}, key=lambda one: one[0])
        if found:
            named = [when for _, when in found[:_NAMED]]
            left = len(found) - len(named)
            said.append(f"{word}: {listed([*named, f'{left} more'] if left else named)}.")
    return " ".join(said)


def _when(cell: Cell, *, several: bool) -> tuple[dt.date, str]:
    """Return the first day of a cell and its period in words, with the part that should have sent it."""
    start = cell.starts_on
    if start is None:
        raise ValueError("A cell without a first day has no period.")
    end = cell.ends_on or start
    when = month_in_words(start)
    if (end - start).days < 20:
        when = f"the week of {day_in_words(start)}"
    elif months_between(start, end) > 0:
        when = f"{month_in_words(start)} to {month_in_words(end)}"
    part = cell.series.strip("/").split("/")[0]
    return start, f"{when} ({part})" if several and part and not part[:1].isupper() else when


def _summary(rows: Sequence[FeedRow]) -> list[str]:
    gaps = [row for row in rows if row.gaps]
    whole = len(rows) - len(gaps)
    which = f"Of {count(len(rows), 'feed')}, {whole}" if gaps else f"All {count(len(rows), 'feed')}"
    said = [f"{which} sent everything that was due in the two years shown."]
    if gaps:
        said.append(f"Something is late or missing from {listed([words.lowered(row.title) for row in gaps])}.")
    if held := sum(row.held for row in rows):
        said.append(
            f"{count(held, 'row')} of all files did not pass a check and {'does' if held == 1 else 'do'} not count."
        )
    return said


def _unsettled(line: Score) -> Unsettled:
    number = line.number
    if number is None:
        raise ValueError(f"{line.metric.metric_id} has no number.")
    state = "provisional" if line.figure is not None else line.lack.lower()
    covered = "" if number.coverage is None else f"; {number.coverage:.0%} of the expected data has been received"
    text = f"{line.period}: {state}{covered}."
    return Unsettled(text=text, page=f"metrics/{line.page}", link=line.metric.title, of=number.key)
