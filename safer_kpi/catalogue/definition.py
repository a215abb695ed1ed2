"""One metric and what it means: the value that a definition file is loaded to."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from safer_kpi.catalogue.baselines import read_baseline
from safer_kpi.catalogue.denominators import kind_of
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from safer_kpi.catalogue.count import Count
    from safer_kpi.catalogue.example import Example
    from safer_kpi.catalogue.public_rule import PublicRule


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a definition stands: its file, and the line of each of its keys (``count.where`` for nested ones)."""

    file: str
    lines: Mapping[str, int]

    def at(self, key: str) -> str:
        """Return the file and the line of a key, or of the nearest key above it."""
        while key and key not in self.lines:
            key = key.rpartition(".")[0]
        return f"{self.file}, line {self.lines[key]}"


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One metric and what it means.

    Attributes:
        metric_id: its name, ``<kpi>.<what is counted>``.
        kpi: the lettered line of the strategy it serves.
        strategy: that line's wording.
        paragraph: where in the strategy it stands.
        priority: the strategy's priority above it.
        owner: who answers for the definition.
        definition_version: 1, 2, …; one more whenever the number would change on the same evidence.
        statement: what it measures, in plain English.
        numerator: the ledger's metric that is summed.
        denominator: the ledger's metric it is divided by, ``population`` or ``population.<band>``, a whole number
            above 0 written in digits, or None for a count.
        unit: the unit of its value.
        rate_base: what numerator over denominator is multiplied by; 1 for a count.
        guards: metrics to be read beside it.
        baseline: the period it is judged against, or None.
        comparison: ``year_before`` where it is judged against the same period a year before, else ``none``.
        feeds: feeds whose cells a period needs before it has a value.
        areas: the levels of area it is stated for.
        periods: the lengths of period it is stated for.
        breakdowns: what it is broken down by, besides ``all``.
        settles_after_months: months after a period's end in which it is provisional.
        looks_back_months: months before a period that it is made of too, such as those in which people were first
            convicted; without their cells a period has no value.
        sensitivity: who may see it.
        interval_method: ``byar`` (exact below ten), ``wilson`` or ``none``.
        additive: whether the values of parts sum to the value of the whole.
        coverage_threshold: the coverage (0 to 1) of its newest figures below which nobody may certify it unless they
            say why.
        changes: what changed with each definition version.
        public: what the public edition may say of it. It changes no number, so it needs no new version.
        count: what an additive metric counts; None for a rate, and for a count that a ledger model of its own posts.
        example: rows a partner could send and the number they make; a test runs it.
        origin: where the definition stands.
    """

    metric_id: str
    kpi: str
    strategy: str
    paragraph: str
    priority: str
    owner: str
    definition_version: int
    title: str
    statement: str
    numerator: str
    denominator: str | None = None
    unit: str
    rate_base: float
    counted: str
    not_counted: str
    date_used: str
    kind: str
    polarity: str
    polarity_reason: str
    guards: tuple[str, ...]
    baseline: str | None
    comparison: str
    feeds: tuple[str, ...]
    cadence: str
    areas: tuple[str, ...]
    periods: tuple[str, ...]
    breakdowns: tuple[str, ...]
    settles_after_months: int
    sensitivity: str
    interval_method: str
    additive: bool
    caveats: str
    changes: Mapping[int, str]
    public: PublicRule
    coverage_threshold: float = 1.0
    looks_back_months: int = 0
    count: Count | None = None
    example: Example | None = field(default=None, compare=False)
    origin: Origin = field(compare=False, repr=False)

    @property
    def denominator_kind(self) -> str:
        """What it is divided by: ``none``, a ``constant``, ``residents``, or another ``count``."""
        return kind_of(self.denominator)

    @property
    def baseline_type(self) -> str | None:
        """The kind of period its baseline is; None if it has no baseline."""
        return None if self.baseline is None else read_baseline(self.baseline).period_type

    @property
    def baseline_start(self) -> dt.date | None:
        """The first day of its baseline; None if it has no baseline."""
        return None if self.baseline is None else read_baseline(self.baseline).starts_on

    def as_json(self) -> str:
        """Return the definition as one line of JSON with sorted keys.

        Without its example, which proves it, without the place it stands at, and without ``count`` and
        ``looks_back_months`` where it has none.
        """
        left_out = {"example", "origin", "count"} | (set() if self.looks_back_months else {"looks_back_months"})
        told = {name: value for name, value in asdict(self).items() if name not in left_out}
        told["public"] = self.public.as_data()
        if self.count is not None:
            told["count"] = self.count.as_data()
        return json.dumps(told, sort_keys=True, ensure_ascii=False)

    def error(self, key: str, what: str, next_action: str = "") -> ProjectError:
        """Return an error that names the file, the line of ``key`` and the metric."""
        return ProjectError(f"{self.origin.at(key)}: {self.metric_id}: {what}", next_action=next_action)
