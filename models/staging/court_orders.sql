MODEL (
  name staging.court_orders,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the court_orders feed, typed: one order or notice of one case in one partner''s list.',
  audits (
    entry_is_stated
  )
);

SELECT
  @change_columns(),
  cell_part::TEXT AS listed_by, /* Whose list: police, council or courts */
  cell_place::TEXT AS la_code, /* Local authority of the list */
  case_ref::TEXT AS case_ref, /* Pseudonym of the case's reference */
  CASE WHEN order_type IN ('Closure notice', 'Closure order') THEN 'closure' ELSE LOWER(order_type) END::TEXT AS power, /* civil injunction, criminal behaviour order or closure */
  LOWER(stage)::TEXT AS stage, /* notice, interim or full */
  CASE LOWER(stage) WHEN 'notice' THEN 1 WHEN 'interim' THEN 2 ELSE 3 END::INT AS stage_step, /* Order of the stages */
  @as_date(made_on)::DATE AS made_on /* Day it was made or served */
FROM @with_cell(landing.court_orders) AS change
