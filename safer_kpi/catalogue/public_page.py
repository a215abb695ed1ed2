"""What the page of a metric says of the public edition, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from safer_kpi.catalogue.definition import Definition

_METHODS = {
    "exact": "the certified figures as they are",
    "none": "nothing: only the partners see it",
}
_GRAINS = {
    "ward": "down to wards",
    "local_authority": "down to the local authority, never by ward",
    "force": "for the police force area only",
}


def public_facts(one: Definition, *, named: Callable[[str], str], length: Callable[[str], str]) -> dict[str, str]:
    """Return what may be published of a metric, one fact by its name.

    ``named`` writes the id of a metric, ``length`` a length of period.
    """
    rule = one.public
    facts = {"Method": _METHODS.get(rule.method) or _protected(one)}
    if rule.method == "none":
        return facts
    facts["Areas"] = _GRAINS[str(rule.grain)]
    facts["Periods"] = ", ".join(length(period) for period in rule.periods)
    facts["Broken down by"] = ", ".join(word.replace("_", " ") for word in rule.breakdowns) or "nothing"
    if rule.contains:
        facts["Holds"] = f"{_list(rule.contains, named)}: in every cell at most as large"
    if rule.sums_to:
        facts["Adds up to"] = f"{named(rule.sums_to)}, with all others that do"
    if rule.external:
        facts["Known from elsewhere"] = f"{_list(rule.external, named)}, which anybody can read in public tables"
    return facts


def _protected(one: Definition) -> str:
    if one.denominator is not None:
        return "after disclosure control: made of the published numerator and denominator, without an interval"
    if not one.additive:
        return "after disclosure control: rounded to a multiple of 5 that may be up to 4 off, published once and kept"
    return (
        "after disclosure control: the authority's own figure exact where it is never small; every finer or smaller one"
        " rounded to a multiple of 5 that may be up to 4 off, or a sum of such; each published once and kept"
    )


def _list(metrics: Sequence[str], named: Callable[[str], str]) -> str:
    return ", ".join(named(metric) for metric in metrics)
