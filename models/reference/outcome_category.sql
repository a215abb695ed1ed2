MODEL (
  name reference.outcome_category,
  kind SEED (
    path '../../seeds/outcome_categories.csv'
  ),
  owner data_engineering,
  grain outcome_category,
  description 'One last outcome category of data.police.uk and whether it counts as positive.',
  columns (
    outcome_category TEXT,
    is_positive BOOLEAN
  ),
  column_descriptions (
    outcome_category = 'The category as published',
    is_positive = 'Charged, cautioned, any out-of-court disposal, or any court stage or result'
  ),
  audits (
    not_null(columns := (
      outcome_category
    )),
    unique_values(columns := (
      outcome_category
    ))
  )
)
