"""The settling time of numbers, measured on the ledger, beside the declared one.

The measurement covers a metric's total in each local authority, over the periods that its ledger posts: months for
summed metrics, else the metric's shortest periods.

- A period's value after an entry is today's value minus the later postings of partners. Postings for other causes
  (``reference``, ``contract``, ``replayed``, ``reverted``) count as if they had always been there. So do rows that a
  check held back or that were released when their partner had mended them: more months would not help against them.
- A value has settled when it stays within 1 % of today's value. Its settling time is the number of months from the end
  of the period until then, rounded up; it is 0 if the first value was already that close.
- ``measured_months`` is the 90th percentile of the settling times.
- The history of a period begins when all its feeds have posted to it.
- A period counts only if it ended at least the declared months plus six before the last entry, and if none of its
  deliveries was reverted or replayed.

Residents are a yearly estimate, not a balance of the period, so a rate settles when its numerator does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.domain.causes import CHECKED, OURS
from safer_kpi.domain.periods import PERIOD_TYPES
from safer_kpi.reading.older import denominator_kind, lacking, require_columns
from safer_kpi.reading.table import Table
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from safer_kpi.reading.picture import Picture

COLUMNS = ("metric_id", "declared_months", "measured_months", "periods", "moved_after", "verdict", "is_enough")
#: What ``Lake.metrics`` says of it, with types.
NOTED = {
    "measured_months": "INTEGER",
    "measured_periods": "BIGINT",
    "moved_after": "BIGINT",
    "settling_note": "VARCHAR",
}
WITHIN = "0.01"
SHARE = "0.9"
OLDER_BY = 6
FEWEST = 6
NOT_OURS = f"cause NOT IN ({', '.join(literal(cause) for cause in OURS)})"
REVISED = f"cause NOT IN ({', '.join(literal(cause) for cause in (*OURS, *CHECKED))})"

#: What the measurement reads of a file.
NEEDED = {
    "metric": ("numerator", "denominator", "settles_after_months", "periods", "additive"),
    "ledger": (
        "metric_id", "area_code", "la_code", "period_type", "month", "breakdown", "measure", "entry", "posted_at",
        "feed", "cause", "amount",
    ),
    "area": ("area_code", "area_type"),
}  # fmt: skip

_ENOUGH = "declared is enough"
_MOVED = "numbers called final still moved: declare at least "
_TOO_FEW = "too few periods to tell"


def settling_table(lake: Picture) -> Table:
    """Return the table that ``Lake.settling`` documents."""
    lake.require_evidence("settling times")
    require_columns(lake.book, "how long numbers take to settle", NEEDED)
    return Table(lake.book, settling_query(lake), COLUMNS)


def noted_query(lake: Picture, metric: str | None = None) -> str:
    """Return the query of what a metric's row says of settling: ``metric_id`` and the ``NOTED`` columns.

    ``metric`` limits it to one.

    A file of an older version that lacks what the measurement reads has none of it.
    """
    if lacking(lake.book, NEEDED):
        nothing = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in NOTED.items())
        return f"SELECT metric_id, {nothing} FROM kpi.metric"
    return f"""
        SELECT metric_id, measured_months, periods AS measured_periods, moved_after,
          CASE WHEN moved_after > 0 THEN
            moved_after || ' of ' || periods || ' periods moved after they were called final' || CASE
              WHEN NOT is_enough
              THEN ' (months until then: ' || declared_months || ' declared, ' || measured_months || ' by its history)'
              ELSE ''
            END
          END AS settling_note
        FROM ({settling_query(lake, metric)})
    """


def settling_query(lake: Picture, metric: str | None = None) -> str:
    """Return the query of the table that ``Lake.settling`` documents, of one metric or of all."""
    asked = "TRUE" if metric is None else f"metric_id = {literal(metric)}"
    kind = denominator_kind(lake.book)
    order = " ".join(f"WHEN list_contains(periods, {literal(kind)}) THEN {literal(kind)}" for kind in PERIOD_TYPES)
    return f"""
        WITH metric AS (
          SELECT metric_id, numerator,
            CASE WHEN {kind} = 'count' THEN denominator END AS denominator,
            settles_after_months AS declared, CASE {order} END AS shortest
          FROM kpi.metric WHERE {asked}
        ), posted AS (
          SELECT l.metric_id AS ledger_id, coalesce(m.additive, TRUE) AS is_summed, l.period_type, l.month,
            CASE WHEN l.la_code IN ('unplaced', 'none') THEN l.area_code ELSE l.la_code END AS area_code, l.entry,
            l.posted_at, l.feed, sum(l.amount) AS amount, coalesce(sum(l.amount) FILTER ({REVISED}), 0) AS moved,
            bool_or({NOT_OURS}) AS is_partners, bool_or(l.cause IN ('reverted', 'replayed')) AS was_undone
          FROM kpi.ledger AS l LEFT JOIN kpi.metric AS m ON m.metric_id = l.metric_id
          WHERE l.measure = 'amount' AND l.breakdown = 'all'
            AND l.metric_id IN (SELECT unnest([numerator, denominator]) FROM metric)
            AND l.metric_id NOT IN (SELECT denominator FROM kpi.metric WHERE {kind} = 'residents')
          GROUP BY ALL
        ), local AS (
          SELECT * FROM posted
          WHERE area_code IN (SELECT area_code FROM kpi.area WHERE area_type = 'local_authority')
        ), counted AS (
          SELECT metric.metric_id, declared, denominator IS NOT NULL AS is_share, ledger_id = numerator AS is_top,
            local.* EXCLUDE (ledger_id, is_summed)
          FROM metric JOIN local
            ON ledger_id IN (numerator, denominator) AND (is_summed OR local.period_type = shortest)
        ), begun AS (
          SELECT metric_id, period_type, month, area_code, max(first_entry) AS first_entry
          FROM (
            SELECT metric_id, period_type, month, area_code, feed, min(entry) AS first_entry
            FROM counted WHERE is_partners GROUP BY metric_id, period_type, month, area_code, feed
          )
          GROUP BY metric_id, period_type, month, area_code
        ), step AS (
          SELECT metric_id, any_value(declared) AS declared, any_value(is_share) AS is_share, period_type, month,
            area_code, entry, any_value(posted_at) AS posted_at,
            coalesce(sum(amount) FILTER (is_top), 0) AS n, coalesce(sum(amount) FILTER (NOT is_top), 0) AS d,
            coalesce(sum(moved) FILTER (is_top), 0) AS n_moved,
            coalesce(sum(moved) FILTER (NOT is_top), 0) AS d_moved, bool_or(was_undone) AS was_undone
          FROM counted GROUP BY metric_id, period_type, month, area_code, entry
        ), known AS (
          SELECT metric_id, declared, entry, posted_at, is_share, period_type, month, area_code,
            sum(n) OVER cell AS n, sum(d) OVER cell AS d, bool_or(was_undone) OVER cell AS was_undone,
            coalesce(sum(n_moved) OVER later, 0) AS n_later, coalesce(sum(d_moved) OVER later, 0) AS d_later
          FROM step
          WINDOW cell AS (PARTITION BY metric_id, period_type, month, area_code),
            later AS (PARTITION BY metric_id, period_type, month, area_code ORDER BY entry
              ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
        ), told AS (
          SELECT metric_id, declared, entry, period_type, month, area_code, posted_at, was_undone,
            (month + to_months(CASE period_type WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 WHEN 'calendar_quarter' THEN 3
              WHEN 'rolling36' THEN 36 ELSE 12 END)) AS ended,
            CASE WHEN is_share THEN n / nullif(d, 0) ELSE n END AS latest,
            CASE WHEN is_share THEN (n - n_later) / nullif(d - d_later, 0) ELSE n - n_later END AS value
          FROM known
        ), near AS (
          SELECT *, lead(posted_at) OVER (PARTITION BY metric_id, period_type, month, area_code ORDER BY entry)
              AS next_posted_at,
            coalesce(abs(value - latest) <= {WITHIN} * abs(latest), value IS NULL AND latest IS NULL) AS is_near
          FROM told
        ), stretch AS (
          SELECT metric_id, declared, ended, max(next_posted_at) FILTER (NOT is_near) AS settled_at
          FROM near JOIN begun USING (metric_id, period_type, month, area_code)
          WHERE entry >= first_entry AND NOT was_undone
            AND ended + to_months(declared + {OLDER_BY}) <= (SELECT as_of FROM kpi.build)
          GROUP BY metric_id, declared, period_type, month, area_code, ended
        ), timed AS (
          SELECT metric_id, declared, coalesce(greatest(0, months + CASE WHEN ended + to_months(CAST(months AS INTEGER))
            < settled_at THEN 1 ELSE 0 END), 0) AS months
          FROM (SELECT *, date_sub('month', CAST(ended AS TIMESTAMP), settled_at) AS months FROM stretch)
        ), measured AS (
          SELECT metric_id, CAST(quantile_disc(months, {SHARE}) AS BIGINT) AS months, count(*) AS periods,
            count(*) FILTER (months > declared) AS moved_after
          FROM timed GROUP BY metric_id
        )
        SELECT metric.metric_id, CAST(declared AS INTEGER) AS declared_months,
          CAST(measured.months AS INTEGER) AS measured_months, coalesce(measured.periods, 0) AS periods,
          coalesce(measured.moved_after, 0) AS moved_after,
          CASE
            WHEN coalesce(measured.periods, 0) < {FEWEST} THEN {literal(_TOO_FEW)}
            WHEN measured.months <= declared THEN {literal(_ENOUGH)}
            ELSE {literal(_MOVED)} || measured.months
          END AS verdict,
          CASE WHEN coalesce(measured.periods, 0) >= {FEWEST} THEN measured.months <= declared END AS is_enough
        FROM metric LEFT JOIN measured ON measured.metric_id = metric.metric_id
        ORDER BY metric.metric_id
    """
