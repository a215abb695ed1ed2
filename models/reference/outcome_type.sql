MODEL (
  name reference.outcome_type,
  kind SEED (
    path '../../seeds/outcome_types.csv'
  ),
  owner data_engineering,
  grain (marking, outcome_type),
  description 'One Home Office outcome type under one marking of what counts as positive. A definition names the marking it uses.',
  columns (
    marking INT,
    outcome_type TEXT,
    outcome TEXT,
    outcome_group TEXT,
    is_positive BOOLEAN
  ),
  column_descriptions (
    marking = 'Version of the marking; a changed marking is added, never edited',
    outcome_type = 'Home Office outcome type, 1 to 22 and 1A to 3A',
    outcome = 'Its name',
    outcome_group = 'Outcome group of the Home Office',
    is_positive = 'Charge or summons, offence taken into consideration, out-of-court disposal, diversion'
  ),
  audits (
    not_null(columns := (marking, outcome_type, is_positive)),
    unique_combination_of_columns(columns := (marking, outcome_type))
  )
)
