"""Four releases that revise each other: what the public editions made of them gives nobody away, says the audit."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from safer_kpi.catalogue.definition import Definition
from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.disclosure.audit.chain import files
from safer_kpi.disclosure.audit.chain.audit import audit_chain
from safer_kpi.disclosure.audit.result import Result
from safer_kpi.disclosure.protect import Count, Published
from safer_kpi.disclosure.protect.values import Period
from safer_kpi.disclosure.rule import read_rules
from tests.disclosure.tables import OWN, count, published, quarter, rolling, wards, year

PROJECT = Path(__file__).resolve().parents[2]
BANDS = {"0-9": 3, "10-17": 15, "18-24": 20, "25-64": 50, "65+": 5, "not recorded": 7}
ELSEWHERE = "no ward"
VIOLENCE = ("1a.violence_against_person", "1a.violence_victims")
#: Kinds of events: the metrics that count each, and how many there are in an average ward and quarter.
KINDS: tuple[tuple[tuple[str, ...], float], ...] = (
    (("1a.domestic_abuse_violence", *VIOLENCE), 1.5),
    (("1a.sexual_offences",), 0.9),
    (("1a.knife_weapon_assaults", "1a.knife_weapon_victims", *VIOLENCE), 0.5),
    (("1a.serious_youth_violence", "1a.serious_youth_violence_victims", *VIOLENCE), 0.2),
    (VIOLENCE, 2.0),
    (("3c.personal_asb",), 2.0),
)
#: The same of the whole authority.
RARE: tuple[tuple[tuple[str, ...], float], ...] = (
    (("2a.child_abduction_warnings", "2a.all_powers"), 3),
    (("2a.protection_notices", "2a.all_powers"), 1),
    (("2a.recovery_orders", "2a.all_powers"), 1),
    (("2a.trafficking_orders", "2a.all_powers"), 2),
    (("2c.screenings", "2c.children_screened"), 4),
    (("2c.screenings",), 4),
)
METRICS = sorted({metric for metrics, _ in (*KINDS, *RARE) for metric in metrics})
RELEASES = {"2023-24-Q4": 4, "2024-25-Q2": 6, "2024-25-Q3": 7, "2024-25-Q4": 8}


@dataclass(frozen=True)
class Event:
    metrics: tuple[str, ...]
    area: str
    quarter: int
    band: str


@dataclass
class World:
    """Made-up events of eight quarters, as they are known."""

    chance: random.Random
    areas: Sequence[str]
    events: list[Event] = field(default_factory=list)

    def happen(self, scale: float) -> None:
        for metrics, mean in KINDS:
            for area in self.areas:
                weight = self.chance.choice((0.2, 0.5, 1, 2))
                self._happen(metrics, area, mean * weight * scale)
        for metrics, mean in RARE:
            self._happen(metrics, OWN, mean)

    def revise(self) -> None:
        """Change one event in 25: it is withdrawn, or one like it is added."""
        for _ in range(len(self.events) // 25):
            event = self.chance.choice(self.events)
            if self.chance.random() < 0.5:
                self.events.remove(event)
            else:
                self.events.append(event)

    def counts(self, definitions: Sequence[Definition], quarters: int) -> list[Count]:
        """Return every count that a release of the first quarters holds."""
        held = Counter((metric, one.area, one.quarter, one.band) for one in self.events for metric in one.metrics)
        own = Counter[tuple[str, int, str]]()
        for (metric, _, number, band), value in held.items():
            own[metric, number, band] += value
        rows = []
        for one in definitions:
            name = one.metric_id
            for period, inside in _periods(one, quarters):
                in_bands = {band: sum(own[name, number, band] for number in inside) for band in BANDS}
                rows.append(count(sum(in_bands.values()), period, metric=name))
                if period.length == "year" and "age" in one.breakdowns:
                    rows += [
                        count(value, period, metric=name, breakdown=f"age:{band}") for band, value in in_bands.items()
                    ]
                if period.length == "quarter" and "ward" in one.areas:
                    rows += [
                        count(sum(held[name, area, inside[0], band] for band in BANDS), period, area, metric=name)
                        for area in self.areas
                        if area != ELSEWHERE
                    ]
        return rows

    def _happen(self, metrics: tuple[str, ...], area: str, mean: float) -> None:
        for number in range(8):
            # a sum of many rare chances, which is as good as Poisson's
            for _ in range(sum(self.chance.random() < mean / 50 for _ in range(50))):
                (band,) = self.chance.choices(list(BANDS), list(BANDS.values()))
                self.events.append(Event(metrics, area, number, band))


def _periods(one: Definition, quarters: int) -> list[tuple[Period, list[int]]]:
    found = [(quarter(number), [number]) for number in range(quarters)] if "quarter" in one.periods else []
    if "year" in one.periods:
        found += [(year(number), list(range(4 * number, 4 * number + 4))) for number in range(quarters // 4)]
    if "rolling12" in one.periods:
        found += [(rolling(last), list(range(last - 3, last + 1))) for last in range(3, quarters)]
    return found


def _key(row: Count | Published) -> files.Key:
    start = row.period.starts_on.isoformat()
    return files.Key(row.metric_id, row.area_code, row.period.length, start, row.breakdown)


def audited(seed: int, *, number: int, scale: float) -> Result:
    """Audit the editions of four releases together."""
    definitions = [one for one in load_definitions(PROJECT) if one.metric_id in METRICS]
    rules = read_rules([{"metric_id": one.metric_id, "definition": one.as_json()} for one in definitions])
    world = World(random.Random(seed), [*wards(number), ELSEWHERE])
    world.happen(scale)
    key = world.chance.randbytes(32)
    frozen: list[Published] = []
    releases, editions = [], []
    for release, quarters in RELEASES.items():
        if frozen:
            world.revise()
        counts, name = world.counts(definitions, quarters), f"{release}.public.1"
        labels = [f"age:{band}" for band in BANDS]
        frozen = published(counts, rules, wards=wards(number), frozen=frozen, edition=name, labels=labels, key=key)
        releases.append(files.Release(release, {_key(row): files.Count(row.value or 0, 1) for row in counts}))
        rows = [
            files.Published(_key(row), 1, 1, row.figure, row.how, row.release_id, row.edition, row.area_type)
            for row in frozen
        ]
        editions.append(files.Edition(name, rows, []))
    metrics = {
        one.metric_id: files._metric((
            one.metric_id, one.numerator, one.denominator, one.denominator_kind, one.rate_base, one.interval_method,
            one.additive, one.as_json(),
        ))
        for one in definitions
    }  # fmt: skip
    return audit_chain(files.Chain(metrics, releases, editions, OWN, frozenset(wards(number)), "E23000001"))


def test_a_small_authority_gives_nothing_away() -> None:
    result = audited(1, number=1, scale=1)
    assert result.findings == ()
    assert result.audited > 100


@pytest.mark.soak
@pytest.mark.parametrize(("number", "scale"), [(33, 1), (33, 0.3), (16, 1), (8, 0.5), (5, 0.3), (1, 0.3)])
@pytest.mark.parametrize("seed", [1, 2])
def test_authorities_of_any_size_give_nothing_away(seed: int, number: int, scale: float) -> None:
    assert audited(seed, number=number, scale=scale).findings == ()
