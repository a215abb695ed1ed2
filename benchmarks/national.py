"""England and Wales made up: the street files of every police force and month, on the real lookup of areas.

The files are drawn from a seed: the same call writes the same bytes. Forces, places and residents are those of the
national tables; every record is made up. At full size twelve months are 528 files of 4.0 million rows, about as many as
data.police.uk publishes in a year.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.workplace import PROJECT
from safer_kpi.catalogue.national.tables import national_tables
from safer_kpi.catalogue.own_places import write_places
from safer_kpi.catalogue.partnership import Partnership, authorities_of
from safer_kpi.catalogue.template import write_project
from safer_kpi.demo.partner import CRIME_MIX, OUTCOMES_OF_OTHER_CRIME, OUTCOMES_OF_VIOLENCE, share_buckets
from safer_kpi.sql import literal, statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import duckdb

SEED = 20261130
#: Of all forces together.
ROWS_PER_MONTH = 334_000
#: Of a redelivered file one row in so many has another outcome.
CHANGED_EVERY = 50
#: As many records as this many LSOAs of residents make are those of visitors, in every force.
_VISITORS = 50
_AREA = "E06000058"
#: The LSOAs of each force's area, numbered; British Transport Police records in all of them, and has no area.
_PLACES = """
    CREATE TABLE place AS
    WITH lsoa AS (
      SELECT lsoa21_code, lsoa21_name, area_code
      FROM ward JOIN (SELECT DISTINCT la_code, force_code AS area_code FROM authority) USING (la_code)
    ), recorded AS (
      SELECT force_slug AS force, force_name, lsoa.* EXCLUDE (area_code)
      FROM force JOIN lsoa ON force.area_code = lsoa.area_code OR force.area_code = 'btp'
    )
    SELECT force, force_name, lsoa21_code, lsoa21_name,
      row_number() OVER busiest - 1 AS number,
      -2.5 + (md5_number_lower(lsoa21_code) % 3000) / 1000 AS longitude,
      51 + (md5_number_lower(lsoa21_code) // 4096 % 3000) / 1000 AS latitude
    FROM recorded
    WINDOW busiest AS (PARTITION BY force ORDER BY md5(concat(force, lsoa21_code)))
"""
_SHARES = f"""
    CREATE TABLE share AS
    SELECT force, any_value(force_name) AS force_name,
      count(*) AS places, if(force = 'btp', 500, count(*) + {_VISITORS}) AS share, sum(share) OVER () AS whole
    FROM place GROUP BY force ORDER BY force
"""
_FORCES = "read_csv({}, header = true, all_varchar = true)"


class Publisher:
    """Writes the files that forces publish.

    Attributes:
        forces: the forces, by their name in file names.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, rows_per_month: int) -> None:
        self._connection = connection
        shares = connection.execute("SELECT force, force_name, places, share / whole FROM share").fetchall()
        self._slots = {
            force: {
                "seed": str(SEED),
                "force": literal(force),
                "force_name": literal(name),
                "places": str(places),
                "rows": str(max(1, round(rows_per_month * share))),
            }
            for force, name, places, share in shares
        }
        self.forces = tuple(self._slots)

    def street(self, folder: Path, force: str, month: str) -> Path:
        """Write the street file of a force and month into a folder."""
        path = folder / f"{month}-{force}-street.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        query = statement("benchmarks", "national_street", month=literal(month), **self._slots[force])
        self._connection.execute(f"COPY ({query}) TO {literal(str(path))} (HEADER)")
        return path

    def changed(self, folder: Path, published: Path) -> Path:
        """Write a published file into another folder as it is published again, with other outcomes."""
        path = folder / published.name
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection.execute(
            f"""COPY (
              SELECT * REPLACE (
                CASE WHEN "Crime ID" IS NOT NULL AND row_number() OVER () % {CHANGED_EVERY} = 0
                THEN 'Awaiting court outcome' ELSE "Last outcome category" END AS "Last outcome category"
              ) FROM read_csv({literal(str(published))}, all_varchar = true)
            ) TO {literal(str(path))} (HEADER)"""
        )
        return path


@contextmanager
def publisher(rows_per_month: int = ROWS_PER_MONTH) -> Iterator[Publisher]:
    """Yield a publisher of all forces of England and Wales, which make so many records a month together."""
    with national_tables() as connection:
        forces = _FORCES.format(literal(str(PROJECT / "seeds" / "forces.csv")))
        connection.execute(f"CREATE VIEW force AS FROM {forces}")
        connection.execute(_PLACES)
        connection.execute(_SHARES)
        connection.execute("CREATE TABLE mix (bucket BIGINT, word VARCHAR)")
        connection.execute("CREATE TABLE outcome (bucket BIGINT, word VARCHAR, is_violence BOOLEAN)")
        connection.executemany("INSERT INTO mix VALUES (?, ?)", list(share_buckets(CRIME_MIX)))
        for shares, is_violence in ((OUTCOMES_OF_VIOLENCE, True), (OUTCOMES_OF_OTHER_CRIME, False)):
            rows = [(*row, is_violence) for row in share_buckets(shares)]
            connection.executemany("INSERT INTO outcome VALUES (?, ?, ?)", rows)
        yield Publisher(connection, rows_per_month)


def national_project(folder: Path, force_codes: Sequence[str] | None = None) -> Path:
    """Write this project with the wards and residents of other areas than its own; of all where no force is named."""
    write_project(folder, area=_AREA)
    chosen = "" if force_codes is None else f"WHERE force_code IN ({', '.join(map(literal, force_codes))})"
    with national_tables() as connection:
        codes = [code for (code,) in connection.execute(f"SELECT la_code FROM authority {chosen}").fetchall()]
    for seeds in ("area_lookup", "population"):
        shutil.rmtree(folder / "seeds" / seeds)
    own = folder / "seeds" / "partnership.csv"
    partnership = own.read_bytes()
    write_places(folder / "seeds", Partnership(code="", name="", authorities=authorities_of(sorted(set(codes)))))
    own.write_bytes(partnership)
    return folder
