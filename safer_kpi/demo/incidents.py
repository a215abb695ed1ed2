"""Make a made-up force's files of anti-social behaviour incidents, and of stops and searches as published.

Everything here is drawn from a seed: the same call writes the same bytes. References say SAMPLE; no person is real.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING

from safer_kpi.demo.files import FIRST_MONTH, QUARTERS, dice, file_drop, write_csv
from safer_kpi.domain.periods import add_months

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from safer_kpi.demo.files import FileDrop
    from safer_kpi.demo.partner import Partner

INCIDENTS, SEARCHES = "asb_incidents", "police_stop_search"
INCIDENTS_PER_MONTH = 60
#: The quarter whose incidents are sent once more, and the quarter with whose file they come: some are qualified anew.
SENT_AGAIN = (2, 4)
#: The months, counted from the first, of which the force publishes searches, and how many it makes in each.
SEARCHED = range(17, 24)
SEARCHES_PER_MONTH = 40

_INCIDENT = (
    "Incident reference", "Caller reference", "Date reported", "Time reported", "NSIR category", "Recorded as crime",
    "LSOA",
)  # fmt: skip
_SEARCH = (
    "Type", "Date", "Part of a policing operation", "Policing operation", "Latitude", "Longitude", "Gender",
    "Age range", "Self-defined ethnicity", "Officer-defined ethnicity", "Legislation", "Object of search", "Outcome",
    "Outcome linked to object of search", "Removal of more than just outer clothing",
)  # fmt: skip
_CATEGORIES, _SHARES = ("Personal", "Nuisance", "Environmental"), (38, 54, 8)


def drops(sender: Partner) -> list[FileDrop]:
    """Return all files in order of arrival: incidents each quarter, and searches as they are published."""
    found = [*_incident_drops(sender), *_search_drops(sender)]
    return sorted(found, key=lambda drop: (drop.received_at, drop.path))


def _incident_drops(sender: Partner) -> Iterator[FileDrop]:
    for quarter in range(QUARTERS):
        yield _incident_drop(sender, quarter, sent_with=quarter)
    yield _incident_drop(sender, SENT_AGAIN[0], sent_with=SENT_AGAIN[1])


def _incident_drop(sender: Partner, quarter: int, *, sent_with: int) -> FileDrop:
    first, made = add_months(FIRST_MONTH, 3 * quarter), add_months(FIRST_MONTH, 3 * sent_with + 3).replace(day=12)
    name = f"{first:%Y-%m}_{add_months(first, 2):%Y-%m}-{sender.force_slug}-asb-incidents.csv"
    again = sent_with > quarter
    write = partial(write_incidents, sender=sender, first=first, again=again)
    return file_drop(INCIDENTS, name, made, 15, write, note="sent again, some calls qualified anew" if again else "")


def write_incidents(path: Path, *, sender: Partner, first: dt.date, again: bool = False) -> None:
    """Write a quarter's incidents from ``first`` on; sent ``again``, some are late, qualified anew or now a crime."""
    months = [add_months(first, step) for step in range(3)]
    rows = [_incident(sender, month, number) for month in months for number in range(1, INCIDENTS_PER_MONTH + 1)]
    write_csv(path, _INCIDENT, [row[1] if again else row[0] for row in rows if again or row[0]])


def _incident(sender: Partner, month: dt.date, number: int) -> tuple[list[str], list[str]]:
    """Return an incident's row as first sent (empty where it is recorded late) and as sent again."""
    thrown = dice("asb", sender.force_slug, month, number)
    caller = f"SAMPLE-CALLER-{int(thrown.paretovariate(0.7) * 20) % 4000:04}" if thrown.random() < 0.8 else ""
    day = month.replace(day=1 + thrown.randrange(28))
    clock = f"{(15 + int(thrown.gauss(4, 3.5))) % 24:02}:{thrown.randrange(60):02}"
    category, later = thrown.choices(_CATEGORIES, _SHARES)[0], thrown.choices(_CATEGORIES, _SHARES)[0]
    lsoa = "" if thrown.random() < 0.03 else str(sender.own[int(thrown.random() ** 2 * len(sender.own))].lsoa_code)
    fate = thrown.random()
    head = [f"SAMPLE-ASB-{month:%y%m}-{number:03}", caller, f"{day:%d/%m/%Y}", clock]
    at_first = [*head, category, "Y" if fate < 0.03 else "N", lsoa]
    at_last = [*head, later if 0.08 < fate < 0.2 else category, "Y" if fate < 0.08 else "N", lsoa]
    return ([] if fate > 0.98 else at_first), at_last


def _search_drops(sender: Partner) -> Iterator[FileDrop]:
    """Yield the searches of three months at a time, some six weeks after the last of them."""
    for index in SEARCHED:
        month = add_months(FIRST_MONTH, index)
        made = add_months(FIRST_MONTH, index - index % 3 + 4).replace(day=20)
        name = f"{month:%Y-%m}-{sender.force_slug}-stop-and-search.csv"
        yield file_drop(SEARCHES, name, made, 9, partial(write_searches, sender=sender, month=month))


def write_searches(path: Path, *, sender: Partner, month: dt.date) -> None:
    """Write a month's searches; the month is that of the local clock, the times are UTC."""
    thrown = dice("search", sender.force_slug, month)
    rows = sorted(_search(thrown, month) for _ in range(SEARCHES_PER_MONTH))
    if month.month in range(4, 10):
        # Half past midnight on the first, by the clock: half past eleven in the evening before, in UTC.
        rows[0][1] = f"{month - dt.timedelta(days=1)}T23:30:00+00:00"
    rows.sort(key=lambda row: row[1])
    write_csv(path, _SEARCH, rows)


def _search(thrown: Random, month: dt.date) -> list[str]:
    day = month.replace(day=2 + thrown.randrange(26))
    kind = thrown.choices(("Person search", "Person and Vehicle search", "Vehicle search"), (85, 10, 5))[0]
    person = kind != "Vehicle search"
    looked_for = thrown.choices(("Controlled drugs", "Offensive weapons", "Stolen goods"), (65, 20, 15))[0]
    outcome = thrown.choices(("A no further action disposal", "Arrest", "Community resolution"), (75, 15, 10))[0]
    return [
        kind,
        f"{day}T{thrown.randrange(24):02}:{thrown.randrange(60):02}:00+00:00",
        "False",
        "",
        f"{50.72 + thrown.randrange(50) / 1000:.6f}",
        f"{-1.9 + thrown.randrange(90) / 1000:.6f}",
        thrown.choices(("Male", "Female", ""), (84, 12, 4))[0] if person else "",
        thrown.choices(("10-17", "18-24", "25-34", "over 34", ""), (18, 32, 25, 20, 5))[0] if person else "",
        "",
        "",
        "Misuse of Drugs Act 1971 (section 23)"
        if looked_for == "Controlled drugs"
        else "Police and Criminal Evidence Act 1984 (section 1)",
        looked_for,
        outcome,
        "",
        "False",
    ]
