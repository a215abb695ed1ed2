MODEL (
  name core.crm_offence,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row, ward_code, la_code),
  description 'One change of one live offence of the force''s own system in one place. A reclassified offence stands under its new class; one whose class no list knows stands as other, unclassified; a cancelled one does not stand at all.',
  audits (
    not_null(columns := (entry, offence_id, offence_group, ward_code, la_code))
  )
);

/* Forces name a class by its code or in the list's own words. */
WITH class AS (
  SELECT
    offence_code AS written,
    offence_group,
    is_assault,
    is_serious_violence
  FROM reference.offence_code
  UNION ALL
  SELECT
    @offence_class(offence) AS written,
    offence_group,
    is_assault,
    is_serious_violence
  FROM reference.offence_code
)
SELECT
  @placed_columns(),
  police_force.area_code::TEXT AS force_code, /* Police force area of the recording force */
  month::DATE AS month, /* Month the offence was recorded in */
  offence_id::TEXT AS offence_id, /* Pseudonym of the offence */
  COALESCE(class.offence_group, 'Other, unclassified')::TEXT AS offence_group, /* Offence group of its class as it stands; 'Other, unclassified' where no list knows the class */
  (
    NOT class.offence_group IS NULL
  )::BOOLEAN AS is_classified, /* The list of offence classes knows its class */
  TRIM(COALESCE(offence.reclassified_to, offence.offence_code))::TEXT AS described, /* Its class as it stands, in the force's own words */
  COALESCE(class.is_assault, FALSE)::BOOLEAN AS is_assault, /* Its class is an assault */
  COALESCE(class.is_serious_violence, FALSE)::BOOLEAN AS is_serious_violence, /* Its class is serious violence */
  is_domestic_abuse::BOOLEAN AS is_domestic_abuse, /* Flagged as domestic abuse */
  (
    has_knife OR has_other_weapon
  )::BOOLEAN AS has_weapon, /* A knife or another weapon, however many flags */
  is_msv::BOOLEAN AS is_msv, /* Flagged as most serious violence */
  victim_age::INT AS victim_age, /* Age of the victim in years, if known */
  CASE
    WHEN victim_age IS NULL
    THEN 'not recorded'
    WHEN victim_age < 10
    THEN '0-9'
    WHEN victim_age < 18
    THEN '10-17'
    WHEN victim_age < 25
    THEN '18-24'
    WHEN victim_age < 65
    THEN '25-64'
    ELSE '65+'
  END::TEXT AS age_band, /* Age band of the victim: 0-9, 10-17, 18-24, 25-64, 65+ or not recorded */
  COALESCE(victim_sex, 'not recorded')::TEXT AS sex, /* Sex of the victim: F, M, X or not recorded */
  has_victim_ref::BOOLEAN AS has_victim_ref, /* The file has a column of victims */
  victim_ref::TEXT AS victim_ref, /* Pseudonym of the victim, if known */
  lsoa_code::TEXT AS lsoa_code /* LSOA of the offence as the force sent it, if known */
FROM @in_place(
  staging.police_offences,
  force_slug,
  month,
  offence_id,
  offence_code,
  status,
  reclassified_to,
  victim_age,
  victim_sex,
  has_victim_ref,
  victim_ref,
  lsoa_code,
  is_domestic_abuse,
  has_knife,
  has_other_weapon,
  is_msv
) AS offence
JOIN reference.police_force
  ON offence.force_slug = police_force.force_slug
LEFT JOIN class
  ON @offence_class(COALESCE(offence.reclassified_to, offence.offence_code)) = class.written
WHERE
  offence.status <> 'cancelled'
