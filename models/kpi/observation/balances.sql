/* The balance of each ledger in each area and period, and what may belong to the area although it is placed nowhere. */
WITH pair AS (
  /* The areas that a metric is given for, of those asked for. */
  SELECT
    area.as_of,
    definition.metric_id,
    area.area_code
  FROM asked
  JOIN definition
    ON asked.metric_id = definition.metric_id
  JOIN area
    ON asked.area_code = area.area_code
  WHERE
    ARRAY_CONTAINS(definition.areas, area.area_type)
    OR (
      area.area_type = 'unplaced' AND ARRAY_CONTAINS(definition.areas, 'ward')
    )
    OR (
      area.area_type = 'partnership'
      AND ARRAY_CONTAINS(definition.areas, 'local_authority')
      AND NOT definition.numerator IN (
        SELECT
          metric_id
        FROM kpi.metric
        WHERE
          NOT additive
      )
    )
), read_ledger AS (
  SELECT
    metric_id
  FROM counted_ledger
  UNION
  SELECT
    denominator AS metric_id
  FROM definition
  WHERE
    denominator_kind = 'residents'
  UNION
  SELECT
    'population' AS metric_id
), near AS (
  /* The areas asked for, and the authorities and forces that they lie in or ever lay in. */
  SELECT DISTINCT
    area_code,
    la_code,
    force_code
  FROM kpi.area_change
  WHERE
    area_code IN (
      SELECT
        area_code
      FROM asked
    )
), kept AS (
  SELECT DISTINCT
    UNNEST([area_code, force_code]) AS area_code
  FROM near
), told AS (
  /* An area that nobody asked for counts as elsewhere, and in the authority and force that it lies in. */
  SELECT
    metric_id,
    CASE WHEN is_asked THEN area_code ELSE 'elsewhere' END AS area_code,
    CASE WHEN is_asked OR is_near THEN la_code ELSE 'none' END AS la_code,
    CASE WHEN is_asked OR is_near THEN force_code ELSE 'none' END AS force_code,
    period_type,
    month,
    breakdown,
    measure,
    series,
    posted_at,
    amount
  FROM (
    SELECT
      ledger.metric_id,
      ledger.area_code,
      ledger.la_code,
      ledger.force_code,
      period_type,
      month,
      breakdown,
      measure,
      series,
      posted_at,
      amount,
      ledger.area_code = 'unplaced' OR NOT kept.area_code IS NULL AS is_asked,
      NOT near_authority.la_code IS NULL OR NOT near_force.force_code IS NULL AS is_near
    FROM kpi.ledger
    LEFT JOIN kept
      ON ledger.area_code = kept.area_code
    LEFT JOIN (
      SELECT DISTINCT
        la_code
      FROM near
    ) AS near_authority
      ON ledger.la_code = near_authority.la_code
    LEFT JOIN (
      SELECT DISTINCT
        force_code
      FROM near
    ) AS near_force
      ON ledger.force_code = near_force.force_code
    WHERE
      ledger.metric_id IN (
        SELECT
          metric_id
        FROM read_ledger
      )
  ) AS posting
), live AS (
  SELECT
    moment.as_of,
    metric_id,
    area_code,
    la_code,
    force_code,
    period_type,
    month,
    breakdown,
    measure,
    series,
    SUM(told.amount) AS amount
  FROM moment
  JOIN told
    ON told.posted_at <= moment.as_of
  GROUP BY
    moment.as_of,
    metric_id,
    area_code,
    la_code,
    force_code,
    period_type,
    month,
    breakdown,
    measure,
    series
  HAVING
    SUM(told.amount) <> 0
), part AS (
  /* What is posted to an area counts in its authority and its force too. */
  SELECT
    as_of,
    metric_id,
    UNNEST(
      [
        area_code,
        CASE WHEN NOT la_code IN ('unplaced', 'none') AND la_code <> area_code THEN la_code END,
        CASE WHEN NOT force_code IN ('unplaced', 'none') THEN force_code END
      ]
    ) AS area_code,
    period_type,
    month,
    breakdown,
    measure,
    series,
    amount
  FROM live
), balance AS (
  /* By month, or by whatever is posted. */
  SELECT
    as_of,
    metric_id,
    area_code,
    period_type,
    month,
    breakdown,
    MAX(series) AS series,
    COALESCE(SUM(CASE WHEN measure = 'amount' THEN amount END), 0) AS amount,
    COALESCE(SUM(CASE WHEN measure = 'suppressed' THEN amount END), 0) AS suppressed,
    COALESCE(SUM(CASE WHEN measure = 'unavailable' THEN amount END), 0) AS unavailable
  FROM part
  WHERE
    NOT area_code IS NULL
  GROUP BY
    as_of,
    metric_id,
    area_code,
    period_type,
    month,
    breakdown
), within AS (
  SELECT
    as_of,
    area_code,
    UNNEST(
      CASE area_type
        WHEN 'ward'
        THEN [la_code, force_code, 'unplaced']
        WHEN 'force'
        THEN ['unplaced']
        ELSE [force_code, 'unplaced']
      END
    ) AS within_code
  FROM area
  WHERE
    area_type <> 'unplaced'
), nowhere AS (
  /* What no lookup places: it may belong to any area of its local authority, else of its force, else to any at all. */
  SELECT
    as_of,
    metric_id,
    CASE
      WHEN NOT la_code IN ('unplaced', 'none')
      THEN la_code
      WHEN force_code = 'none'
      THEN 'unplaced'
      ELSE force_code
    END AS within_code,
    period_type,
    month,
    breakdown,
    amount
  FROM live
  WHERE
    area_code = 'unplaced' AND measure = 'amount'
), counted_in AS (
  /* A ledger's areas: those of the metrics that read it, and the forces that these lie in. */
  SELECT DISTINCT
    ledger.as_of,
    ledger.metric_id,
    ledger.area_code
  FROM (
    SELECT
      pair.as_of,
      CASE WHEN of_denominator THEN definition.denominator ELSE definition.numerator END AS metric_id,
      CASE WHEN in_force THEN area.force_code ELSE pair.area_code END AS area_code
    FROM pair
    JOIN definition
      ON pair.metric_id = definition.metric_id
    JOIN area
      ON pair.as_of = area.as_of AND pair.area_code = area.area_code
    CROSS JOIN (
      SELECT
        UNNEST([TRUE, FALSE]) AS of_denominator
    ) AS of_denominator
    CROSS JOIN (
      SELECT
        UNNEST([TRUE, FALSE]) AS in_force
    ) AS in_force
  ) AS ledger
  WHERE
    NOT ledger.metric_id IS NULL AND NOT ledger.area_code IS NULL
), counted_part AS (
  SELECT
    balance.as_of,
    balance.metric_id,
    balance.area_code,
    balance.period_type,
    balance.month,
    balance.breakdown,
    balance.series,
    balance.amount,
    balance.suppressed,
    balance.unavailable,
    NULL::BIGINT AS unplaced
  FROM balance
  JOIN counted_in
    ON balance.as_of = counted_in.as_of
    AND balance.metric_id = counted_in.metric_id
    AND balance.area_code = counted_in.area_code
  UNION ALL
  SELECT
    nowhere.as_of,
    nowhere.metric_id,
    within.area_code,
    nowhere.period_type,
    nowhere.month,
    nowhere.breakdown,
    NULL AS series,
    NULL AS amount,
    NULL AS suppressed,
    NULL AS unavailable,
    nowhere.amount AS unplaced
  FROM nowhere
  JOIN within
    ON nowhere.as_of = within.as_of AND nowhere.within_code = within.within_code
  JOIN counted_in
    ON within.as_of = counted_in.as_of
    AND nowhere.metric_id = counted_in.metric_id
    AND within.area_code = counted_in.area_code
), ledger_period AS (
  SELECT DISTINCT
    metric_id,
    period_type
  FROM (
    SELECT
      numerator AS metric_id,
      UNNEST(periods) AS period_type
    FROM definition
    UNION ALL
    SELECT
      denominator AS metric_id,
      UNNEST(periods) AS period_type
    FROM definition
    WHERE
      denominator_kind = 'count'
  ) AS ledger
), spread AS (
  /* The periods that a month of a ledger counts in; what is posted as it is read counts in its own. */
  SELECT
    summed.metric_id,
    periods.month,
    periods.period_type,
    periods.period_start
  FROM summed
  JOIN ledger_period
    ON summed.metric_id = ledger_period.metric_id
  JOIN periods
    ON ledger_period.period_type = periods.period_type
)
SELECT
  counted_part.as_of,
  counted_part.metric_id,
  counted_part.area_code,
  counted_part.breakdown,
  COALESCE(spread.period_type, counted_part.period_type) AS period_type,
  COALESCE(spread.period_start, counted_part.month) AS period_start,
  SUM(counted_part.amount) AS amount,
  SUM(counted_part.suppressed) AS suppressed,
  SUM(counted_part.unavailable) AS unavailable,
  MAX(counted_part.series) AS series,
  SUM(counted_part.unplaced) AS unplaced
FROM counted_part
LEFT JOIN spread
  ON counted_part.metric_id = spread.metric_id AND counted_part.month = spread.month
WHERE
  NOT spread.metric_id IS NULL OR NOT counted_part.metric_id IN (
    SELECT
      metric_id
    FROM summed
  )
GROUP BY
  counted_part.as_of,
  counted_part.metric_id,
  counted_part.area_code,
  counted_part.breakdown,
  COALESCE(spread.period_type, counted_part.period_type),
  COALESCE(spread.period_start, counted_part.month)
