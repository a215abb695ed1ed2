MODEL (
  name kpi.metric,
  kind VIEW,
  owner analytics,
  grain (
    metric_id
  ),
  description 'One metric and its definition.',
  audits (
    not_null(columns := (
      metric_id
    ))
  )
);

SELECT
  metric_id::TEXT AS metric_id, /* Name of the metric */
  kpi::TEXT AS kpi, /* Lettered line of the strategy */
  definition_version::INT AS definition_version, /* Version of the definition */
  title::TEXT AS title, /* Short title */
  statement::TEXT AS statement, /* What it measures, in plain English */
  unit::TEXT AS unit, /* Unit of value */
  kind::TEXT AS kind, /* outcome, activity or reporting */
  polarity::TEXT AS polarity, /* Whether lower or higher is better, or neither */
  numerator::TEXT AS numerator, /* Metric of the ledger it counts */
  denominator::TEXT AS denominator, /* Metric of the ledger it divides by; none for a count */
  rate_base::DOUBLE AS rate_base, /* Factor of numerator over denominator */
  interval_method::TEXT AS interval_method, /* byar (exact below ten) or wilson */
  additive::BOOLEAN AS additive, /* Whether parts sum to the whole */
  settles_after_months::INT AS settles_after_months, /* Months after its end in which a period is provisional */
  feeds::TEXT[] AS feeds, /* Feeds whose cells a period needs */
  caveats::TEXT AS caveats, /* What the number does not say */
  model_hash::TEXT AS model_hash, /* Hash of the models and macros behind it */
  seeds::TEXT AS seeds, /* Hash of each list under seeds that they read, by file, as JSON */
  definition::TEXT AS definition, /* The whole definition, as JSON */
  comparison::TEXT AS comparison, /* year_before where it is compared with the same period a year earlier, or none */
  baseline::TEXT AS baseline, /* Period it is compared with from the start; none for a number that is not judged */
  areas::TEXT[] AS areas, /* Area types it is given for */
  periods::TEXT[] AS periods, /* Lengths of period it is given for */
  guards::TEXT[] AS guards, /* Metrics to be read beside it */
  breakdowns::TEXT[] AS breakdowns, /* Breakdowns it is given in */
  sensitivity::TEXT AS sensitivity, /* official or official_sensitive */
  cadence::TEXT AS cadence, /* monthly, quarterly or yearly: how often a figure comes */
  denominator_kind::TEXT AS denominator_kind, /* What it divides by: none, constant, residents or count */
  baseline_type::TEXT AS baseline_type, /* month, quarter or year (financial), calendar_quarter, calendar_year, rolling12 or rolling36; none without a baseline */
  baseline_start::DATE AS baseline_start, /* First day of the baseline; none without one */
  looks_back_months::INT AS looks_back_months /* Months before a period that it is made of too; 0 for most */
FROM journal.metric
