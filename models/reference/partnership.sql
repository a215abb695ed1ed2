MODEL (
  name reference.partnership,
  kind SEED (
    path '../../seeds/partnership.csv'
  ),
  owner data_engineering,
  grain la_code,
  description 'One local authority of the partnership, and the code and name of the whole.',
  columns (
    la_code TEXT,
    la_name TEXT,
    partnership_code TEXT,
    partnership_name TEXT
  ),
  column_descriptions (
    la_code = 'ONS code of the local authority',
    la_name = 'Name of the local authority',
    partnership_code = 'Code of the whole: of one authority its own',
    partnership_name = 'Name of the whole'
  ),
  audits (
    not_null(columns := (la_code, partnership_code)),
    unique_values(columns := (
      la_code
    ))
  )
)
