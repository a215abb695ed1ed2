"""Made-up quarterly workbooks of casework against anti-social behaviour and of training, untidy as the real ones.

Everything is drawn from a seed and is the same each time. References say SAMPLE and belong to nobody.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from safer_kpi.demo.files import MADE_UP, dice, file_drop, quarters
from safer_kpi.demo.workbook import Sheet, write_workbook
from safer_kpi.domain.periods import add_months

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from safer_kpi.demo.files import FileDrop
    from safer_kpi.demo.workbook import Cell

CASEWORK, TRAINING = "asb_casework", "training_records"
#: How often each partner uses a tool in a usual quarter.
USUAL: Mapping[str, Mapping[str, int]] = {
    "council": {"Mediation": 7, "Restorative justice": 4, "Tenancy warning": 3, "Case review": 2},
    "housing": {"Mediation": 4, "Restorative justice": 2, "Tenancy warning [a]": 9},
}
#: Share of offers that are accepted, and of those accepted that are completed.
ACCEPTED, COMPLETED = 0.6, 0.75
#: Courses, and whether each is about exploitation.
COURSES = {
    "Spotting the signs of exploitation": "Exploitation", "Exploitation: how to refer": "Exploitation",
    "Safeguarding refresher": "Other safeguarding", "Fire warden": "Other",
}  # fmt: skip
AGENCIES = ("Police", "Children's social care", "Health", "Education", "Voluntary sector")
COMPLETIONS = 45
#: Days of the quarter before that an export lists again.
LISTED_AGAIN = 21


class Use(NamedTuple):
    """One use of a tool: its reference, the tool, and the days it was offered, accepted and completed."""

    reference: str
    tool: str
    offered: dt.date
    accepted: dt.date | None
    completed: dt.date | None


class Completion(NamedTuple):
    """One practitioner's completion of one course."""

    on: dt.date
    practitioner: str
    agency: str
    course: str


def drops() -> list[FileDrop]:
    """Return all workbooks in order of arrival, each about four weeks after its quarter."""
    found = []
    for number, (quarter, after) in enumerate(quarters()):
        made = after.replace(day=27)
        for partner in USUAL:
            write = partial(write_casework, partner=partner, number=number)
            found.append(file_drop(CASEWORK, f"{partner}-asb-casework_{quarter}.xlsx", made, 11, write))
        name = f"training-records_{quarter}.xlsx"
        found.append(file_drop(TRAINING, name, made, 12, partial(write_training, number=number)))
    return found


def write_casework(path: Path, *, partner: str, number: int) -> None:
    """Write the steps that one partner's cases took in one quarter; later steps are blank."""
    quarter, after = quarters()[number]
    rows: list[list[Cell]] = [
        [f"Anti-social behaviour casework, {partner}"],
        [f"{quarter} ({MADE_UP})"],
        [],
        ["Quarter", "Action reference", "Tool", "Dates"],
        [None, None, None, "Offered", "Accepted", "Completed"],
    ]
    first = len(rows) + 1
    for use in sorted(use for earlier in range(number + 1) for use in _uses(partner, earlier)):
        days = (use.offered, use.accepted, use.completed)
        if any(day and add_months(after, -3) <= day < after for day in days):
            rows.append([quarter if len(rows) + 1 == first else None, use.reference, use.tool, *_written(days, after)])
    last = len(rows)
    rows += [[], ["Total", None, last - first + 1], ["Notes"], ["[a] First and final warnings."]]
    merged = ["A4:A5", "B4:B5", "C4:C5", "D4:F4", f"A{first}:A{last}"]
    write_workbook(
        path,
        [
            Sheet(name="Casework", rows=rows, merged=merged),
            Sheet(name="lists", rows=[["Tool"], *([tool] for tool in USUAL[partner])], hidden=True),
        ],
    )


def write_training(path: Path, *, number: int) -> None:
    """Write one export of the learning system: every third row twice, and the last weeks of the quarter before."""
    quarter, after = quarters()[number]
    since = add_months(after, -3) - dt.timedelta(days=LISTED_AGAIN)
    listed = sorted(one for made in range(max(0, number - 1), number + 1) for one in _completions(made))
    listed = [one for one in listed if since <= one.on < after]
    told = [one for place, one in enumerate(listed) for _ in range(2 if place % 3 == 0 else 1)]
    rows: list[list[Cell]] = [
        [f"Learning system: completions {quarter} ({MADE_UP})"],
        [],
        ["Quarter", "Practitioner reference", "Agency", "Course", "Topic", "Completed on"],
    ]
    for one in told:
        cells = (one.practitioner, one.agency, one.course, COURSES[one.course], f"{one.on:%d/%m/%Y}")
        rows += [[quarter, *cells]]
    rows += [[], ["Total", len(told)]]
    write_workbook(path, [Sheet(name="Completions", rows=rows)])


def _uses(partner: str, number: int) -> Iterator[Use]:
    """Return every use of a tool offered in one quarter, with all its later steps."""
    first = add_months(quarters()[number][1], -3)
    for tool, usual in USUAL[partner].items():
        thrown = dice("casework", number, partner, tool)
        for each in range(usual + thrown.choice((-1, 0, 0, 1)) + number // 4):
            offered = first + dt.timedelta(days=thrown.randrange(90))
            accepted = offered + dt.timedelta(days=thrown.randrange(3, 40)) if thrown.random() < ACCEPTED else None
            ends = thrown.randrange(10, 120)
            completed = accepted + dt.timedelta(days=ends) if accepted and thrown.random() < COMPLETED else None
            reference = f"SAMPLE-{partner[0].upper()}-{tool[0]}-{number + 1}{each + 1:02}"
            if tool.startswith("Tenancy"):
                accepted = completed = None
            yield Use(reference, tool, offered, accepted, completed)


def _completions(number: int) -> Iterator[Completion]:
    """Return every completion of one quarter; some practitioners complete more courses than others."""
    first = add_months(quarters()[number][1], -3)
    thrown = dice("training", number)
    for _ in range(COMPLETIONS + 2 * number):
        person = int(thrown.paretovariate(0.7) * 8) % 140
        course = thrown.choices(list(COURSES), (5, 3, 2, 1))[0]
        agency = AGENCIES[person % len(AGENCIES)]
        day = first + dt.timedelta(days=thrown.randrange(90))
        yield Completion(day, f"SAMPLE-L{person:04}", agency, course)


def _written(days: tuple[dt.date | None, ...], after: dt.date) -> list[Cell]:
    """Return the days before the list was made, written as the partner writes them."""
    return [f"{day:%d/%m/%Y}" if day and day < after else None for day in days]
