MODEL (
  name reference.outcome_result,
  kind SEED (
    path '../../seeds/outcome_results.csv'
  ),
  owner data_engineering,
  grain outcome_category,
  description 'One last outcome category of data.police.uk and whether someone was convicted, cautioned or otherwise dealt with.',
  columns (
    outcome_category TEXT,
    result TEXT,
    is_dealt_with BOOLEAN
  ),
  column_descriptions (
    outcome_category = 'The category as published',
    result = 'convicted, cautioned, dealt with out of court, acquitted, did not proceed, not yet known, not known or no result',
    is_dealt_with = 'The result is convicted, cautioned or dealt with out of court'
  ),
  audits (
    not_null(columns := (outcome_category, result, is_dealt_with)),
    unique_values(columns := (
      outcome_category
    ))
  )
)
