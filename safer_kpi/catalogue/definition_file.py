"""The shape of a file under ``contracts/kpis``: its keys, their types and the values they may have."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Model = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")]
Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
Area = Literal["ward", "local_authority", "force"]
Period = Literal["month", "quarter", "calendar_quarter", "year", "calendar_year", "rolling12", "rolling36"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


class CountEntry(_Strict):
    """What a metric counts; a shared ledger model makes its postings."""

    source: Model = Field(alias="from", description="Model whose change rows are counted, such as core.offence")
    where: Text | None = Field(None, description="Condition over the columns of that model, in SQL")
    by: dict[Word, Word] | None = Field(None, min_length=1, description="Breakdowns: name and column")
    amount: Word | None = Field(None, description="Column that is summed; without it each row counts one")
    measure: Word | None = Field(None, description="Column that says amount, suppressed or unavailable")
    series: Word | None = Field(None, description="Column that says which figures may be compared")
    month: Word | None = Field(None, description="Column with the first day of the month; month by default")
    places: dict[Area, Word] | None = Field(
        None, min_length=1, description="Column of an area level; ward_code, la_code and force_code by default"
    )
    distinct: Word | None = Field(None, description="Column of the things counted, each once; without it rows count")
    told: Word | None = Field(None, description="Column that says whether a row's file could name the thing")
    at_least: int | None = Field(None, ge=2, description="Rows that a distinct thing needs to count; 1 by default")


class PublicEntry(_Strict):
    """What the public edition may say of a metric; it changes no number, so a change of it needs no new version."""

    method: Literal["exact", "protected", "none"] = Field(
        description="Whether certified figures are published as they are, after disclosure control, or not at all"
    )
    grain: Area | None = Field(None, description="Smallest area that is published; needed unless nothing is")
    periods: list[Period] | None = Field(
        None, min_length=1, description="Lengths of period published for the authority; needed unless nothing is"
    )
    breakdowns: list[Word] | None = Field(None, description="Breakdowns that are published; none by default")
    contains: list[Text] | None = Field(
        None, min_length=1, description="Metrics wholly inside this one: in every cell at most as large"
    )
    sums_to: Text | None = Field(
        None, description="Metric that this one and all others with the same sums_to add up to"
    )
    external: list[Text] | None = Field(
        None, min_length=1, description="Public tables anybody has that hold this one, named as the metric of them"
    )


class DefaultsEntry(_Strict):
    """Keys that may stand once for all metrics of a file; a metric's own key comes before it."""

    unit: Text | None = Field(None, description="Unit of the value")
    rate_base: float | int | None = Field(None, description="Factor of numerator over denominator; 1 by default")
    date_used: Text | None = Field(None, description="Which date decides the period")
    kind: Literal["outcome", "activity", "reporting"] | None = Field(None, description="What kind of number it is")
    polarity: Literal["lower_is_better", "higher_is_better", "context"] | None = Field(
        None, description="Which direction is better, if any"
    )
    baseline: Text | None = Field(None, description="Period it is judged against; null for none")
    comparison: Literal["year_before", "none"] | None = Field(None, description="Whether a year before is compared")
    feeds: list[Word] | None = Field(None, min_length=1, description="Feeds whose cells a period needs")
    cadence: Literal["monthly", "quarterly", "yearly"] | None = Field(None, description="How often a figure comes")
    areas: list[Area] | None = Field(None, min_length=1, description="Levels of area it is stated for")
    periods: list[Period] | None = Field(None, min_length=1, description="Lengths of period it is stated for")
    breakdowns: list[Word] | None = Field(
        None, description="Breakdowns besides all; those of count.by by default, else none"
    )
    settles_after_months: int | None = Field(None, description="Months after a period in which it is provisional")
    looks_back_months: int | None = Field(
        None, ge=0, le=24, description="Months before a period that it is made of too; 0 by default"
    )
    sensitivity: Literal["official", "official_sensitive"] | None = Field(None, description="Who may see it")
    interval_method: Literal["byar", "wilson", "none"] | None = Field(None, description="Method of its interval")
    additive: bool | None = Field(None, description="Whether the parts sum to the whole")
    coverage_threshold: float | int | None = Field(None, description="Coverage it needs to be certified; 1 by default")
    public: PublicEntry | None = Field(
        None, description="What the public edition may say of it; needed, here or under defaults"
    )


class MetricEntry(DefaultsEntry):
    """One metric and what it means."""

    metric_id: Text = Field(description="Name: the KPI, a dot, and what is counted")
    definition_version: int | None = Field(None, description="One more whenever the number changes; 1 by default")
    title: Text = Field(description="Short title")
    statement: Text = Field(description="What it measures, in plain English")
    numerator: Text | None = Field(None, description="Metric that is summed; the metric itself by default")
    denominator: str | int | None = Field(
        None, description="Metric it is divided by, population, population.<band> or a whole number; none for a count"
    )
    counted: Text = Field(description="What counts")
    not_counted: Text = Field(description="What does not count")
    polarity_reason: Text = Field(description="Why this direction is better, or why none is")
    guards: list[Text] | None = Field(None, description="Metrics to be read beside it")
    caveats: Text = Field(description="What the number does not say")
    changes: dict[int, Text] | None = Field(None, min_length=1, description="What changed with each version")
    count: CountEntry | None = Field(None, description="What the metric counts")
    example: dict[str, Any] | None = Field(
        None, min_length=1, description="Older form of the worked example; now contracts/kpis/examples/<metric_id>"
    )


class KpiFile(_Strict):
    """One lettered line of the strategy and the metrics under it."""

    kpi: Text = Field(description="Lettered line of the strategy, such as 1a, or a measure of its action plan")
    strategy: Text | None = Field(None, description="Older place of the wording; now contracts/strategy.yaml")
    paragraph: Text | None = Field(None, description="Older place of the paragraph; now contracts/strategy.yaml")
    priority: Text | None = Field(None, description="Older place of the priority; now contracts/strategy.yaml")
    owner: Text = Field(description="Who answers for the definitions")
    defaults: DefaultsEntry | None = Field(None, description="Keys of every metric of this file that lacks them")
    metrics: list[MetricEntry] = Field(min_length=1, description="The metrics")


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file under ``contracts/kpis``, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "KPI definitions",
        **KpiFile.model_json_schema(),
    }
