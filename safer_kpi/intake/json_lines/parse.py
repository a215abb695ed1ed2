"""The parent's side of reading JSON lines: one child finds the objects, another writes them as Parquet."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from safer_kpi.intake.found import Parsed
from safer_kpi.intake.outside import keep_outside
from safer_kpi.intake.sandbox import ROWS, START, checked, working

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from safer_kpi.intake.dialect import Dialect

_FIND, _WRITE = START.format("json_lines.child"), START.format("child")


def parse_json_lines(
    path: Path,
    dialect: Dialect,
    choose: Callable[[tuple[str, ...]], Sequence[str | None]],
    out: Path,
    *,
    memory_bytes: int = 2 * 2**30,
    cpu_seconds: int = 900,
) -> Parsed:
    """Read the objects of a file, one a line, into all-text Parquet at ``out``, in child processes with limits.

    Rows are numbered by their line. A value is text as it is written: a number keeps its digits, true and false are
    TRUE and FALSE, null is NULL, and so is a name that an object lacks.

    Args:
        path: the file; it may be gzip.
        dialect: its limits; encodings, delimiter and quote mean nothing here.
        choose: given the names of all objects, says for each its column, or None to leave it out.
        out: where the Parquet goes, whole or not at all.
        memory_bytes: the most memory a child may allocate.
        cpu_seconds: the most processor time it may use.

    Raises:
        InputRefused: ``json``, ``nested``, ``empty``, ``header``, ``not_json``, ``encoding``, ``line_length``,
            ``truncated``, ``too_large``, ``bomb``, ``compression``, or ``sandbox`` if a child broke a limit or died.
    """
    out = out.absolute()
    limits = {"memory_bytes": memory_bytes, "cpu_seconds": cpu_seconds}
    with working(out.parent) as work:
        job = {"path": str(path.resolve()), "bytes": path.stat().st_size, "dialect": asdict(dialect), **limits}
        found = work.ask(_FIND, job, cpu_seconds)
        header = tuple(found["header"])
        columns = list(choose(header))
        named = checked(columns, header)
        work.ask(_WRITE, {"columns": columns, "rows": found["rows"], **limits}, cpu_seconds)
        (work.folder / ROWS).replace(out)
        keep_outside(work.folder, out)
    return Parsed(
        parquet=out,
        columns=named,
        rows_read=found["rows_read"],
        rows_skipped=found["rows_skipped"],
        malformed=tuple((row, rule) for row, rule in found["malformed"]),
        numbered=True,
    )
