"""The shape of ``contracts/strategy.yaml``: its keys, their types and the values they may have."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from safer_kpi.catalogue.shape import Shape

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+$")]
Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class PartEntry(_Strict):
    """Words of a KPI that ask for one direction, where its other words ask for the opposite."""

    words: Text = Field(description="These words of the KPI")
    direction: Literal["increase", "decrease"] = Field(description="Direction that these words ask for")
    headlines: list[Text] = Field(min_length=1, description="Metrics that stand for these words, in order")


class LineEntry(_Strict):
    """What a KPI and a measure have in common."""

    words: Text = Field(description="What it asks for, in the words of the strategy or the action plan")
    direction: Literal["increase", "decrease", "both"] = Field(
        description="Direction that is asked for; both where parts ask for opposite ones"
    )
    explanation: Text | None = Field(None, description="Why, where the direction surprises or one number has two uses")
    headlines: list[Text] | None = Field(
        None, min_length=1, description="Metrics that stand for it, in order; by default all of its metrics, by name"
    )
    parts: list[PartEntry] | None = Field(None, min_length=2, description="Parts that ask for opposite directions")
    data: Text = Field(description="What a partner would have to supply to measure it")
    asked_from: Text = Field(description="Who is asked for that")


class KpiEntry(LineEntry):
    """One lettered line of the strategy."""

    kpi: Code = Field(description="Its letter, such as 1a")


class MeasureEntry(LineEntry):
    """One measure that an action plan adds to the strategy."""

    measure: Code = Field(description="Its own code, such as p1; its metrics are named p1.something")
    plan: Text = Field(description="Action plan that adds it")


class PriorityEntry(_Strict):
    """One priority of the strategy."""

    priority: Text = Field(description="Its words")
    kpis: list[KpiEntry] = Field(min_length=1, description="Its KPIs, in the strategy's order")
    measures: list[MeasureEntry] | None = Field(None, min_length=1, description="Measures of action plans under it")


class StrategyFile(_Strict):
    """The priorities and KPIs of a partnership, in its own words."""

    document: Text = Field(description="The strategy, by title, body and date")
    paragraph: Text = Field(description="Paragraph of the document that holds the words")
    priorities: list[PriorityEntry] = Field(min_length=1, description="The priorities, in order")


SHAPE = Shape(
    root=StrategyFile,
    entries={"priorities": PriorityEntry, "kpis": KpiEntry, "measures": MeasureEntry, "parts": PartEntry},
    items={"kpis": "kpi", "measures": "measure"},
)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``contracts/strategy.yaml``, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Strategy",
        **StrategyFile.model_json_schema(),
    }
