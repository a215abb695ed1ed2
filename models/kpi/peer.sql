MODEL (
  name kpi.peer,
  kind VIEW,
  owner analytics,
  grain (
    area_code
  ),
  description 'One force or authority that the partnership names as a peer; the partnership itself stands first.',
  audits (
    not_null(columns := (place, area_code))
  )
);

SELECT
  place::INT AS place, /* Place in the order of the project, from 1; 0 for the own area */
  area_code::TEXT AS area_code, /* ONS code */
  area_name::TEXT AS area_name, /* Name of the peer; none for the own area, which kpi.area names */
  area_type::TEXT AS area_type, /* local_authority or force; none for the own area */
  why::TEXT AS why, /* Why the partnership compares itself with it */
  differs::TEXT AS differs /* What a reader must know of how it records or publishes; none if nothing is known */
FROM journal.peer
