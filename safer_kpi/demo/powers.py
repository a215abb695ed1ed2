"""Make the lists of notices and court orders of made-up partners: a file for each kind, partner and quarter.

Every notice and order is drawn from a seed, with all its later steps, and is the same each time. A quarter's list
holds the steps of that quarter, so a notice stands in the list of every quarter in which it reached a status.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from safer_kpi.demo.files import dice, file_drop, quarters, write_csv
from safer_kpi.domain.periods import add_months

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from random import Random

    from safer_kpi.demo.files import FileDrop

POWERS, ORDERS = "police_powers", "court_orders"
PARTNERS = ("police", "council")
#: The powers that each partner uses, with their purpose and the number issued in a usual quarter.
USUAL: Mapping[str, Mapping[tuple[str, str], float]] = {
    "police": {
        ("CAWN", "Exploitation"): 6, ("CPW", "ASB"): 6, ("CPN", "Exploitation"): 2, ("CPN", "ASB"): 4,
        ("STPO", "Exploitation"): 0.4, ("STRO", "Exploitation"): 0.6,
    },
    "council": {("Recovery order", "Exploitation"): 0.8, ("CPW", "ASB"): 9, ("CPN", "ASB"): 5},
}  # fmt: skip
USUAL_ORDERS: Mapping[str, Mapping[str, float]] = {
    "police": {"Criminal behaviour order": 4, "Closure": 1},
    "council": {"Civil injunction": 3, "Closure": 1.5},
}
#: Later statuses of a notice: status, share of notices, and the most days after the issue.
FATES = (("Varied", 0.08, 120), ("Breached", 0.16, 200), ("Withdrawn", 0.06, 60))
#: The quarters, counted from the first, whose police list first comes without its last notices, and whose council list
#: first holds a recovery order against anti-social behaviour, which no such order can be.
LISTED_LATE, MENDED = 2, 4
_POWER = ("Quarter", "Notice reference", "Power", "Purpose", "Issued on", "Status", "Status date")
_ORDER = ("Quarter", "Case reference", "Order", "Stage", "Made on")


class Step(NamedTuple):
    """One row of a list without its quarter: its day, and the cells after the quarter."""

    on: dt.date
    cells: tuple[str, ...]


def drops() -> list[FileDrop]:
    """Return all files in order of arrival."""
    found = [drop for partner in PARTNERS for drop in (*_power_drops(partner), *_order_drops(partner))]
    return sorted(found, key=lambda drop: (drop.received_at, drop.path))


def _power_drops(partner: str) -> Iterator[FileDrop]:
    """Yield a list of notices on the twentieth day after each quarter; corrected lists come a month later."""
    for number, (quarter, after) in enumerate(quarters()):
        name, write = f"{partner}-powers_{quarter}.csv", partial(write_powers, partner=partner, number=number)
        made, again = after.replace(day=20), add_months(after, 1).replace(day=20)
        if (partner, number) == ("police", LISTED_LATE):
            yield file_drop(POWERS, name, made, 10, partial(write, left_out=2), note="two rows not listed yet")
            yield file_drop(POWERS, name, again, 10, write, note="sent again with what was listed late")
        elif (partner, number) == ("council", MENDED):
            yield file_drop(POWERS, name, made, 10, partial(write, spoilt=1), note="with a purpose no such power has")
            yield file_drop(POWERS, name, again, 10, write, note="sent again, the purpose mended")
        else:
            yield file_drop(POWERS, name, made, 10, write)


def _order_drops(partner: str) -> Iterator[FileDrop]:
    for number, (quarter, after) in enumerate(quarters()):
        write = partial(write_orders, partner=partner, number=number)
        yield file_drop(ORDERS, f"{partner}-court-orders_{quarter}.csv", after.replace(day=20), 10, write)


def write_powers(path: Path, *, partner: str, number: int, left_out: int = 0, spoilt: int = 0) -> None:
    """Write one quarter's list of notices, ``left_out`` rows short, ``spoilt`` rows with a purpose that cannot be."""
    rows = _listed(number, [step for earlier in range(number + 1) for step in _notices(partner, earlier)])
    kept = rows[: len(rows) - left_out]
    for row in [row for row in kept if row[3] == "Exploitation"][:spoilt]:
        row[3] = "ASB"
    write_csv(path, _POWER, kept)


def write_orders(path: Path, *, partner: str, number: int) -> None:
    """Write one quarter's list of court orders and closures."""
    steps = [step for earlier in range(number + 1) for step in _orders(partner, earlier)]
    write_csv(path, _ORDER, _listed(number, steps))


def _listed(number: int, steps: Sequence[Step]) -> list[list[str]]:
    """Return the rows of one quarter's list, day by day."""
    quarter, after = quarters()[number]
    within = [step for step in steps if add_months(after, -3) <= step.on < after]
    return [[quarter, *step.cells] for step in sorted(within)]


def _notices(partner: str, number: int) -> Iterator[Step]:
    """Return all rows, of any quarter, of the notices issued in one quarter."""
    for (power, purpose), usual in USUAL[partner].items():
        thrown = dice("powers", number, partner, power, purpose)
        for each in range(_drawn(thrown, usual * (1 + 0.03 * number))):
            issued = _day(thrown, number)
            short = "".join(word[0] for word in power.split()) if " " in power else power
            reference = f"SAMPLE-{partner[0].upper()}-{short}{purpose[0]}-{number + 1}{each + 1:02}".upper()
            statuses = [("Issued", issued)] + [
                (status, issued + dt.timedelta(days=thrown.randrange(1, days)))
                for status, share, days in FATES
                if thrown.random() < share
            ]
            for status, day in statuses:
                told = (reference, power, purpose, _written(partner, issued), status, _written(partner, day))
                yield Step(day, told)


def _orders(partner: str, number: int) -> Iterator[Step]:
    """Return all rows of the orders begun in one quarter: an interim order or a notice first, or the full order."""
    for kind, usual in USUAL_ORDERS[partner].items():
        thrown = dice("orders", number, partner, kind)
        for each in range(_drawn(thrown, usual * (1 + 0.02 * number))):
            begun = _day(thrown, number)
            short = "".join(word[0] for word in kind.split()).upper()
            reference = f"SAMPLE-{partner[0].upper()}-{short}-{number + 1}{each + 1:02}"
            if kind == "Closure":
                rows = [("Closure notice", "Notice", begun)]
                if thrown.random() < 0.8:
                    rows.append(("Closure order", "Full", begun + dt.timedelta(days=2)))
            elif thrown.random() < 0.35:
                rows = [(kind, "Interim", begun), (kind, "Full", begun + dt.timedelta(days=thrown.randrange(30, 120)))]
            else:
                rows = [(kind, "Full", begun)]
            for order, stage, day in rows:
                yield Step(day, (reference, order, stage, _written(partner, day)))


def _drawn(thrown: Random, usual: float) -> int:
    """Return a random whole number near the usual one."""
    more = thrown.random() < usual % 1
    return max(0, int(usual) + more + (thrown.choice((-1, 0, 0, 1)) if usual >= 2 else 0))


def _day(thrown: Random, number: int) -> dt.date:
    first = add_months(quarters()[number][1], -3)
    return first + dt.timedelta(days=thrown.randrange(90))


def _written(partner: str, day: dt.date) -> str:
    return f"{day:%d/%m/%Y}" if partner == "council" else f"{day:%Y-%m-%d}"
