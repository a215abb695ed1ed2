"""Two years of the made-up force's extracts in order of arrival, some of them with faults."""

from __future__ import annotations

import csv
import datetime as dt
from functools import partial
from typing import TYPE_CHECKING

from safer_kpi.demo.files import FIRST_MONTH, QUARTERS, FileDrop, file_drop
from safer_kpi.demo.police import write_offences, write_outcomes
from safer_kpi.domain.periods import add_months

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from safer_kpi.demo.partner import Partner

OFFENCES, OUTCOMES = "police_offences", "police_outcomes"
#: Quarters in which the first month of an earlier quarter is sent again, a year later.
SENT_AGAIN = {4: 0, 5: 1}
#: The quarter whose window comes with bad cells first, and mended a week later.
MENDED = 5

# Column, text that the contract holds back; one row each. The last two lie outside the file's window.
BAD_OFFENCES = (
    ("Victim age", "forty"),
    ("HO offence code", ""),
    ("Status", "No crime"),
    ("Reclassified to", "5D"),
    ("LSOA", "E0101"),
    ("Domestic abuse", "perhaps"),
    ("Recorded date", "31/02/2024"),
    ("Recorded date", "15/01/2021"),
)
BAD_OUTCOMES = (("HO outcome type", "23"), ("Outcome date", "2021-01-15"), ("MSV", "?"))


def drops(sender: Partner) -> list[FileDrop]:
    """Return all extracts in order of arrival: a rolling window of offences a quarter, a file of outcomes a month."""
    found = [drop for quarter in range(QUARTERS) for drop in (*_offences(sender, quarter), *_outcomes(sender, quarter))]
    return sorted(found, key=lambda drop: (drop.received_at, drop.path))


def _offences(sender: Partner, quarter: int) -> Iterator[FileDrop]:
    """Yield the last twelve months, fewer in the first year."""
    after = add_months(FIRST_MONTH, 3 * quarter + 3)
    first, last = max(FIRST_MONTH, add_months(after, -12)), add_months(after, -1)
    name = f"{sender.force_slug}-crm-offences_{first:%Y-%m}_{last:%Y-%m}.csv"
    write = partial(_window, sender=sender, first=first, last=last, as_of=after)
    if quarter == MENDED:
        yield _drop(OFFENCES, name, after, 14, partial(_spoilt, write=write, cells=BAD_OFFENCES), "with bad rows")
        yield _drop(OFFENCES, name, after, 21, write, "sent again, bad cells mended")
    else:
        yield _drop(OFFENCES, name, after, 14, write)


def _outcomes(sender: Partner, quarter: int) -> Iterator[FileDrop]:
    """Yield the quarter's three months; some quarters also send a month of the year before again."""
    after = add_months(FIRST_MONTH, 3 * quarter + 3)
    for month in (add_months(after, step) for step in (-3, -2, -1)):
        write = partial(_month, sender=sender, month=month, as_of=after)
        bad = quarter == MENDED and month == add_months(after, -1)
        write = partial(_spoilt, write=write, cells=BAD_OUTCOMES) if bad else write
        yield _drop(OUTCOMES, _outcome_name(sender, month), after, 14, write, "with bad rows" if bad else "")
    if quarter in SENT_AGAIN:
        month = add_months(FIRST_MONTH, 3 * SENT_AGAIN[quarter])
        write = partial(_month, sender=sender, month=month, as_of=after)
        yield _drop(OUTCOMES, _outcome_name(sender, month), after, 14, write, "sent again, a year after")


def _outcome_name(sender: Partner, month: dt.date) -> str:
    return f"{month:%Y-%m}-{sender.force_slug}-crm-outcomes.csv"


def _window(path: Path, *, sender: Partner, first: dt.date, last: dt.date, as_of: dt.date) -> None:
    write_offences(path, sender, first=first, last=last, as_of=as_of)


def _month(path: Path, *, sender: Partner, month: dt.date, as_of: dt.date) -> None:
    write_outcomes(path, sender, month=month, as_of=as_of)


def _spoilt(path: Path, *, write: Callable[[Path], None], cells: tuple[tuple[str, str], ...]) -> None:
    """Write the file and spoil one cell in each of as many rows as there are ``cells``, far apart."""
    write(path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, (column, bad) in enumerate(cells, start=1):
        # A row's status and what it was reclassified to are a check together: spoil plain rows only.
        place = next(i for i in range(number * 40, len(rows)) if rows[i].get("Status", "recorded") == "recorded")
        rows[place][column] = bad
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)


def _drop(
    feed: str, name: str, extracted: dt.date, days: int, write: Callable[[Path], None], note: str = ""
) -> FileDrop:
    """Return a file extracted ``days`` after its quarter and received the next morning, outcomes after offences."""
    made = extracted + dt.timedelta(days=days)
    return file_drop(feed, name, made, 7 if feed == OFFENCES else 8, write, note=note)
