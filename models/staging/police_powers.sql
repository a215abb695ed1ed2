MODEL (
  name staging.police_powers,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the police_powers feed, typed: one status of one notice or order in one partner''s list.',
  audits (
    entry_is_stated
  )
);

SELECT
  @change_columns(),
  cell_part::TEXT AS listed_by, /* Whose list: police, council or courts */
  cell_place::TEXT AS la_code, /* Local authority of the list */
  notice_ref::TEXT AS notice_ref, /* Pseudonym of the reference on the notice */
  power::TEXT AS power, /* CAWN, CPW, CPN, Recovery order, STPO or STRO */
  LOWER(purpose)::TEXT AS purpose, /* exploitation or asb */
  @as_date(issued_on)::DATE AS issued_on, /* Day the notice was issued */
  LOWER(status)::TEXT AS status, /* issued, varied, breached or withdrawn */
  CASE LOWER(status) WHEN 'issued' THEN 1 WHEN 'varied' THEN 2 WHEN 'breached' THEN 3 ELSE 4 END::INT AS status_step, /* Order of statuses of one day */
  @as_date(status_on)::DATE AS status_on /* Day of the status */
FROM @with_cell(landing.police_powers) AS change
