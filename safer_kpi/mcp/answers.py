"""What each tool answers: rows of the reading library, not too many, with what a reader must know beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.domain.periods import period_type
from safer_kpi.errors import UsageError
from safer_kpi.mcp.words import sentence
from safer_kpi.reading.display import left_in_lake, small_counts
from safer_kpi.statements import Slice, explain, sentences
from safer_kpi.statements.wording import standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from safer_kpi.reading.lake import Lake
    from safer_kpi.statements.moved import Moved

Answer = dict[str, Any]

_METRIC = ("metric_id", "kpi", "title", "statement", "unit", "polarity", "sensitivity", "definition_version",
           "certificate", "certified_in", "because", "settling_note")  # fmt: skip
_KPI = ("kpi", "words", "direction", "headlines", "status", "note")
_NUMBER = ("metric_id", "definition_version", "area_code", "area_name", "area_type", "period", "breakdown", "value",
           "unit", "lower", "upper", "method", "numerator", "denominator", "status", "reason", "note", "coverage",
           "placed", "sensitivity", "release_id", "known_at")  # fmt: skip
_VERDICT = ("against", "verdict", "reason", "test", "p_value", "reference_period", "reference_value", "change")
_RELEASE = ("release_id", "quarter", "status", "known_at", "published_at", "supersedes", "revision", "reason",
            "withdrawn_reason", "approved_by", "manifest_sha256")  # fmt: skip
_KEY = ("metric_id", "area_code", "period", "period_type", "breakdown")
_POSTING = ("metric_id", "measure", "entry", "posted_at", "cause", "feed", "delivery_id", "evidence_delivery_id",
            "file_name", "sha256", "contract_version")  # fmt: skip
_SOURCE_ROWS = 20
MOST_ROWS = 200


def releases(lake: Lake, *, limit: int) -> Answer:
    """Answer which releases there are, the newest first."""
    _require_limit(limit)
    rows = [_only(row, _RELEASE) for row in lake.releases().rows()]
    return _bounded(rows[::-1], limit, "Ask for more with limit.")


def metrics(lake: Lake, *, search: str | None, limit: int) -> Answer:
    """Answer which metrics there are, and how the strategy's KPIs stand; with ``search`` those whose words hold it."""
    _require_limit(limit)
    rows = [_only(row, _METRIC) for row in lake.metrics().rows()]
    if search is not None:
        wanted = search.casefold()
        rows = [row for row in rows if wanted in f"{row['metric_id']} {row['title']} {row['statement']}".casefold()]
    answer = _bounded(rows, limit, "Search for a word, or ask for more with limit.")
    return answer if search is not None else {**answer, "kpis": [_only(row, _KPI) for row in lake.kpis().rows()]}


def definition(lake: Lake, metric: str, *, release: str | None) -> Answer:
    """Answer what a metric is, term by term."""
    rows = lake.definition(metric, release=release).rows()
    return {"metric_id": metric, "release_id": release, "terms": {row["term"]: row["value"] for row in rows}}


def values(
    lake: Lake,
    metric: str,
    *,
    area: str | None,
    by: str | None,
    period: str | None,
    breakdown: str | None,
    release: str | None,
    known_at: str | None,
    limit: int,
) -> Answer:
    """Answer a metric's numbers, the newest first, each with its verdicts and a sentence."""
    _require_limit(limit)
    chosen: dict[str, Any] = {
        "area": area, "by": period_type(by), "period": period, "breakdown": breakdown, "release": release,
    }  # fmt: skip
    found = lake.metric(metric, known_at=known_at, **chosen).rows()
    found.sort(key=lambda row: row["period_end"], reverse=True)
    judged: dict[tuple[Any, ...], list[Answer]] = {}
    # A verdict is made of a release or of what is live; no past day has one.
    for one in lake.verdicts(metric, **chosen).rows() if known_at is None else ():
        judged.setdefault(_key(one), []).append(one)
    titles = {metric_id: row.get("title") or metric_id for metric_id, row in lake.book.metrics.items()}
    rows = [
        {
            **_only(row, _NUMBER),
            "verdicts": [_only(one, _VERDICT) for one in judged.get(_key(row), [])],
            "in_words": sentence(row, titles[row["metric_id"]], judged.get(_key(row), [])),
        }
        for row in found[:limit]
    ]
    names = list(found[0]) if found else []
    note = small_counts(names, [tuple(row.values()) for row in found[:limit]])
    return _bounded(rows, limit, "Name an area, a period or a length (by), or ask for more.", of=len(found), note=note)


