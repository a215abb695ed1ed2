"""Random histories of partners' lists, for each model of what repeats in them, and a recount of their live rows."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

STAMP = {
    "entry": "BIGINT", "posted_at": "TIMESTAMP", "posted_on": "DATE", "delivery_id": "BIGINT",
    "origin_delivery_id": "BIGINT", "origin_row": "BIGINT", "weight": "INTEGER", "cause": "VARCHAR",
}  # fmt: skip
Row = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One model: the staging table it reads, how its rows are drawn, what it says of them, and a recount."""

    model: str
    staging: str
    columns: Mapping[str, str]
    drawn: Callable[[Random], Row]
    told: Sequence[str]
    recount: Callable[[Sequence[Row]], Counter[Row]]


def _day(dice: Random) -> dt.date:
    return dt.date(2024, 4, 1) + dt.timedelta(days=dice.randrange(80))


def _month(day: dt.date) -> dt.date:
    return day.replace(day=1)


def _grouped(rows: Sequence[Row], *places: int) -> list[list[Row]]:
    groups: dict[Row, list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[place] for place in places)].append(row)
    return list(groups.values())


# A notice: its last row says what it is. The days of statuses differ within a notice, or the step decides.

STATUSES = ("issued", "varied", "breached", "withdrawn")


def _notice(dice: Random) -> Row:
    step = dice.randrange(4)
    issued = dt.date(2024, dice.choice((4, 5)), 3)
    return ("E1", f"n{dice.randrange(6)}", dice.choice(("CPN", "CAWN")), dice.choice(("asb", "exploitation")), issued,
            STATUSES[step], step + 1, _day(dice))  # fmt: skip


def _notices(rows: Sequence[Row]) -> Counter[Row]:
    found: Counter[Row] = Counter()
    for notice in _grouped(rows, 1, 2):
        # latest day, then furthest status; of what is left the earlier issue, then asb before exploitation
        last = min(notice, key=lambda row: (-row[7].toordinal(), -row[6], row[4], row[3]))
        found[last[2], last[3], last[5], _month(last[4])] += 1
    return found


# An order: the furthest stage, in the month of the first.


def _order(dice: Random) -> Row:
    power = dice.choice(("closure", "civil injunction"))
    step = dice.choice((1, 3)) if power == "closure" else dice.choice((2, 3))
    return ("E1", f"c{dice.randrange(6)}", power, ("", "notice", "interim", "full")[step], step, _day(dice))


def _orders(rows: Sequence[Row]) -> Counter[Row]:
    return Counter(
        (case[0][2], max(case, key=lambda row: row[4])[3], _month(min(row[5] for row in case)))
        for case in _grouped(rows, 1, 2)
    )


# A use of a tool: each step on its earliest day.


def _use(dice: Random) -> Row:
    offered = _day(dice)
    accepted = offered + dt.timedelta(days=20) if dice.random() < 0.6 else None
    completed = offered + dt.timedelta(days=50) if accepted and dice.random() < 0.5 else None
    return (dice.choice(("council", "housing")), "E1", f"u{dice.randrange(6)}",
            dice.choice(("mediation", "tenancy warning")), offered, accepted, completed)  # fmt: skip


def _uses(rows: Sequence[Row]) -> Counter[Row]:
    found: Counter[Row] = Counter()
    for use in _grouped(rows, 0, 2, 3):
        offered, accepted, completed = (
            min((row[place] for row in use if row[place]), default=None) for place in (4, 5, 6)
        )
        if use[0][3] == "tenancy warning":
            stage, used = "served", offered
        else:
            stage, used = "completed" if completed else "accepted" if accepted else "offered", accepted
        assert offered is not None
        found[use[0][3], stage, _month(used) if used else None, _month(offered)] += 1
    return found


# Sessions: matched by hand, minute by minute.

PARTNERS = ("council", "police", "voluntary")


def _session(dice: Random) -> Row:
    start = 540 + 30 * dice.randrange(6)
    others = dice.choice((None, None, ";council;", ";police;", ";council;police;"))
    measure = dice.choice(("amount", "amount", "suppressed", "unavailable"))
    return (dice.choice(PARTNERS), "E1", f"s{dice.randrange(1000)}", dt.date(2024, 5, dice.choice((7, 8))), start,
            start + dice.choice((30, 60)), dice.choice(("X1", "X2")), "Young people", dice.choice(("a", "b")), others,
            dice.randrange(5, 30) if measure == "amount" else None, measure)  # fmt: skip


