MODEL (
  name staging.asb_casework,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the asb_casework feed, typed: one use of one tool in one partner''s list of one quarter.',
  audits (
    entry_is_stated
  )
);

SELECT
  @change_columns(),
  cell_part::TEXT AS listed_by, /* Whose list: council or housing */
  cell_place::TEXT AS la_code, /* Local authority of the list */
  action_ref::TEXT AS action_ref, /* Pseudonym of the partner's reference of the use */
  LOWER(tool)::TEXT AS tool, /* mediation, restorative justice, tenancy warning or case review */
  @as_date(offered_on)::DATE AS offered_on, /* Day it was offered, served or asked for */
  @as_date(accepted_on)::DATE AS accepted_on, /* Day it was accepted, if it was */
  @as_date(completed_on)::DATE AS completed_on /* Day it was completed, if it was */
FROM @with_cell(landing.asb_casework) AS change
