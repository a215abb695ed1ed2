"""What the model of distinct counts needs to know: of each metric the rows that make a thing a member."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from safer_kpi.catalogue.count_sql import STAMP, columns_of, counted_query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from safer_kpi.catalogue.count import Count
    from safer_kpi.catalogue.definition import Definition


def distinct_counts(definitions: Iterable[Definition]) -> str:
    """Return what ``@counted_distinct()`` counts, in JSON.

    Per metric: its members, the rows that could not name one, the lengths of period and the threshold.

    The members are every change row of each thing that an entry of the built days touches: whether one row more makes
    a difference depends on the others.
    """
    return json.dumps(
        [
            {
                "member": member_query(one),
                "untold": untold_query(one),
                "periods": [] if one.additive else list(one.periods),
                "at_least": one.count.at_least,
            }
            for one in definitions
            if one.count is not None and one.count.distinct is not None
        ]
    )


def member_query(one: Definition) -> str:
    """Return the change rows that make a thing a member of what a metric counts.

    Raises:
        ValueError: the metric does not count distinct things.
    """
    count = _counted(one)
    counts = f"NOT {count.distinct} IS NULL" + _met(count)
    return (
        f"{_rows(one, count)} WHERE {counts} AND {count.distinct} IN "
        f"(SELECT {count.distinct} FROM {count.source} WHERE {counts} "
        "AND posted_on BETWEEN @start_date AND @end_date)"
    )


def untold_query(one: Definition) -> str | None:
    """Return the change rows of files that could not name the thing; None if the metric has no such column."""
    count = _counted(one)
    if count.told is None:
        return None
    return f"{_rows(one, count)} WHERE NOT {count.told}{_met(count)} AND posted_on BETWEEN @start_date AND @end_date"


def _counted(one: Definition) -> Count:
    count = one.count
    if count is None or count.distinct is None:
        raise ValueError(f"{one.metric_id} counts no distinct things.")
    return count


def _met(count: Count) -> str:
    return f" AND ({count.where})" if count.where else ""


def _rows(one: Definition, count: Count) -> str:
    """Return the select list and the source of the rows of a metric, in the columns that the macro wants."""
    places = columns_of(one, count)
    if not one.additive:
        # Each level is counted by itself. A level that is not stated repeats a stated one, which counts once.
        stated = [count.column_of(level) for level in one.areas]
        places |= {
            name: count.column_of(level) if level in one.areas else stated[0]
            for name, level in (("area_code", "ward"), ("la_code", "local_authority"), ("force_code", "force"))
        }
    columns = {
        "metric_id": f"'{one.metric_id}'",
        "item": str(count.distinct),
        "ward_code": places["area_code"],
        "la_code": places["la_code"],
        "force_code": places["force_code"],
        "month": count.month,
        "feed": places["feed"],
        **{name: name for name in STAMP},
    }
    selected = ", ".join(sql if sql == name else f"{sql} AS {name}" for name, sql in columns.items())
    parts = ["'all'", *(f"'{name}:' || {column}" for name, column in count.by.items())]
    breakdown = f"UNNEST([{', '.join(parts)}])" if count.by else parts[0]
    return f"SELECT {selected}, {breakdown} AS breakdown FROM {count.source}"


def distinct_query(one: Definition) -> str:
    """Return what ``ledger.counted_distinct`` does for one metric, with the macro that counts distinct things."""
    terms = [] if one.additive else list(one.periods)
    terms += [f"at_least := {one.count.at_least}"] if one.count is not None and one.count.at_least > 1 else []
    return (
        f"WITH member AS (\n  {member_query(one)}\n)\n"
        f"SELECT * FROM @distinct_items({', '.join(['member', *terms])}) AS change\n"
        "WHERE posted_on BETWEEN @start_date AND @end_date"
    )


def posted_query(one: Definition) -> str:
    """Return the query of a metric that has a ``count``: of its rows, or of the distinct things among them."""
    return distinct_query(one) if one.count is not None and one.count.distinct is not None else counted_query([one])
