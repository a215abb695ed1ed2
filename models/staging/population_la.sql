MODEL (
  name staging.population_la,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the population_la feed, typed: the residents of one local authority at one mid-year.',
  audits (
    entry_is_stated
  )
);

WITH estimate AS (
  /* Early years leave the oldest ages out: their total is then not known, rather than the sum of the rest. */
  SELECT
    entry,
    posted_at,
    posted_on,
    delivery_id,
    origin_delivery_id,
    origin_row,
    weight,
    cause,
    cell,
    layout,
    area_code,
    estimate_year,
    all_ages,
    [
      age_0,
      age_1,
      age_2,
      age_3,
      age_4,
      age_5,
      age_6,
      age_7,
      age_8,
      age_9,
      age_10,
      age_11,
      age_12,
      age_13,
      age_14,
      age_15,
      age_16,
      age_17,
      age_18,
      age_19,
      age_20,
      age_21,
      age_22,
      age_23,
      age_24,
      age_25,
      age_26,
      age_27,
      age_28,
      age_29,
      age_30,
      age_31,
      age_32,
      age_33,
      age_34,
      age_35,
      age_36,
      age_37,
      age_38,
      age_39,
      age_40,
      age_41,
      age_42,
      age_43,
      age_44,
      age_45,
      age_46,
      age_47,
      age_48,
      age_49,
      age_50,
      age_51,
      age_52,
      age_53,
      age_54,
      age_55,
      age_56,
      age_57,
      age_58,
      age_59,
      age_60,
      age_61,
      age_62,
      age_63,
      age_64,
      age_65,
      age_66,
      age_67,
      age_68,
      age_69,
      age_70,
      age_71,
      age_72,
      age_73,
      age_74,
      age_75,
      age_76,
      age_77,
      age_78,
      age_79,
      age_80,
      age_81,
      age_82,
      age_83,
      age_84,
      age_85,
      age_86,
      age_87,
      age_88,
      age_89,
      age_90_plus
    ] AS ages
  FROM landing.population_la
), told AS (
  SELECT
    entry,
    posted_at,
    posted_on,
    delivery_id,
    origin_delivery_id,
    origin_row,
    weight,
    cause,
    cell,
    area_code,
    estimate_year,
    CASE
      WHEN layout = 'all_ages'
      THEN all_ages
      WHEN ARRAY_CONTAINS(ages, '[x]')
      THEN '[x]'
      ELSE LIST_SUM(LIST_TRANSFORM(ages, age -> age::DECIMAL(14, 1)))::BIGINT::TEXT
    END AS residents
  FROM estimate
)
SELECT
  @change_columns(),
  area_code::TEXT AS area_code, /* ONS code of the local authority */
  (
    estimate_year || '-12-01'
  )::DATE AS month, /* December of the estimate's year */
  @as_count(residents)::BIGINT AS residents, /* Residents of all ages; none where an age is not known */
  @measure(residents)::TEXT AS residents_measure /* amount or unavailable */
FROM told
