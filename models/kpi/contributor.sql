MODEL (
  name kpi.contributor,
  kind VIEW,
  owner analytics,
  grain (feed, cover_code),
  description 'One source that adds to the areas of other places in the months for which its files come.',
  audits (
    not_null(columns := (feed, cover_code, contributor))
  )
);

SELECT
  feed::TEXT AS feed, /* Feed whose contract names it */
  cover_code::TEXT AS cover_code, /* Code of the source in kpi.coverage, which holds the months that have it */
  contributor::TEXT AS contributor /* Name of the source */
FROM journal.contributor
