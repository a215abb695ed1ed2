MODEL (
  name reference.police_force,
  kind SEED (
    path '../../seeds/forces.csv'
  ),
  owner data_engineering,
  grain force_slug,
  description 'One police force as data.police.uk names it, with the code of its area.',
  columns (
    force_slug TEXT,
    force_name TEXT,
    area_code TEXT,
    area_name TEXT
  ),
  column_descriptions (
    force_slug = 'How data.police.uk writes the force in file names',
    force_name = 'The force in the column Reported by',
    area_code = 'ONS code of the police force area; the slug where it has none',
    area_name = 'Name of the police force area'
  ),
  audits (
    not_null(columns := (
      force_slug
    )),
    unique_values(columns := (
      force_slug
    ))
  )
)
