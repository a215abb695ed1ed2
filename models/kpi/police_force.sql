MODEL (
  name kpi.police_force,
  kind VIEW,
  owner analytics,
  grain (
    force_code
  ),
  description 'One police force area.',
  audits (
    not_null(columns := (
      force_code
    ))
  )
);

WITH local_authorities AS (
  SELECT
    force_area_code,
    COUNT(*) AS local_authorities
  FROM reference.la_force
  GROUP BY
    force_area_code
)
SELECT
  police_force.force_slug::TEXT AS force_slug, /* How data.police.uk writes the force */
  police_force.area_code::TEXT AS force_code, /* Code of the area */
  police_force.area_name::TEXT AS force_name, /* Name of the area */
  COALESCE(local_authorities.local_authorities, 0)::BIGINT AS local_authorities /* How many local authorities it holds */
FROM reference.police_force
LEFT JOIN local_authorities
  ON police_force.area_code = local_authorities.force_area_code
