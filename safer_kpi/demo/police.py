"""A made-up force's extracts from its own system: offences with flags, and their outcomes, revised for months after.

Everything here is drawn from a seed: the same call writes the same bytes. References say SAMPLE; no person is real.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING

from safer_kpi.demo.files import write_csv
from safer_kpi.demo.generator import SEED
from safer_kpi.demo.partner import NEIGHBOURS
from safer_kpi.domain.periods import add_months

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from safer_kpi.demo.partner import Partner

OFFENCES_PER_MONTH = 500
#: Busy summers, quiet winters, January first; and a little less in each financial year than in the one before.
SEASON = (0.95, 0.92, 0.97, 0.99, 1.03, 1.05, 1.08, 1.07, 1.02, 1.01, 0.95, 0.96)
YEARLY_CHANGE = 0.93
_FIRST_YEAR = 2023
#: Offence classes and their shares per thousand: roughly those of a mostly urban area, not real figures.
MIX = {
    "105A": 268, "8N": 238, "8L": 110, "8R": 85, "8Q": 55, "20A": 40, "19C": 35, "34B": 28, "3B": 28, "5D": 27,
    "10D": 24, "88E": 22, "104": 15, "8S": 10, "22B": 8, "11A": 2, "5E": 2, "34A": 1, "36": 1, "2": 1,
}  # fmt: skip
SERIOUS = frozenset({"2", "5D", "5E", "19C"})
SEXUAL = frozenset({"19C", "20A", "22B", "88E"})
BECOMES = {"105A": "8N", "8N": "5D", "8L": "8Q", "8R": "8L", "20A": "19C", "34B": "39", "10D": "10C", "3B": "8R"}
#: Home Office outcome types and their shares per thousand, for most serious violence and for the rest.
OUTCOMES_OF_MSV = {"1": 190, "1A": 25, "4": 5, "14": 130, "15": 240, "16": 270, "18": 90, "21": 20, "20": 30}
OUTCOMES_OF_REST = {"1": 75, "2": 8, "3": 22, "8": 45, "22": 12, "10": 18, "14": 120, "15": 210, "16": 360, "18": 130}
POSITIVE = frozenset({"1", "1A", "2", "3", "4", "8", "22"})

OFFENCE_HEADER = (
    "Offence reference", "HO offence code", "Recorded date", "LSOA", "Victim age", "Victim sex", "Domestic abuse",
    "Knife", "Other weapon", "MSV", "Status", "Reclassified to", "Victim reference",
)  # fmt: skip
OUTCOME_HEADER = (
    "Outcome reference", "Crime reference", "Offender reference", "Outcome month", "Force", "HO offence code", "MSV",
    "Recorded date", "Outcome date", "HO outcome type", "LSOA",
)  # fmt: skip
_NEVER = 99


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One outcome of one offence for one offender or none; ``seen_after`` is in months after the outcome's month."""

    reference: str
    offender: str
    on: dt.date
    outcome_type: str
    progresses_to: str
    progresses_after: int
    seen_after: int


@dataclass(frozen=True, kw_only=True)
class History:
    """One offence and everything that happens to its record; every ``…_after`` is in months after its month's end."""

    reference: str
    code: str
    recorded: dt.date
    lsoa: str
    moves_to: str
    victim: str
    age: str
    sex: str
    domestic: bool
    knife: bool
    weapon: bool
    msv: bool
    seen_after: int
    reclassified_after: int
    cancelled_after: int
    relocated_after: int
    outcomes: tuple[Outcome, ...]


def write_offences(
    path: Path, partner: Partner, *, first: dt.date, last: dt.date, as_of: dt.date, seed: int = SEED
) -> None:
    """Write the window ``first`` to ``last`` (months) as the force's system held it on ``as_of``."""
    rows = [
        _offence_row(one, vintage)
        for month in _months(first, last)
        for vintage in (_vintage(month, as_of),)
        for one in histories(partner, month, seed)
        if one.seen_after <= vintage
    ]
    write_csv(path, OFFENCE_HEADER, rows)


def write_outcomes(path: Path, partner: Partner, *, month: dt.date, as_of: dt.date, seed: int = SEED) -> None:
    """Write the outcomes reached in ``month`` as the force's system held them on ``as_of``."""
    vintage = _vintage(month, as_of)
    rows = [
        _outcome_row(one, outcome, partner, vintage)
        for recorded in _months(add_months(month, -11), add_months(month, 1))
        for one in histories(partner, recorded, seed)
        for outcome in one.outcomes
        if (outcome.on.year, outcome.on.month) == (month.year, month.month) and outcome.seen_after <= vintage
    ]
    write_csv(path, OUTCOME_HEADER, sorted(rows))


@lru_cache(maxsize=64)
def histories(partner: Partner, month: dt.date, seed: int = SEED) -> tuple[History, ...]:
    """Return every offence the force ever records under ``month``."""
    dice = Random(f"{seed}/{partner.force_slug}/{month}")  # noqa: S311 (made-up data, not a secret)
    years = month.year - (month.month < 4) - _FIRST_YEAR
    offences = round(OFFENCES_PER_MONTH * SEASON[month.month - 1] * YEARLY_CHANGE**years * dice.uniform(0.96, 1.04))
    return tuple(_history(partner, month, number, seed) for number in range(1, offences + 1))


