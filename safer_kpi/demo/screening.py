"""Made-up quarterly workbooks of the Child Exploitation Screening Tool, as untidy as the real ones."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from safer_kpi.demo.files import MADE_UP, dice, file_drop, quarters
from safer_kpi.demo.workbook import Sheet, write_workbook

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from safer_kpi.demo.files import FileDrop
    from safer_kpi.demo.workbook import Cell

FEED = "ce_screening"
AGENCIES = {"Children's social care [1]": 18, "Police": 12, "Health": 9, "Education": 6}
LEVELS = {"Low": 0.55, "Medium": 0.3, "High": 0.15}
ALL, ALL_AGENCIES = "All levels", "All agencies"
#: The share of the children of earlier quarters who were not screened again in this one.
NEW = 0.75
#: Smaller figures are suppressed.
SMALL = 5
#: The quarter whose workbook is sent again, and the number of screenings that it lacked at first.
CORRECTED, SHORT = 1, 7


def screening_drops(area: str) -> Iterator[FileDrop]:
    """Yield a workbook about five weeks after each quarter; one of them comes again a quarter later."""
    for number, (quarter, after) in enumerate(quarters()):
        name = f"ce-screening_{quarter}.xlsx"
        made = after.replace(month=after.month + 1, day=5)
        write = partial(write_screening, area=area, number=number)
        if number == CORRECTED:
            yield file_drop(FEED, name, made, 11, partial(write, short=SHORT))
            later: dt.date = quarters()[number + 1][1].replace(day=20)
            yield file_drop(FEED, name, later, 11, write, note="corrected by the council")
        else:
            yield file_drop(FEED, name, made, 11, write)


def write_screening(path: Path, *, area: str, number: int, short: int = 0) -> None:
    """Write one quarter's workbook; the first agency's figures lack ``short`` screenings."""
    quarter = quarters()[number][0]
    rows: list[list[Cell]] = [
        ["Child Exploitation Screening Tool"],
        [f"{quarter} ({MADE_UP})"],
        [],
        [
            "Area code",
            "Agency",
            "Risk level",
            "Completed in the quarter",
            None,
            "Twelve months to the end of the quarter",
        ],
        [None, None, None, "Screenings", "Children", "Children"],
    ]
    merged = ["A4:A5", "B4:B5", "C4:C5", "D4:E4"]
    told = _with_year(number, short)
    for agency in AGENCIES:
        merged += _block(rows, area, agency, told[agency])
    sums = [sum(told[agency][ALL][place] for agency in AGENCIES) for place in range(3)]
    totals: list[Cell] = ["Sum of agencies (a child may count twice)", None, None, *sums]
    merged += _block(rows, area, ALL_AGENCIES, told[ALL_AGENCIES])
    rows += [totals, [], ["Notes"], ["[1] Since April 2023 with the early help service."], ["Source: made up."]]
    write_workbook(
        path,
        [
            Sheet(name="Read me", rows=[["About this workbook"], [MADE_UP], ["Figures below 5 are shown as <5 or *."]]),
            Sheet(name="Screening", rows=rows, merged=merged),
            Sheet(name="lists", rows=[["Risk level"], *([level] for level in LEVELS)], hidden=True),
        ],
    )


def _with_year(number: int, short: int) -> dict[str, dict[str, tuple[int, ...]]]:
    """Return screenings, children, and children of twelve months by agency and level; some are screened again."""
    now, before = _quarter(number, short), [_quarter(number - step, 0) for step in (1, 2, 3)]
    return {
        agency: {
            level: (screenings, children, children + round(NEW * sum(one[agency][level][1] for one in before)))
            for level, (screenings, children) in levels.items()
        }
        for agency, levels in now.items()
    }


def _quarter(number: int, short: int) -> dict[str, dict[str, tuple[int, int]]]:
    """Return screenings and children of a quarter by agency and level of risk, and of all agencies."""
    found = {
        agency: _figures(number, agency, usual, short if agency == next(iter(AGENCIES)) else 0)
        for agency, usual in AGENCIES.items()
    }
    every = {level: sum(figures[level][0] for figures in found.values()) for level in (*LEVELS, ALL)}
    # A child whom two agencies screened counts once in the line of all agencies.
    return {**found, ALL_AGENCIES: {level: (s, s - s // 6 - 1 if s else 0) for level, s in every.items()}}


def _figures(number: int, agency: str, usual: int, short: int) -> dict[str, tuple[int, int]]:
    """Return screenings and children of one agency by level of risk, and in total."""
    thrown = dice("screening", number, agency)
    found = {}
    for level, share in LEVELS.items():
        screenings = max(0, round(usual * share * thrown.uniform(0.7, 1.4)) - (short if level == "Low" else 0))
        found[level] = (screenings, screenings - screenings // 8)
    screenings, children = (sum(told[place] for told in found.values()) for place in (0, 1))
    return {**found, ALL: (screenings, children - children // 10)}


def _block(rows: list[list[Cell]], area: str, agency: str, figures: dict[str, tuple[int, ...]]) -> list[str]:
    """Add one agency's lines and a blank row; return the cells that are merged downwards."""
    first = len(rows) + 1
    for level, told in figures.items():
        shown: list[Cell] = [_shown(figure, "<5" if level == "High" else "*") for figure in told]
        rows.append([*([area, agency] if len(rows) + 1 == first else [None, None]), level, *shown])
    last = len(rows)
    rows.append([])
    return [f"A{first}:A{last}", f"B{first}:B{last}"]


def _shown(figure: int, held_back: str) -> Cell:
    return held_back if 0 < figure < SMALL else figure
