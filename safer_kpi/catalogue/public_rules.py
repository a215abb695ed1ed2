"""The laws of a definition's ``public`` rule; decision 0080 says why each is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.catalogue.denominators import is_constant, is_population
from safer_kpi.catalogue.suggestions import nearest, suggested

if TYPE_CHECKING:
    from collections.abc import Mapping

    from safer_kpi.catalogue.definition import Definition

#: The lengths of period of protected figures.
PROTECTED_PERIODS = ("quarter", "year", "rolling12")
#: KPIs of violent offenders, exploitation, children and deaths: their metrics are never exact below the authority.
SENSITIVE_KPIS = frozenset({"1c", "2a", "2c", "2d", "3e"})


def public_laws(one: Definition, every: Mapping[str, Definition]) -> list[str]:
    """Return every law that the ``public`` rule of ``one`` breaks; each begins with the key it is about."""
    rule = one.public
    if rule.method == "none":
        return [
            f"public.{key}: nothing of the metric is published, so the rule is method: none alone."
            for key in rule.as_data()
            if key != "method"
        ]
    wrong = [*_stated(one), *_known(one, every)]
    if wrong:
        return wrong
    if one.denominator is not None:
        wrong += _parts(one, every)
    return wrong + (_exact(one, every) if rule.method == "exact" else _protected(one, every))


def _stated(one: Definition) -> list[str]:
    """Return the laws about what is published of what the metric states."""
    rule = one.public
    wrong = []
    if rule.grain is None:
        wrong.append(f"public.grain: name the smallest area that is published, one of {', '.join(one.areas)}.")
    elif rule.grain not in one.areas:
        wrong.append(f"public.grain: the metric is not stated for {rule.grain}. Stated for: {', '.join(one.areas)}.")
    if not rule.periods:
        wrong.append(f"public.periods: name the lengths that are published, of {', '.join(one.periods)}.")
    for key, words, known in (("periods", rule.periods, one.periods), ("breakdowns", rule.breakdowns, one.breakdowns)):
        if len(set(words)) != len(words):
            wrong.append(f"public.{key}: each stands once.")
        wrong += [
            f"public.{key}: the metric is not stated by {word}. {nearest(word, known)}".rstrip()
            for word in words
            if word not in known
        ]
    return wrong


def _known(one: Definition, every: Mapping[str, Definition]) -> list[str]:
    """Return the laws about the metrics that the rule names."""
    rule = one.public
    named = {"contains": rule.contains, "sums_to": (rule.sums_to,) if rule.sums_to else (), "external": rule.external}
    wrong = []
    for key, metrics in named.items():
        wrong += [
            f"public.{key}: {metric} is not defined. {suggested(metric, every)}".rstrip()
            for metric in metrics
            if metric not in every
        ]
        wrong += [f"public.{key}: a metric does not name itself." for metric in metrics if metric == one.metric_id]
        wrong += [
            f"public.{key}: {metric} is a rate; only counts hold or add up to others."
            for metric in metrics
            if metric in every and every[metric].denominator is not None
        ]
    if one.denominator is not None and any(named.values()):
        wrong.append("public: a rate names no metrics; its numerator and its denominator do.")
    return wrong


def _exact(one: Definition, every: Mapping[str, Definition]) -> list[str]:
    rule = one.public
    wrong = []
    if rule.grain == "ward" and (one.sensitivity == "official_sensitive" or one.kpi in SENSITIVE_KPIS):
        wrong.append(
            "public.grain: sexual and domestic violence, exploitation, most serious violence, children and deaths are"
            " never exact below the local authority. Write method: protected, or a larger grain."
        )
    wrong += [
        f"public.contains: {part} is protected by ward, and a small exact number of a ward would give it away."
        " Write method: protected, or a larger grain."
        for part in rule.contains
        if rule.grain == "ward" and (every[part].public.method, every[part].public.grain) == ("protected", "ward")
    ]
    for whole in _wholes(one, every):
        others = [part for part in _parts_of(whole, every) if part != one.metric_id]
        hidden = [part for part in others if every[part].public.method != "exact"]
        if len(others) == 1 and hidden and _is_open(whole, every):
            wrong.append(
                f"public.method: {whole} is public, so an exact number here would tell {others[0]}, which is the rest"
                " of it. Write method: protected."
            )
    return wrong


def _wholes(one: Definition, every: Mapping[str, Definition]) -> list[str]:
    """Return the metrics of which ``one`` is a part, in the words of any rule."""
    named = [*one.public.external, *([one.public.sums_to] if one.public.sums_to else [])]
    named += [name for name, other in every.items() if one.metric_id in other.public.contains]
    return [name for name in dict.fromkeys(named) if name in every]


def _parts_of(whole: str, every: Mapping[str, Definition]) -> list[str]:
    """Return the metrics that are parts of a whole, in the words of any rule."""
    parts = {name for name, one in every.items() if whole in one.public.external or one.public.sums_to == whole}
    return sorted(parts | (set(every[whole].public.contains) & every.keys()))


def _is_open(whole: str, every: Mapping[str, Definition]) -> bool:
    """Return whether anybody can read the exact numbers of a metric."""
    external = any(whole in one.public.external for one in every.values())
    return external or every[whole].public.method == "exact"


def _protected(one: Definition, every: Mapping[str, Definition]) -> list[str]:
    rule, whole = one.public, one.public.sums_to
    wrong = [
        f"public.periods: protected figures are of {', '.join(PROTECTED_PERIODS)}, and {word} is none of these."
        for word in rule.periods
        if word not in PROTECTED_PERIODS
    ]
    if rule.grain == "force":
        wrong.append("public.grain: protected figures are never of the force: less the authority it would tell others.")
    if rule.breakdowns and (not one.additive or "year" not in rule.periods):
        wrong.append("public.breakdowns: protected parts are of counts that add up, by year.")
    summed = [name for name, other in every.items() if whole and other.public.sums_to == whole]
    wrong += [
        f"public.contains: {part} is protected by ward, too; who knows that it was revised where this was not knows"
        " that this is not 0. Give one of the two a larger grain."
        for part in rule.contains
        if rule.grain == "ward" and (every[part].public.method, every[part].public.grain) == ("protected", "ward")
    ]
    if whole and every[whole].public.method == "exact" and summed == [one.metric_id]:
        wrong.append(f"public.sums_to: {whole} is exact, and it is the same number.")
    if one.denominator is not None:
        return wrong
    if not one.additive:
        if rule.grain == "ward":
            wrong.append("public.grain: a protected count of different people or places is of the authority only.")
        if len(rule.periods) != 1:
            wrong.append(
                "public.periods: a protected count of different people or places has one length, because those of a"
                " quarter are among those of its year."
            )
    elif "rolling12" in rule.periods:
        wrong.append("public.periods: rolling12 is always published as the sum of quarters, so it is not written.")
    if rule.grain == "ward" and "quarter" not in one.periods:
        wrong.append("public.grain: protected wards are published by quarter, and the metric has none.")
    return wrong


def _parts(one: Definition, every: Mapping[str, Definition]) -> list[str]:
    """Return the laws of a rate: it is published only where its numerator and its denominator are."""
    names = [one.numerator]
    if one.denominator and not is_population(one.denominator) and not is_constant(one.denominator):
        names.append(one.denominator)
    wrong = []
    for name in names:
        if name not in every:
            continue
        part, rule = every[name].public, one.public
        if part.method == "none" or (rule.method == "exact" and part.method != "exact"):
            wrong.append(f"public.method: {name} is {part.method}, so what is made of it cannot be {rule.method}.")
        elif "ward" in {rule.grain} - {part.grain} or (rule.grain, part.grain) == ("local_authority", "force"):
            wrong.append(f"public.grain: {name} is published down to {part.grain} only.")
        else:
            known = {*part.periods, *(["rolling12"] if part.method == "protected" and every[name].additive else [])}
            wrong += [
                f"public.periods: {name} is not published by {word}." for word in rule.periods if word not in known
            ]
            wrong += [
                f"public.breakdowns: {name} is not published by {word}."
                for word in rule.breakdowns
                if word not in part.breakdowns
            ]
    if one.public.method == "protected" and one.public.grain == "ward" and not is_population(one.denominator):
        wrong.append("public.grain: of protected rates only those over residents are published by ward.")
    return wrong
