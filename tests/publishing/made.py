"""Facts made by hand for one metric in one area: what a report says of them is known from their numbers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from safer_kpi.domain.periods import PeriodType, add_months, period_at
from safer_kpi.publishing.facts import Approval, Change, Facts, Key, Metric, Number, Numbers, Signed, Verdict

METRIC = Metric(
    metric_id="1a.robbery", kpi="1a", title="Robbery", unit="offences", definition_version=1, statement="Robberies.",
    kind="outcome", polarity="lower_is_better", polarity_reason="Fewer victims is the aim.", counted="Each.",
    not_counted="", date_used="", caveats="", owner="community safety", sensitivity="official",
    periods=("month", "year"), guards=(), breakdowns=(), feeds=(), settles_after_months=3, is_percentage=False,
    per_residents=False, interval_method="byar",
)  # fmt: skip
RELEASE = Signed(
    release_id="2024-25-Q4", quarter="2024-25-Q4", known_at=dt.datetime(2025, 7, 19, 10),
    published_at=dt.datetime(2025, 7, 31), supersedes=None, revision=None, reason=None,
    approvals=(Approval(name="Ada King", at="2025-07-30", comment=""),), manifest_sha256="0" * 64, row_hash="1" * 64,
    package_version="0", document=None, paragraph=None,
)  # fmt: skip


def number(
    value: float | None, start: dt.date, kind: PeriodType = "month", *, status: str = "certified", **more: Any
) -> Number:
    """A number of robbery in L1; with a unit in ``unit``."""
    period = period_at(start, kind)
    key = Key(metric_id=METRIC.metric_id, area_code="L1", period_type=kind, period=period.label)
    given: dict[str, Any] = {
        "area_name": "Seatown", "area_type": "local_authority", "lower": None, "upper": None, "numerator": None,
        "denominator": None, "unit": "offences", "coverage": 1.0, "placed": None, "held_rows": 0, "unplaced": 0,
        "series": 1, "note": None,
    }  # fmt: skip
    return Number(key=key, start=period.start, end=period.end, value=value, status=status, **(given | more))


def months(values: list[float | None], first: dt.date = dt.date(2024, 4, 1)) -> list[Number]:
    """Numbers of months in a row; one without a value is incomplete."""
    return [
        number(value, add_months(first, step), status="incomplete" if value is None else "certified")
        for step, value in enumerate(values)
    ]


def change(of: Number, difference: float | None, **more: Any) -> Change:
    """The change of a number."""
    given: dict[str, Any] = {
        "reference_period": None, "value": of.value, "reference_value": None, "percentage": None,
        "basis": "equal age", "latest_reference_value": None, "months": 12, "of_months": 12, "left_out": (),
        "reason": None, "contributors_differ": None,
    }  # fmt: skip
    return Change(key=of.key, difference=difference, **(given | more))


def verdict(of: Number, said: str, *, against: str = "year_before", **more: Any) -> Verdict:
    """A stored verdict of a number."""
    given: dict[str, Any] = {
        "reference_period": None, "reference_value": None, "reason": "", "test": None, "p_value": None,
        "statistic": None,
    }  # fmt: skip
    return Verdict(key=of.key, against=against, verdict=said, **(given | more))


def facts(*numbers: Number, verdicts: tuple[Verdict, ...] = (), earlier: tuple[Number, ...] = (), **more: Any) -> Facts:
    """The facts of some numbers and verdicts; ``earlier`` are those that the last report had."""
    judged: dict[Key, dict[str, Verdict]] = {}
    for one in verdicts:
        judged.setdefault(one.key, {})[one.against] = one
    given: dict[str, Any] = {
        "release": RELEASE, "before": replace(RELEASE, release_id="2023-24-Q4") if earlier else None,
        "area": ("L1", "Seatown"), "force": None, "metrics": {METRIC.metric_id: METRIC}, "kpis": (), "feeds": (),
        "changes": {}, "peers": {}, "versions": {METRIC.metric_id: 1}, "explained": None,
    }  # fmt: skip
    return Facts(numbers=_held(numbers), earlier=_held(earlier), verdicts=judged, **(given | more))


def _held(numbers: tuple[Number, ...]) -> Numbers:
    series: dict[tuple[str, str, PeriodType, str], list[Number]] = {}
    for one in numbers:
        key = one.key
        series.setdefault((key.metric_id, key.area_code, key.period_type, key.breakdown), []).append(one)
    return Numbers({one.key: one for one in numbers}, {name: tuple(found) for name, found in series.items()})
