"""The explanation of a comparison: which numbers moved, why, and the effect of each delivery."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.periods import parse_period
from safer_kpi.domain.reconcile import Statement, statements
from safer_kpi.sql import literal
from safer_kpi.statements.headlines import ROLLING_SQL, headlines
from safer_kpi.statements.moved import Metric, Moved, Named, Source, Totals
from safer_kpi.statements.named import feed_titles, metrics_of, named
from safer_kpi.statements.numbers import Slice, numbers, totals
from safer_kpi.statements.sources import receipts_of, sources
from safer_kpi.statements.wording import LENGTHS, spelled

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from safer_kpi.reading.lake import Lake
    from safer_kpi.reading.table import Table

HEADLINES = 10
_FOREMOST = f"""
SELECT * FROM this WHERE lines > 0
ORDER BY
  CASE change WHEN 'first' THEN 1 WHEN 'unstated' THEN 2 ELSE 0 END,
  CASE area_type WHEN 'local_authority' THEN 0 WHEN 'force' THEN 2 WHEN 'ward' THEN 3 WHEN 'unplaced' THEN 4 ELSE 1 END,
  breakdown <> 'all', period_type IN ({ROLLING_SQL}), period_start - period_end, metric_id, area_code,
  period_start, breakdown, period_type
"""
_FIELDS = ("metric_id", "area_code", "period_type", "period", "breakdown")


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """The differences between two sides, and their causes.

    Attributes:
        backwards: whether the second side has the lower last entry.
        moved: the leading numbers, largest change first, chosen from ``of`` numbers.
        sources: the effect of each delivery, those that moved the most reported numbers first.
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
    feeds: Mapping[str | None, str]
    rows: Table
    typed: Table
    numbers: Table

    @cached_property
    def received(self) -> dict[int, dt.datetime]:
        """The time each delivery was received (UTC)."""
        return {key: row["received_at"] for key, row in self.receipts.items() if row["received_at"] is not None}

    @cached_property
    def titles(self) -> dict[str, str]:
        """Each metric's title."""
        return {key: metric.title for key, metric in self.metrics.items()}

    @property
    def only(self) -> list[tuple[str, str]]:
        """The selections of the comparison: name and value."""
        chosen = self.chosen
        selections = (
            ("metric", self.titles.get(chosen.metric, chosen.metric) if chosen.metric else None),
            ("area", chosen.area),
            ("length of period", LENGTHS[chosen.by] if chosen.by else None),
            ("period", _period_in_words(chosen) if chosen.period else None),
        )
        return [(name, value) for name, value in selections if value]

    @property
    def is_narrow(self) -> bool:
        """Whether the selection is one metric in one area."""
        return self.chosen.is_narrow

    def each(self, *, most: int) -> tuple[Moved, ...]:
        """Return every selected number that moved, in order; a single selected number even if it did not move."""
        moved = "TRUE" if self.chosen.period and self.is_narrow else "lines > 0"
        picked = self.numbers.query(
            f"SELECT * FROM this WHERE {moved} "
            f"ORDER BY metric_id, area_code, breakdown, period_type, period_start LIMIT {most}"
        ).rows()
        return _moved(self.typed, picked, self.metrics, self.feeds)

    def foremost(self, *, most: int) -> tuple[Moved, ...]:
        """Return the numbers that moved; reported ones first, then wider areas, totals and longer periods."""
        picked = self.numbers.query(f"{_FOREMOST} LIMIT {most}").rows()
        return _moved(self.typed, picked, self.metrics, self.feeds)


def explain(lake: Lake, chosen: Slice, *, most: int = HEADLINES) -> Explanation:
    """Explain a comparison; large tables stay in DuckDB.

    Raises:
        NotFound: no such release, metric or area exists.
        UsageError: the moment is in the future, or the period is not a period.
        CheckFailed: a statement does not add up.
    """
    rows = chosen.rows(lake)
    halves = rows.sides
    about = metrics_of(lake, halves)
    # Rows of unchanged numbers are needed only if one metric in one area is selected.
    typed = rows.typed(still=chosen.is_narrow).kept()
    found = numbers(halves, chosen.conditions(lake), typed)
    backwards = halves[0].last_entry > halves[1].last_entry
    picked = headlines(found, about, most=most, backwards=backwards)
    metrics = {metric_id: _metric(row) for metric_id, row in about.items()}
    feeds = feed_titles(lake, halves)
    receipts = receipts_of(lake, dict.fromkeys(half.alias for half in halves))
    return Explanation(
        chosen=chosen,
        a=named(lake, halves[0], chosen.a),
        b=named(lake, halves[1], chosen.b),
        backwards=backwards,
        totals=totals(found),
        moved=_with_companions(picked, _moved(typed, picked, metrics, feeds)),
        of=picked[0]["of"] if picked else 0,
        sources=tuple(replace(source, feed_title=feeds.get(source.feed)) for source in sources(typed, found, receipts)),
        receipts=receipts,
        metrics=metrics,
        feeds=feeds,
        rows=rows,
        typed=typed,
        numbers=found,
    )


def _period_in_words(chosen: Slice) -> str:
    span = parse_period(str(chosen.period), by=chosen.by)
    return spelled(span.label, span.period_type)


def _metric(row: Mapping[str, Any]) -> Metric:
    return Metric(
        metric_id=row["metric_id"],
        title=row["title"],
        unit=row["unit"],
        kind=row.get("kind") or "",
        polarity=row.get("polarity") or "",
        is_percentage=row.get("denominator") is not None and row.get("rate_base") == 100,
    )


def _moved(
    typed: Table,
    picked: Sequence[Mapping[str, Any]],
    metrics: Mapping[str, Metric],
    feeds: Mapping[str | None, str],
) -> tuple[Moved, ...]:
    """Return the picked numbers with their statements, in the same order."""
    by_key = _statements(typed, picked)
    return tuple(
        Moved(
            metric=metrics[row["metric_id"]],
            statement=by_key.get(_key(row)) or _nothing(row),
            period_type=row["period_type"],
            has_a=row["has_a"],
            has_b=row["has_b"],
            status_a=row["a_status"],
            status_b=row["b_status"],
            followers=row.get("followers", 0),
            feeds=feeds,
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
    return {_key(row): statement for row, statement in zip(openings, statements(rows), strict=True)}


def _nothing(row: Mapping[str, Any]) -> Statement:
    """Return the statement of a number without postings: it opens and closes at 0."""
    key = (row["metric_id"], row["area_code"], row["area_name"], row["period"], row["breakdown"])
    return Statement(key, Decimal(0), (), Decimal(0))


def _with_companions(picked: Sequence[Mapping[str, Any]], moved: Sequence[Moved]) -> tuple[Moved, ...]:
    """Return each leading number with its companions."""
    leads: list[Moved] = []
    for row, number in zip(picked, moved, strict=True):
        if row["leads"]:
            leads.append(number)
        else:
            leads[-1] = replace(leads[-1], companions=(*leads[-1].companions, number))
    return tuple(leads)
