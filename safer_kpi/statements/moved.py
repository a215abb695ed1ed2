"""The data of an explanation: numbers that moved, totals, sides and sources."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.domain.reconcile import Statement

#: A side is the numbers now, as known at a moment, as a preview has them, or as a release certified them.
Picture = Literal["now", "moment", "preview", "release"]
#: ``revised``: both sides have a figure. ``gone``: only the first has one. ``first``: only the second has one.
#: ``unstated``: neither has one, although postings changed the number.
Change = Literal["revised", "gone", "first", "unstated"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """The parts of a metric's definition that readers need.

    Attributes:
        kind: ``outcome``, ``activity`` or ``reporting``; empty if the definition does not say.
        polarity: ``lower_is_better``, ``higher_is_better`` or ``context``; empty if the definition does not say.
        is_percentage: whether the value is a part of a hundred, so that it moves by percentage points.
    """

    metric_id: str
    title: str
    unit: str
    kind: str = ""
    polarity: str = ""
    is_percentage: bool = False


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One number with its statement and its status on each side.

    Attributes:
        has_a: whether the first side has a figure; the statement shows the ledger balance in any case.
        status_a: the first side's status; None if it has no such number.
        followers: how many other numbers of the metric moved and share months with this one.
        companions: numbers with the same numerator in another form (a rate, a share) that moved too.
        feeds: the title of each feed.
    """

    metric: Metric
    statement: Statement
    period_type: PeriodType
    has_a: bool
    has_b: bool
    status_a: str | None
    status_b: str | None
    followers: int = 0
    companions: tuple[Moved, ...] = ()
    feeds: Mapping[str | None, str] = field(default_factory=dict)

    @property
    def change(self) -> Change:
        """The kind of change: which of the two sides have a figure."""
        if self.has_a:
            return "revised" if self.has_b else "gone"
        return "first" if self.has_b else "unstated"

    @property
    def places(self) -> int:
        """The decimal places in sentences: 0 for whole numbers, 2, or 4 if 2 would not show the change."""
        of = self.statement
        amounts = [of.opening, of.closing, *(Decimal(row["amount"]) for row in of.movements)]
        if all(amount == amount.to_integral_value() for amount in amounts):
            return 0
        return 2 if abs(of.closing - of.opening) >= Decimal("0.01") or of.closing == of.opening else 4

    @property
    def line_places(self) -> int:
        """The decimal places in the statement: 4 if a line would show 0 with fewer."""
        least = min((abs(Decimal(row["amount"])) for row in self.statement.movements), default=Decimal(1))
        return 4 if self.places and least < Decimal("0.005") else self.places


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The number of compared numbers, and of those that moved.

    Attributes:
        numbers: observations of at least one side.
        both: numbers with a figure on both sides.
        moved: numbers with movements: postings in between, or changed rules.
        revised: moved numbers with a figure on both sides.
        gone: moved numbers with a figure only on the first side.
        first: moved numbers with a figure only on the second side.
        unstated: moved numbers without a figure on either side.
        settled: moved numbers whose closing equals their opening.
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
    """The description of one side of a comparison for readers.

    Attributes:
        name: the side as the reader wrote it.
        label: ``as certified in 2023-24-Q4``, ``as known on 2024-06-30``, ``as it stands now``, ``as built in dev``.
        picture: the kind of side.
        known_at: the time when its last entry was posted (UTC); None if nothing was posted.
        last_entry: its last entry.
        published_at: the time of publication (UTC); this and the following attributes are only for releases.
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
        """Whether the side is a release."""
        return self.published_at is not None


@dataclass(frozen=True, kw_only=True)
class Source:
    """The effect of one delivery, or of one cause without a delivery, on the numbers.

    Attributes:
        cause: the cause, if there is no delivery.
        causes: every cause of its movements.
        numbers: how many numbers it moved.
        reported: how many of them have a figure on the first side.
        records: the number of change rows per cause in its receipt.
        feed_title: the title of the feed.
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
    feed_title: str | None = None


def by_cause(movements: Sequence[Mapping[str, Any]]) -> list[tuple[str, Decimal, list[Mapping[str, Any]]]]:
    """Return each cause and direction with its total and its movements, the largest total first.

    Additions and subtractions with the same cause are separate, because readers ask about both.
    """
    grouped: dict[tuple[str, bool], list[Mapping[str, Any]]] = {}
    for row in movements:
        grouped.setdefault((row["cause"], row["amount"] >= 0), []).append(row)
    totals = [
        (cause, sum((Decimal(row["amount"]) for row in rows), Decimal(0)), rows) for (cause, _), rows in grouped.items()
    ]
    return sorted(totals, key=lambda row: (-abs(row[1]), row[0]))
