/* Received and expected cells of each period of a metric, and the rows held back in them, by place. */
WITH summed AS (
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
), cell AS (
  SELECT
    moment.as_of,
    feed,
    cell,
    cover_code,
    part,
    starts_on,
    months
  FROM moment
  JOIN kpi.coverage
    ON coverage.posted_at <= moment.as_of
  WHERE
    feed IN (
      SELECT
        feed
      FROM wanted
    )
  GROUP BY
    moment.as_of,
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
    as_of,
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
    as_of,
    feed,
    cover_code,
    part,
    starts_on,
    1 AS months
  FROM (
    SELECT
      as_of,
      feed,
      cover_code,
      part,
      DATE_TRUNC('MONTH', day)::DATE AS starts_on,
      day
    FROM (
      SELECT
        as_of,
        feed,
        cover_code,
        part,
        (
          starts_on + step * INTERVAL '1' DAY
        )::DATE AS day
      FROM (
        SELECT
          as_of,
          feed,
          cover_code,
          part,
          starts_on,
          UNNEST(GENERATE_SERIES(0, 6)) AS step
        FROM cell
        WHERE
          months = 0
      ) AS week
    ) AS days
  ) AS in_month
  GROUP BY
    as_of,
    feed,
    cover_code,
    part,
    starts_on
  HAVING
    COUNT(DISTINCT day) = EXTRACT(DAY FROM LAST_DAY(starts_on))
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
    posted.as_of,
    definition.metric_id,
    posted.feed,
    MIN(posted.month) AS first_month,
    MAX(posted.month) AS last_month
  FROM definition
  JOIN (
    SELECT
      moment.as_of,
      metric_id,
      feed,
      month
    FROM moment
    JOIN kpi.ledger
      ON ledger.posted_at <= moment.as_of
    WHERE
      feed IN (
        SELECT
          feed
        FROM cell
        WHERE
          starts_on IS NULL
      )
    GROUP BY
      moment.as_of,
      metric_id,
      feed,
      month
    HAVING
      SUM(amount) <> 0
  ) AS posted
    ON posted.metric_id IN (definition.numerator, definition.denominator)
  GROUP BY
    posted.as_of,
    definition.metric_id,
    posted.feed
), covered AS (
  SELECT
    cell_span.as_of,
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
    cell.as_of,
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
    ON cell.as_of = reach.as_of AND wanted.metric_id = reach.metric_id AND wanted.feed = reach.feed
  WHERE
    cell.starts_on IS NULL
), covered_month AS (
  SELECT
    as_of,
    metric_id,
    feed,
    cover_code,
    (
      first_month + step * INTERVAL '1' MONTH
    )::DATE AS month,
    COUNT(*) AS received
  FROM (
    SELECT
      as_of,
      metric_id,
      feed,
      cover_code,
      first_month,
      UNNEST(GENERATE_SERIES(0, months::INT - 1)) AS step
    FROM covered
  ) AS stepped
  GROUP BY
    as_of,
    metric_id,
    feed,
    cover_code,
    first_month,
    step
), span AS (
  SELECT
    as_of,
    metric_id,
    cover_code,
    MIN(month) AS first_month,
    MAX(month) AS last_month
  FROM covered_month
  GROUP BY
    as_of,
    metric_id,
    cover_code
), area_part AS (
  SELECT
    moment.as_of,
    area_code,
    area_type,
    area_name,
    la_code,
    force_code,
    SUM(area_change.weight) AS weight,
    MAX(entry) AS entry
  FROM moment
  JOIN kpi.area_change
    ON area_change.posted_at <= moment.as_of
  WHERE
    area_code IN (
      SELECT
        area_code
      FROM asked
    )
  GROUP BY
    moment.as_of,
    area_code,
    area_type,
    area_name,
    la_code,
    force_code
  HAVING
    SUM(area_change.weight) > 0
), area AS (
  SELECT
    as_of,
    area_code,
    area_type,
    ARG_MAX(area_name, entry) AS area_name,
    ARG_MAX(force_code, entry) AS force_code,
    ARG_MAX(la_code, entry) AS la_code
  FROM area_part
  GROUP BY
    as_of,
    area_code,
    area_type
), place AS (
  SELECT DISTINCT
    as_of,
    la_code,
    force_code
  FROM area
  WHERE
    area_code <> 'unplaced'
), place_cover AS (
  SELECT
    as_of,
    la_code,
    force_code,
    UNNEST(LIST_DISTINCT([la_code, force_code, 'everywhere'])) AS cover_code
  FROM place
), place_feed AS (
  SELECT
    covered_month.as_of,
    covered_month.metric_id,
    place_cover.la_code,
    place_cover.force_code,
    covered_month.month,
    covered_month.feed,
    MAX(covered_month.received) AS received
  FROM covered_month
  JOIN place_cover
    ON covered_month.as_of = place_cover.as_of AND covered_month.cover_code = place_cover.cover_code
  GROUP BY
    covered_month.as_of,
    covered_month.metric_id,
    place_cover.la_code,
    place_cover.force_code,
    covered_month.month,
    covered_month.feed
), place_month AS (
  /* Received and expected cells by month: of the places an area lies in; for what is unplaced, of every place. */
  SELECT
    place_feed.as_of,
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
    place_feed.as_of,
    place_feed.metric_id,
    la_code,
    force_code,
    month
  UNION ALL
  SELECT
    span.as_of,
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
    ON span.as_of = covered_month.as_of
    AND span.metric_id = covered_month.metric_id
    AND span.cover_code = covered_month.cover_code
    AND wanted.feed = covered_month.feed
    AND month.month = covered_month.month
  WHERE
    span.metric_id IN (
      SELECT
        metric_id
      FROM asked
      WHERE
        area_code = 'unplaced'
    )
  GROUP BY
    span.as_of,
    span.metric_id,
    month.month
), held_cell AS (
  SELECT
    cell.as_of,
    held.feed,
    held.cell,
    cell.cover_code,
    cell.starts_on,
    cell.months,
    SUM(held.rows) AS rows
  FROM kpi.held
  JOIN cell
    ON held.feed = cell.feed AND held.cell = cell.cell AND held.posted_at <= cell.as_of
  GROUP BY
    cell.as_of,
    held.feed,
    held.cell,
    cell.cover_code,
    cell.starts_on,
    cell.months
  HAVING
    SUM(held.rows) > 0
), part_of_period AS (
  /* The months whose cells a period needs: its own, and those before it that a metric looks back on. */
  SELECT
    place_month.as_of,
    place_month.metric_id,
    la_code,
    force_code,
    periods.period_type,
    period_start,
    received,
    parts,
    1 AS months,
    0 AS held_rows
  FROM place_month
  JOIN metric_period
    ON place_month.metric_id = metric_period.metric_id
  JOIN periods
    ON place_month.month = periods.month AND metric_period.period_type = periods.period_type
  LEFT JOIN whole
    ON place_month.metric_id = whole.metric_id
  WHERE
    whole.months IS NULL OR months_left <= whole.months
  UNION ALL
  SELECT
    place_month.as_of,
    place_month.metric_id,
    place_month.la_code,
    place_month.force_code,
    named_period.period_type,
    named_period.period_start,
    place_month.received,
    place_month.parts,
    1 AS months,
    0 AS held_rows
  FROM place_month
  JOIN definition
    ON place_month.metric_id = definition.metric_id AND definition.looks_back_months > 0
  JOIN metric_period
    ON place_month.metric_id = metric_period.metric_id
  JOIN named_period
    ON metric_period.period_type = named_period.period_type
    AND place_month.month < named_period.period_start
    AND place_month.month >= (
      named_period.period_start - definition.looks_back_months::INT * INTERVAL '1' MONTH
    )::DATE
  UNION ALL
  /* Rows held back that could change a number: those of the cells it is made of. */
  SELECT
    held_cell.as_of,
    wanted.metric_id,
    place_cover.la_code,
    place_cover.force_code,
    named_period.period_type,
    named_period.period_start,
    0 AS received,
    0 AS parts,
    0 AS months,
    held_cell.rows AS held_rows
  FROM held_cell
  JOIN wanted
    ON held_cell.feed = wanted.feed
  JOIN definition
    ON wanted.metric_id = definition.metric_id
  JOIN place_cover
    ON held_cell.as_of = place_cover.as_of AND COALESCE(held_cell.cover_code, 'everywhere') = place_cover.cover_code
  JOIN metric_period
    ON wanted.metric_id = metric_period.metric_id
  JOIN named_period
    ON metric_period.period_type = named_period.period_type
    AND (
      held_cell.starts_on IS NULL
      OR (
        held_cell.starts_on <= named_period.period_end
        AND (
          held_cell.starts_on + (
            held_cell.months + definition.looks_back_months
          )::INT * INTERVAL '1' MONTH
        )::DATE > named_period.period_start
      )
    )
)
SELECT
  as_of,
  metric_id,
  la_code,
  force_code,
  period_type,
  period_start,
  SUM(received) AS received,
  SUM(parts) AS expected,
  SUM(months) AS months,
  SUM(held_rows) AS held_rows
FROM part_of_period
GROUP BY
  as_of,
  metric_id,
  la_code,
  force_code,
  period_type,
  period_start
