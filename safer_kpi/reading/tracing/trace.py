"""The trace from a number to the source rows behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.domain.periods import Period, PeriodType, parse_period, period_type
from safer_kpi.errors import UsageError
from safer_kpi.reading.older import receipt_column, resident_ledgers
from safer_kpi.reading.sides import NOW, Side, side
from safer_kpi.reading.table import Table
from safer_kpi.reading.tracing.evidence import with_evidence
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from safer_kpi.reading.picture import Picture
    from safer_kpi.reading.times import Moment

COLUMNS = (
    "metric_id",
    "area_code",
    "period",
    "breakdown",
    "measure",
    "entry",
    "posted_at",
    "cause",
    "amount",
    "feed",
    "delivery_id",
    "evidence_delivery_id",
    "file_name",
    "sha256",
    "published_at",
    "fetched_from",
    "publisher_date",
    "contract_version",
    "source_row",
    "weight",
)


def trace_table(
    lake: Picture,
    metric: str,
    *,
    area: str,
    period: str,
    by: PeriodType | None,
    breakdown: str | None,
    release: str | None,
    known_at: Moment | None,
) -> Table:
    """Return the table that ``Lake.trace`` documents."""
    lake.require_evidence("source rows")
    metric_id, area_code = lake.book.metric_id(metric), lake.book.area_code(area)
    span, part = parse_period(period, by=period_type(by)), breakdown or "all"
    source = _side(lake, release, known_at)
    parts = " UNION ALL ".join(
        _postings(lake, source, ledger_id, area_code, span, part) for ledger_id in ledgers(lake, metric_id)
    )
    sql = f"""
        WITH posting AS ({parts}), e AS (
          SELECT * EXCLUDE (evidence), unnest(evidence) AS origin FROM posting WHERE evidence IS NOT NULL
          UNION ALL
          SELECT * EXCLUDE (evidence), {{'delivery_id': NULL, 'source_row': NULL, 'weight': amount}} AS origin
          FROM posting WHERE evidence IS NULL
        )
        SELECT
          e.metric_id, {literal(area_code)} AS area_code, {literal(span.label)} AS period, e.breakdown, e.measure,
          e.entry, e.posted_at, e.cause, e.amount, e.feed, e.delivery_id,
          e.origin.delivery_id AS evidence_delivery_id, d.file_name, d.sha256, d.published_at,
          {receipt_column(lake.book, "fetched_from", source.alias)} AS fetched_from,
          {receipt_column(lake.book, "publisher_date", source.alias)} AS publisher_date, d.contract_version,
          e.origin.source_row AS source_row, e.origin.weight AS weight
        FROM e LEFT JOIN {source.alias}.kpi.delivery AS d
          ON d.delivery_id = coalesce(e.origin.delivery_id, e.delivery_id)
        ORDER BY e.metric_id, e.entry, e.cause, evidence_delivery_id, source_row, weight
    """
    return Table(lake.book, sql, COLUMNS)


def _side(lake: Picture, release: str | None, known_at: Moment | None) -> Side:
    if release is not None and known_at is not None:
        raise UsageError("release and known_at cannot be combined.", next_action="Use only one of them.")
    if known_at is not None:
        return side(lake, lake.moment(known_at))
    return side(lake, release or lake.latest_release() or NOW)


def ledgers(lake: Picture, metric_id: str) -> list[str]:
    """Return the ids of a metric's ledgers: its numerator and, unless it is a plain number, its denominator."""
    found = lake.book.metrics[metric_id]
    return [ledger for ledger in (found["numerator"], found["denominator"]) if ledger and not ledger.isdigit()]


def is_summed(lake: Picture, ledger_id: str) -> bool:
    """Return whether the ledger posts by month and is summed over periods; if not, it posts each period separately."""
    found = lake.book.metrics.get(ledger_id)
    return found is None or bool(found["additive"])


# The areas of a posting: its smallest area, its local authority and its force. An unplaced posting counts only as
# unplaced at its own level, and one that does not roll up (none) only in its own area.
EVERY_AREA = (
    "unnest(list_distinct([area_code, CASE WHEN la_code NOT IN ('unplaced', 'none') THEN la_code END, "
    "CASE WHEN force_code NOT IN ('unplaced', 'none') THEN force_code END]))"
)


def in_area(area_code: str) -> str:
    """Return the condition that a posting counts in an area; unplaced postings count only as unplaced."""
    code = literal(area_code)
    if area_code == "unplaced":
        return f"area_code = {code}"
    return f"(area_code = {code} OR la_code = {code} OR force_code = {code})"


def _postings(lake: Picture, source: Side, ledger_id: str, area_code: str, span: Period, breakdown: str) -> str:
    """Return the query for the postings behind a ledger's balance of an area and a period, up to the last entry."""
    where = (
        f"metric_id = {literal(ledger_id)} AND breakdown = {literal(breakdown)} AND entry <= {source.last_entry} "
        f"AND {in_area(area_code)}"
    )
    if ledger_id in resident_ledgers(lake.book, source.alias):
        months = f"month IN ({_estimate(lake, source, where, area_code, span)})"
    elif is_summed(lake, ledger_id):
        months = f"month BETWEEN {literal(span.start)} AND {literal(span.end)}"
    else:
        months = f"period_type = {literal(span.period_type)} AND month = {literal(span.start)}"
    return (
        "SELECT metric_id, breakdown, measure, entry, posted_at, cause, amount, feed, delivery_id, evidence "
        f"FROM ({with_evidence(lake, source.alias, f'{where} AND {months}')}) AS postings"
    )


def _estimate(lake: Picture, source: Side, where: str, area_code: str, span: Period) -> str:
    """Return the query for the month of a period's estimate: the latest up to the period's year, else the earliest.

    A force has an estimate if each of its local authorities has one; unplaced counts have none.
    """
    year = "EXTRACT(YEAR FROM month)"
    score = f"CASE WHEN {year} <= {span.end.year} THEN 10000 + {year} ELSE 10000 - {year} END"
    whole = "TRUE"
    if lake.book.has_table("police_force", source.alias):
        force = f"{source.alias}.kpi.police_force WHERE force_code = {literal(area_code)}"
        whole = f"coalesce(count(DISTINCT la_code) FILTER (amount > 0) = (SELECT local_authorities FROM {force}), TRUE)"
    place = "FALSE" if area_code == "unplaced" else "TRUE"
    return f"""
        SELECT month FROM (
          SELECT month, la_code, sum(amount) AS amount FROM {source.alias}.kpi.ledger
          WHERE {where} AND {place} GROUP BY month, la_code
        )
        GROUP BY month HAVING sum(amount) > 0 AND {whole} ORDER BY {score} DESC LIMIT 1
    """
