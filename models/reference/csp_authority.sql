MODEL (
  name reference.csp_authority,
  kind SEED (
    path '../../seeds/csp_authorities.csv'
  ),
  owner data_engineering,
  grain (csp_code, la_code),
  description 'One community safety partnership of the Home Office and one local authority that lies in it, wholly or in part.',
  columns (
    csp_code TEXT,
    csp_name TEXT,
    force_area_code TEXT,
    la_code TEXT,
    la_name TEXT
  ),
  column_descriptions (
    csp_code = 'ONS code of the partnership',
    csp_name = 'Name of the partnership',
    force_area_code = 'ONS code of its police force area',
    la_code = 'ONS code of a local authority in it',
    la_name = 'Name of that local authority'
  ),
  audits (
    not_null(columns := (csp_code, csp_name, force_area_code, la_code)),
    unique_combination_of_columns(columns := (csp_code, la_code))
  )
)
