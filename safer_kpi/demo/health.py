"""Make the files of made-up publishers of health figures: treatment workbooks, deaths and residents by authority.

Every figure is drawn from a seed and is the same each time. The codes are of real places; the figures are not real.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING

from safer_kpi.demo.files import MADE_UP, dice, file_drop, quarters, write_csv
from safer_kpi.demo.workbook import Sheet, write_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from safer_kpi.demo.files import FileDrop
    from safer_kpi.demo.workbook import Cell

TREATMENT, DEATHS, ALCOHOL, RESIDENTS = "treatment", "deaths", "alcohol_deaths", "population_la"
AGENCIES = {"Harbour Recovery": 760, "Dunes Clinic [a]": 410, "Quayside Young Adults": 5}
NEED = 3900
#: Smaller figures are suppressed.
SMALL = 5
#: The quarters, counted from the first, whose workbook first comes broken, is revised, or holds the unmet need back.
BROKEN, REVISED, HELD_BACK = 2, 3, 5
#: Other places in the published tables: code, name, residents in thousands.
PLACES = (("E92000001", "ENGLAND", 56500), ("E06000059", "Dorset", 380), ("E06000045", "Southampton", 250))
FIRST_YEAR = 2013
#: The last year of each publication, and the month after it in which it comes.
LAST_YEARS = (2022, 2023)
_DEATHS_PER_THOUSAND = {DEATHS: 0.08, ALCOHOL: 0.1}


def drops(area: str) -> list[FileDrop]:
    """Return all files of the local authority ``area`` in order of arrival."""
    found = [*_treatment_drops(area), *_table_drops(area)]
    return sorted(found, key=lambda drop: (drop.received_at, drop.path))


def _treatment_drops(area: str) -> Iterator[FileDrop]:
    """Yield a workbook about ten weeks after each quarter."""
    for number, (quarter, after) in enumerate(quarters()):
        name = f"treatment_{quarter}.xlsx"
        made = after.replace(month=after.month + 1, day=18)
        write = partial(write_treatment, area=area, number=number)
        if number == BROKEN:
            cut = partial(_broken, write=write)
            yield file_drop(TREATMENT, name, made, 12, cut, note="broken in transfer", status="refused")
            yield file_drop(TREATMENT, name, made + dt.timedelta(days=4), 12, write, note="sent again, whole this time")
        elif number == REVISED:
            yield file_drop(TREATMENT, name, made, 12, partial(write, short=38))
            later = quarters()[number + 1][1].replace(day=25)
            yield file_drop(TREATMENT, name, later, 12, write, note="revised by the publisher")
        else:
            yield file_drop(TREATMENT, name, made, 12, write)


def write_treatment(path: Path, *, area: str, number: int, short: int = 0) -> None:
    """Write one quarter's workbook; the area's adults are ``short`` by so many."""
    quarter, after = quarters()[number]
    agencies = {}
    for name, usual in AGENCIES.items():
        agencies[name] = usual + dice("treatment", number, name).randrange(-2, 3) + usual // 40 * number
    # Some attend two agencies: the area's adults are fewer than the agencies' figures come to.
    adults = sum(agencies.values()) * 93 // 100 - short
    need = NEED + 60 * (number // 4)
    rows: list[list[Cell]] = [
        ["Adults in drug and alcohol treatment"],
        [f"Twelve months to {after - dt.timedelta(days=1):%d %B %Y} ({MADE_UP})"],
        [],
        ["Area code", "Agency", "Adults in treatment", "Need"],
        [None, None, "12 months to the quarter's end", "Estimated need", "Unmet need"],
        [],
    ]
    for name, people in agencies.items():
        rows.append([None, name, "*" if people < SMALL else people, "-", "-"])
    rows[6][0] = area
    rows += [
        [None, "All agencies", adults, need, "*" if number == HELD_BACK else need - adults],
        ["Sum of agencies (an adult may count twice)", None, sum(agencies.values())],
        [],
        ["Notes: * held back; - not known of agencies."],
        ["[a] Opened in 2021."],
    ]
    last = 6 + len(agencies) + 1
    write_workbook(
        path,
        [
            Sheet(
                name="Notes", rows=[["About these figures"], [MADE_UP], ["An adult counts once in the area's figure."]]
            ),
            Sheet(name="Adults", rows=rows, merged=["A4:A5", "B4:B5", "D4:E4", f"A7:A{last}"]),
            Sheet(name="working", rows=[["unrounded"], [quarter]], hidden=True),
        ],
    )


def _broken(path: Path, *, write: partial[None]) -> None:
    """Return the file's first two thirds, as a broken transfer leaves them."""
    write(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])


def _table_drops(area: str) -> Iterator[FileDrop]:
    """Yield, for each year, the table of residents in August and of deaths in October, a year longer and revised."""
    for number, last in enumerate(LAST_YEARS):
        residents, deaths = f"sample-residents-to-{last}.csv", f"sample-drug-deaths-to-{last}.csv"
        again = "published again with another year" if number else ""
        write = partial(write_residents, area=area, last=last)
        yield file_drop(RESIDENTS, residents, dt.date(last + 1, 8, 6), 13, write, note=again)
        write = partial(write_deaths, area=area, last=last, revised=number)
        yield file_drop(DEATHS, deaths, dt.date(last + 1, 10, 22), 13, write, note=again)
        write = partial(write_deaths, area=area, last=last, revised=number, feed=ALCOHOL)
        alcohol = f"sample-alcohol-deaths-to-{last}.csv"
        yield file_drop(ALCOHOL, alcohol, dt.date(last + 1, 11, 20), 13, write, note=again)


def write_deaths(path: Path, *, area: str, last: int, revised: int = 0, feed: str = DEATHS) -> None:
    """Write the table of a feed's deaths to ``last``, a column a year; the year before has ``revised`` deaths more."""
    years = list(range(last, FIRST_YEAR - 1, -1))
    rows = [
        [
            code,
            f"{name} (made-up sample)",
            *(_deaths(feed, code, thousands, year) + (revised if year == last - 1 else 0) for year in years),
        ]
        for code, name, thousands in _places(area)
    ]
    write_csv(path, ["code", "name", *map(str, years)], rows)


def write_residents(path: Path, *, area: str, last: int) -> None:
    """Write the table of residents to ``last``, a row a place and year, a column a year of age."""
    ages = [f"Age {age}" for age in range(90)] + ["Aged 90+"]
    rows = [
        [f"{name} (made-up sample)", code, year, *_residents(thousands, year)]
        for year in range(FIRST_YEAR, last + 1)
        for code, name, thousands in _places(area)
        if not code.startswith("E92")
    ]
    write_csv(path, ["name", "code", "year", *ages], rows)


def _places(area: str) -> list[tuple[str, str, int]]:
    return [*(place for place in PLACES if place[0] != area), (area, "The partnership", 400)]


def _deaths(feed: str, code: str, thousands: int, year: int) -> int:
    return round(thousands * _DEATHS_PER_THOUSAND[feed] * dice(feed, code, year).uniform(0.75, 1.25))


def _residents(thousands: int, year: int) -> list[int]:
    """Return residents by age: the same number up to fifty, then fewer with each year."""
    shape = [1.0 if age < 50 else max(0.1, 1 - (age - 50) / 45) for age in range(91)]
    grown = thousands * 1000 * (1 + 0.004 * (year - FIRST_YEAR)) / sum(shape)
    return [round(grown * part) for part in shape]
