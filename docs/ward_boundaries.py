"""Pack the boundaries of wards that reports draw: ``python docs/ward_boundaries.py FILE``.

FILE is a compressed GeoJSON of generalised ward boundaries, as ``safer_kpi/publishing/boundaries/README.md`` names it.
The packed table holds whole ten-thousandths of a degree (about ten metres): the first point of each ring, then steps.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import duckdb

from safer_kpi.publishing.boundaries import DEGREE, FILE


def rows(features: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row per ward: its code, and its rings as steps."""
    return [
        {
            "ward_code": feature["properties"]["ward22_code"],
            "rings": [steps(ring) for polygon in feature["geometry"]["coordinates"] for ring in polygon],
        }
        for feature in sorted(features, key=lambda feature: feature["properties"]["ward22_code"])
    ]


def steps(ring: list[list[float]]) -> list[int]:
    """Return the first point of a ring and the step to each next one, without steps of nothing."""
    points = [(round(x * DEGREE), round(y * DEGREE)) for x, y in ring]
    moved = [(x - before_x, y - before_y) for (before_x, before_y), (x, y) in pairwise(points)]
    return list(chain(points[0], *(step for step in moved if step != (0, 0))))


def main(source: Path) -> None:
    """Write the packed table beside its README."""
    with gzip.open(source, "rb") as stream:
        features = json.load(stream)["features"]
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(rows(features), file)
        file.flush()
        with duckdb.connect(":memory:") as connection:
            read = f"read_json('{file.name}', columns = {{ward_code: 'VARCHAR', rings: 'INTEGER[][]'}})"
            options = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19"
            connection.execute(f"COPY (FROM {read} ORDER BY ward_code) TO '{FILE}' ({options})")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
