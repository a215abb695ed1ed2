MODEL (
  name core.yearly_figure,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change of one published figure of one police force area and calendar year. A figure of several years together, or of a county, is not among them.',
  audits (
    not_null(columns := (entry, force_code, month))
  )
);

SELECT
  entry::BIGINT AS entry, /* Journal entry of the change row */
  posted_at::TIMESTAMP AS posted_at, /* When the entry was posted, UTC */
  posted_on::DATE AS posted_on, /* Day of posted_at */
  delivery_id::BIGINT AS delivery_id, /* Delivery of the entry */
  cause::TEXT AS cause, /* Cause of the change row */
  weight::BIGINT AS weight, /* +1 the figure is now there, -1 it no longer is */
  origin_delivery_id::BIGINT AS origin_delivery_id, /* Delivery that had put the row there */
  origin_row::BIGINT AS origin_row, /* Row number in that delivery */
  police_force.area_code::TEXT AS force_code, /* Police force area of the figure */
  month::DATE AS month, /* December of the calendar year */
  layout::TEXT AS layout, /* orders or referrals */
  figure::TEXT AS figure, /* Kind of order, or which referrals */
  figures::BIGINT AS figures, /* Orders issued, or people referred */
  figures_measure::TEXT AS figures_measure /* amount, suppressed or unavailable */
FROM staging.yearly_figures
JOIN reference.police_force
  ON yearly_figures.force_name = police_force.force_name
WHERE
  yearly_figures.is_one_year
