MODEL (
  name reference.poisson_exact_95,
  kind SEED (
    path '../../seeds/poisson_exact_95.csv'
  ),
  owner data_engineering,
  grain numerator,
  description 'The exact 95 % interval of a Poisson count below ten.',
  columns (
    numerator BIGINT,
    lower DOUBLE,
    upper DOUBLE
  ),
  column_descriptions (
    numerator = 'The observed count',
    lower = 'Half the 2.5 % quantile of chi-square on 2n degrees of freedom; 0 for n = 0',
    upper = 'Half the 97.5 % quantile of chi-square on 2n + 2 degrees of freedom'
  ),
  audits (not_null(columns := (
      numerator
    )), unique_values(columns := (
      numerator
  )))
)
