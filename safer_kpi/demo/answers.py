"""What a finished demo answers, as rows: the scorecard, receipts, one reconciliation statement and one trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import safer_kpi

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.domain.periods import PeriodType

STATEMENT_METRIC = "1a.violence_and_sexual_offences"
STATEMENT_PERIOD = "2024-02"
TRACE_METRIC = "1a.robbery"
TRACE_PERIOD = "2025-03"

_LONGEST_FIRST: tuple[PeriodType, ...] = ("year", "rolling12", "rolling36", "quarter", "month")
_FIGURES = ("area_code", "period", "value", "lower", "upper", "unit", "status", "coverage")


@dataclass(frozen=True)
class Story:
    """A finished demo: where it lies, whose area it is about, and its two releases."""

    home: Path
    area_code: str
    first_release: str
    second_release: str


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The rows of each part of a demo.

    Attributes:
        scorecard: every metric of the partnership's area over its longest period, compared with the year before.
        receipts: the receipts of the deliveries that went wrong in some way, and of a few that did not.
        deliveries: how many deliveries there are.
        statement: the lines of one reconciliation statement.
        trace: the source rows of one number.
    """

    scorecard: list[dict[str, Any]]
    receipts: list[dict[str, Any]]
    deliveries: int
    statement: list[dict[str, Any]]
    trace: list[dict[str, Any]]


def answers(story: Story) -> Answers:
    """Ask the demo's lake."""
    with safer_kpi.open(story.home) as lake:
        receipts = [dict(row) for row in lake.deliveries().rows()]
        return Answers(
            scorecard=[_score(lake, story, metric) for metric in lake.metrics().rows()],
            receipts=_telling(receipts),
            deliveries=len(receipts),
            statement=_statement(lake, story, receipts),
            trace=[dict(row) for row in lake.trace(TRACE_METRIC, area=story.area_code, period=TRACE_PERIOD).rows()],
        )


def _score(lake: safer_kpi.Lake, story: Story, metric: Any) -> dict[str, Any]:
    by = next(length for length in _LONGEST_FIRST if length in metric["periods"])
    row = lake.metric(metric["metric_id"], area=story.area_code, by=by, release=story.second_release).rows()[-1]
    judged = {"verdict": _verdict(lake, story, row), "polarity": metric["polarity"]}
    return {"metric_id": metric["metric_id"], **{name: row[name] for name in _FIGURES}, **judged}


def _verdict(lake: safer_kpi.Lake, story: Story, row: Any) -> str:
    rows = lake.verdicts(
        row["metric_id"], area=story.area_code, period=row["period"], by=row["period_type"], release=row["release_id"]
    ).rows()
    return next((each["verdict"] for each in rows if each["against"] == "year_before"), "not judged")


def _telling(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the deliveries that were not plain, and one of each kind that were: new, published again, the last."""
    odd = [row for row in rows if row["status"] != "accepted" or row["rows_quarantined"]]
    plain = [row for row in rows if row not in odd]
    again = [row for row in plain if "progressed" in row["changes"]]
    return sorted([plain[0], again[0], *odd, plain[-1]], key=lambda row: int(row["delivery_id"]))


def _statement(lake: safer_kpi.Lake, story: Story, receipts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines of the statement, each movement with the day its delivery was received."""
    received = {row["delivery_id"]: row["received_at"] for row in receipts}
    lines = lake.compare(
        story.first_release,
        story.second_release,
        metric=STATEMENT_METRIC,
        area=story.area_code,
        period=STATEMENT_PERIOD,
    ).rows()
    return [{**line, "received_at": received.get(line["delivery_id"])} for line in lines]