def _history(partner: Partner, month: dt.date, number: int, seed: int) -> History:
    dice = Random(f"{seed}/{partner.force_slug}/{month}/{number}")  # noqa: S311 (made-up data, not a secret)
    code = _drawn(dice, MIX)
    recorded = month + dt.timedelta(days=dice.randrange(28))
    domestic = code not in {"34A", "34B", "10D", "104", "8S"} and dice.random() < 0.36
    msv = code in SERIOUS or dice.random() < {"8N": 0.18, "34B": 0.2}.get(code, 0.0)
    reference = f"SAMPLE-{month:%Y%m}-{number:04}"
    fate = dice.random()
    return History(
        reference=reference,
        code=code,
        recorded=recorded,
        lsoa=_place(dice, partner),
        moves_to=_place(dice, partner),
        victim=_victim(reference, seed),
        age="" if dice.random() < 0.05 else str(min(95, int(dice.gammavariate(3.2, 10.5)) + 1)),
        sex="" if dice.random() < 0.03 else dice.choices("FMX", (75, 24, 1) if code in SEXUAL else (54, 45, 1))[0],
        domestic=domestic,
        knife=dice.random() < {"5D": 0.35, "2": 0.6, "8N": 0.05, "34B": 0.25, "105A": 0.02, "10D": 1.0}.get(code, 0.0),
        weapon=dice.random() < {"5D": 0.25, "8N": 0.06, "34B": 0.1, "105A": 0.03}.get(code, 0.0),
        msv=msv,
        seen_after=1 + dice.randrange(6) if dice.random() < 0.04 else 0,
        reclassified_after=1 + dice.randrange(5) if fate < 0.02 and code in BECOMES else _NEVER,
        cancelled_after=1 + dice.randrange(4) if 0.02 <= fate < 0.032 else _NEVER,
        relocated_after=1 + dice.randrange(6) if 0.032 <= fate < 0.042 else _NEVER,
        outcomes=tuple(_outcomes(dice, reference, recorded, msv=msv)),
    )


def _outcomes(dice: Random, reference: str, recorded: dt.date, *, msv: bool) -> Iterable[Outcome]:
    """Return the outcomes of an offence. Most have one within the year; a positive one may have several offenders."""
    if dice.random() < 0.08:
        return
    kind = _drawn(dice, OUTCOMES_OF_MSV if msv else OUTCOMES_OF_REST)
    days = int(dice.expovariate(1 / 70)) if kind in POSITIVE else int(dice.expovariate(1 / 45))
    # An arrest may come before the record: some outcomes precede it.
    days = -dice.randrange(1, 4) if dice.random() < 0.01 else min(days, 320)
    offenders = 1 + (dice.random() < 0.12) + (dice.random() < 0.04) if kind in POSITIVE else 1
    for number in range(1, offenders + 1):
        known = kind in POSITIVE or kind in {"10", "15", "16"}
        progresses = kind in {"15", "16"} and dice.random() < 0.015
        yield Outcome(
            reference=f"{reference}-O{number}",
            offender=f"SAMPLE-PERSON-{int(dice.paretovariate(0.6) * 40) % 9000:04}" if known else "",
            on=recorded + dt.timedelta(days=days),
            outcome_type=kind,
            progresses_to="1" if progresses else kind,
            progresses_after=1 + dice.randrange(4) if progresses else _NEVER,
            seen_after=1 + dice.randrange(3) if dice.random() < 0.05 else 0,
        )


def _offence_row(one: History, vintage: int) -> tuple[str, ...]:
    reclassified, cancelled = one.reclassified_after <= vintage, one.cancelled_after <= vintage
    return (
        one.reference,
        one.code,
        f"{one.recorded:%d/%m/%Y}",
        one.moves_to if one.relocated_after <= vintage else one.lsoa,
        one.age,
        one.sex,
        *("Y" if flag else "N" for flag in (one.domestic, one.knife, one.weapon, one.msv)),
        "reclassified" if reclassified else "cancelled" if cancelled else "recorded",
        BECOMES[one.code] if reclassified else "",
        one.victim,
    )


def _outcome_row(one: History, outcome: Outcome, partner: Partner, vintage: int) -> tuple[str, ...]:
    return (
        outcome.reference,
        one.reference,
        outcome.offender,
        f"{outcome.on:%Y-%m}",
        partner.force_name,
        one.code,
        "Y" if one.msv else "N",
        f"{one.recorded:%Y-%m-%d}",
        f"{outcome.on:%Y-%m-%d}",
        outcome.progresses_to if outcome.progresses_after <= vintage else outcome.outcome_type,
        one.lsoa,
    )


def _victim(reference: str, seed: int) -> str:
    """Return the victim's reference: a few people are victims many times, and some are not known."""
    dice = Random(f"{seed}/victim/{reference}")  # noqa: S311 (made-up data, not a secret)
    return f"SAMPLE-VICTIM-{int(dice.paretovariate(0.8) * 3000) % 30000:05}" if dice.random() < 0.85 else ""


def _place(dice: Random, partner: Partner) -> str:
    """Return an LSOA: a few hold many offences, some lie outside the area, and some are not known."""
    where = dice.random()
    if where < 0.02:
        return ""
    if where < 0.07:
        return dice.choice(list(NEIGHBOURS))
    return str(partner.own[int(dice.random() ** 2 * len(partner.own))].lsoa_code)


def _drawn(dice: Random, shares: dict[str, int]) -> str:
    return dice.choices(list(shares), cum_weights=list(accumulate(shares.values())))[0]


def _months(first: dt.date, last: dt.date) -> list[dt.date]:
    return [add_months(first, step) for step in range(_between(first, last) + 1)]


def _between(month: dt.date, day: dt.date) -> int:
    return (day.year - month.year) * 12 + day.month - month.month


def _vintage(month: dt.date, as_of: dt.date) -> int:
    """Return the whole months since the end of ``month``; negative before its end."""
    return _between(month, as_of) - 1
