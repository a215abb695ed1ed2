"""Read several small files in one child: to start one, and DuckDB in it, takes longer than to read a small file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from safer_kpi.errors import SaferKpiError
from safer_kpi.intake.found import Parsed
from safer_kpi.intake.sandbox import START, checked, working

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from safer_kpi.intake.dialect import Dialect
    from safer_kpi.intake.found import Preflight

_START = START.format("group_child")
_ROWS = "rows.{}.parquet"


@dataclass(frozen=True, kw_only=True)
class Plain:
    """A file to read together with others.

    Attributes:
        path: a file that ``preflight`` has passed, unchanged since.
        found: what it found.
        columns: for each field of the header its column's name, or None to leave it out.
        out: where the Parquet goes, whole or not at all, in the folder of the others'.
    """

    path: Path
    found: Preflight
    columns: Sequence[str | None]
    out: Path


def is_plain(found: Preflight) -> bool:
    """Return whether a file can be read together with others: DuckDB may read its bytes as they are."""
    return found.plain and not found.compressed and found.encoding == "utf-8" and found.newline in ("lf", "crlf")


def parse_each(
    files: Sequence[Plain], dialect: Dialect, *, memory_bytes: int = 2 * 2**30, cpu_seconds: int = 900
) -> list[Parsed | None]:
    """Return the rows of each file as ``parse`` does; None for one that is to be read alone.

    That is one of uneven or blank rows. If the child broke a limit or died, nobody knows for which file, and it is all
    of them: nothing of what it left is used.
    """
    folder = files[0].out.absolute().parent
    told = [
        {"path": str(file.path.resolve()), "found": asdict(file.found), "columns": list(file.columns)} for file in files
    ]
    job = {"files": told, "dialect": asdict(dialect), "memory_bytes": memory_bytes, "cpu_seconds": cpu_seconds}
    with working(folder) as work:
        try:
            answer = work.ask(_START, job, cpu_seconds)
        except SaferKpiError:
            return [None] * len(files)
        parsed = [_parsed(file) if done else None for file, done in zip(files, answer["read"], strict=True)]
        for number, (file, rows) in enumerate(zip(files, parsed, strict=True)):
            if rows is not None:
                (work.folder / _ROWS.format(number)).replace(file.out)
        return parsed


def _parsed(file: Plain) -> Parsed:
    return Parsed(
        parquet=file.out,
        columns=checked(file.columns, file.found.header),
        rows_read=file.found.lines - 1,
        rows_skipped=0,
        malformed=(),
        numbered=False,
    )
