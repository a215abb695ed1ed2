"""Make the files of made-up publishers: Home Office referrals, Home Office recorded crime, and yearly answers.

Every figure is drawn from a seed and is the same each time. The names are of real places; the figures are not real.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING

from safer_kpi.demo.files import MADE_UP, dice, file_drop, write_csv
from safer_kpi.demo.workbook import Sheet, write_workbook
from safer_kpi.domain.periods import add_months

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from safer_kpi.demo.files import FileDrop
    from safer_kpi.demo.workbook import Cell

REFERRALS, CRIME, YEARLY = "nrm_referrals", "recorded_crime_csp", "yearly_figures"
#: The first days of the calendar quarters that the Home Office tells, and the one of which a figure stays blank.
REFERRED = tuple(add_months(dt.date(2024, 1, 1), 3 * number) for number in range(5))
BLANK = 4
RESPONDERS = {"Dorset Police": 9, "BCP Council [a]": 6, "Dorset Council": 4, "The Salvation Army": 2}
#: The financial years of recorded crime, and the Home Office's partnerships with their shares of the offences.
CRIME_YEARS = (2023, 2024)
PARTNERSHIPS = {"Bournemouth": 40, "Poole": 22, "Dorset": 38}
GROUPS = {"Violence against the person": 180, "Theft offences": 150, "Sexual offences": 22, "Robbery": 4}
YEARS = range(2019, 2024)


def drops() -> list[FileDrop]:
    """Return all files in order of arrival."""
    found = [*_referral_drops(), *_crime_drops(), *_yearly_drops()]
    return sorted(found, key=lambda drop: (drop.received_at, drop.path))


def _referral_drops() -> Iterator[FileDrop]:
    """Yield a workbook about six weeks after each calendar quarter."""
    for number, starts_on in enumerate(REFERRED):
        name = f"nrm-referrals_dorset_{starts_on.year}-Q{starts_on.month // 3 + 1}.xlsx"
        made = add_months(starts_on, 4).replace(day=9)
        yield file_drop(REFERRALS, name, made, 11, partial(write_referrals, number=number))


def write_referrals(path: Path, *, number: int) -> None:
    """Write one calendar quarter's workbook: the force's first responders, and a county within its area."""
    people: dict[str, int | None] = {
        name: usual + dice("nrm", number, name).randrange(-2, 4) for name, usual in RESPONDERS.items()
    }
    if number == BLANK:
        people["Dorset Council"] = None
    told = [count for count in people.values() if count is not None]
    own: list[list[Cell]] = [["Dorset", "Police force area", None, name, count] for name, count in people.items()]
    rows: list[list[Cell]] = [
        ["Referrals to the National Referral Mechanism by first responder"],
        [f"Calendar quarter from {REFERRED[number]:%d %B %Y} ({MADE_UP})"],
        [],
        ["Police force area", "Scope", "County", "First responder", "Referrals"],
        *own,
        ["Dorset", "County", "Dorset", "All first responders", sum(told) // 2],
        ["Total of the police force area", None, None, None, sum(told)],
        [],
        ["Notes: a blank is a figure that is not known."],
        ["[a] Includes its children's services."],
    ]
    write_workbook(path, [Sheet(name="Referrals", rows=rows)])


def _crime_drops() -> Iterator[FileDrop]:
    """Yield the recorded crime of each financial year, in the July after it."""
    for year in CRIME_YEARS:
        name = f"sample_csp_{year}_{(year + 1) % 100:02}_dorset_force.csv"
        yield file_drop(CRIME, name, dt.date(year + 1, 7, 18), 10, partial(write_crime, year=year))


def write_crime(path: Path, *, year: int) -> None:
    """Write one financial year's offences by partnership and offence group."""
    label = f"{year}/{(year + 1) % 100:02}"
    rows = [
        [label, "Dorset", name, group, count * share // 10 + dice("crime", year, name, group).randrange(20), "1,2,3,4",
         "sample, made up", f"{year + 1}-07-18"]
        for name, share in PARTNERSHIPS.items()
        for group, count in GROUPS.items()
    ]  # fmt: skip
    header = (
        "financial_year", "police_force", "csp_name", "offence_group", "offences", "quarters", "source_file",
        "published",
    )  # fmt: skip
    write_csv(path, header, rows)


def _yearly_drops() -> Iterator[FileDrop]:
    """Yield an answer to a request, and figures from a newspaper."""
    yield file_drop(YEARLY, "sample-foi-civil-orders.csv", dt.date(2024, 4, 23), 16, write_orders)
    yield file_drop(YEARLY, "sample-nrm-newspaper.csv", dt.date(2024, 4, 24), 16, write_newspaper)


def write_orders(path: Path) -> None:
    """Write notices and orders by calendar year; the first year's notices are blank, and one figure is of all years."""
    area = "Dorset Police force area"
    rows: list[list[object]] = [
        [area, kind, year, "" if year == YEARS[0] and usual > 30 else usual + dice("foi", kind, year).randrange(15),
         "blank in source" if year == YEARS[0] and usual > 30 else ""]
        for kind, usual in (("Community Protection Notice", 60), ("Criminal Behaviour Order", 15))
        for year in YEARS
    ]  # fmt: skip
    rows.append([area, "ASB Civil Injunction", f"{YEARS[0]}-{YEARS[-1]}", 0, f"total of the years, {MADE_UP}"])
    write_csv(path, ("area", "power", "year", "count", "scope_note"), rows)


def write_newspaper(path: Path) -> None:
    """Write referrals by calendar year: made by the police in one year, sent to them in the others."""
    measures = ("made by", *("to" for _ in YEARS[1:]))
    rows: list[list[object]] = [
        [year, f"NRM referrals {which} Dorset Police", 20 + dice("press", year).randrange(30), MADE_UP]
        for year, which in zip(YEARS, measures, strict=True)
    ]
    rows.append([YEARS[0], "NRM reports in Dorset county from all first responders", 48, MADE_UP])
    write_csv(path, ("year", "measure", "count", "source"), rows)