def compare(
    lake: Lake, a: str, b: str, *, metric: str | None, area: str | None, period: str | None, by: str | None, limit: int
) -> Answer:
    """Answer why the numbers of one side became those of another, by cause and delivery."""
    _require_limit(limit)
    chosen = Slice(a, b, metric=metric, area=area, by=period_type(by), period=period)
    found = explain(lake, chosen, most=limit)
    moved = found.each(most=limit) if found.is_narrow else found.moved
    rows = [
        {**_movement(one), "in_words": sentences.headline(one, found.received, backwards=found.backwards)}
        for one in moved
    ]
    answer = _bounded(
        rows, limit, "Name a metric, an area and a period to see the others.", of=max(found.totals.moved, len(rows))
    )
    return (
        {"from": sentences.side(found.a), "to": sentences.side(found.b)}
        | answer
        | {"in_words": sentences.overview(found.totals)}
    )


def _movement(moved: Moved) -> Answer:
    """Return the statement of one number; a note says where a side has no figure, whatever its balance is."""
    statement = moved.statement
    names = ("metric_id", "area_code", "area_name", "period", "breakdown")
    return {
        **dict(zip(names, statement.key, strict=True)),
        "unit": moved.metric.unit,
        "opening": statement.opening,
        "opening_note": standing(moved.status_a, has_figure=moved.has_a) or None,
        "movements": [_only(row, ("cause", "feed", "delivery_id", "amount")) for row in statement.movements],
        "closing": statement.closing,
        "closing_note": standing(moved.status_b, has_figure=moved.has_b) or None,
        "residual": statement.residual,
    }


def trace(
    lake: Lake,
    metric: str,
    *,
    area: str,
    period: str,
    breakdown: str | None,
    release: str | None,
    known_at: str | None,
    limit: int,
) -> Answer:
    """Answer which postings of which files make up a number: one row per cause and file."""
    _require_limit(limit)
    table = lake.trace(metric, area=area, period=period, breakdown=breakdown, release=release, known_at=known_at)
    lines: dict[tuple[Any, ...], Answer] = {}
    for row in table.rows():
        line = lines.setdefault(
            tuple(row[name] for name in _POSTING), {**_only(row, _POSTING), "amount": 0, "source_rows": []}
        )
        line["amount"] += row["weight"]
        if row["source_row"] is not None:
            line["source_rows"].append(row["source_row"])
    for line in lines.values():
        line["of_source_rows"] = len(line["source_rows"])
        line["source_rows"] = sorted(line["source_rows"])[:_SOURCE_ROWS]
    note = left_in_lake(table.columns, [tuple(row.values()) for row in table.rows()])
    return _bounded(list(lines.values()), limit, "Trace a shorter period or a smaller area.", note=note)


def _require_limit(limit: int) -> None:
    """Raise if an answer would be empty or too long.

    Raises:
        UsageError: it would.
    """
    if not 1 <= limit <= MOST_ROWS:
        raise UsageError(f"limit is {limit}.", next_action=f"Give a whole number from 1 to {MOST_ROWS}.")


def _bounded(
    rows: Sequence[Mapping[str, Any]], limit: int, how: str, *, of: int | None = None, note: str | None = None
) -> Answer:
    """Return at most ``limit`` rows, how many there are, and how to see the others."""
    every, shown = len(rows) if of is None else of, list(rows[:limit])
    answer: Answer = {"rows": shown, "shown": len(shown), "of": every}
    if every > len(shown):
        answer["more"] = f"There are {every - len(shown):,} more. {how}"
    if note:
        answer["note"] = note
    return answer


def _only(row: Mapping[str, Any], names: Iterable[str]) -> Answer:
    """Return some columns of a row; one that an older version did not write is null."""
    return {name: row.get(name) for name in names}


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in _KEY)
