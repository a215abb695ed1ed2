MODEL (
  name kpi.observation,
  kind VIEW,
  owner analytics,
  grain (metric_id, area_code, period_type, period_start, breakdown),
  description 'One number: one metric in one area and period, as the balance of its postings. The rule stands in models/kpi/observation.',
  audits (
    observation_is_explained
  )
);

@observed(
  moment := (
    SELECT
      MAX(posted_at) AS as_of
    FROM kpi.entry
    WHERE
      posted_at <= @known_at::TIMESTAMP
  ),
  asked := (
    SELECT
      metric_id,
      area_code
    FROM kpi.metric
    CROSS JOIN (
      SELECT DISTINCT
        area_code
      FROM kpi.area_change
    ) AS area
  )
)
