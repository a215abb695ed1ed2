"""The facts of a certified release that a report is made of: values as they are stored, and nothing worded.

Everything else in this room is made of these, so each number and sentence of a report has one source in the release.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.domain.periods import LONGEST_FIRST
from safer_kpi.reading.place import RESTRICTED

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.publishing.editions import PublishedPeriod
    from safer_kpi.statements import Explanation


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """The name of one number: metric, area, length of period, period and breakdown."""

    metric_id: str
    area_code: str
    period_type: PeriodType
    period: str
    breakdown: str = "all"

    def __str__(self) -> str:
        return f"{self.metric_id}|{self.area_code}|{self.period_type}|{self.period}|{self.breakdown}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """One certified number; ``value`` is None where ``status`` says why there is none."""

    key: Key
    area_name: str
    area_type: str
    start: dt.date
    end: dt.date
    value: float | None
    lower: float | None
    upper: float | None
    numerator: int | None
    denominator: int | None
    unit: str
    status: str
    coverage: float | None
    placed: float | None
    held_rows: int | None
    unplaced: int | None
    series: int | None
    note: str | None

    @property
    def is_provisional(self) -> bool:
        """Whether the number still grows."""
        return self.status == "provisional"


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a release by their names, in the order of metric, area, breakdown, length of period and time."""

    by_key: Mapping[Key, Number]
    by_series: Mapping[tuple[str, str, PeriodType, str], tuple[Number, ...]]

    def get(self, key: Key) -> Number | None:
        """Return the number of a name; None if the release has none."""
        return self.by_key.get(key)

    def series(self, metric_id: str, area: str, kind: PeriodType, breakdown: str = "all") -> tuple[Number, ...]:
        """Return the numbers of one metric, area, length of period and breakdown, in the order of time."""
        return self.by_series.get((metric_id, area, kind, breakdown), ())

    def latest(self, metric_id: str, area: str, breakdown: str = "all") -> Number | None:
        """Return the number that stands for a metric in an area: the newest of its longest length of period.

        A period of which nothing has come yet stands for it only where no other exists.
        """
        for kind in LONGEST_FIRST:
            own = self.series(metric_id, area, kind, breakdown)
            if own:
                return next((number for number in reversed(own) if number.status != "missing"), own[-1])
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """One stored verdict: a number against an earlier period, or against its own series."""

    key: Key
    against: str
    reference_period: str | None
    reference_value: float | None
    verdict: str
    reason: str
    test: str | None
    p_value: float | None
    statistic: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A number and one of its stored verdicts."""

    number: Number
    verdict: Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What a number was a year before at the same age, and how much it changed; ``reason`` where that is not known.

    ``value`` and ``reference_value`` are those of the ``months`` (of ``of_months``) that both periods have.
    """

    key: Key
    reference_period: str | None
    value: float | None
    reference_value: float | None
    difference: float | None
    percentage: float | None
    basis: str | None
    latest_reference_value: float | None
    months: int
    of_months: int
    left_out: tuple[str, ...]
    reason: str | None
    contributors_differ: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """One metric and the texts of its definition, as the release states them.

    ``at_least`` is how many rows a person or place needs to count, where it counts those with several. ``follows_up``
    says whether it counts people by the end of the months in which they were followed up.
    """

    metric_id: str
    kpi: str
    title: str
    unit: str
    definition_version: int
    statement: str
    kind: str
    polarity: str
    polarity_reason: str
    counted: str
    not_counted: str
    date_used: str
    caveats: str
    owner: str
    sensitivity: str
    periods: tuple[PeriodType, ...]
    guards: tuple[str, ...]
    breakdowns: tuple[str, ...]
    feeds: tuple[str, ...]
    settles_after_months: int
    is_percentage: bool
    per_residents: bool
    interval_method: str | None
    at_least: int = 1
    follows_up: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Kpi:
    """One lettered line of the strategy in its own words; ``note`` says what is missing where nothing is measured.

    ``wanted`` is the direction that it asks for of each of its headline metrics, in their order.
    """

    kpi: str
    kind: str
    priority: str
    words: str
    direction: str
    explanation: str | None
    headlines: tuple[str, ...]
    is_measured: bool
    note: str | None
    plan: str | None
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One period of one part of a feed: received, late, missing or not due yet."""

    series: str
    starts_on: dt.date | None
    ends_on: dt.date | None
    status: str
    held_rows: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """One partner's data: who sends it, how often, and what has come."""

    feed: str
    title: str
    owner: str
    cadence: str
    cells: tuple[Cell, ...]
    deliveries: int
    quarantined: int
    last_received: dt.datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """The number of another area beside the own one, in the project's order; ``differs`` says what makes it unlike."""

    number: Number | None
    area_name: str
    why: str | None
    differs: str | None
    is_own: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Approval:
    """Who approved a release, when, and what they said."""

    name: str
    at: str
    comment: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Signed:
    """A release: its name, its evidence, who signed it, and its hashes.

    ``publication_id`` is the name of the public edition that was opened, and ``follows`` that of the one before it;
    None for the release itself.
    """

    release_id: str
    quarter: str
    known_at: dt.datetime
    published_at: dt.datetime
    supersedes: str | None
    revision: str | None
    reason: str | None
    approvals: tuple[Approval, ...]
    manifest_sha256: str
    row_hash: str
    package_version: str
    document: str | None
    paragraph: str | None
    publication_id: str | None = None
    follows: str | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything of a release, and of the one before it, that a report may say.

    Attributes:
        release: the release, and ``before`` the one that the last report was made of; None for a first report.
        area: code and name of the partnership's own area, and ``force`` those of its police force.
        numbers: every number of the own area and the force, and the longest periods of each ward.
        earlier: the numbers that the release before certified, of the own area and the force.
        verdicts: by number, and then by what it is compared with.
        changes: the change of the latest number of each length, by number.
        peers: the numbers of other areas beside each headline number, by its key.
        versions: the definition version of each metric in the release before.
        explained: why the numbers of the release before became those of this one; None for a first report.
        edition: ``restricted``, or ``public`` for what disclosure control leaves.
        ward_counts: of a public edition, the protected counts of wards, and of what lies outside them, by quarter and
            year.
        published: of a public edition, which edition published which of its protected figures.
    """

    release: Signed
    before: Signed | None
    area: tuple[str, str]
    force: tuple[str, str] | None
    metrics: Mapping[str, Metric]
    kpis: tuple[Kpi, ...]
    feeds: tuple[Feed, ...]
    numbers: Numbers
    earlier: Numbers
    verdicts: Mapping[Key, Mapping[str, Verdict]]
    changes: Mapping[Key, Change]
    peers: Mapping[Key, tuple[Peer, ...]]
    versions: Mapping[str, int]
    explained: Explanation | None
    edition: str = RESTRICTED
    ward_counts: tuple[Number, ...] = ()
    published: tuple[PublishedPeriod, ...] = ()
