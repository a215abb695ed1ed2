MODEL (
  name staging.safety_survey,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the safety_survey feed, typed: the answers of one group, age band and sex to one question.',
  audits (
    entry_is_stated
  )
);

SELECT
  @change_columns(),
  cell_place::TEXT AS la_code, /* Local authority */
  wave::TEXT AS wave, /* Financial year of the wave */
  (
    fieldwork_month || '-01'
  )::DATE AS month, /* Month of the fieldwork */
  question_id::TEXT AS question_id, /* Id of the question */
  wording_version::INT AS wording_version, /* Answers to different wordings are never compared */
  respondent_group::TEXT AS respondent_group, /* child or carer */
  age_band::TEXT AS age_band, /* Ages, such as 10-12 */
  sex::TEXT AS sex, /* F, M or X */
  @as_count(respondents)::BIGINT AS respondents, /* People who answered */
  @measure(respondents)::TEXT AS respondents_measure, /* amount, suppressed or unavailable */
  @as_count(agree)::BIGINT AS agree, /* Those who agreed or strongly agreed */
  @measure(agree)::TEXT AS agree_measure /* amount, suppressed or unavailable */
FROM @with_cell(landing.safety_survey) AS change
