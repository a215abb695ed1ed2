"""The places of a new project, taken from the national tables and written as its seeds."""

from __future__ import annotations

import csv
import gzip
import io
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.national.tables import national_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import duckdb

    from safer_kpi.catalogue.partnership import Partnership

#: Every LSOA of England and Wales: rows elsewhere are then known to lie elsewhere. Its own are in wards, the others in
#: their authority alone, whose code stands in the place of the ward's.
_WARDS = """
    SELECT lsoa21_code, lsoa21_name,
      CASE WHEN la_code IN {own} THEN ward_code ELSE la_code END AS ward_code,
      CASE WHEN la_code IN {own} THEN ward_name ELSE la_name END AS ward_name, la_code, la_name
    FROM ward ORDER BY la_code NOT IN {own}, la_code, ward_code, lsoa21_code
"""
#: The changes of its own LSOAs, and of others those that changed at all: an unchanged code is in the table above.
_CHANGES = """
    SELECT lsoa11_code, lsoa11_name, change_code, lsoa21_code, lsoa21_name, la_code, la_name FROM change
    WHERE change_code <> 'U' OR lsoa21_code IN (SELECT lsoa21_code FROM ward WHERE la_code IN {own})
    ORDER BY lsoa21_code, lsoa11_code
"""
#: An LSOA of 2011 that lies only partly in the partnership counts as a whole in what contains it whole.
_RESIDENTS = """
    SELECT lsoa11_code AS lsoa_code, lsoa11_name AS lsoa_name, {total} AS total_population, {ages}
    FROM residents JOIN (SELECT DISTINCT lsoa11_code, lsoa11_name FROM change WHERE lsoa21_code IN (
      SELECT lsoa21_code FROM ward WHERE la_code IN {own})) AS lsoa USING (lsoa11_code)
    ORDER BY lsoa11_code
"""
_AGES = [*map(str, range(90)), "90+"]
#: The seeds that ``init`` writes for the places of a project, and what the README of the seeds says of each.
SEEDS = {
    "area_lookup/lsoa21_ward24.csv.gz": (
        "an LSOA of 2021 in England and Wales, its ward and local authority of 2024; outside {name} the authority's own"
        " code stands in the place of the ward's, for numbers are given by ward in {name} only"
    ),
    "area_lookup/lsoa11_lsoa21.csv.gz": (
        "an LSOA of 2011 and an LSOA of 2021 that took its place (U unchanged, S split, M merged, X irregular): all of"
        " {name}, elsewhere those that changed"
    ),
    "population/population20_lsoa11.csv": (
        "the mid-2020 estimate of residents of an LSOA of 2011 in {name} by single year of age"
    ),
    "partnership.csv": "a local authority of the partnership, and the code and name of the whole",
}


def write_places(seeds: Path, partnership: Partnership) -> None:
    """Write the lookups, the population and the list of the partnership's authorities into a folder of seeds."""
    own = "(" + ", ".join(f"'{code}'" for code in partnership.codes) + ")"
    ages = {"total": " + ".join(f'"{age}"' for age in _AGES), "ages": ", ".join(f'"{age}"' for age in _AGES)}
    with national_tables() as connection:
        for name, query in zip(SEEDS, (_WARDS, _CHANGES, _RESIDENTS), strict=False):
            _write(seeds / name, *_rows(connection, query.format(own=own, **ages)))
    header = ["la_code", "la_name", "partnership_code", "partnership_name"]
    members = [(each.code, each.name, partnership.code, partnership.name) for each in partnership.authorities]
    _write(seeds / "partnership.csv", header, members)


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    found = connection.execute(query)
    return [column[0] for column in found.description or ()], found.fetchall()


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    content = text.getvalue().encode()
    # Without a time, so that the same places are the same bytes.
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