def _sessions(rows: Sequence[Row]) -> Counter[Row]:
    found: Counter[Row] = Counter()
    for scene in _grouped(rows, 3, 6):
        for stretch in _stretches(scene):
            named = {row[0] for row in stretch if row[9]}
            named |= {other for row in stretch for other in (row[9] or "").split(";") if other}
            teams: dict[Any, list[Row]] = defaultdict(list)
            for lists in _grouped(stretch, 0):
                for place, row in enumerate(sorted(lists, key=lambda row: (row[4], row[5], row[2]))):
                    teams["joint" if row[0] in named else row[0], place].append(row)
            for (team, _), session in teams.items():
                first = min(session, key=lambda row: (row[4], row[0], row[2]))
                figures = [row[10] for row in session if row[11] == "amount"]
                held_back = any(row[11] == "suppressed" for row in session)
                measure = "amount" if figures else "suppressed" if held_back else "unavailable"
                delivery = "joint" if team == "joint" else "alone"
                found[delivery, first[8], max(figures, default=None), measure] += 1
    return found


def _stretches(scene: Sequence[Row]) -> list[list[Row]]:
    """The sessions of a scene by the unbroken runs of minutes in which any is on."""
    # A session opens a run where no other is on when it starts; two that only touch are two runs.
    opens = [row[4] for row in scene if not any(other[4] < row[4] < other[5] for other in scene)]
    runs: dict[int, list[Row]] = defaultdict(list)
    for row in scene:
        runs[max(minute for minute in opens if minute <= row[4])].append(row)
    return list(runs.values())


CASES = [
    Case(
        model="core.police_power",
        staging="police_powers",
        columns={"la_code": "VARCHAR", "notice_ref": "VARCHAR", "power": "VARCHAR", "purpose": "VARCHAR",
                 "issued_on": "DATE", "status": "VARCHAR", "status_step": "INTEGER", "status_on": "DATE"},
        drawn=_notice,
        told=("power", "purpose", "status", "month"),
        recount=_notices,
    ),
    Case(
        model="core.court_order",
        staging="court_orders",
        columns={"la_code": "VARCHAR", "case_ref": "VARCHAR", "power": "VARCHAR", "stage": "VARCHAR",
                 "stage_step": "INTEGER", "made_on": "DATE"},
        drawn=_order,
        told=("power", "stage", "month"),
        recount=_orders,
    ),
    Case(
        model="core.asb_tool",
        staging="asb_casework",
        columns={"listed_by": "VARCHAR", "la_code": "VARCHAR", "action_ref": "VARCHAR", "tool": "VARCHAR",
                 "offered_on": "DATE", "accepted_on": "DATE", "completed_on": "DATE"},
        drawn=_use,
        told=("tool", "stage", "month", "offered_month"),
        recount=_uses,
    ),
    Case(
        model="core.prevention_session",
        staging="prevention_sessions",
        columns={"listed_by": "VARCHAR", "la_code": "VARCHAR", "session_ref": "VARCHAR", "held_on": "DATE",
                 "start_minute": "INTEGER", "end_minute": "INTEGER", "setting_code": "VARCHAR", "audience": "VARCHAR",
                 "topic": "VARCHAR", "delivered_with": "VARCHAR", "attended": "BIGINT", "attended_measure": "VARCHAR"},
        drawn=_session,
        told=("delivery", "topic", "young_people", "young_people_measure"),
        recount=_sessions,
    ),
]  # fmt: skip


def arrive(dice: Random, case: Case, live: dict[Row, tuple[int, int]], entry: int, day: dt.date) -> list[list[Any]]:
    """One delivery: rows that come, rows that go, and rows that are corrected (gone and come in one entry)."""
    posted_at = dt.datetime.combine(day, dt.time(entry))
    found = []
    for one in dice.sample(list(live), min(len(live), dice.randrange(6))):
        origin, row = live.pop(one)
        found.append([entry, posted_at, day, entry, origin, row, -1, "withdrawn", *one])
    for number in range(2, 2 + dice.randrange(2, 14)):
        one = case.drawn(dice)
        if one not in live:
            live[one] = (entry, number)
            found.append([entry, posted_at, day, entry, entry, number, 1, "new", *one])
    return found
