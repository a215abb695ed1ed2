MODEL (
  name staging.yearly_figures,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the yearly_figures feed, typed: one figure of one force or county and calendar year.',
  audits (
    entry_is_stated
  )
);

SELECT
  @change_columns(),
  layout::TEXT AS layout, /* orders or referrals */
  CASE
    WHEN layout = 'orders'
    THEN power
    WHEN measure LIKE 'NRM referrals made by %'
    THEN 'NRM referrals made by the police'
    WHEN measure LIKE 'NRM referrals to %'
    THEN 'NRM referrals to the police'
    ELSE 'NRM referrals in a county'
  END::TEXT AS figure, /* Kind of order, or which referrals */
  CASE
    WHEN layout = 'orders'
    THEN REPLACE(area, ' force area', '')
    ELSE REPLACE(REPLACE(measure, 'NRM referrals made by ', ''), 'NRM referrals to ', '')
  END::TEXT AS force_name, /* Name of the police force; another text where the figure is of a county */
  (
    LEFT(year, 4) || '-12-01'
  )::DATE AS month, /* December of the calendar year, or of the first of several */
  (
    LENGTH(year) = 4
  )::BOOLEAN AS is_one_year, /* The figure is of one year, not of several together */
  @as_count(figures)::BIGINT AS figures, /* Orders issued, or people referred */
  @measure(figures)::TEXT AS figures_measure /* amount, suppressed or unavailable */
FROM landing.yearly_figures
