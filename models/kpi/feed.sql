MODEL (
  name kpi.feed,
  kind VIEW,
  owner analytics,
  grain (
    feed
  ),
  description 'One feed and the terms of its contract that say what should be here by when.',
  audits (
    not_null(columns := (feed, cadence))
  )
);

SELECT
  feed::TEXT AS feed, /* Feed */
  title::TEXT AS title, /* What it holds */
  owner::TEXT AS owner, /* Who sends it */
  cadence::TEXT AS cadence, /* weekly, monthly, quarterly or yearly */
  due_after_days::INT AS due_after_days, /* Days after the end of a period by which it should be here */
  parts::TEXT[] AS parts, /* Parts that each deliver a cell of their own, such as two partners' logs; none for one cell */
  contract_version::TEXT AS contract_version /* Version of the contract */
FROM journal.feed
