"""The laws a definition keeps, each a sentence; a project whose definitions break one does not load."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from safer_kpi.domain.periods import parse_period
from safer_kpi.errors import ProjectError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from safer_kpi.catalogue.definitions import Definition

AREAS = ("ward", "local_authority", "force")
PERIODS = ("month", "quarter", "year", "rolling12", "rolling36")
_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "kind": ("outcome", "activity", "reporting"),
    "polarity": ("lower_is_better", "higher_is_better", "context"),
    "comparison": ("year_before", "none"),
    "cadence": ("monthly", "quarterly", "yearly"),
    "sensitivity": ("official", "official_sensitive"),
    "interval_method": ("byar", "wilson", "none"),
}
_PERIODS_OF: Mapping[str, tuple[str, ...]] = {
    "monthly": PERIODS,
    "quarterly": ("quarter", "year", "rolling12", "rolling36"),
    "yearly": ("year", "rolling36"),
}
_POPULATION = re.compile(r"population(\.[a-z0-9_-]+)?")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_ROLLING36 = re.compile(r"\d{4}-(0[1-9]|1[0-2])-R36")


def is_population(metric_id: str | None) -> bool:
    """Whether it names residents: ``population``, or a band of them."""
    return metric_id is not None and _POPULATION.fullmatch(metric_id) is not None


def is_constant(denominator: str | None) -> bool:
    """Whether a denominator is a number instead of a metric."""
    return denominator is not None and denominator.lstrip("-").isdigit()


def check(one: Definition, every: Mapping[str, Definition], *, file: str, feeds: Sequence[str] | None = None) -> None:
    """Raise where a definition contradicts itself, the others or the known feeds.

    Raises:
        ProjectError: with the file, the metric and each law it breaks.
    """
    wrong = [
        *(
            f"{name} must be one of {', '.join(words)}."
            for name, words in _ALLOWED.items()
            if getattr(one, name) not in words
        ),
        *_in_itself(one),
        *_in_time_and_place(one),
        *_beside_others(one, every),
        *(
            f"feeds: there is no contract of feed {feed}."
            for feed in one.feeds
            if feeds is not None and feed not in feeds
        ),
    ]
    if wrong:
        raise ProjectError(f"{file}: {one.metric_id}: {' '.join(wrong)}")


def check_model(one: Definition, project: Path, *, file: str) -> None:
    """Raise where no ledger model posts the metric's count.

    Raises:
        ProjectError: the KPI has no ledger model, or the model names no such metric.
    """
    model = project / "models" / "ledger" / f"kpi_{one.kpi}.sql"
    if not model.is_file():
        raise ProjectError(
            f"{file}: {one.metric_id}: KPI {one.kpi} has no model.", next_action=f"Write models/ledger/{model.name}."
        )
    if one.denominator is None and f"'{one.metric_id}'" not in model.read_text(encoding="utf-8"):
        raise ProjectError(f"{file}: {one.metric_id}: {model.name} posts no metric of that name.")


def _broken(laws: Mapping[str, bool]) -> list[str]:
    return [law for law, holds in laws.items() if not holds]


def _in_itself(one: Definition) -> list[str]:
    """Which laws of its own numbers ``one`` breaks."""
    is_count = one.denominator is None
    is_share = not is_count and not is_population(one.denominator) and not is_constant(one.denominator)
    return _broken(
        {
            f"metric_id: a metric of KPI {one.kpi} is named {one.kpi}.something.": (
                re.fullmatch(rf"{re.escape(one.kpi)}\.[a-z0-9_]+", one.metric_id) is not None
            ),
            f"changes must say what changed in each version from 1 to {one.definition_version}.": (
                one.definition_version >= 1 and sorted(one.changes) == list(range(1, one.definition_version + 1))
            ),
            "rate_base must be above 0.": one.rate_base > 0,
            "coverage_threshold lies between 0 and 1.": 0 <= one.coverage_threshold <= 1,
            "rate_base: a count has rate_base 1.": not is_count or one.rate_base == 1,
            "additive: a number that is divided is not additive.": is_count or not one.additive,
            "numerator: a count is its own numerator.": not is_count or one.numerator == one.metric_id,
            "denominator: a number must be above 0.": (
                not is_constant(one.denominator) or int(one.denominator or 0) > 0
            ),
            "interval_method: wilson is for shares of another count only.": (
                one.interval_method != "wilson" or is_share
            ),
            "interval_method: a share of another count in per cent has wilson or none.": (
                not is_share or one.unit != "per cent" or one.interval_method != "byar"
            ),
        }
    )


def _in_time_and_place(one: Definition) -> list[str]:
    """Which laws of periods, areas and breakdowns ``one`` breaks."""
    allowed = _PERIODS_OF.get(one.cadence, PERIODS)
    return [
        *_broken(
            {
                "settles_after_months cannot be negative.": one.settles_after_months >= 0,
                f"areas: known are {', '.join(AREAS)}, each once.": _words_of(one.areas, AREAS),
                f"periods: known are {', '.join(PERIODS)}, each once.": _words_of(one.periods, PERIODS),
                f"periods: a {one.cadence} cadence can state {', '.join(allowed)} only.": (
                    set(one.periods) & set(PERIODS) <= set(allowed)
                ),
                "breakdowns are lower-case identifiers, each once.": (
                    all(_WORD.fullmatch(word) for word in one.breakdowns)
                    and len(set(one.breakdowns)) == len(one.breakdowns)
                ),
                "baseline: what is judged needs a baseline or a comparison.": (
                    one.polarity == "context" or one.baseline is not None or one.comparison != "none"
                ),
            }
        ),
        *_unreadable("baseline", one.baseline),
        *_unreadable("period of the example", one.example.period if one.example else None),
    ]


def _words_of(words: Sequence[str], known: Sequence[str]) -> bool:
    return set(words) <= set(known) and len(set(words)) == len(words)


def _unreadable(field: str, label: str | None) -> list[str]:
    """A sentence where ``label`` is no period."""
    if label is None or _ROLLING36.fullmatch(label):
        return []
    try:
        parse_period(label)
    except UsageError as error:
        return [f"{field}: {error}"]
    return []


def _beside_others(one: Definition, every: Mapping[str, Definition]) -> list[str]:
    """Which other metrics ``one`` names that are none, or not what it needs."""
    bottom = [] if is_population(one.denominator) or is_constant(one.denominator) else [one.denominator]
    wrong = [
        f"{field}: {count} is not a count that is defined."
        for field, counts in (("numerator", [one.numerator]), ("denominator", bottom))
        for count in counts
        if count is not None and not is_population(count)
        if count not in every or every[count].denominator is not None
    ]
    if is_population(one.numerator):
        wrong.append("numerator: population is a denominator only.")
    wrong += [f"guards: {guard} is not defined." for guard in one.guards if guard not in every]
    if one.metric_id in one.guards:
        wrong.append("guards: a metric cannot guard itself.")
    return wrong
