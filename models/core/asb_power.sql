MODEL (
  name core.asb_power,
  kind VIEW,
  owner data_engineering,
  grain (entry, feed, power, weight, origin_delivery_id, origin_row),
  description 'One change of one power used against anti-social behaviour: a community protection notice, injunction, criminal behaviour order or closure.',
  audits (
    not_null(columns := (entry, feed, power, la_code, month))
  )
);

WITH used AS (
  SELECT
    'police_powers' AS feed,
    'community protection notice' AS power,
    entry,
    posted_at,
    posted_on,
    delivery_id,
    cause,
    weight,
    origin_delivery_id,
    origin_row,
    la_code,
    month
  FROM core.police_power
  WHERE
    purpose = 'asb' AND power = 'CPN'
  UNION ALL
  SELECT
    'court_orders' AS feed,
    power,
    entry,
    posted_at,
    posted_on,
    delivery_id,
    cause,
    weight,
    origin_delivery_id,
    origin_row,
    la_code,
    month
  FROM core.court_order
)
SELECT
  entry::BIGINT AS entry, /* Journal entry that changed it */
  posted_at::TIMESTAMP AS posted_at, /* When the entry was posted, UTC */
  posted_on::DATE AS posted_on, /* Day of posted_at */
  feed::TEXT AS feed, /* Feed of the rows */
  delivery_id::BIGINT AS delivery_id, /* Delivery of the entry */
  cause::TEXT AS cause, /* Why */
  weight::BIGINT AS weight, /* +1 it is there, -1 it no longer is */
  origin_delivery_id::BIGINT AS origin_delivery_id, /* Delivery that had put its first row there */
  origin_row::BIGINT AS origin_row, /* Row number of its first row in that delivery */
  la_code::TEXT AS la_code, /* Local authority of the lists */
  power::TEXT AS power, /* community protection notice, civil injunction, criminal behaviour order or closure */
  month::DATE AS month /* Month it was issued or first made in */
FROM used
