"""Read a workbook as landing does, or as the first child does but in this process."""

from __future__ import annotations

import csv
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safer_kpi.intake import Parsed, WorkbookDialect, parse_workbook, preflight_workbook
from safer_kpi.intake.confined import CLEAN
from safer_kpi.intake.workbook import child as workbook_child
from tests.feeds.workbook_maker import DIALECT


def intake(path: Path, **terms: Any) -> tuple[tuple[str, ...], Parsed]:
    """The header found, and what was read with every column under its own name."""
    dialect = WorkbookDialect(**(DIALECT | terms))
    headers: list[tuple[str, ...]] = [()]

    def choose(header: tuple[str, ...]) -> tuple[str, ...]:
        headers.append(header)
        return header

    parsed = parse_workbook(path, preflight_workbook(path, dialect), dialect, choose, path.with_suffix(".parquet"))
    return headers[-1], parsed


def copied(path: Path, **terms: Any) -> dict[str, Any]:
    """What the first child answers and writes, without the cost of its start: the folder must be the working one."""
    dialect = WorkbookDialect(**(DIALECT | terms))
    found = preflight_workbook(path, dialect)
    told = {
        "path": path,
        "kind": found.kind,
        "parts": [asdict(part) for part in found.parts],
        "dialect": asdict(dialect),
    }
    answer = workbook_child.copy(told)
    with Path(CLEAN).open(encoding="utf-8", newline="") as file:
        rows = [(int(number), *[text or None for text in texts]) for number, *texts in csv.reader(file, strict=True)]
    return {**answer, "texts": rows}
