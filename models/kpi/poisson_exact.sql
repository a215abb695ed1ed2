MODEL (
  name kpi.poisson_exact,
  kind VIEW,
  owner analytics,
  grain (
    numerator
  ),
  description 'The exact 95 % interval of a Poisson count below ten.',
  audits (
    not_null(columns := (
      numerator
    ))
  )
);

SELECT
  numerator::BIGINT AS numerator, /* The observed count */
  lower::DOUBLE AS lower, /* Lower limit */
  upper::DOUBLE AS upper /* Upper limit */
FROM reference.poisson_exact_95
