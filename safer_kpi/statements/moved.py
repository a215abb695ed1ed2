"""A number that two sides of a comparison give differently, with all that is needed to say why."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from safer_kpi.domain.reconcile import Statement

#: ``revised``: both sides give a figure. ``gone``: only the first does. ``first``: only the second does.
#: ``unstated``: neither does, and what is known of it has changed all the same.
#: What a side is: the numbers now, as known at a moment, as a preview made them, or as a release certified them.
Picture = Literal["now", "moment", "preview", "release"]
Change = Literal["revised", "gone", "first", "unstated"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What a reader must know of a metric.

    Attributes:
        kind: ``outcome``, ``activity`` or ``reporting``; empty where the definition does not say.
        polarity: ``lower_is_better``, ``higher_is_better`` or ``context``; empty where it does not say.
        is_percentage: whether its value is a part of a hundred, so that it moves by percentage points.
    """

    metric_id: str
    title: str
    unit: str
    kind: str = ""
    polarity: str = ""
    is_percentage: bool = False


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One number: its statement, and what stands beside it on each side.

    Attributes:
        has_a: whether the first side gives a figure; what its ledger holds is in the statement either way.
        status_a: the first side's status, None where it has no such number at all.
        followers: other numbers of the same metric that moved and share months with this one.
        companions: the same numerator stated in another way (a rate, a share), moved with it.
    """

    metric: Metric
    statement: Statement
    period_type: str
    has_a: bool
    has_b: bool
    status_a: str | None
    status_b: str | None
    followers: int = 0
    companions: tuple[Moved, ...] = ()

    @property
    def change(self) -> Change:
        """Which of the two sides give a figure."""
        if self.has_a:
            return "revised" if self.has_b else "gone"
        return "first" if self.has_b else "unstated"

    @property
    def places(self) -> int:
        """The decimal places a sentence gives it with: none where all is whole; two, or four where two show none."""
        of = self.statement
        amounts = [of.opening, of.closing, *(Decimal(row["amount"]) for row in of.movements)]
        if all(amount == amount.to_integral_value() for amount in amounts):
            return 0
        return 2 if abs(of.closing - of.opening) >= Decimal("0.01") or of.closing == of.opening else 4

    @property
    def line_places(self) -> int:
        """The decimal places of its statement: four where a line would show nothing with fewer."""
        least = min((abs(Decimal(row["amount"])) for row in self.statement.movements), default=Decimal(1))
        return 4 if self.places and least < Decimal("0.005") else self.places


@dataclass(frozen=True, kw_only=True)
class Totals:
    """How many numbers two sides give, and how many of them moved.

    Attributes:
        numbers: observations of either side.
        both: those of which both sides give a figure.
        moved: those to which something was posted in between, or whose rules changed.
        revised: of ``both``, those that moved.
        gone: those that moved and have no figure any more.
        first: those that moved and have their first figure now.
        unstated: those that moved though neither side gives a figure.
        settled: those that moved and ended where they began.
    """

    numbers: int
    both: int
    moved: int
    revised: int
    gone: int
    first: int
    unstated: int
    settled: int


@dataclass(frozen=True, kw_only=True)
class Named:
    """One side of a comparison as a reader knows it.

    Attributes:
        name: as the reader wrote it.
        label: ``as certified in 2023-24-Q4``, ``as known on 2024-06-30``, ``as it stands now``, ``as built in dev``.
        picture: what the side is.
        known_at: when the last entry it knows was posted (UTC); None where nothing had been posted.
        last_entry: that entry.
        published_at: when it was published; this and what follows is a release's alone.
    """

    name: str
    label: str
    picture: Picture
    known_at: dt.datetime | None
    last_entry: int
    published_at: dt.datetime | None = None
    approved_by: tuple[str, ...] = ()
    supersedes: str | None = None
    manifest_sha256: str | None = None
    previous_manifest_sha256: str | None = None
    row_hash: str | None = None

    @property
    def is_release(self) -> bool:
        """Whether it was published."""
        return self.published_at is not None


@dataclass(frozen=True, kw_only=True)
class Source:
    """What one delivery did to the numbers, or one cause that came with no delivery.

    Attributes:
        cause: the cause, where there was no delivery.
        causes: every cause of its movements.
        reported: of the numbers it moved, those that the first side gives a figure for.
        records: cause and number of records, as its receipt says.
    """

    delivery_id: int | None
    feed: str | None
    cause: str | None
    causes: tuple[str, ...]
    numbers: int
    reported: int
    metrics: tuple[str, ...]
    file_name: str | None = None
    sha256: str | None = None
    received_at: dt.datetime | None = None
    contract_version: str | None = None
    records: Mapping[str, int] | None = None


def by_cause(movements: Sequence[Mapping[str, Any]]) -> list[tuple[str, Decimal, list[Mapping[str, Any]]]]:
    """Return each cause and direction, what its movements add up to, and the movements; the largest first.

    What came in and what went out under one cause are two things a reader asks about: they are kept apart.
    """
    grouped: dict[tuple[str, bool], list[Mapping[str, Any]]] = {}
    for row in movements:
        grouped.setdefault((row["cause"], row["amount"] >= 0), []).append(row)
    totals = [
        (cause, sum((Decimal(row["amount"]) for row in rows), Decimal(0)), rows) for (cause, _), rows in grouped.items()
    ]
    return sorted(totals, key=lambda each: (-abs(each[1]), each[0]))
