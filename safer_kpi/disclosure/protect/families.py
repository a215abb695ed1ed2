"""What rules say of metrics together: which are equal, which add up to another, and which lie inside others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.disclosure.protect.values import QUARTER, WARD, YEAR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from safer_kpi.disclosure.rule import Rule


@dataclass(frozen=True)
class Families:
    """The protected counts of a project and how they hang together.

    Attributes:
        rules: the rule of each protected count, by metric.
        twins: the metrics whose numbers are equal by declaration, itself among them, by metric: where one metric alone
            sums to another, both are the same number.
        parts: the metrics that add up to a metric, two or more, by that metric.
        exact: the metrics that are published as they are.
        inside: the metrics that lie wholly inside a metric, at any depth, by that metric.
    """

    rules: Mapping[str, Rule]
    twins: Mapping[str, tuple[str, ...]]
    parts: Mapping[str, tuple[str, ...]]
    exact: frozenset[str]
    inside: Mapping[str, frozenset[str]]

    def by_ward(self, metric: str) -> str | None:
        """Return the metric, among those equal to this one, that is published by ward; None if none is."""
        return next((twin for twin in self.twins[metric] if self.rules[twin].grain == WARD), None)

    def lengths(self, metric: str) -> set[str]:
        """Return the lengths of period published for the authority of this metric or one equal to it."""
        return {length for twin in self.twins[metric] for length in self.rules[twin].periods}

    def breakdowns(self, metric: str) -> list[tuple[str, str]]:
        """Return the metric and the breakdown of each split of this number into published parts."""
        return [(twin, word) for twin in self.twins[metric] for word in self.rules[twin].breakdowns]

    def holds_finer(self, metric: str, length: str) -> bool:
        """Return whether a protected metric inside this one is published by ward, or by quarter inside a year."""
        parts = [self.rules[name] for name in self.inside[metric] - set(self.twins[metric]) if name in self.rules]
        return any(part.grain == WARD or (length == YEAR and QUARTER in part.periods) for part in parts)

    def family(self, metric: str, beside: Iterable[str]) -> str:
        """Return the name of the metrics that share an offset with this one, among those that publish the same cell.

        It is the first by name of all that one leads to by being inside another, or equal to it.
        """
        others, reached, look = set(beside), {metric}, [metric]
        while look:
            one = look.pop()
            new = {other for other in others - reached if self._linked(one, other)}
            reached |= new
            look += sorted(new)
        return min(reached)

    def _linked(self, one: str, other: str) -> bool:
        return other in self.inside[one] or one in self.inside[other] or other in self.twins[one]


def families(rules: Mapping[str, Rule]) -> Families:
    """Return the protected counts among ``rules`` and how they hang together."""
    counts = {name: rule for name, rule in rules.items() if rule.method == "protected" and rule.is_count}
    summed: dict[str, list[str]] = {}
    for name, rule in sorted(rules.items()):
        if rule.sums_to:
            summed.setdefault(rule.sums_to, []).append(name)
    equal = {whole: parts[0] for whole, parts in summed.items() if len(parts) == 1}
    return Families(
        rules=counts,
        twins=_twins(counts, equal),
        parts={whole: tuple(parts) for whole, parts in summed.items() if len(parts) > 1 and whole in counts},
        exact=frozenset(name for name, rule in rules.items() if rule.method == "exact"),
        inside={name: _inside(name, rules, equal) for name in counts},
    )


def _twins(counts: Mapping[str, Rule], equal: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    group = {name: {name} for name in counts}
    for whole, part in equal.items():
        if whole in counts and part in counts:
            together = group[whole] | group[part]
            for name in together:
                group[name] = together
    return {name: tuple(sorted(group[name])) for name in counts}


def _inside(metric: str, rules: Mapping[str, Rule], equal: Mapping[str, str]) -> frozenset[str]:
    """Return what lies inside a metric: what it contains, what adds up to it, and what lies inside these."""
    reached: set[str] = set()
    look = [metric]
    while look:
        one = look.pop()
        below = set(rules[one].contains) if one in rules else set()
        below |= {name for name, rule in rules.items() if rule.sums_to == one}
        below |= {whole for whole, part in equal.items() if part == one}
        look += sorted(below - reached)
        reached |= below
    return frozenset(reached - {metric})
