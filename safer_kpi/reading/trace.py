"""From a number back to the rows of the files it was made of, and through the values it had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.domain.periods import Period, PeriodType, parse_period, period_type
from safer_kpi.errors import UsageError
from safer_kpi.reading.metric import period_filter
from safer_kpi.reading.sides import NOW, Side, side
from safer_kpi.reading.sql import literal
from safer_kpi.reading.table import Table

if TYPE_CHECKING:
    from safer_kpi.reading.lake import Lake
    from safer_kpi.reading.times import Moment

COLUMNS = (
    "metric_id",
    "area_code",
    "period",
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
    "contract_version",
    "source_row",
    "weight",
)


def trace_table(
    lake: Lake,
    metric: str,
    *,
    area: str,
    period: str,
    by: PeriodType | None,
    release: str | None,
    known_at: Moment | None,
) -> Table:
    """The source rows ``Lake.trace`` promises."""
    metric_id, area_code = lake.book.metric_id(metric), lake.book.area_code(area)
    span = parse_period(period, by=period_type(by))
    source = _side(lake, release, known_at)
    parts = " UNION ALL ".join(
        f"SELECT * FROM ({_postings(source, ledger_id, area_code, span, is_summed=_is_summed(lake, ledger_id))})"
        for ledger_id in _ledgers(lake, metric_id)
    )
    sql = f"""
        WITH posting AS ({parts}), e AS (
          SELECT * EXCLUDE (evidence), unnest(evidence) AS origin FROM posting
        )
        SELECT
          e.metric_id, {literal(area_code)} AS area_code, {literal(span.label)} AS period, e.entry, e.posted_at,
          e.cause, e.amount, e.feed, e.delivery_id, e.origin.delivery_id AS evidence_delivery_id, d.file_name,
          d.sha256, d.published_at, d.contract_version, e.origin.source_row AS source_row, e.origin.weight AS weight
        FROM e LEFT JOIN {source.alias}.kpi.delivery AS d ON d.delivery_id = e.origin.delivery_id
        ORDER BY e.metric_id, e.entry, e.cause, evidence_delivery_id, source_row, weight
    """
    return Table(lake.book, sql, COLUMNS)


def _side(lake: Lake, release: str | None, known_at: Moment | None) -> Side:
    if release is not None and known_at is not None:
        raise UsageError("release and known_at exclude each other.", next_action="Give one of them.")
    if known_at is not None:
        return side(lake, lake.moment(known_at))
    return side(lake, release or lake.latest_release() or NOW)


def _ledgers(lake: Lake, metric_id: str) -> list[str]:
    found = lake.book.metrics[metric_id]
    return [ledger for ledger in (found["numerator"], found["denominator"]) if ledger and not ledger.isdigit()]


def _is_summed(lake: Lake, ledger_id: str) -> bool:
    """Whether the ledger posts by month and is summed over periods; else it posts each period as it is read."""
    found = lake.book.metrics.get(ledger_id)
    return found is None or bool(found["additive"])


def _postings(source: Side, ledger_id: str, area_code: str, span: Period, *, is_summed: bool) -> str:
    """The postings behind one ledger's balance of an area and a period, up to the side's last entry."""
    code = literal(area_code)
    ledger = f"{source.alias}.kpi.ledger"
    where = (
        f"metric_id = {literal(ledger_id)} AND entry <= {source.last_entry} "
        f"AND (area_code = {code} OR la_code = {code} OR force_code = {code})"
    )
    months = f"month BETWEEN {literal(span.start)} AND {literal(span.end)}"
    if not is_summed:
        months = f"period_type = {literal(span.period_type)} AND month = {literal(span.start)}"
    if ledger_id.startswith("population"):
        # The latest estimate not after the period's end, else the earliest there is.
        year = "EXTRACT(YEAR FROM month)"
        score = f"CASE WHEN {year} <= {span.end.year} THEN {year} ELSE -{year} END"
        months = f"{score} = (SELECT max({score}) FROM {ledger} WHERE {where})"
    return (
        f"SELECT metric_id, entry, posted_at, cause, amount, feed, delivery_id, evidence FROM {ledger} "
        f"WHERE {where} AND {months} AND measure = 'amount' AND breakdown = 'all'"
    )


def vintages_table(lake: Lake, metric: str, *, area: str, by: PeriodType, period: str | None) -> Table:
    """The values ``Lake.vintages`` promises: the running balance of each period, where it changed."""
    lake.require_live("The history of a value")
    metric_id, area_code = lake.book.metric_id(metric), lake.book.area_code(area)
    found = lake.book.metrics[metric_id]
    where = " AND ".join(
        [f"metric_id = {literal(metric_id)}", f"area_code = {literal(area_code)}", *period_filter(by, period)]
    )
    top, bottom = literal(found["numerator"]), literal(found["denominator"])
    code = literal(area_code)
    # A population has its own years and is no running balance of the period: it is left out.
    is_share = found["denominator"] in lake.book.metrics
    months = "l.month BETWEEN span.period_start AND span.period_end"
    if not _is_summed(lake, found["numerator"]):
        months = f"l.period_type = {literal(by)} AND l.month = span.period_start"
    denominator = "CAST(denominator AS BIGINT)" if is_share else "CAST(NULL AS BIGINT)"
    sql = f"""
        WITH span AS (
          SELECT DISTINCT metric_id, area_code, area_name, period, period_start, period_end, breakdown
          FROM kpi.observation WHERE {where}
        ), posted AS (
          SELECT
            span.metric_id, span.area_code, area_name, period, period_start, span.breakdown, l.entry,
            min(l.posted_at) AS posted_at,
            coalesce(sum(l.amount) FILTER (l.metric_id = {top}), 0) AS n,
            coalesce(sum(l.amount) FILTER (l.metric_id = {bottom}), 0) AS d
          FROM span
          JOIN kpi.ledger AS l
            ON {months} AND l.breakdown = span.breakdown AND l.measure = 'amount'
          WHERE l.metric_id IN ({top}, {bottom})
            AND (l.area_code = {code} OR l.la_code = {code} OR l.force_code = {code})
          GROUP BY ALL
        ), running AS (
          SELECT *, sum(n) OVER past AS numerator, sum(d) OVER past AS denominator
          FROM posted WINDOW past AS (PARTITION BY period_start, breakdown ORDER BY entry)
        )
        SELECT metric_id, area_code, area_name, period, breakdown, entry, posted_at,
          CAST(numerator AS BIGINT) AS numerator, {denominator} AS denominator
        FROM running WHERE n <> 0 OR d <> 0
        ORDER BY breakdown, period_start, entry
    """
    return Table(lake.book, sql)
