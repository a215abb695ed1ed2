"""The child process of JSON lines: write the objects to a clean text copy and their names to standard output.

It imports only the standard library. Another child turns the copy into Parquet.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from safer_kpi.intake.confined import CLEAN, SPARE_BYTES, confined
from safer_kpi.intake.content import is_compressed
from safer_kpi.intake.dialect import Dialect
from safer_kpi.intake.gzip_names import gzip_texts
from safer_kpi.intake.json_lines.objects import Objects
from safer_kpi.intake.outside import Outside

# A field of one character is quoted, and an absent one takes three bytes in every row.
_MOST_GROWTH = 64


def main() -> None:
    """Read the job, do it under its limits, write the answer."""
    confined(copy, _most_written)


def _most_written(told: dict[str, Any]) -> int:
    return int(min(told["bytes"] * _MOST_GROWTH, 16 * told["dialect"]["max_bytes"])) + SPARE_BYTES


def copy(told: dict[str, Any]) -> dict[str, Any]:
    """Write the clean copy: for each object its line and then its values, every one quoted."""
    dialect = Dialect(**{**told["dialect"], "encodings": tuple(told["dialect"]["encodings"])})
    path = Path(told["path"])
    rows = 0
    with Path(CLEAN).open("w", encoding="utf-8", newline="") as out, Outside() as outside:
        if is_compressed(path):
            outside.take(gzip_texts(path))
        objects = Objects(path, dialect, outside)
        names = objects.names()
        write = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow
        for line, values in objects.all():
            write([line, *(values.get(name, "") for name in names)])
            rows += 1
    return {
        "header": names,
        "rows": rows,
        "rows_read": objects.lines,
        "rows_skipped": objects.blank,
        "malformed": objects.malformed,
    }
