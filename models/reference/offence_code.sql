MODEL (
  name reference.offence_code,
  kind SEED (
    path '../../seeds/offence_codes.csv'
  ),
  owner data_engineering,
  grain offence_code,
  description 'One Home Office offence class, the group it is counted in, and what it is for KPI 1a.',
  columns (
    offence_code TEXT,
    offence TEXT,
    offence_group TEXT,
    offence_subgroup TEXT,
    is_assault BOOLEAN,
    is_serious_violence BOOLEAN,
    source TEXT
  ),
  column_descriptions (
    offence_code = 'Home Office offence class, as in the open data tables: 8N, 4.10; or class and offence: 8.67',
    offence = 'Its name',
    offence_group = 'Offence group of the Home Office',
    offence_subgroup = 'Offence subgroup of the Home Office, where the source names one',
    is_assault = 'A class of violence that is named an assault',
    is_serious_violence = 'Homicide, attempted murder, assault with intent to cause serious harm, endangering life',
    source = 'Where the row was read: a line of seeds/offence_sources.csv'
  ),
  audits (
    not_null(
      columns := (offence_code, offence, offence_group, is_assault, is_serious_violence, source)
    ),
    unique_values(columns := (
      offence_code
    )),
    unique_values(columns := (
      offence
    ))
  )
)
