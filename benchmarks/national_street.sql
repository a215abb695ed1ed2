/* The street file of one force and month, made up. Slices of a SHA-256 are the dice, so that the same call gives the
same rows in every DuckDB. Tables: place (the force's LSOAs, the busiest first), mix, outcome (a word for each of a
thousand buckets). Slots: seed, force, force_name, places (how many
it has), month, rows. */
WITH hashed AS (
  SELECT
    number,
    SHA256(CONCAT_WS('/', $seed, $force, $month, number)) AS crime_id
  FROM RANGE($rows) AS numbers(number)
), diced AS (
  SELECT
    number,
    crime_id,
    ('0x' || crime_id[1:6])::UINTEGER % 1000 AS type_bucket,
    ('0x' || crime_id[7:12])::UINTEGER % 1000 AS outcome_bucket,
    CASE
      WHEN ('0x' || crime_id[20:25])::UINTEGER % 1000 >= 15
      THEN FLOOR(POWER(('0x' || crime_id[13:18])::UINTEGER / 16777216, 1.6) * $places)::BIGINT
    END AS place_number,
    ('0x' || crime_id[19:19])::UINTEGER % 8 AS point
  FROM hashed
)
SELECT
  CASE WHEN mix.word <> 'Anti-social behaviour' THEN diced.crime_id END AS "Crime ID",
  $month AS "Month",
  $force_name AS "Reported by",
  $force_name AS "Falls within",
  PRINTF('%.6f', place.longitude + diced.point * 0.0007) AS "Longitude",
  PRINTF('%.6f', place.latitude + diced.point * 3 % 8 * 0.0004) AS "Latitude",
  CASE
    WHEN diced.place_number IS NULL
    THEN 'No Location'
    ELSE 'On or near Sample Street ' || place.number || ' (made up, ' || diced.point || ')'
  END AS "Location",
  place.lsoa21_code AS "LSOA code",
  place.lsoa21_name AS "LSOA name",
  mix.word AS "Crime type",
  CASE WHEN mix.word <> 'Anti-social behaviour' THEN outcome.word END AS "Last outcome category",
  NULL AS "Context"
FROM diced
JOIN mix
  ON diced.type_bucket = mix.bucket
JOIN outcome
  ON diced.outcome_bucket = outcome.bucket AND (
    mix.word = 'Violence and sexual offences'
  ) = outcome.is_violence
LEFT JOIN place
  ON place.force = $force AND diced.place_number = place.number
ORDER BY
  diced.number
