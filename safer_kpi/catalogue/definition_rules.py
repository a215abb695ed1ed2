"""The laws a definition keeps, each a sentence; a project whose definitions break one does not load."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from safer_kpi.catalogue.condition import mistake_in
from safer_kpi.catalogue.denominators import is_constant, is_population
from safer_kpi.catalogue.public_rules import public_laws
from safer_kpi.catalogue.suggestions import nearest, suggested
from safer_kpi.domain.periods import PERIOD_TYPES, parse_period
from safer_kpi.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from safer_kpi.catalogue.definition import Definition

AREAS = ("ward", "local_authority", "force")
PERIODS = PERIOD_TYPES
#: The lengths of period in which distinct things can be counted.
DISTINCT_PERIODS = ("month", "quarter", "calendar_quarter", "year", "calendar_year", "rolling12")
FINANCIAL, CALENDAR = frozenset({"quarter", "year"}), frozenset({"calendar_quarter", "calendar_year"})
_PERIODS_OF: Mapping[str, tuple[str, ...]] = {
    "monthly": PERIODS,
    "quarterly": ("quarter", "calendar_quarter", "year", "calendar_year", "rolling12", "rolling36"),
    "yearly": ("year", "calendar_year", "rolling36"),
}
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_ROLLING36 = re.compile(r"\d{4}-(0[1-9]|1[0-2])-R36")


def check(one: Definition, every: Mapping[str, Definition], *, feeds: Sequence[str] | None = None) -> list[str]:
    """Name every law that a definition breaks, each with the file, the line and the metric.

    Each law begins with the key it is about.
    """
    broken = [
        *_in_itself(one),
        *_in_time_and_place(one),
        *_in_count(one),
        *_beside_others(one, every),
        *public_laws(one, every),
        *(
            f"feeds: no contract of feed {feed} exists. {nearest(feed, feeds)}"
            for feed in one.feeds
            if feeds is not None and feed not in feeds
        ),
    ]
    return [str(one.error(law.split()[0].rstrip(":"), law)) for law in broken]


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
                not is_share or one.rate_base != 100 or one.interval_method != "byar"
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
                "periods: quarters and years of the calendar never stand beside financial ones.": (
                    not (FINANCIAL & set(one.periods) and CALENDAR & set(one.periods))
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
        *_unreadable("example", one.example.period if one.example else None),
    ]


def _in_count(one: Definition) -> list[str]:
    """Which laws of its ``count`` ``one`` breaks."""
    count = one.count
    if count is None:
        return []
    wrong = _broken(
        {
            "count: a number that is divided counts nothing of its own.": one.denominator is None,
            "additive: what a count of rows posts is summed, so it is additive: true.": (
                one.additive or count.distinct is not None
            ),
            "count.at_least: how many rows a thing needs, so it needs count.distinct.": (
                count.distinct is not None or count.at_least == 1
            ),
            "count.told says whether a distinct thing is named, so it needs count.distinct.": (
                count.distinct is not None or count.told is None
            ),
            "count.distinct counts things, so it has no amount, measure or series.": (
                count.distinct is None or not (count.amount or count.measure or count.series)
            ),
            f"periods: distinct things are counted in {', '.join(DISTINCT_PERIODS)} only.": (
                count.distinct is None or one.additive or set(one.periods) <= set(DISTINCT_PERIODS)
            ),
            "count.measure says what an amount is, so it needs count.amount.": bool(count.amount or not count.measure),
            f"breakdowns: they are those of count.by, {', '.join(count.by) or 'none'}.": (
                set(one.breakdowns) == set(count.by)
            ),
            f"count.places: its levels are those of areas, {', '.join(one.areas)}.": set(count.places)
            <= set(one.areas),
        }
    )
    if count.where is not None and (mistake := mistake_in(count.where)):
        wrong.append(f"count.where: {mistake}")
    return wrong


def _words_of(words: Sequence[str], known: Sequence[str]) -> bool:
    return set(words) <= set(known) and len(set(words)) == len(words)


def _unreadable(field: str, label: str | None) -> list[str]:
    """Return a sentence where ``label`` is no period."""
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
        f"{field}: {count} is not a count that is defined. {suggested(count, every)}".rstrip()
        for field, counts in (("numerator", [one.numerator]), ("denominator", bottom))
        for count in counts
        if count is not None and not is_population(count)
        if count not in every or every[count].denominator is not None
    ]
    if is_population(one.numerator):
        wrong.append("numerator: population is a denominator only.")
    wrong += [
        f"guards: {guard} is not defined. {suggested(guard, every)}" for guard in one.guards if guard not in every
    ]
    if one.metric_id in one.guards:
        wrong.append("guards: a metric cannot guard itself.")
    if one.denominator is not None:
        wrong += [law for name in (one.numerator, one.denominator) for law in _within(one, every.get(name))]
    return wrong


def _within(one: Definition, count: Definition | None) -> list[str]:
    """Which areas, breakdowns and periods a rate states that a count it is made of does not."""
    if count is None:
        return []
    asked = {"areas": (one.areas, count.areas), "breakdowns": (one.breakdowns, count.breakdowns)}
    if not count.additive:
        asked["periods"] = (one.periods, count.periods)
    return [
        f"{key}: {word} is not among those of {count.metric_id}. {nearest(word, known)}"
        for key, (words, known) in asked.items()
        for word in words
        if word not in known
    ]
