"""Make the files of a made-up council and police force: patrol logs, screening workbooks, survey waves.

Every figure is drawn from a seed and is the same each time; none describes a real place or person.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from safer_kpi.demo.files import FIRST_MONTH, dice, file_drop, quarters, write_csv
from safer_kpi.demo.partner import own_rows
from safer_kpi.demo.screening import screening_drops
from safer_kpi.domain.periods import add_months

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from safer_kpi.demo.files import FileDrop

PATROLS, SURVEY = "joint_patrols", "safety_survey"
PARTNERS = ("police", "council")
HOTSPOTS = 5
#: Quarters, counted from the first, whose council log first comes without two patrols, whose police log has its times
#: mended, whose last month the council never sends, and whose council log holds a time that no clock shows.
LOGGED_LATE, MENDED, CUT_SHORT, NO_SUCH_TIME = 1, 3, 5, 6
_LOG = ("Patrol reference", "Date", "Start", "End", "Ward code", "Officers")

WAVES = ("2023-24", "2024-25")
_ANSWERS = (
    "Wave", "Fieldwork month", "Question", "Wording", "Wording version", "Group", "Age band", "Sex", "Respondents",
    "Agree",
)  # fmt: skip
#: Question, group, age bands, share that agrees, and the wording of each wave; a changed wording has a new version.
_QUESTIONS = (
    ("feel_safer", "child", ("10-12", "13-15", "16-17"), 0.55,
     ("I feel safer in my area than a year ago", "I feel safe in my area")),
    ("more_confident", "carer", ("18-29", "30-44", "45+"), 0.48,
     ("I am more confident than a year ago that my child is safe",) * 2),
)  # fmt: skip


def drops(lookup: Path) -> list[FileDrop]:
    """Return all files in order of arrival, for the area and wards of ``lookup`` (LSOA to ward)."""
    rows = own_rows(lookup)
    wards = [
        ward for ward, _ in sorted(Counter(row["ward_code"] for row in rows).items(), key=lambda one: (-one[1], one[0]))
    ]
    found = [*_patrol_drops(wards[:HOTSPOTS]), *screening_drops(rows[0]["la_code"]), *_survey_drops()]
    return sorted(found, key=lambda drop: (drop.received_at, drop.path))


def _patrol_drops(wards: list[str]) -> Iterator[FileDrop]:
    """Yield two logs a quarter, on the twelfth day after it; corrected logs come a month later."""
    for number, (_, after) in enumerate(quarters()):
        months = [add_months(after, step) for step in (-3, -2, -1)]
        for partner in PARTNERS:
            kept = months[:2] if (partner, number) == ("council", CUT_SHORT) else months
            name = f"{kept[0]:%Y-%m}_{kept[-1]:%Y-%m}-{partner}-patrols.csv"
            write = partial(write_log, partner=partner, months=kept, wards=wards)
            made, again = after.replace(day=11), add_months(after, 1).replace(day=11)
            if (partner, number) == ("council", LOGGED_LATE):
                yield file_drop(PATROLS, name, made, 8, partial(write, left_out=2), note="two patrols not logged yet")
                yield file_drop(PATROLS, name, again, 8, write, note="sent again with patrols logged late")
            elif (partner, number) == ("police", MENDED):
                yield file_drop(PATROLS, name, made, 8, write)
                yield file_drop(PATROLS, name, again, 8, partial(write, longer=30), note="sent again with later ends")
            elif (partner, number) == ("council", NO_SUCH_TIME):
                spoilt = partial(write, spoilt=1)
                yield file_drop(PATROLS, name, made, 8, spoilt, note="with a time that no clock shows")
            else:
                note = "without its last month" if kept != months else ""
                yield file_drop(PATROLS, name, made, 8, write, note=note)


def write_log(
    path: Path,
    *,
    partner: str,
    months: Sequence[dt.date],
    wards: Sequence[str],
    left_out: int = 0,
    longer: int = 0,
    spoilt: int = 0,
) -> None:
    """Write one log: ``left_out`` patrols fewer, each ``longer`` minutes, ``spoilt`` rows bad."""
    rows = [row for month in months for ward in wards for row in _patrols(partner, month, ward, longer)]
    kept = rows[: len(rows) - left_out]
    for row in kept[:spoilt]:
        row[3] = "24:30"
    write_csv(path, _LOG, kept)


def _patrols(partner: str, month: dt.date, ward: str, longer: int) -> Iterator[list[str]]:
    """Yield the patrols of one partner in one ward; both partners draw from the same seed, so most patrols match."""
    thrown = dice("patrols", month, ward)
    years = month.year - (month.month < FIRST_MONTH.month) - FIRST_MONTH.year
    for number in range(thrown.randrange(4, 7) + 2 * years):
        day = month.replace(day=1 + thrown.randrange(28))
        start = 9 * 60 + 15 * thrown.randrange(54)
        minutes, shift, kind = 45 + 15 * thrown.randrange(7), 15 * thrown.randrange(1, 4), thrown.random()
        officers = 1 + thrown.randrange(3)
        alone = "council" if kind < 0.15 else "police" if kind < 0.35 else partner
        if alone != partner:
            continue
        begins = start + (shift if partner == "council" else 0)
        ends = begins + minutes + (longer if partner == "police" else 0)
        yield [
            f"SAMPLE-{partner[0].upper()}-{month:%y%m}-{ward[-3:]}-{number + 1:02}",
            f"{day:%d/%m/%Y}" if partner == "council" else f"{day:%Y-%m-%d}",
            _clock(begins),
            _clock(ends),
            ward,
            str(officers),
        ]


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def _survey_drops() -> Iterator[FileDrop]:
    """Yield a wave each winter; one cell of the first wave is corrected later."""
    for number, wave in enumerate(WAVES):
        made = dt.date(int(wave[:4]) + 1, 1, 22)
        name = f"safety-survey_{wave}.csv"
        if number == 0:
            yield file_drop(
                SURVEY, name, made, 10, partial(write_wave, number=number, slip=9), note="with a slip of the pen"
            )
            made = made.replace(month=3)
            yield file_drop(
                SURVEY, name, made, 10, partial(write_wave, number=number), note="sent again, the slip mended"
            )
        else:
            yield file_drop(SURVEY, name, made, 10, partial(write_wave, number=number), note="one question worded anew")


def write_wave(path: Path, *, number: int, slip: int = 0) -> None:
    """Write one wave of the survey; ``slip`` people too few agree in one cell."""
    wave = WAVES[number]
    rows: list[list[str]] = []
    for question, group, bands, share, wordings in _QUESTIONS:
        asked = [wave, f"{wave[:4]}-11", question, wordings[number], str(1 + (wordings[number] != wordings[0])), group]
        for band, sex in itertools.product(bands, ("F", "M", "X")):
            thrown = dice("survey", number, question, band, sex)
            people = thrown.randrange(6, 12) if sex == "X" else thrown.randrange(80, 160)
            agree = sum(thrown.random() < share + 0.03 * number for _ in range(people))
            rows.append([*asked, band, sex, str(people), str(agree)])
    rows[0][-1] = str(int(rows[0][-1]) - slip)
    write_csv(path, _ANSWERS, rows)
