"""The lines of a comparison as one would write them down by hand in SQL: names joined as they are, rates in floats.

``{a}`` and ``{b}`` are the databases the two releases lie in. Their definitions are taken to be the same, and nothing
is checked: an opening, a movement or a closing that contradicts the ledger is passed on as it stands.
"""

STATEMENT_BY_HAND = """
WITH known AS (
  SELECT (SELECT last_entry FROM {b}.kpi.release WHERE release_id = '{first}') AS entry,
    (SELECT last_entry FROM {b}.kpi.release WHERE release_id = '{second}') AS last_entry
), number AS (
  SELECT
    metric_id, area_code, breakdown, period_type, period_start, coalesce(b.period_end, a.period_end) AS period_end,
    coalesce(b.period, a.period) AS period, coalesce(b.area_name, a.area_name) AS area_name,
    a.numerator AS a_n, b.numerator AS b_n, a.denominator AS a_d, b.denominator AS b_d,
    coalesce(a.status = 'unavailable', FALSE) AS a_unavailable,
    coalesce(b.status = 'unavailable', FALSE) AS b_unavailable
  FROM (FROM {a}.kpi.certified WHERE release_id = '{first}') AS a
  FULL JOIN (FROM {b}.kpi.certified WHERE release_id = '{second}') AS b
    USING (metric_id, area_code, breakdown, period_type, period_start)
), unsummed AS (
  SELECT metric_id FROM {b}.kpi.metric WHERE denominator IS NULL AND NOT additive
), part AS (
  SELECT metric_id, unnest(['n', 'd']) AS part, unnest([numerator, denominator]) AS ledger_id FROM {b}.kpi.metric
), posted AS (
  SELECT metric_id AS ledger_id,
    unnest(list_distinct([
      area_code, CASE WHEN la_code NOT IN ('unplaced', 'none') THEN la_code END,
      CASE WHEN force_code NOT IN ('unplaced', 'none') THEN force_code END
    ])) AS area_code,
    breakdown, CASE WHEN metric_id IN (FROM unsummed) THEN period_type END AS only_type, month,
    ledger.entry > known.entry AS is_new,
    CASE WHEN is_new THEN cause END AS cause, CASE WHEN is_new THEN feed END AS feed,
    CASE WHEN is_new THEN delivery_id END AS delivery_id, amount
  FROM {b}.kpi.ledger AS ledger, known
  WHERE measure = 'amount' AND ledger.entry <= known.last_entry AND NOT metric_id LIKE 'population%'
), posting AS (
  SELECT * EXCLUDE (amount), sum(amount) AS amount FROM posted GROUP BY ALL HAVING sum(amount) <> 0
), month AS (
  SELECT period_type, period_start,
    unnest(generate_series(period_start::TIMESTAMP, period_end::TIMESTAMP, INTERVAL 1 MONTH))::DATE AS month
  FROM (SELECT DISTINCT period_type, period_start, period_end FROM number)
), moved AS (
  SELECT number.metric_id, number.area_code, number.breakdown, number.period_type, number.period_start, part, is_new,
    cause, feed, delivery_id, sum(posting.amount) AS amount
  FROM posting
  JOIN part USING (ledger_id)
  JOIN month
    ON month.month = posting.month
    AND (only_type IS NULL OR (only_type = month.period_type AND posting.month = month.period_start))
  JOIN number
    ON number.metric_id = part.metric_id AND number.area_code = posting.area_code
    AND number.breakdown = posting.breakdown AND number.period_type = month.period_type
    AND number.period_start = month.period_start
  GROUP BY ALL HAVING sum(posting.amount) <> 0
), ledger_sum AS (
  SELECT metric_id, area_code, breakdown, period_type, period_start,
    sum(amount) FILTER (part = 'n' AND NOT is_new) AS old_n, sum(amount) FILTER (part = 'n') AS all_n,
    sum(amount) FILTER (part = 'd' AND NOT is_new) AS old_d, sum(amount) FILTER (part = 'd') AS all_d
  FROM moved GROUP BY ALL
), balance AS (
  SELECT number.*, metric.denominator AS divides_by, coalesce(rate_base, 1) AS base,
    coalesce(a_n, old_n, 0) AS n1, coalesce(b_n, all_n, 0) AS n2,
    CASE WHEN divides_by LIKE 'population%' THEN CASE WHEN a_unavailable THEN 0 ELSE coalesce(a_d, b_d, 0) END
      ELSE coalesce(TRY_CAST(divides_by AS BIGINT), a_d, old_d, 0) END AS d1,
    CASE WHEN divides_by LIKE 'population%' THEN CASE WHEN b_unavailable THEN 0 ELSE coalesce(b_d, a_d, 0) END
      ELSE coalesce(TRY_CAST(divides_by AS BIGINT), b_d, all_d, 0) END AS d2
  FROM number JOIN {b}.kpi.metric AS metric USING (metric_id)
  LEFT JOIN ledger_sum USING (metric_id, area_code, breakdown, period_type, period_start)
), line AS (
  SELECT metric_id, area_code, breakdown, period_type, period_start, part, cause, feed, delivery_id, amount
  FROM moved WHERE is_new AND (part = 'n' OR metric_id IN (
    SELECT metric_id FROM {b}.kpi.metric WHERE TRY_CAST(denominator AS BIGINT) IS NULL
  ))
), estimate AS (
  SELECT metric_id AS ledger_id, unnest([area_code, la_code, force_code]) AS area_code, breakdown, cause, feed,
    delivery_id, ledger.entry
  FROM {b}.kpi.ledger AS ledger, known
  WHERE metric_id LIKE 'population%' AND ledger.entry > known.entry AND ledger.entry <= known.last_entry
), resident AS (
  SELECT ledger_id, area_code, breakdown, max_by({{cause: cause, feed: feed, delivery_id: delivery_id}}, entry) AS p
  FROM estimate GROUP BY ALL
), every AS (
  FROM line
  UNION ALL
  SELECT metric_id, balance.area_code, balance.breakdown, period_type, period_start, 'd', p.cause, p.feed,
    p.delivery_id, d2 - d1
  FROM balance LEFT JOIN resident
    ON resident.ledger_id = divides_by AND resident.area_code = balance.area_code
    AND resident.breakdown = balance.breakdown
  WHERE divides_by LIKE 'population%' AND d1 <> d2
), effect AS (
  SELECT metric_id, area_code, breakdown, period_type, period_start, cause, feed, delivery_id,
    sum(CASE
      WHEN divides_by IS NULL THEN amount
      WHEN d1 = 0 AND d2 = 0 THEN 0
      WHEN d1 <> 0 AND d2 <> 0 AND part = 'n' THEN base * amount * (1 / d1 + 1 / d2) / 2
      WHEN d1 <> 0 AND d2 <> 0 THEN -base * (n1 + n2) * amount / (2.0 * d1 * d2)
      WHEN part = 'n' THEN base * amount / (d1 + d2)
      ELSE base * CASE WHEN d1 = 0 THEN n1 ELSE n2 END * amount / ((d1 + d2) * (d1 + d2))
    END) AS amount
  FROM every JOIN balance USING (metric_id, area_code, breakdown, period_type, period_start) GROUP BY ALL
), told AS (
  SELECT balance.*,
    CASE WHEN divides_by IS NULL THEN n1 WHEN d1 = 0 THEN 0 ELSE n1 / d1 * base END AS opening,
    CASE WHEN divides_by IS NULL THEN n2 WHEN d2 = 0 THEN 0 ELSE n2 / d2 * base END AS closing
  FROM balance
), shown AS (
  SELECT * FROM told WHERE opening <> 0 OR closing <> 0
    OR (metric_id, area_code, breakdown, period_type, period_start) IN (
      SELECT (metric_id, area_code, breakdown, period_type, period_start) FROM effect WHERE abs(amount) >= 5e-10
    )
), statement AS (
  SELECT metric_id, area_code, area_name, period, breakdown, period_type, period_start, 1 AS place, 'opening' AS step,
    NULL AS cause, NULL AS feed, NULL AS delivery_id, opening AS amount
  FROM shown
  UNION ALL
  SELECT metric_id, area_code, area_name, period, breakdown, period_type, period_start, 2, 'movement', cause, feed,
    delivery_id, amount
  FROM effect JOIN shown USING (metric_id, area_code, breakdown, period_type, period_start)
  WHERE abs(amount) >= 5e-10
  UNION ALL
  SELECT metric_id, area_code, area_name, period, breakdown, period_type, period_start, 3, 'closing', NULL, NULL, NULL,
    closing
  FROM shown
)
SELECT metric_id, area_code, area_name, period, breakdown, step, cause, feed, delivery_id, amount
FROM statement
ORDER BY metric_id, area_code, breakdown, period_type, period_start, place, delivery_id NULLS FIRST, abs(amount) DESC
"""
