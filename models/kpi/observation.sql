MODEL (
  name kpi.observation,
  kind VIEW,
  owner analytics,
  grain (metric_id, area_code, period_type, period_start, breakdown),
  description 'One number: one metric in one area and period, as the balance of its postings. The query is also the text of kpi.as_of.',
  audits (
    observation_is_explained
  )
);

WITH known AS (
  SELECT
    MAX(posted_at) AS as_of
  FROM kpi.entry
  WHERE
    posted_at <= @known_at::TIMESTAMP
), definition AS (
  SELECT
    metric_id,
    definition_version,
    unit,
    numerator,
    denominator,
    rate_base,
    interval_method,
    settles_after_months,
    feeds,
    cadence,
    areas,
    periods,
    denominator_kind,
    COALESCE(looks_back_months, 0) AS looks_back_months,
    CASE WHEN denominator_kind = 'constant' THEN denominator::BIGINT END AS divisor
  FROM kpi.metric
), counted_ledger AS (
  SELECT
    numerator AS metric_id
  FROM definition
  UNION
  SELECT
    denominator AS metric_id
  FROM definition
  WHERE
    denominator_kind = 'count'
), summed AS (
  /* What is posted by month and summed over months and areas; everything else is posted as it is read. */
  SELECT DISTINCT
    ledger.metric_id
  FROM (
    SELECT DISTINCT
      metric_id
    FROM kpi.ledger
  ) AS ledger
  LEFT JOIN kpi.metric
    ON ledger.metric_id = metric.metric_id
  WHERE
    COALESCE(metric.additive, TRUE)
), whole AS (
  /* A figure that comes whole for its period, such as people over twelve months, needs the cell it came in alone. */
  SELECT
    metric_id,
    CASE cadence WHEN 'quarterly' THEN 3 ELSE 12 END AS months
  FROM definition
  WHERE
    cadence <> 'monthly' AND NOT numerator IN (
      SELECT
        metric_id
      FROM summed
    )
), area_part AS (
  SELECT
    area_code,
    area_type,
    area_name,
    la_code,
    force_code,
    SUM(weight) AS weight,
    MAX(entry) AS entry
  FROM kpi.area_change
  WHERE
    posted_at <= @known_at::TIMESTAMP
  GROUP BY
    area_code,
    area_type,
    area_name,
    la_code,
    force_code
  HAVING
    SUM(weight) > 0
), area AS (
  SELECT
    area_code,
    area_type,
    ARG_MAX(area_name, entry) AS area_name,
    ARG_MAX(force_code, entry) AS force_code,
    ARG_MAX(la_code, entry) AS la_code
  FROM area_part
  GROUP BY
    area_code,
    area_type
), live AS (
  SELECT
    metric_id,
    area_code,
    la_code,
    force_code,
    period_type,
    month,
    breakdown,
    measure,
    series,
    SUM(amount) AS amount
  FROM kpi.ledger
  WHERE
    posted_at <= @known_at::TIMESTAMP
  GROUP BY
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
    SUM(amount) <> 0
), part AS (
  SELECT
    metric_id,
    area_code,
    period_type,
    month,
    breakdown,
    measure,
    series,
    amount
  FROM live
  UNION ALL
  SELECT
    metric_id,
    la_code AS area_code,
    period_type,
    month,
    breakdown,
    measure,
    series,
    amount
  FROM live
  WHERE
    NOT la_code IN ('unplaced', 'none') AND la_code <> area_code
  UNION ALL
  SELECT
    metric_id,
    force_code AS area_code,
    period_type,
    month,
    breakdown,
    measure,
    series,
    amount
  FROM live
  WHERE
    NOT force_code IN ('unplaced', 'none')
), balance AS (
  SELECT
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
  GROUP BY
    metric_id,
    area_code,
    period_type,
    month,
    breakdown
), cell AS (
  SELECT
    feed,
    cell,
    cover_code,
    part,
    starts_on,
    months
  FROM kpi.coverage
  WHERE
    posted_at <= @known_at::TIMESTAMP
  GROUP BY
    feed,
    cell,
    cover_code,
    part,
    starts_on,
    months
  HAVING
    SUM(weight) > 0
), cell_span AS (
  /* Weeks cover a month once each of its days lies in one of them; all other cells are whole months. */
  SELECT
    feed,
    cover_code,
    part,
    starts_on,
    months
  FROM cell
  WHERE
    months > 0
  UNION ALL
  SELECT
    feed,
    cover_code,
    part,
    starts_on,
    1 AS months
  FROM (
    SELECT
      feed,
      cover_code,
      part,
      DATE_TRUNC('MONTH', day)::DATE AS starts_on,
      day
    FROM (
      SELECT
        feed,
        cover_code,
        part,
        (
          starts_on + step * INTERVAL '1' DAY
        )::DATE AS day
      FROM (
        SELECT
          feed,
          cover_code,
          part,
          starts_on,
          UNNEST(GENERATE_SERIES(0, 6)) AS step
        FROM cell
        WHERE
          months = 0
      ) AS week
    ) AS dated
  ) AS in_month
  GROUP BY
    feed,
    cover_code,
    part,
    starts_on
  HAVING
    COUNT(DISTINCT day) = EXTRACT(DAY FROM LAST_DAY(starts_on))
), wanted AS (
  SELECT
    wanted.metric_id,
    wanted.feed,
    GREATEST(ARRAY_LENGTH(feed.parts), 1) AS parts,
    feed.parts AS named_parts
  FROM (
    SELECT
      metric_id,
      UNNEST(feeds) AS feed
    FROM definition
  ) AS wanted
  JOIN kpi.feed
    ON wanted.feed = feed.feed
), expected AS (
  SELECT
    metric_id,
    SUM(parts) AS parts
  FROM wanted
  GROUP BY
    metric_id
), reach AS (
  /* A whole table says nothing of periods: it covers what it posted, a year or quarter back from each month. */
  SELECT
    definition.metric_id,
    posted.feed,
    MIN(posted.month) AS first_month,
    MAX(posted.month) AS last_month
  FROM definition
  JOIN (
    SELECT
      metric_id,
      feed,
      month
    FROM kpi.ledger
    WHERE
      posted_at <= @known_at::TIMESTAMP
    GROUP BY
      metric_id,
      feed,
      month
    HAVING
      SUM(amount) <> 0
  ) AS posted
    ON posted.metric_id IN (definition.numerator, definition.denominator)
  GROUP BY
    definition.metric_id,
    posted.feed
), covered AS (
  SELECT
    wanted.metric_id,
    wanted.feed,
    cell_span.cover_code,
    cell_span.starts_on AS first_month,
    cell_span.months AS months
  FROM cell_span
  JOIN wanted
    ON cell_span.feed = wanted.feed
  WHERE
    NOT cell_span.cover_code IS NULL
    AND (
      ARRAY_LENGTH(wanted.named_parts) = 0 OR ARRAY_CONTAINS(wanted.named_parts, cell_span.part)
    )
  UNION ALL
  /* Once for a feed, however many whole tables it sends. */
  SELECT DISTINCT
    wanted.metric_id,
    wanted.feed,
    'everywhere' AS cover_code,
    (
      reach.first_month - CASE definition.cadence WHEN 'yearly' THEN INTERVAL '11' MONTH ELSE INTERVAL '2' MONTH END
    )::DATE AS first_month,
    DATE_DIFF('MONTH', reach.first_month, reach.last_month) + CASE definition.cadence WHEN 'yearly' THEN 12 ELSE 3 END AS months
  FROM cell
  JOIN wanted
    ON cell.feed = wanted.feed
  JOIN definition
    ON wanted.metric_id = definition.metric_id
  JOIN reach
    ON wanted.metric_id = reach.metric_id AND wanted.feed = reach.feed
  WHERE
    cell.starts_on IS NULL
), covered_month AS (
  SELECT
    metric_id,
    feed,
    cover_code,
    (
      first_month + step * INTERVAL '1' MONTH
    )::DATE AS month,
    COUNT(*) AS received
  FROM (
    SELECT
      metric_id,
      feed,
      cover_code,
      first_month,
      UNNEST(GENERATE_SERIES(0, months::INT - 1)) AS step
    FROM covered
  ) AS stepped
  GROUP BY
    metric_id,
    feed,
    cover_code,
    first_month,
    step
), span AS (
  SELECT
    metric_id,
    cover_code,
    MIN(month) AS first_month,
    MAX(month) AS last_month
  FROM covered_month
  GROUP BY
    metric_id,
    cover_code
), place AS (
  SELECT DISTINCT
    la_code,
    force_code
  FROM area
  WHERE
    area_code <> 'unplaced'
), place_cover AS (
  SELECT
    la_code,
    force_code,
    UNNEST(LIST_DISTINCT([la_code, force_code, 'everywhere'])) AS cover_code
  FROM place
), month AS (
  SELECT
    (
      first_month + step * INTERVAL '1' MONTH
    )::DATE AS month
  FROM (
    SELECT
      first_month,
      UNNEST(GENERATE_SERIES(0, months)) AS step
    FROM (
      SELECT
        (
          MIN(month) - INTERVAL '35' MONTH
        )::DATE AS first_month,
        DATE_DIFF('MONTH', MIN(month), MAX(month)) + 46 AS months
      FROM (
        SELECT
          month
        FROM covered_month
        UNION ALL
        SELECT
          month
        FROM balance
        WHERE
          metric_id IN (
            SELECT
              metric_id
            FROM counted_ledger
          )
      ) AS spanned
    ) AS bounds
  ) AS stepped
), place_feed AS (
  SELECT
    covered_month.metric_id,
    place_cover.la_code,
    place_cover.force_code,
    covered_month.month,
    covered_month.feed,
    MAX(covered_month.received) AS received
  FROM covered_month
  JOIN place_cover
    ON covered_month.cover_code = place_cover.cover_code
  GROUP BY
    covered_month.metric_id,
    place_cover.la_code,
    place_cover.force_code,
    covered_month.month,
    covered_month.feed
), place_month AS (
  /* Received and expected cells by month: of the places an area lies in; for what is unplaced, of every place. */
  SELECT
    place_feed.metric_id,
    la_code,
    force_code,
    month,
    SUM(received) AS received,
    MAX(expected.parts) AS parts
  FROM place_feed
  JOIN expected
    ON place_feed.metric_id = expected.metric_id
  GROUP BY
    place_feed.metric_id,
    la_code,
    force_code,
    month
  UNION ALL
  SELECT
    span.metric_id,
    'unplaced' AS la_code,
    'unplaced' AS force_code,
    month.month,
    SUM(COALESCE(covered_month.received, 0)) AS received,
    SUM(wanted.parts) AS parts
  FROM span
  JOIN wanted
    ON span.metric_id = wanted.metric_id
  JOIN month
    ON month.month BETWEEN span.first_month AND span.last_month
  LEFT JOIN covered_month
    ON span.metric_id = covered_month.metric_id
    AND span.cover_code = covered_month.cover_code
    AND wanted.feed = covered_month.feed
    AND month.month = covered_month.month
  GROUP BY
    span.metric_id,
    month.month
), period AS (
  SELECT DISTINCT
    period_type,
    CASE period_type
      WHEN 'month'
      THEN month
      WHEN 'quarter'
      THEN DATE_TRUNC('QUARTER', month)
      WHEN 'calendar_quarter'
      THEN DATE_TRUNC('QUARTER', month)
      WHEN 'calendar_year'
      THEN DATE_TRUNC('YEAR', month)
      WHEN 'year'
      THEN DATE_TRUNC('YEAR', month - INTERVAL '3' MONTH) + INTERVAL '3' MONTH
      WHEN 'rolling12'
      THEN month - INTERVAL '11' MONTH
      ELSE month - INTERVAL '35' MONTH
    END::DATE AS period_start,
    CASE period_type
      WHEN 'month'
      THEN 1
      WHEN 'quarter'
      THEN 3
      WHEN 'calendar_quarter'
      THEN 3
      WHEN 'rolling36'
      THEN 36
      ELSE 12
    END::INT AS months
  FROM month
  CROSS JOIN (
    SELECT
      UNNEST(['month', 'quarter', 'calendar_quarter', 'year', 'calendar_year', 'rolling12', 'rolling36']) AS period_type
  ) AS period_type
  WHERE
    period_type IN (
      SELECT
        UNNEST(periods)
      FROM definition
    )
), dated_period AS (
  SELECT
    period_type,
    period_start,
    months,
    (
      (
        period_start + months * INTERVAL '1' MONTH
      )::DATE - INTERVAL '1' DAY
    )::DATE AS period_end,
    (
      period_start + months * INTERVAL '1' MONTH - INTERVAL '1' MONTH
    )::DATE AS last_month,
    (
      period_start - INTERVAL '3' MONTH
    )::DATE AS financial_start
  FROM period
), named_period AS (
  SELECT
    period_type,
    period_start,
    months,
    period_end,
    last_month,
    CASE period_type
      WHEN 'month'
      THEN STRFTIME(period_start, '%Y-%m')
      WHEN 'calendar_quarter'
      THEN STRFTIME(period_start, '%Y') || '-Q' || EXTRACT(QUARTER FROM period_start)
      WHEN 'calendar_year'
      THEN STRFTIME(period_start, '%Y')
      WHEN 'rolling12'
      THEN STRFTIME(last_month, '%Y-%m') || '-R12'
      WHEN 'rolling36'
      THEN STRFTIME(last_month, '%Y-%m') || '-R36'
      ELSE STRFTIME(financial_start, '%Y') || '-' || STRFTIME(financial_start + INTERVAL '12' MONTH, '%y') || CASE period_type WHEN 'quarter' THEN '-Q' || EXTRACT(QUARTER FROM financial_start) ELSE '' END
    END AS period
  FROM dated_period
), period_month AS (
  SELECT
    period_type,
    period_start,
    (
      period_start + step * INTERVAL '1' MONTH
    )::DATE AS month,
    months - step AS months_left
  FROM (
    SELECT
      period_type,
      period_start,
      months,
      UNNEST(GENERATE_SERIES(0, months - 1)) AS step
    FROM dated_period
  ) AS stepped
), needed AS (
  /* The months whose cells a period needs: its own, and those before it that a metric looks back on. */
  SELECT
    place_month.metric_id,
    la_code,
    force_code,
    period_type,
    period_start,
    received,
    parts
  FROM place_month
  JOIN period_month
    ON place_month.month = period_month.month
  LEFT JOIN whole
    ON place_month.metric_id = whole.metric_id
  WHERE
    whole.months IS NULL OR months_left <= whole.months
  UNION ALL
  SELECT
    place_month.metric_id,
    place_month.la_code,
    place_month.force_code,
    dated_period.period_type,
    dated_period.period_start,
    place_month.received,
    place_month.parts
  FROM place_month
  JOIN definition
    ON place_month.metric_id = definition.metric_id AND definition.looks_back_months > 0
  JOIN dated_period
    ON place_month.month < dated_period.period_start
    AND place_month.month >= (
      dated_period.period_start - definition.looks_back_months::INT * INTERVAL '1' MONTH
    )::DATE
), received AS (
  SELECT
    metric_id,
    la_code,
    force_code,
    period_type,
    period_start,
    SUM(received) AS received,
    SUM(parts) AS expected,
    COUNT(*) AS months
  FROM needed
  GROUP BY
    metric_id,
    la_code,
    force_code,
    period_type,
    period_start
), held_cell AS (
  SELECT
    held.feed,
    held.cell,
    cell.cover_code,
    cell.starts_on,
    cell.months,
    SUM(held.rows) AS rows
  FROM kpi.held
  JOIN cell
    ON held.feed = cell.feed AND held.cell = cell.cell
  WHERE
    held.posted_at <= @known_at::TIMESTAMP
  GROUP BY
    held.feed,
    held.cell,
    cell.cover_code,
    cell.starts_on,
    cell.months
  HAVING
    SUM(held.rows) > 0
), held_period AS (
  /* Rows held back that could change a number: those of the cells it is made of. */
  SELECT
    wanted.metric_id,
    place_cover.la_code,
    place_cover.force_code,
    dated_period.period_type,
    dated_period.period_start,
    SUM(held_cell.rows) AS rows
  FROM held_cell
  JOIN wanted
    ON held_cell.feed = wanted.feed
  JOIN definition
    ON wanted.metric_id = definition.metric_id
  JOIN place_cover
    ON COALESCE(held_cell.cover_code, 'everywhere') = place_cover.cover_code
  JOIN dated_period
    ON held_cell.starts_on IS NULL
    OR (
      held_cell.starts_on <= dated_period.period_end
      AND (
        held_cell.starts_on + (
          held_cell.months + definition.looks_back_months
        )::INT * INTERVAL '1' MONTH
      )::DATE > dated_period.period_start
    )
  GROUP BY
    wanted.metric_id,
    place_cover.la_code,
    place_cover.force_code,
    dated_period.period_type,
    dated_period.period_start
), total AS (
  SELECT
    balance.metric_id,
    balance.area_code,
    balance.breakdown,
    period_month.period_type,
    period_month.period_start,
    SUM(balance.amount) AS amount,
    SUM(balance.suppressed) AS suppressed,
    SUM(balance.unavailable) AS unavailable,
    MAX(balance.series) AS series
  FROM balance
  JOIN summed
    ON balance.metric_id = summed.metric_id
  JOIN period_month
    ON balance.month = period_month.month
  WHERE
    balance.metric_id IN (
      SELECT
        metric_id
      FROM counted_ledger
    )
  GROUP BY
    balance.metric_id,
    balance.area_code,
    balance.breakdown,
    period_month.period_type,
    period_month.period_start
  UNION ALL
  SELECT
    metric_id,
    area_code,
    breakdown,
    period_type,
    month AS period_start,
    amount,
    suppressed,
    unavailable,
    series
  FROM balance
  WHERE
    NOT metric_id IN (
      SELECT
        metric_id
      FROM summed
    )
), nowhere AS (
  /* What no lookup places: it may belong to any area of its local authority, else of its force, else to any at all. */
  SELECT
    live.metric_id,
    CASE
      WHEN NOT live.la_code IN ('unplaced', 'none')
      THEN live.la_code
      WHEN live.force_code = 'none'
      THEN 'unplaced'
      ELSE live.force_code
    END AS within_code,
    live.breakdown,
    COALESCE(period_month.period_type, live.period_type) AS period_type,
    COALESCE(period_month.period_start, live.month) AS period_start,
    live.amount
  FROM live
  LEFT JOIN summed
    ON live.metric_id = summed.metric_id
  LEFT JOIN period_month
    ON live.month = period_month.month AND NOT summed.metric_id IS NULL
  WHERE
    live.area_code = 'unplaced' AND live.measure = 'amount'
), within AS (
  SELECT
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
), maybe AS (
  /* Per area what may belong to it, although it is placed nowhere. */
  SELECT
    nowhere.metric_id,
    within.area_code,
    nowhere.breakdown,
    nowhere.period_type,
    nowhere.period_start,
    SUM(nowhere.amount) AS amount
  FROM nowhere
  JOIN within
    ON nowhere.within_code = within.within_code
  GROUP BY
    nowhere.metric_id,
    within.area_code,
    nowhere.breakdown,
    nowhere.period_type,
    nowhere.period_start
), area_month AS (
  /* The months an area is spoken of: those its own places cover, and those covered by a force that recorded in it. */
  SELECT
    span.metric_id,
    area.area_code,
    span.first_month,
    span.last_month
  FROM span
  JOIN area
    ON span.cover_code IN (area.la_code, area.force_code, 'everywhere') OR area.area_code = 'unplaced'
  UNION ALL
  SELECT
    definition.metric_id,
    recorded.area_code,
    span.first_month,
    span.last_month
  FROM (
    SELECT
      metric_id,
      area_code,
      force_code
    FROM live
    UNION
    SELECT
      metric_id,
      la_code AS area_code,
      force_code
    FROM live
  ) AS recorded
  JOIN definition
    ON recorded.metric_id = definition.numerator
  JOIN span
    ON definition.metric_id = span.metric_id AND recorded.force_code = span.cover_code
), area_span AS (
  SELECT
    metric_id,
    area_code,
    MIN(first_month) AS first_month,
    MAX(last_month) AS last_month
  FROM area_month
  GROUP BY
    metric_id,
    area_code
), part_of_total AS (
  SELECT DISTINCT
    metric_id,
    breakdown
  FROM balance
), spoken AS (
  /* A figure that comes once a quarter or year is given for the rolling periods that end with one. A metric that looks
     back is not spoken of before there can be cells to look back on. */
  SELECT
    definition.metric_id,
    definition.definition_version,
    definition.unit,
    definition.numerator,
    definition.denominator,
    definition.denominator_kind,
    definition.divisor,
    definition.rate_base,
    definition.interval_method,
    definition.settles_after_months,
    expected.parts,
    area.area_code,
    area.area_name,
    area.area_type,
    area.la_code,
    area.force_code,
    named_period.period,
    named_period.period_type,
    named_period.period_start,
    named_period.period_end,
    LEAST(named_period.months, COALESCE(whole.months, named_period.months)) + definition.looks_back_months AS months,
    COALESCE(part_of_total.breakdown, 'all') AS breakdown
  FROM definition
  JOIN expected
    ON definition.metric_id = expected.metric_id
  LEFT JOIN whole
    ON definition.metric_id = whole.metric_id
  JOIN area_span
    ON definition.metric_id = area_span.metric_id
  JOIN area
    ON area_span.area_code = area.area_code
    AND (
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
    )
  JOIN named_period
    ON ARRAY_CONTAINS(definition.periods, named_period.period_type)
    AND named_period.last_month >= area_span.first_month
    AND (
      definition.looks_back_months = 0
      OR (
        named_period.period_start - definition.looks_back_months::INT * INTERVAL '1' MONTH
      )::DATE >= area_span.first_month
    )
    AND CASE
      WHEN named_period.period_type IN ('rolling12', 'rolling36')
      THEN named_period.last_month
      ELSE named_period.period_start
    END <= area_span.last_month
    AND (
      NOT named_period.period_type IN ('rolling12', 'rolling36')
      OR definition.cadence = 'monthly'
      OR EXTRACT(MONTH FROM named_period.last_month) = 12
      OR (
        definition.cadence = 'quarterly' AND EXTRACT(MONTH FROM named_period.last_month) IN (3, 6, 9)
      )
    )
  LEFT JOIN part_of_total
    ON definition.numerator = part_of_total.metric_id
), estimate AS (
  SELECT
    metric_id,
    area_code,
    breakdown,
    EXTRACT(YEAR FROM month) AS year,
    amount
  FROM balance
  WHERE
    metric_id IN (
      SELECT
        denominator
      FROM definition
      WHERE
        denominator_kind = 'residents'
    )
    AND amount > 0
    AND area_code <> 'unplaced'
), estimated_part AS (
  SELECT
    force_code,
    EXTRACT(YEAR FROM month) AS year,
    COUNT(DISTINCT la_code) AS local_authorities
  FROM live
  WHERE
    metric_id = 'population' AND amount > 0
  GROUP BY
    force_code,
    EXTRACT(YEAR FROM month)
), whole_estimate AS (
  /* A force has an estimate where every local authority of it has one. */
  SELECT
    estimate.metric_id,
    estimate.area_code,
    estimate.breakdown,
    estimate.year,
    estimate.amount
  FROM estimate
  LEFT JOIN kpi.police_force
    ON estimate.area_code = police_force.force_code
  LEFT JOIN estimated_part
    ON estimate.area_code = estimated_part.force_code AND estimate.year = estimated_part.year
  WHERE
    police_force.force_code IS NULL OR estimated_part.local_authorities = police_force.local_authorities
), period_year AS (
  SELECT DISTINCT
    EXTRACT(YEAR FROM period_end) AS period_year
  FROM dated_period
), resident AS (
  /* The latest estimate not after the period's year, else the earliest. */
  SELECT
    metric_id,
    area_code,
    breakdown,
    period_year,
    ARG_MAX(amount, CASE WHEN year <= period_year THEN 10000 + year ELSE 10000 - year END) AS amount,
    ARG_MAX(year, CASE WHEN year <= period_year THEN 10000 + year ELSE 10000 - year END) AS year
  FROM whole_estimate
  CROSS JOIN period_year
  GROUP BY
    metric_id,
    area_code,
    breakdown,
    period_year
), counted AS (
  SELECT
    spoken.metric_id,
    spoken.definition_version,
    spoken.area_code,
    spoken.area_name,
    spoken.area_type,
    spoken.period,
    spoken.period_type,
    spoken.period_start,
    spoken.period_end,
    spoken.breakdown,
    spoken.denominator AS divides_by,
    spoken.rate_base,
    spoken.interval_method,
    spoken.unit || COALESCE(' (mid-' || resident.year || ' estimate)', '') AS unit,
    resident.year AS denominator_year,
    COALESCE(received.received, 0) AS received,
    COALESCE(received.expected, 0) + (
      spoken.months - COALESCE(received.months, 0)
    ) * spoken.parts AS expected,
    top.amount AS top_amount,
    CASE
      WHEN spoken.denominator_kind = 'residents'
      THEN resident.amount
      WHEN NOT spoken.divisor IS NULL
      THEN spoken.divisor
      WHEN spoken.denominator IS NULL
      THEN NULL
      ELSE COALESCE(bottom.amount, 0)
    END AS bottom_amount,
    COALESCE(top.suppressed, 0) + COALESCE(bottom.suppressed, 0) AS suppressed,
    COALESCE(top.unavailable, 0) + COALESCE(bottom.unavailable, 0) AS unavailable,
    COALESCE(held_period.rows, 0) AS held_rows,
    CASE WHEN spoken.area_type <> 'unplaced' THEN COALESCE(maybe_top.amount, 0) END AS unplaced,
    GREATEST(COALESCE(all_top.amount, top.amount, 0), COALESCE(maybe_top.amount, 0)) AS top_everywhere,
    COALESCE(maybe_bottom.amount, 0) AS bottom_unplaced,
    GREATEST(COALESCE(all_bottom.amount, bottom.amount, 0), COALESCE(maybe_bottom.amount, 0)) AS bottom_everywhere,
    COALESCE(top.series, bottom.series, 1) AS series,
    spoken.period_end > known.as_of - spoken.settles_after_months * INTERVAL '1' MONTH AS is_provisional
  FROM spoken
  CROSS JOIN known
  LEFT JOIN received
    ON spoken.metric_id = received.metric_id
    AND spoken.la_code IS NOT DISTINCT FROM received.la_code
    AND spoken.force_code IS NOT DISTINCT FROM received.force_code
    AND spoken.period_type = received.period_type
    AND spoken.period_start = received.period_start
  LEFT JOIN held_period
    ON spoken.metric_id = held_period.metric_id
    AND spoken.la_code IS NOT DISTINCT FROM held_period.la_code
    AND spoken.force_code IS NOT DISTINCT FROM held_period.force_code
    AND spoken.period_type = held_period.period_type
    AND spoken.period_start = held_period.period_start
  LEFT JOIN total AS top
    ON spoken.numerator = top.metric_id
    AND spoken.area_code = top.area_code
    AND spoken.breakdown = top.breakdown
    AND spoken.period_type = top.period_type
    AND spoken.period_start = top.period_start
  LEFT JOIN total AS bottom
    ON spoken.denominator = bottom.metric_id
    AND spoken.area_code = bottom.area_code
    AND spoken.breakdown = bottom.breakdown
    AND spoken.period_type = bottom.period_type
    AND spoken.period_start = bottom.period_start
  LEFT JOIN maybe AS maybe_top
    ON spoken.numerator = maybe_top.metric_id
    AND spoken.area_code = maybe_top.area_code
    AND spoken.breakdown = maybe_top.breakdown
    AND spoken.period_type = maybe_top.period_type
    AND spoken.period_start = maybe_top.period_start
  LEFT JOIN total AS all_top
    ON spoken.numerator = all_top.metric_id
    AND spoken.force_code = all_top.area_code
    AND spoken.breakdown = all_top.breakdown
    AND spoken.period_type = all_top.period_type
    AND spoken.period_start = all_top.period_start
  LEFT JOIN maybe AS maybe_bottom
    ON spoken.denominator = maybe_bottom.metric_id
    AND spoken.area_code = maybe_bottom.area_code
    AND spoken.breakdown = maybe_bottom.breakdown
    AND spoken.period_type = maybe_bottom.period_type
    AND spoken.period_start = maybe_bottom.period_start
  LEFT JOIN total AS all_bottom
    ON spoken.denominator = all_bottom.metric_id
    AND spoken.force_code = all_bottom.area_code
    AND spoken.breakdown = all_bottom.breakdown
    AND spoken.period_type = all_bottom.period_type
    AND spoken.period_start = all_bottom.period_start
  LEFT JOIN resident
    ON spoken.denominator = resident.metric_id
    AND spoken.area_code = resident.area_code
    AND spoken.breakdown = resident.breakdown
    AND EXTRACT(YEAR FROM spoken.period_end) = resident.period_year
), judged AS (
  SELECT
    metric_id,
    definition_version,
    area_code,
    area_name,
    area_type,
    period,
    period_type,
    period_start,
    period_end,
    breakdown,
    divides_by,
    rate_base,
    interval_method,
    unit,
    denominator_year,
    received,
    expected,
    held_rows,
    series,
    CASE WHEN received > 0 OR COALESCE(top_amount, 0) <> 0 THEN unplaced END AS unplaced,
    CASE
      WHEN unplaced IS NULL OR (
        received = 0 AND COALESCE(top_amount, 0) = 0
      )
      THEN NULL
      ELSE LEAST(
        CASE WHEN unplaced > 0 THEN 1 - unplaced::DOUBLE / top_everywhere ELSE 1 END,
        CASE WHEN bottom_unplaced > 0 THEN 1 - bottom_unplaced::DOUBLE / bottom_everywhere ELSE 1 END
      )
    END AS placed,
    CASE
      WHEN suppressed > 0 OR unavailable > 0
      THEN NULL
      WHEN received = 0 AND COALESCE(top_amount, 0) = 0
      THEN NULL
      ELSE COALESCE(top_amount, 0)
    END AS numerator,
    CASE WHEN received = 0 AND COALESCE(top_amount, 0) = 0 THEN NULL ELSE bottom_amount END AS denominator,
    CASE
      WHEN received = 0 AND COALESCE(top_amount, 0) = 0
      THEN 'missing'
      WHEN received < expected
      THEN 'incomplete'
      WHEN suppressed > 0
      THEN 'suppressed'
      WHEN unavailable > 0
      THEN 'unavailable'
      WHEN NOT divides_by IS NULL AND COALESCE(bottom_amount, 0) = 0
      THEN 'unavailable'
      WHEN is_provisional
      THEN 'provisional'
      ELSE 'final'
    END AS status
  FROM counted
), valued AS (
  SELECT
    metric_id,
    definition_version,
    area_code,
    area_name,
    area_type,
    period,
    period_type,
    period_start,
    period_end,
    breakdown,
    numerator,
    denominator,
    unit,
    denominator_year,
    received,
    expected,
    held_rows,
    series,
    unplaced,
    placed,
    status,
    CASE WHEN status IN ('final', 'provisional') THEN numerator END::DOUBLE AS n,
    denominator::DOUBLE AS d,
    rate_base,
    CASE
      WHEN NOT status IN ('final', 'provisional')
      THEN NULL
      WHEN interval_method = 'none'
      THEN NULL
      WHEN interval_method = 'wilson'
      THEN CASE WHEN numerator <= denominator THEN 'wilson' END
      WHEN numerator < 10
      THEN 'exact'
      ELSE 'byar'
    END AS method,
    CASE WHEN divides_by IS NULL THEN 1 ELSE rate_base / NULLIF(denominator, 0)::DOUBLE END AS scale,
    1.959963984540054::DOUBLE AS z
  FROM judged
), bounded AS (
  /* Byar and Wilson as in the technical guide of the public health observatories; exact from chi-square quantiles. */
  SELECT
    metric_id,
    definition_version,
    area_code,
    area_name,
    area_type,
    period,
    period_type,
    period_start,
    period_end,
    breakdown,
    valued.numerator,
    denominator,
    unit,
    denominator_year,
    received,
    expected,
    held_rows,
    series,
    unplaced,
    placed,
    status,
    method,
    CASE WHEN valued.denominator IS NULL THEN n ELSE n / NULLIF(d, 0) * rate_base END AS value,
    CASE method
      WHEN 'exact'
      THEN poisson_exact.lower * scale
      WHEN 'byar'
      THEN n * POWER(1 - 1 / (
        9 * n
      ) - z / (
        3 * SQRT(n)
      ), 3) * scale
      WHEN 'wilson'
      THEN (
        2 * n + z * z - z * SQRT(z * z + 4 * n * (
          1 - n / d
        ))
      ) / (
        2 * (
          d + z * z
        )
      ) * rate_base
    END AS lower,
    CASE method
      WHEN 'exact'
      THEN poisson_exact.upper * scale
      WHEN 'byar'
      THEN (
        n + 1
      ) * POWER(1 - 1 / (
        9 * (
          n + 1
        )
      ) + z / (
        3 * SQRT(n + 1)
      ), 3) * scale
      WHEN 'wilson'
      THEN (
        2 * n + z * z + z * SQRT(z * z + 4 * n * (
          1 - n / d
        ))
      ) / (
        2 * (
          d + z * z
        )
      ) * rate_base
    END AS upper
  FROM valued
  LEFT JOIN kpi.poisson_exact
    ON valued.numerator = poisson_exact.numerator
)
SELECT
  metric_id::TEXT AS metric_id, /* Metric */
  definition_version::INT AS definition_version, /* Version of its definition */
  area_code::TEXT AS area_code, /* ONS code, or unplaced */
  area_name::TEXT AS area_name, /* Name of the area */
  area_type::TEXT AS area_type, /* ward, local_authority, partnership, force or unplaced */
  period::TEXT AS period, /* 2024-05, 2024-25-Q1, 2024-25, 2024-Q1, 2024, 2025-03-R12 or 2020-12-R36 */
  period_type::TEXT AS period_type, /* month, quarter or year (financial), calendar_quarter, calendar_year, rolling12 or rolling36 */
  period_start::DATE AS period_start, /* First day */
  period_end::DATE AS period_end, /* Last day */
  breakdown::TEXT AS breakdown, /* all, or the part of a breakdown */
  numerator::BIGINT AS numerator, /* Balance of the postings; partial where the period is incomplete, none where a figure is held back */
  denominator::BIGINT AS denominator, /* What it is divided by; none for a count */
  value::DOUBLE AS value, /* The number; none without full coverage */
  unit::TEXT AS unit, /* Unit of value; a rate names its population estimate */
  lower::DOUBLE AS lower, /* Lower limit of the 95 % interval */
  upper::DOUBLE AS upper, /* Upper limit of the 95 % interval */
  method::TEXT AS method, /* Method of the interval: byar, exact or wilson */
  status::TEXT AS status, /* final, provisional, incomplete, missing, suppressed or unavailable */
  (
    received / expected
  )::DOUBLE AS coverage, /* Cells received over expected, 0 to 1 */
  held_rows::BIGINT AS held_rows, /* Rows held back in its cells, which could change it */
  series::INT AS series, /* Numbers of different series are never compared */
  denominator_year::INT AS denominator_year, /* Year of the estimate of residents that a rate divides by; none where it divides by none */
  placed::DOUBLE AS placed, /* What is placed over all that was recorded where the area lies, 0 to 1; at the area's own level */
  unplaced::BIGINT AS unplaced /* What no lookup places at the area's level and may belong to the area; counted as the numerator is */
FROM bounded
