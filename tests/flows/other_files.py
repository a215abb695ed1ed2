"""Files as the council, the police and the health publishers send them, and what two patrol logs match to."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from safer_kpi.demo.workbook import Cell, Sheet, write_workbook

BCP = "E06000058"
WARDS = ("E05012651", "E05012652", "E05012653")


@dataclass(frozen=True)
class Patrol:
    """One patrol as its partner logs it; minutes from midnight."""

    reference: str
    day: int
    start: int
    end: int
    ward: str

    def row(self) -> list[str]:
        clock = [f"{minute // 60 % 24:02}:{minute % 60:02}" for minute in (self.start, self.end)]
        return [self.reference, f"2024-05-{self.day:02}", *clock, self.ward, "2"]


def logged(partner: str, seed: int) -> list[Patrol]:
    """Eighty patrols on eight days in three wards: most overlap several others, some go on after midnight."""
    dice = Random(seed)
    found = []
    for number in range(80):
        start = dice.randrange(8 * 60, 24 * 60, 15)
        end = start + dice.randrange(15, 240, 15)
        found.append(Patrol(f"{partner[0]}{number}", dice.randrange(1, 9), start, end, dice.choice(WARDS)))
    return found


POLICE, COUNCIL = logged("police", 1), logged("council", 2)


def matched(police: Iterable[Patrol], council: Iterable[Patrol], ward: str) -> tuple[int, int]:
    """Joint patrols and their minutes in one ward, minute by minute: an implementation that shares nothing with SQL."""
    patrols = minutes = 0
    for day in range(1, 32):
        mine, theirs = ([one for one in log if (one.ward, one.day) == (ward, day)] for log in (police, council))
        waiting = [*mine, *theirs]
        while waiting:
            stretch = [waiting.pop()]
            while joining := [one for one in waiting if any(meet(one, other) for other in stretch)]:
                stretch += joining
                waiting = [one for one in waiting if one not in joining]
            both = out(one for one in stretch if one in mine) & out(one for one in stretch if one in theirs)
            patrols += bool(both)
            minutes += len(both)
    return patrols, minutes


def meet(one: Patrol, other: Patrol) -> bool:
    return one.start < other.end and other.start < one.end


def out(patrols: Iterable[Patrol]) -> set[int]:
    return {minute for one in patrols for minute in range(one.start, one.end)}


def write_log(path: Path, patrols: Sequence[Patrol]) -> Path:
    header = ["Patrol reference", "Date", "Start", "End", "Ward code", "Officers"]
    return write_table(path, [header, *(one.row() for one in patrols)])


def write_table(path: Path, rows: Iterable[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def write_screening(path: Path, lines: Sequence[tuple[str | None, str, Cell, Cell]]) -> Path:
    """A council's workbook: notes, titles, a header of two rows, merged cells, spacers, a total, a hidden sheet."""
    rows: list[Sequence[Cell]] = [
        ["Child Exploitation Screening Tool"],
        [],
        ["Area code", "Agency", "Risk level", "Completed in the quarter"],
        [None, None, None, "Screenings", "Children"],
        *([None, *line] for line in lines),
        [],
        ["Sum of agencies (a child may count twice)", None, None, 99, 99],
        [],
        ["Notes"],
        ["[1] An early help team."],
    ]
    rows[4] = [BCP, *lines[0]]
    sheets = [
        Sheet(name="Read me", rows=[["Figures below 5 are held back."]]),
        Sheet(name="Screening", rows=rows, merged=["A3:A4", "B3:B4", "C3:C4", "D3:E3", f"A5:A{4 + len(lines)}"]),
        Sheet(name="lists", rows=[["Low"]], hidden=True),
    ]
    write_workbook(path, sheets)
    return path


def write_nil_return(path: Path) -> Path:
    """A council's workbook of a quarter in which nobody was screened."""
    write_workbook(path, [Sheet(name="Screening", rows=[["Child Exploitation Screening Tool"], [], ["Nil return"]])])
    return path


def write_treatment(path: Path, unmet: Cell) -> Path:
    rows: list[Sequence[Cell]] = [
        ["Adults in treatment"],
        ["Area code", "Agency", "Adults in treatment", "Need"],
        [None, None, "12 months to the quarter's end", "Estimated need", "Unmet need"],
        [BCP, "Harbour [a]", 840, "-", "-"],
        [None, "Dunes", 400, "-", "-"],
        [None, "Quayside", "*", "-", "-"],
        [None, "All agencies", 1150, 4000, unmet],
        ["Sum of agencies", None, 1243],
        ["Notes: small figures are held back."],
    ]
    notes = Sheet(name="Notes", rows=[["About these figures"]])
    write_workbook(path, [notes, Sheet(name="Adults", rows=rows, merged=["D2:E2", "A4:A7"])])
    return path


def write_wave(path: Path, wave: str, *, wording: int, agree: int) -> Path:
    header = [
        "Wave", "Fieldwork month", "Question", "Wording", "Wording version", "Group", "Age band", "Sex", "Respondents",
        "Agree",
    ]  # fmt: skip
    child = [wave, f"{wave[:4]}-11", "feel_safer", "As it was put", str(wording), "child"]
    carer = [wave, f"{wave[:4]}-11", "more_confident", "As it was put", "1", "carer"]
    rows = [
        [*child, "10-12", "F", "60", str(agree)],
        [*child, "13-15", "M", "40", "22"],
        [*carer, "30-44", "F", "50", "20"],
    ]
    return write_table(path, [header, *rows])


def write_residents(path: Path, residents: Mapping[int, int]) -> Path:
    """The publisher's short table: one figure of all ages a year."""
    rows = [["A place", BCP, str(year), str(people)] for year, people in residents.items()]
    return write_table(path, [["name", "code", "year", "All ages"], *rows])
