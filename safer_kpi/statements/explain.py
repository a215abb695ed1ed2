"""A comparison explained: how much moved, what moved most and why, what each delivery did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.reconcile import Statement, statements
from safer_kpi.sql import literal
from safer_kpi.statements.headlines import headlines
from safer_kpi.statements.moved import Metric, Moved, Named, Source, Totals
from safer_kpi.statements.named import metrics_of, named
from safer_kpi.statements.numbers import Slice, numbers, totals
from safer_kpi.statements.sources import receipts_of, sources

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from safer_kpi.reading.lake import Lake
    from safer_kpi.reading.table import Table

HEADLINES = 10
_FOREMOST = """
SELECT * FROM this WHERE lines > 0
ORDER BY
  CASE change WHEN 'first' THEN 1 WHEN 'unstated' THEN 2 ELSE 0 END,
  CASE area_type WHEN 'local_authority' THEN 0 WHEN 'force' THEN 2 WHEN 'ward' THEN 3 WHEN 'unplaced' THEN 4 ELSE 1 END,
  breakdown <> 'all', period_type IN ('rolling12', 'rolling36'), period_start - period_end, metric_id, area_code,
  period_start, breakdown, period_type
"""
_FIELDS = ("metric_id", "area_code", "period_type", "period", "breakdown")


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What two sides give differently, and why.

    Attributes:
        backwards: the second side knows less than the first.
        moved: the numbers to tell of first, largest first; ``of`` is how many there were to choose from.
        sources: what each delivery did, those that moved most of what was reported first.
        receipts: the receipts by delivery.
        rows: every row of the comparison, as ``Lake.compare`` gives them.
    """

    chosen: Slice
    a: Named
    b: Named
    backwards: bool
    totals: Totals
    moved: tuple[Moved, ...]
    of: int
    sources: tuple[Source, ...]
    receipts: Mapping[int, Mapping[str, Any]]
    metrics: Mapping[str, Metric]
    rows: Table
    typed: Table
    numbers: Table

    @property
    def received(self) -> dict[int, dt.datetime]:
        """When each delivery was received (UTC)."""
        return {key: row["received_at"] for key, row in self.receipts.items() if row["received_at"] is not None}

    @property
    def titles(self) -> dict[str, str]:
        """Each metric's title."""
        return {key: metric.title for key, metric in self.metrics.items()}

    @property
    def only(self) -> list[tuple[str, str]]:
        """What the comparison was narrowed to: name and value."""
        asked = self.chosen
        told = (
            ("metric", asked.metric),
            ("area", asked.area),
            ("length of period", asked.by),
            ("period", asked.period),
        )
        return [(name, value) for name, value in told if value]

    @property
    def is_narrow(self) -> bool:
        """Whether one metric in one area was asked for."""
        return self.chosen.is_narrow

    def each(self, *, most: int) -> tuple[Moved, ...]:
        """Every number of the slice that moved, in the order of its rows; a single one asked for, moved or not."""
        moved = "TRUE" if self.chosen.period and self.is_narrow else "lines > 0"
        picked = self.numbers.query(
            f"SELECT * FROM this WHERE {moved} "
            f"ORDER BY metric_id, area_code, breakdown, period_type, period_start LIMIT {most}"
        ).rows()
        return _moved(self.typed, picked, self.metrics)

    def foremost(self, *, most: int) -> tuple[Moved, ...]:
        """The numbers that moved: those reported before first, then the wider area, the whole, the longer period."""
        picked = self.numbers.query(f"{_FOREMOST} LIMIT {most}").rows()
        return _moved(self.typed, picked, self.metrics)


def explain(lake: Lake, chosen: Slice, *, most: int = HEADLINES) -> Explanation:
    """Explain a comparison; everything large stays in DuckDB.

    Raises:
        NotFound: there is no such release, metric or area.
        UsageError: the moment has not come, or the period is none.
        CheckFailed: a statement does not add up.
    """
    rows = chosen.rows(lake)
    halves = rows.sides
    about = metrics_of(lake, halves)
    # The rows of unchanged numbers are read only if one metric in one area was asked for.
    typed = rows.typed(still=chosen.is_narrow).kept()
    found = numbers(halves, chosen.conditions(lake), typed)
    backwards = halves[0].last_entry > halves[1].last_entry
    picked = headlines(found, about, most=most, backwards=backwards)
    metrics = {metric_id: _metric(row) for metric_id, row in about.items()}
    receipts = receipts_of(lake, dict.fromkeys(half.alias for half in halves))
    return Explanation(
        chosen=chosen,
        a=named(lake, halves[0], chosen.a),
        b=named(lake, halves[1], chosen.b),
        backwards=backwards,
        totals=totals(found),
        moved=_with_companions(picked, _moved(typed, picked, metrics)),
        of=picked[0]["of"] if picked else 0,
        sources=tuple(sources(typed, found, receipts)),
        receipts=receipts,
        metrics=metrics,
        rows=rows,
        typed=typed,
        numbers=found,
    )


def _metric(row: Mapping[str, Any]) -> Metric:
    return Metric(
        metric_id=row["metric_id"],
        title=row["title"],
        unit=row["unit"],
        kind=row.get("kind") or "",
        polarity=row.get("polarity") or "",
        is_percentage=row.get("denominator") is not None and row.get("rate_base") == 100,
    )


def _moved(typed: Table, picked: Sequence[Mapping[str, Any]], metrics: Mapping[str, Metric]) -> tuple[Moved, ...]:
    """Return the picked numbers with their statements, in their order."""
    told = _statements(typed, picked)
    return tuple(
        Moved(
            metric=metrics[row["metric_id"]],
            statement=told.get(_key(row)) or _nothing(row),
            period_type=row["period_type"],
            has_a=row["has_a"],
            has_b=row["has_b"],
            status_a=row["a_status"],
            status_b=row["b_status"],
            followers=row.get("followers", 0),
        )
        for row in picked
    )


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row[field] for field in _FIELDS)


def _statements(typed: Table, picked: Iterable[Mapping[str, Any]]) -> dict[tuple[str, ...], Statement]:
    keys = [_key(row) for row in picked]
    if not keys:
        return {}
    wanted = ", ".join("(" + ", ".join(literal(part) for part in key) + ")" for key in keys)
    fields = ", ".join(_FIELDS)
    rows = typed.query(
        f"SELECT * FROM this WHERE ({fields}) IN ({wanted}) ORDER BY {fields}, "
        "CASE step WHEN 'opening' THEN 1 WHEN 'movement' THEN 2 ELSE 3 END, "
        "delivery_id NULLS FIRST, abs(amount) DESC, cause, feed"
    ).rows()
    openings = [row for row in rows if row["step"] == "opening"]
    return {_key(row): each for row, each in zip(openings, statements(rows), strict=True)}


def _nothing(row: Mapping[str, Any]) -> Statement:
    """Return the statement of a number without postings: it opens and closes at 0."""
    key = (row["metric_id"], row["area_code"], row["area_name"], row["period"], row["breakdown"])
    return Statement(key, Decimal(0), (), Decimal(0))


def _with_companions(picked: Sequence[Mapping[str, Any]], moved: Sequence[Moved]) -> tuple[Moved, ...]:
    """Return each leading number with those of its line that stand beside it."""
    leads: list[Moved] = []
    for row, each in zip(picked, moved, strict=True):
        if row["leads"]:
            leads.append(each)
        else:
            leads[-1] = replace(leads[-1], companions=(*leads[-1].companions, each))
    return tuple(leads)
