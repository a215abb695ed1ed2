"""Read a CSV file in which the table stands among titles, totals and notes: one child finds it, another writes it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused
from safer_kpi.intake.found import Parsed
from safer_kpi.intake.outside import keep_outside
from safer_kpi.intake.sandbox import ROWS, START, checked, working

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from safer_kpi.intake.dialect import Dialect
    from safer_kpi.intake.found import Preflight

_FIND, _WRITE = START.format("framed_child"), START.format("child")


def parse_framed(
    path: Path,
    found: Preflight,
    dialect: Dialect,
    choose: Callable[[tuple[str, ...]], Sequence[str | None]],
    out: Path,
    *,
    memory_bytes: int = 2 * 2**30,
    cpu_seconds: int = 900,
) -> Parsed:
    """Read the table of a CSV file into all-text Parquet at ``out``, in child processes with limits.

    Rows are numbered as the file's records. ``rows_read`` counts every record but the header's first; ``rows_skipped``
    those that hold no data: titles, the header's other rows, blank rows, totals, what stands below the table. Blanks
    around a text are left off, and what is empty then is NULL, as in workbooks.

    Args:
        path: a file that ``preflight`` has passed, unchanged since.
        found: what it found.
        dialect: the same dialect.
        choose: given the header, says for each column its name, or None to leave it out. It is not called for a nil
            return without a header, which has no column. What it raises goes through, with the header's row.
        out: where the Parquet goes, whole or not at all.
        memory_bytes: the most memory a child may allocate.
        cpu_seconds: the most processor time it may use; it is stopped after twice as long by the clock.

    Raises:
        InputRefused: ``header``, ``column_count``, ``unclosed_quote``, ``quote``, ``too_large``, or ``sandbox`` if a
            child broke a limit or died.
        SaferKpiError: the disk failed; the file may be good.
        UsageError: what was chosen does not fit the header.
    """
    out = out.absolute()
    limits = {"memory_bytes": memory_bytes, "cpu_seconds": cpu_seconds}
    with working(out.parent) as work:
        job = {"path": str(path.resolve()), "found": asdict(found), "dialect": asdict(dialect), **limits}
        table = work.ask(_FIND, job, cpu_seconds)
        header = tuple(table["header"])
        try:
            columns = list(choose(header)) if header else []
        except InputRefused as refused:
            raise InputRefused(
                refused.what, rule=refused.rule, row=table["header_row"], next_action=refused.next_action
            ) from None
        named = checked(columns, header) if header else ()
        work.ask(_WRITE, {"columns": columns, "rows": table["rows"], **limits}, cpu_seconds)
        (work.folder / ROWS).replace(out)
        keep_outside(work.folder, out)
    return Parsed(
        parquet=out,
        columns=named,
        rows_read=table["rows_read"],
        rows_skipped=table["rows_read"] - table["rows"] - len(table["malformed"]),
        malformed=tuple((row, "column_count") for row in table["malformed"]),
        numbered=True,
        nil=table["nil"],
        header_row=table["header_row"],
    )
