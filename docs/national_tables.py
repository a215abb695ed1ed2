"""Pack the national tables that ``safer-kpi init`` reads: ``python docs/national_tables.py FOLDER``.

FOLDER holds the published tables as ``safer_kpi/catalogue/national/README.md`` names them. The packed ones hold the
columns that ``init`` needs and nothing else, in an order that packs well.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import duckdb

PACKED = Path(__file__).resolve().parents[1] / "safer_kpi" / "catalogue" / "national"
AGES = ", ".join(f'"{age}"::USMALLINT AS "{age}"' for age in (*range(90), "90+"))
WARD = """
    SELECT lsoa21_code, lsoa21_name, ward24_code AS ward_code, ward24_name AS ward_name, ltla24_code AS la_code,
      ltla24_name AS la_name
    FROM {source} ORDER BY la_code, ward_code, lsoa21_code
"""
CHANGE = """
    SELECT lsoa11_code, lsoa11_name, change_code, lsoa21_code, lsoa21_name, ltla22_code AS la_code,
      ltla22_name AS la_name
    FROM {source} ORDER BY lsoa21_code, lsoa11_code
"""
POPULATION = f"SELECT lsoa11_code, {AGES} FROM {{source}} ORDER BY lsoa11_code"
TABLES = {
    "lsoa21_ward24": ("lookup_lsoa21_ward24_ltla24.csv.gz", WARD),
    "lsoa11_lsoa21": ("lookup_lsoa11_lsoa21_ltla22.csv.gz", CHANGE),
    "population20_lsoa11": ("population20_lsoa11.csv.gz", POPULATION),
}
AUTHORITIES = "lookup_ltla24_csp24_pfa24.csv"


def main(folder: Path) -> None:
    """Write the packed tables beside their README."""
    with duckdb.connect(":memory:") as connection:
        for name, (file, query) in TABLES.items():
            rows = query.format(source=f"read_csv('{folder / file}')")
            options = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19, ROW_GROUP_SIZE 200000"
            connection.execute(f"COPY ({rows}) TO '{PACKED / name}.parquet' ({options})")
    with (folder / AUTHORITIES).open(encoding="utf-8", newline="") as source:
        rows = sorted(csv.DictReader(source), key=lambda row: (row["ltla24_code"], row["csp24_code"]))
    with (PACKED / "la_csp_pfa24.csv").open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(["la_code", "la_name", "csp_code", "csp_name", "force_code", "force_name"])
        writer.writerows(row.values() for row in rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
