MODEL (
  name kpi.area,
  kind VIEW,
  owner analytics,
  grain (
    area_code
  ),
  description 'One area that numbers are or were given for, by its latest name.',
  audits (
    not_null(columns := (
      area_code
    ))
  )
);

SELECT
  area_code::TEXT AS area_code, /* ONS code, or unplaced */
  ARG_MAX(area_name, entry)::TEXT AS area_name, /* Name of the area */
  ARG_MAX(area_type, entry)::TEXT AS area_type, /* ward, local_authority, partnership, force or unplaced */
  ARG_MAX(la_code, entry)::TEXT AS la_code, /* Local authority it lies in; of a partnership its own code */
  ARG_MAX(force_code, entry)::TEXT AS force_code /* Police force area it lies in */
FROM kpi.area_change
WHERE
  weight > 0
GROUP BY
  area_code
