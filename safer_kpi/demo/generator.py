"""Street-level files in the form data.police.uk publishes, made up from a seed.

A month's records are a pure function of seed, force, month and number. ``vintage`` is how many months after its first
publication a file shows them: until then some are not yet recorded, and later some have another outcome, type or
place, or are gone. So two vintages of a month differ as two real publications do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.demo.partner import (
    ANTI_SOCIAL,
    BUCKETS,
    CRIME_MIX,
    OUTCOMES_OF_OTHER_CRIME,
    OUTCOMES_OF_VIOLENCE,
    PLACE_BUCKETS,
    VIOLENCE,
    Partner,
    place_buckets,
    share_buckets,
)
from safer_kpi.engine import open_engine

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import duckdb

SEED = 20230401

# Slices of an MD5 are the dice: the same in every DuckDB, unlike hash() and random().
_RECORDS = """
WITH numbered AS (
  SELECT i, concat_ws('/', getvariable('seed'), getvariable('force_slug'), getvariable('month'), i) AS record
  FROM number
),
hashed AS (SELECT i, record, md5_number_lower(record) AS dice FROM numbered),
drawn AS (
  SELECT
    i,
    record,
    ((dice & 1023) * getvariable('buckets')) >> 10 AS type_bucket,
    (((dice >> 10) & 1023) * getvariable('buckets')) >> 10 AS outcome_bucket,
    (dice >> 20) & 4095 AS place_bucket,
    (dice >> 32) & 7 AS point,
    power(((dice >> 35) & 255) / 256, 2) * 9 AS decided_after,
    (dice >> 43) & 255 AS lateness,
    (dice >> 51) & 1023 AS fate,
    1 + (dice >> 61) AS changed_after
  FROM hashed
),
told AS (
  SELECT
    *,
    fate < 6 AND getvariable('vintage') >= changed_after AS withdrawn,
    fate BETWEEN 6 AND 20 AND getvariable('vintage') >= changed_after AS reclassified,
    fate BETWEEN 21 AND 26 AND getvariable('vintage') >= changed_after AS relocated,
    CASE WHEN lateness < 13 THEN 1 + lateness % 6 ELSE 0 END AS recorded_after
  FROM drawn
),
seen AS (
  SELECT
    told.i,
    told.record,
    told.point,
    told.decided_after,
    told.outcome_bucket,
    CASE
      WHEN NOT reclassified OR mix.word = getvariable('anti_social') THEN mix.word
      WHEN mix.word = getvariable('violence') THEN 'Public order'
      ELSE getvariable('violence')
    END AS crime_type,
    (place_bucket + CASE WHEN relocated THEN 512 ELSE 0 END) % getvariable('place_buckets') AS place_bucket
  FROM told
  JOIN mix ON mix.bucket = told.type_bucket
  WHERE NOT withdrawn AND recorded_after <= getvariable('vintage')
)
SELECT
  CASE WHEN crime_type <> getvariable('anti_social') THEN sha256(record) END AS "Crime ID",
  getvariable('month') AS "Month",
  getvariable('force_name') AS "Reported by",
  getvariable('force_name') AS "Falls within",
  printf('%.6f', place.longitude + point * 0.0007) AS "Longitude",
  printf('%.6f', place.latitude + ((point * 3) % 8) * 0.0004) AS "Latitude",
  CASE
    WHEN place.lsoa_code IS NULL THEN 'No Location'
    ELSE concat('On or near Sample Street ', place.number * 8 + point, ' (made up)')
  END AS "Location",
  place.lsoa_code AS "LSOA code",
  place.lsoa_name AS "LSOA name",
  crime_type AS "Crime type",
  CASE
    WHEN crime_type = getvariable('anti_social') THEN NULL
    WHEN decided_after > getvariable('vintage') + 1 THEN 'Under investigation'
    WHEN outcome.word = 'Court result unavailable' AND decided_after + 2 > getvariable('vintage')
      THEN 'Awaiting court outcome'
    ELSE outcome.word
  END AS "Last outcome category",
  NULL AS "Context"
FROM seen
JOIN place USING (place_bucket)
JOIN outcome ON outcome.bucket = seen.outcome_bucket AND outcome.violence = (seen.crime_type = getvariable('violence'))
ORDER BY seen.i
"""


def write_street(path: Path, partner: Partner, month: str, *, rows: int, vintage: int = 0, seed: int = SEED) -> None:
    """Write one month's street file as published ``vintage`` months after its first publication.

    Args:
        path: the file to write; its folder is made.
        partner: the force that publishes.
        month: the month of the records, ``2025-01``.
        rows: the number of records of the month; about one in twenty is recorded late and one in 170 is withdrawn.
        vintage: whole months since the first publication.
        seed: another seed gives another made-up history.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_engine() as connection:
        values: dict[str, int | str] = {
            "anti_social": ANTI_SOCIAL,
            "buckets": BUCKETS,
            "force_name": partner.force_name,
            "force_slug": partner.force_slug,
            "month": month,
            "place_buckets": PLACE_BUCKETS,
            "seed": seed,
            "vintage": vintage,
            "violence": VIOLENCE,
        }
        for name, value in values.items():
            connection.execute(f"SET VARIABLE {name} = ?", [value])
        connection.execute("CREATE TEMP TABLE number AS SELECT i FROM range(?) AS numbers(i)", [rows])
        _tables(connection, partner)
        connection.sql(_RECORDS).write_csv(str(path))


def _tables(connection: duckdb.DuckDBPyConnection, partner: Partner) -> None:
    """Create tables of the partner's shares and places, a row per bucket, so that drawing is an equality join."""
    connection.execute("CREATE TEMP TABLE mix (bucket BIGINT, word VARCHAR)")
    connection.execute("CREATE TEMP TABLE outcome (bucket BIGINT, word VARCHAR, violence BOOLEAN)")
    connection.execute(
        "CREATE TEMP TABLE place (place_bucket BIGINT, number BIGINT, lsoa_code VARCHAR, lsoa_name VARCHAR,"
        " longitude DOUBLE, latitude DOUBLE)"
    )
    _insert(connection, "mix", share_buckets(CRIME_MIX))
    for shares, violence in ((OUTCOMES_OF_VIOLENCE, True), (OUTCOMES_OF_OTHER_CRIME, False)):
        _insert(connection, "outcome", ((*row, violence) for row in share_buckets(shares)))
    _insert(connection, "place", ((bucket, *place) for bucket, place in place_buckets(partner)))


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Insert all rows in one statement, column by column."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    connection.execute(f"INSERT INTO {table} SELECT {', '.join(['unnest(?)'] * len(columns))}", columns)
