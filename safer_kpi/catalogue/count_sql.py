"""The SQL that counts make: the change rows of every metric whose definition says what it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from safer_kpi.catalogue.count import Count
    from safer_kpi.catalogue.definition import Definition

#: The columns that every source of a count has.
STAMP = ("entry", "posted_at", "posted_on", "delivery_id", "cause", "weight", "origin_delivery_id", "origin_row")
_LEVELS = ("ward", "local_authority", "force")
_AMOUNT = "'amount'"
#: Stated, because a list holds one type, and engines differ on whether a literal gives a field that may be null.
_COUNTED = "STRUCT(metric_id TEXT, breakdown TEXT, measure TEXT, weight BIGINT)"
_Shape = tuple[str, ...]


def counted_query(definitions: Iterable[Definition]) -> str:
    """Return the change rows of all metrics that have a ``count``, as one query for the shared ledger model.

    Metrics that read the same columns of the same model are counted in one pass over it: each row is listed once for
    every metric and part it counts in. The days that are built are put in for ``@start_date`` and ``@end_date``, next
    to the scan, so that a delivery reads its own rows only.
    """
    grouped: dict[_Shape, list[Definition]] = {}
    for one in definitions:
        if one.count is not None and one.count.distinct is None:
            grouped.setdefault(_shape(one, one.count), []).append(one)
    return "\nUNION ALL\n".join(_pass(shape, metrics) for shape, metrics in grouped.items()) or _nothing()


def _shape(one: Definition, count: Count) -> _Shape:
    """Return what metrics counted in one pass have in common: the source, and the SQL of each column."""
    told = columns_of(one, count)
    places = (told["area_code"], told["la_code"], told["force_code"])
    return count.source, *places, count.month, count.series or "1", told["feed"]


def columns_of(one: Definition, count: Count) -> dict[str, str]:
    """Return the SQL of the smallest area that a metric is stated for, of those it rolls up to, and of its feed."""
    levels = [level for level in _LEVELS if level in one.areas]
    return {
        "area_code": count.column_of(levels[0]),
        "la_code": count.column_of("local_authority") if "local_authority" in levels else "'none'",
        # A force that is the smallest area rolls up to nothing: its own code stands in area_code.
        "force_code": count.column_of("force") if "force" in levels[1:] else "'none'",
        "feed": f"'{one.feeds[0]}'" if len(one.feeds) == 1 else "feed",
    }


def _pass(shape: _Shape, metrics: Sequence[Definition]) -> str:
    source, area_code, la_code, force_code, month, series, feed = shape
    columns = {
        "area_code": area_code,
        "la_code": la_code,
        "force_code": force_code,
        "period_type": "'month'",
        "month": month,
        "series": series,
        **{name: name for name in STAMP if name != "weight"},
        "feed": feed,
    }
    selected = ", ".join(sql if sql == name else f"{sql} AS {name}" for name, sql in columns.items())
    alone = len(metrics) == 1
    counts = ",\n      ".join(element for one in metrics for element in _elements(one, alone=alone))
    conditions = [one.count.where for one in metrics if one.count is not None]
    told = " OR ".join(f"({condition})" for condition in conditions if condition is not None)
    condition = "" if None in conditions else f"\n    AND ({told})"
    return (
        f"SELECT\n  counted.metric_id, counted.breakdown, counted.measure, counted.weight,\n  {', '.join(columns)}\n"
        f"FROM (\n  SELECT\n    {selected},\n    UNNEST([\n      {counts}\n    ]) AS counted\n"
        f"  FROM {source}\n  WHERE posted_on BETWEEN @start_date AND @end_date{condition}\n) AS {_alias(source)}"
        + ("" if alone else "\nWHERE NOT counted IS NULL")
    )


def _elements(one: Definition, *, alone: bool) -> list[str]:
    """The metric once for the whole and once for each part; null where a row of the pass is not one of its own."""
    count = one.count
    if count is None:
        return []
    parts = ["'all'", *(f"'{name}:' || {column}" for name, column in count.by.items())]
    elements = [
        f"{{'metric_id': '{one.metric_id}', 'breakdown': {part}, 'measure': {count.measure or _AMOUNT}, "
        f"'weight': CAST({_weight(count)} AS BIGINT)}}::{_COUNTED}"
        for part in parts
    ]
    if alone or count.where is None:
        return elements
    return [f"CASE WHEN {count.where} THEN {element} END" for element in elements]


def _weight(count: Count) -> str:
    if count.amount is None:
        return "weight"
    # A figure that is held back counts as one such figure.
    return f"weight * COALESCE({count.amount}, 1)" if count.measure else f"weight * {count.amount}"


def _alias(source: str) -> str:
    return source.rpartition(".")[2]


def _nothing() -> str:
    """Return a query without rows, with the columns of the others."""
    texts = ("metric_id", "breakdown", "measure", "area_code", "la_code", "force_code", "period_type", "cause", "feed")
    numbers = ("weight", "series", "entry", "delivery_id", "origin_delivery_id", "origin_row")
    columns = [f"NULL::TEXT AS {name}" for name in texts] + [f"NULL::BIGINT AS {name}" for name in numbers]
    dates = ["NULL::DATE AS month", "NULL::TIMESTAMP AS posted_at", "NULL::DATE AS posted_on"]
    return f"SELECT {', '.join([*columns, *dates])} WHERE FALSE"
