"""Read the results of a finished demo as rows: the scorecard, receipts, one reconciliation statement and one trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import safer_kpi
from safer_kpi.demo.changes import with_changes
from safer_kpi.domain.periods import LONGEST_FIRST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STATEMENT_METRIC = "1a.violence_and_sexual_offences"
STATEMENT_PERIOD = "2024-02"
TRACE_METRIC = "1a.robbery"
TRACE_PERIOD = "2025-03"

_FIGURES = (
    "area_code", "period", "period_type", "period_start", "period_end", "value", "lower", "upper", "unit", "status",
    "coverage", "contributors", "reason",
)  # fmt: skip
_NO_FIGURE: dict[str, Any] = dict.fromkeys((*_FIGURES, "verdict", "polarity", "settling_note"))


@dataclass(frozen=True)
class Story:
    """A finished demo: its home, the partnership's area, and its two releases."""

    home: Path
    area_code: str
    first_release: str
    second_release: str


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The rows of each part of a demo.

    Attributes:
        scorecard: every KPI in the strategy's order: each headline metric of the partnership's area over its longest
            period, with its change since the year before at the same age, or one row with the reason if nothing is
            measured.
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
    """Read the rows of each part from the demo's lake."""
    with safer_kpi.open(story.home) as lake:
        receipts = [dict(row) for row in lake.deliveries().rows()]
        return Answers(
            scorecard=with_changes(lake, _scorecard(lake, story), area=story.area_code, release=story.second_release),
            receipts=_telling(receipts),
            deliveries=len(receipts),
            statement=_statement(lake, story, receipts),
            trace=[dict(row) for row in lake.trace(TRACE_METRIC, area=story.area_code, period=TRACE_PERIOD).rows()],
        )


def _scorecard(lake: safer_kpi.Lake, story: Story) -> Iterator[dict[str, Any]]:
    """Yield the rows of every KPI; a KPI without a number has one row whose ``note`` says why."""
    metrics = {row["metric_id"]: row for row in lake.metrics().rows()}
    for kpi in lake.kpis(release=story.second_release).rows():
        about = {name: kpi[name] for name in ("kpi", "priority", "words", "direction", "note")}
        if kpi["headlines"] is None:  # a demo of an older version: there every metric stands for its KPI
            wanted = dict.fromkeys(name for name, row in metrics.items() if row["kpi"] == kpi["kpi"])
        else:
            wanted = dict(zip(kpi["headlines"], kpi["wanted"], strict=True))
        if kpi["status"] == "not measured":
            yield about | {"metric_id": None, "wanted": None, "guards": [], **_NO_FIGURE, "status": kpi["status"]}
        else:
            for name, direction in wanted.items():
                own_terms = {"metric_id": name, "wanted": direction, "guards": metrics[name]["guards"]}
                yield about | own_terms | _score(lake, story, metrics[name])


def _score(lake: safer_kpi.Lake, story: Story, metric: Any) -> dict[str, Any]:
    by = next(length for length in LONGEST_FIRST if length in metric["periods"])
    rows = lake.metric(metric["metric_id"], area=story.area_code, by=by, release=story.second_release).rows()
    if not rows:  # some metrics exist for the police force only
        every = lake.metric(metric["metric_id"], by=by, release=story.second_release).rows()
        rows = [one for one in every if one["area_type"] == "force"]
    if not rows:
        return {**_NO_FIGURE, "status": "missing", "polarity": metric["polarity"]}
    row = rows[-1]
    judged = {"verdict": _verdict(lake, row), "polarity": metric["polarity"]}
    return {**{name: row[name] for name in _FIGURES}, **judged, "settling_note": metric["settling_note"]}


def _verdict(lake: safer_kpi.Lake, row: Any) -> str:
    rows = lake.verdicts(
        row["metric_id"], area=row["area_code"], period=row["period"], by=row["period_type"], release=row["release_id"]
    ).rows()
    return next((each["verdict"] for each in rows if each["against"] == "year_before"), "not judged")


def _telling(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the deliveries that went wrong, and three that did not: a new one, one published again, the last one."""
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
