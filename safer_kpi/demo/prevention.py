"""Made-up quarterly workbooks of sessions for young people, one from each partner; joint sessions stand in two of them.

Everything is drawn from a seed and is the same each time. The codes of the settings are made up.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from safer_kpi.demo.files import MADE_UP, dice, file_drop, quarters
from safer_kpi.demo.workbook import Sheet, write_workbook
from safer_kpi.domain.periods import add_months

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from safer_kpi.demo.files import FileDrop
    from safer_kpi.demo.workbook import Cell

FEED = "prevention_sessions"
#: Partners as file names spell them, and as the lists name them.
PARTNERS = {"council": "Council", "police": "Police", "voluntary": "Voluntary sector", "youth-justice": "Youth justice"}
SETTINGS = tuple(f"SAMPLE-{number:02}" for number in range(1, 13))
TOPICS = ("Violence and knives", "Exploitation and county lines", "Healthy relationships", "Online safety")
SESSIONS = 16
#: The quarter, counted from the first, whose police list first lacks its last session and comes again with it.
LISTED_LATE = 3


class Session(NamedTuple):
    """One session and the partners that gave it; the second partner may not have named the first."""

    on: dt.date
    start: int
    minutes: int
    setting: str
    audience: str
    topic: str
    partners: tuple[str, ...]
    attended: int
    number: int


def drops() -> list[FileDrop]:
    """Return all workbooks in order of arrival, each about three weeks after its quarter."""
    found = []
    for number, (quarter, after) in enumerate(quarters()):
        for partner in PARTNERS:
            name = f"{partner}-prevention-sessions_{quarter}.xlsx"
            write = partial(write_sessions, partner=partner, number=number)
            made, again = after.replace(day=23), add_months(after, 1).replace(day=23)
            if (partner, number) == ("police", LISTED_LATE):
                found.append(
                    file_drop(FEED, name, made, 13, partial(write, left_out=1), note="a session not listed yet")
                )
                found.append(file_drop(FEED, name, again, 13, write, note="sent again with a session listed late"))
            else:
                found.append(file_drop(FEED, name, made, 13, write))
    return sorted(found, key=lambda drop: (drop.received_at, drop.path))


def write_sessions(path: Path, *, partner: str, number: int, left_out: int = 0) -> None:
    """Write one partner's list of one quarter, ``left_out`` sessions short; a quarter without any is a nil return."""
    quarter = quarters()[number][0]
    told = [row for session in sorted(_sessions(number)) for row in _rows(session, partner, quarter)]
    told = told[: len(told) - left_out]
    rows: list[list[Cell]] = [[f"Prevention sessions, {PARTNERS[partner]} ({MADE_UP})"], []]
    if told:
        header = ["Quarter", "Session reference", "Date", "Start", "End", "Setting code", "Audience", "Topic"]
        rows += [[*header, "Delivered with", "Attended"], *told, ["Total", len(told)]]
    else:
        rows.append(["Nil return"])
    write_workbook(path, [Sheet(name="Sessions", rows=rows)])


def _sessions(number: int) -> Iterator[Session]:
    """Return every session of one quarter, of all partners."""
    first = add_months(quarters()[number][1], -3)
    thrown = dice("sessions", number)
    for each in range(SESSIONS + number + thrown.randrange(4)):
        partners = tuple(thrown.sample(list(PARTNERS), 2 if thrown.random() < 0.35 else 1))
        yield Session(
            on=first + dt.timedelta(days=thrown.randrange(90)),
            start=9 * 60 + 30 * thrown.randrange(12),
            minutes=thrown.choice((45, 60, 90)),
            setting=thrown.choice(SETTINGS),
            audience="Young people" if thrown.random() < 0.85 else "Parents and carers",
            topic=thrown.choice(TOPICS),
            partners=partners,
            attended=thrown.randrange(12, 34),
            number=each + 1,
        )


def _rows(session: Session, partner: str, quarter: str) -> Iterator[list[Cell]]:
    """Return the session's row in a partner's list, if it took part; the second of two came later and counted fewer."""
    if partner not in session.partners:
        return
    place = session.partners.index(partner)
    others = [PARTNERS[other] for other in session.partners if other != partner]
    noted = "; ".join(others) if place == 0 or session.number % 3 else None
    start = session.start + 5 * place
    yield [
        quarter,
        f"SAMPLE-{partner[0].upper()}-{session.on:%y%m}-{session.number:02}",
        f"{session.on:%d/%m/%Y}",
        _clock(start),
        _clock(session.start + session.minutes),
        session.setting,
        session.audience,
        session.topic,
        noted or None,
        session.attended - place,
    ]


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
