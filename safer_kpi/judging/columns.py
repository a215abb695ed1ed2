"""The columns of a verdict, and the terms of a metric that decide what is compared and judged."""

from __future__ import annotations

DESCRIPTION = (
    "One answer to whether a number got better: one metric, area, period and breakdown against one thing. Only what was"
    " judged has a row; safer-kpi verdicts and Lake.verdicts say of every other number why it was not."
)
COLUMNS = {
    "metric_id": "Metric",
    "area_code": "ONS code, or unplaced",
    "period": "2024-05, 2024-25-Q1, 2024-25, 2024-Q1, 2024, 2025-03-R12 or 2020-12-R36",
    "period_type": "month, quarter or year (financial), calendar_quarter, calendar_year, rolling12 or rolling36",
    "period_start": "First day",
    "period_end": "Last day",
    "breakdown": "all, or the part of a breakdown",
    "against": "year_before (for rolling36 the 36 months before), baseline, or series (the periods up to this one)",
    "reference_period": "Period it is compared with; none for series",
    "is_baseline": "Whether that period is the baseline; a year before that is the baseline too has one row",
    "value": "The number that is judged, in the metric's unit",
    "reference_value": "The number it is compared with; for series the mean of the points up to it",
    "numerator": "Its balance of postings",
    "denominator": "What it is divided by; none for a count",
    "reference_numerator": "The numerator it is compared with; none for series",
    "reference_denominator": "The denominator it is compared with; none for a count and for series",
    "verdict": "improving, worsening or no clear change; not judged in public editions and in files of older versions",
    "reason": "What the test found, or why it is not judged",
    "test": "exact conditional Poisson, score or XmR; none where it is not judged",
    "statistic": "Poisson: rate ratio, none over 0. Score: z. XmR: sigmas from the mean, none where nothing varied",
    "p_value": "Two-sided p; none for XmR",
    "change": "Value less the reference value, or less the mean of the series, in the metric's unit",
}
TYPES = (
    dict.fromkeys(("period_start", "period_end"), "DATE")
    | {"is_baseline": "BOOLEAN"}
    | dict.fromkeys(("value", "reference_value", "statistic", "p_value", "change"), "DOUBLE")
    | dict.fromkeys(("numerator", "denominator", "reference_numerator", "reference_denominator"), "BIGINT")
)
#: The columns of ``kpi.metric`` that decide it, with their types. A number that is not withdrawn says itself whether it
#: has settled; of others the months after which it does are asked.
TERMS = {
    "metric_id": "VARCHAR",
    "polarity": "VARCHAR",
    "interval_method": "VARCHAR",
    "comparison": "VARCHAR",
    "denominator_kind": "VARCHAR",
    "baseline_type": "VARCHAR",
    "baseline_start": "DATE",
    "settles_after_months": "INTEGER",
}


def typed() -> str:
    """Return the columns of a verdict as SQL, each with its type."""
    return ", ".join(f"{name}::{TYPES.get(name, 'VARCHAR')} AS {name}" for name in COLUMNS)
