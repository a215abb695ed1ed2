MODEL (
  name reference.la_force,
  kind SEED (
    path '../../seeds/la_forces.csv'
  ),
  owner data_engineering,
  grain la_code,
  description 'One local authority and the police force area it lies in.',
  columns (
    la_code TEXT,
    la_name TEXT,
    force_area_code TEXT
  ),
  column_descriptions (
    la_code = 'ONS code of the local authority',
    la_name = 'Name of the local authority',
    force_area_code = 'ONS code of the police force area it lies in'
  ),
  audits (not_null(columns := (
      la_code
    )), unique_values(columns := (
      la_code
  )))
)
