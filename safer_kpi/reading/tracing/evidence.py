"""The evidence of postings: the source rows that they rest on.

A lake and a release of format 1 have it in ``kpi.ledger``. A release of format 2 has none: it is read from the lake's
own file, where that is at hand, for each posting that the lake holds unchanged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.reading.book import MAIN
from safer_kpi.reading.locate import lake_file_of

if TYPE_CHECKING:
    from safer_kpi.reading.picture import Picture

#: What the evidence of one row is, and what a posting is known by in two ledgers.
_TYPE = "STRUCT(delivery_id BIGINT, source_row BIGINT, weight BIGINT)[]"
_POSTING = (
    "metric_id", "area_code", "la_code", "force_code", "period_type", "month", "breakdown", "measure", "series",
    "entry", "feed", "delivery_id", "cause", "amount",
)  # fmt: skip


def same_posting(one: str, other: str) -> str:
    """Return the condition that the rows of two ledgers are the same posting."""
    return " AND ".join(f"{one}.{column} IS NOT DISTINCT FROM {other}.{column}" for column in _POSTING)


def evidence_alias(lake: Picture, alias: str = MAIN) -> str | None:
    """Return the attached file that has the evidence of an attached file's ledger; None if no such file is here."""
    if lake.book.has_column("ledger", "evidence", alias):
        return alias
    if not lake.book.is_release:
        return MAIN  # the lake that is open
    file = lake_file_of(lake.place)
    beside = None if file is None else lake.book.attach(file)
    return beside if beside is not None and lake.book.has_column("ledger", "evidence", beside) else None


def with_evidence(lake: Picture, alias: str, where: str) -> str:
    """Return the query for the postings of an attached file that meet a condition, with the column ``evidence``.

    It is null for a posting whose evidence is not here.
    """
    held = evidence_alias(lake, alias)
    own = f"SELECT * FROM {alias}.kpi.ledger WHERE {where}"
    if held == alias:
        return own
    if held is None:
        return f"SELECT *, CAST(NULL AS {_TYPE}) AS evidence FROM ({own}) AS own"
    # Both sides are filtered: a posting's place, time and metric are part of what it is known by.
    theirs = f"SELECT * FROM {held}.kpi.ledger WHERE {where}"
    return (
        f"SELECT own.*, theirs.evidence FROM ({own}) AS own LEFT JOIN ({theirs}) AS theirs "
        f"ON {same_posting('own', 'theirs')}"
    )
