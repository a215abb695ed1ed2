"""The parent's side of reading a workbook: one child finds its table, another writes it as Parquet."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from safer_kpi.intake.found import Parsed
from safer_kpi.intake.outside import keep_outside
from safer_kpi.intake.sandbox import ROWS, START, checked, working

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from safer_kpi.intake.workbook.dialect import WorkbookDialect
    from safer_kpi.intake.workbook.preflight import WorkbookFound

_FIND, _WRITE = START.format("workbook.child"), START.format("child")


def parse_workbook(
    path: Path,
    found: WorkbookFound,
    dialect: WorkbookDialect,
    choose: Callable[[tuple[str, ...]], Sequence[str | None]],
    out: Path,
    *,
    memory_bytes: int = 2 * 2**30,
    cpu_seconds: int = 900,
) -> Parsed:
    """Read the table of a workbook into all-text Parquet at ``out``, in child processes with limits.

    Rows are numbered as Excel numbers them. ``rows_read`` counts every row of the sheet from row 1 to its last filled
    one but the header's first; ``rows_skipped`` those of them that hold no data: titles, the header's other rows,
    spacers, totals, rows below the table. So data rows and rows skipped add up to rows read.

    A cell is text: a number in its shortest exact form, a date in ISO 8601, TRUE or FALSE, an error as Excel shows it;
    a formula is what was last calculated. Blanks around a text are left off, and what is empty then is NULL.

    Args:
        path: a file that ``preflight_workbook`` has passed, unchanged since.
        found: what it found.
        dialect: the same dialect.
        choose: given the header, says for each column its name, or None to leave it out. It is not called for a nil
            return without a header, which has no column. What it raises goes through.
        out: where the Parquet goes, whole or not at all.
        memory_bytes: the most memory a child may allocate.
        cpu_seconds: the most processor time it may use; it is stopped after twice as long by the clock.

    Raises:
        InputRefused: ``sheet``, ``header``, ``second_table``, ``hidden``, ``formula``,
            ``far_cell``, ``too_large``, ``bomb``, ``entities``,
            ``encoding``, ``damaged``, ``macros``, ``not_workbook``, or ``sandbox`` if a child broke a limit or died.
        SaferKpiError: the disk failed; the file may be good.
        UsageError: what was chosen does not fit the header.
    """
    out = out.absolute()
    limits = {"memory_bytes": memory_bytes, "cpu_seconds": cpu_seconds}
    with working(out.parent) as work:
        parts = [asdict(part) for part in found.parts]
        job = {"path": str(path.resolve()), "kind": found.kind, "parts": parts, "dialect": asdict(dialect), **limits}
        table = work.ask(_FIND, job, cpu_seconds)
        header = tuple(table["header"])
        columns = list(choose(header)) if header else []
        named = checked(columns, header) if header else ()
        work.ask(_WRITE, {"columns": columns, "rows": table["rows"], **limits}, cpu_seconds)
        (work.folder / ROWS).replace(out)
        keep_outside(work.folder, out)
    return Parsed(
        parquet=out,
        columns=named,
        rows_read=table["rows_read"],
        rows_skipped=table["rows_read"] - table["rows"],
        malformed=(),
        numbered=True,
        nil=table["nil"],
        hidden_rows=table["hidden_rows"],
        hidden_columns=table["hidden_columns"],
        hidden_sheets=table["hidden_sheets"],
    )
