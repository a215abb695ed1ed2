"""Chains of public editions made by hand: counts of restricted releases, and the figures that editions show of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from safer_kpi.disclosure.audit.chain.audit import audit_chain
from safer_kpi.disclosure.audit.chain.files import Certified, Chain, Count, Edition, Key, Metric, Published, Release
from safer_kpi.disclosure.audit.result import Result

AUTHORITY, FORCE, ELSEWHERE = "E06000901", "E23000901", "E06000901:elsewhere"
HURT, OPEN, SHARE = "9a.hurt", "9a.open", "9a.share"
FIRST, SECOND = "2030-31-Q1", "2030-31-Q2"
Q1 = "2030-04-01"


def ward(number: int) -> str:
    return f"E0500{number:04}"


def count(name: str = HURT, **terms: Any) -> Metric:
    """A protected count by ward and quarter, unless terms say otherwise."""
    plain = Metric(
        name=name, numerator=name, denominator=None, rate_base=1, is_share=False, is_additive=True, method="protected",
        grain="ward", lengths=("quarter", "year"), breakdowns=(), contains=(), sums_to=None, external=(),
    )  # fmt: skip
    return replace(plain, **terms)


def cell(area: str, *, metric: str = HURT, length: str = "quarter", start: str = Q1, part: str = "all") -> Key:
    return Key(metric, area, length, start, part)


@dataclass
class Story:
    """What restricted releases count and what public editions show, to be audited."""

    metrics: list[Metric] = field(default_factory=lambda: [count()])
    counts: dict[str, dict[Key, int]] = field(default_factory=dict)
    shown: dict[str, list[Published]] = field(default_factory=dict)
    certified: dict[str, list[Certified]] = field(default_factory=dict)

    def count(self, release: str, numbers: dict[Key, int]) -> None:
        self.counts.setdefault(release, {}).update(numbers)

    def show(self, edition: str, key: Key, figure: int, how: str, release: str = FIRST) -> None:
        level = {AUTHORITY: "local_authority", ELSEWHERE: "elsewhere", FORCE: "force"}.get(key.area, "ward")
        row = Published(key, 1, 1, figure, how, release, edition, level)
        self.shown.setdefault(edition, []).append(row)

    def certify(self, edition: str, key: Key, *, release: str = FIRST, **columns: Any) -> None:
        plain = Certified(key, 1, None, None, None, None, None, None, release)
        self.certified.setdefault(edition, []).append(plain._replace(**columns))

    def audit(self) -> Result:
        areas = {key.area for numbers in self.counts.values() for key in numbers}
        return audit_chain(
            Chain(
                metrics={one.name: one for one in self.metrics},
                releases=[
                    Release(name, {key: Count(number, 1) for key, number in numbers.items()})
                    for name, numbers in self.counts.items()
                ],
                editions=[
                    Edition(name, self.shown.get(name, []), self.certified.get(name, []))
                    for name in dict.fromkeys([*self.shown, *self.certified])
                ],
                authority=AUTHORITY,
                wards=frozenset(area for area in areas if area.startswith("E05")),
                force=FORCE,
            )
        )


def by_ward(numbers: list[int], *, outside: int = 1, edition: str = "one") -> Story:
    """One quarter of a count by ward, rounded with the offsets 0 to 4 in turn, and the authority's exact count."""
    story = Story()
    places = [*(ward(at) for at in range(len(numbers))), ELSEWHERE]
    story.count(FIRST, {cell(ward(at)): number for at, number in enumerate(numbers)})
    story.count(FIRST, {cell(AUTHORITY): sum(numbers) + outside})
    for at, (place, number) in enumerate(zip(places, [*numbers, outside], strict=True)):
        story.show(edition, cell(place), (number + at % 5) // 5 * 5, "rounded")
    story.show(edition, cell(AUTHORITY), sum(numbers) + outside, "exact")
    return story


#: Seventeen wards, as many as an exact quarter needs.
SEVENTEEN = [1, 3, 4, 2, 0, 7, 12, 3, 1, 0, 4, 9, 2, 2, 6, 1, 20]
