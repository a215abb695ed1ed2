"""The parent's side of reading a Parquet file: a child tells its columns, then writes its rows as text."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused
from safer_kpi.intake.content import kind_of
from safer_kpi.intake.found import Parsed
from safer_kpi.intake.outside import keep_outside
from safer_kpi.intake.sandbox import ROWS, START, checked, working

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from safer_kpi.intake.parquet.dialect import ParquetDialect

_START = START.format("parquet.child")
_MARK = b"PAR1"


def parse_parquet(
    path: Path,
    dialect: ParquetDialect,
    choose: Callable[[tuple[str, ...]], Sequence[str | None]],
    out: Path,
    *,
    memory_bytes: int = 2 * 2**30,
    cpu_seconds: int = 900,
) -> Parsed:
    """Read a Parquet file of single values into all-text Parquet at ``out``, in child processes with limits.

    Rows are numbered from 2, as if a header stood above them.

    Args:
        path: the file.
        dialect: its limits.
        choose: given the names of its columns, says for each the column of the contract, or None to leave it out.
        out: where the Parquet goes, whole or not at all.
        memory_bytes: the most memory a child may allocate.
        cpu_seconds: the most processor time it may use.

    Raises:
        InputRefused: ``not_parquet``, ``empty``, ``too_large``, ``truncated``, ``damaged``, ``nested``, ``header``, or
            ``sandbox`` if a child broke a limit or died.
    """
    _judge(path, dialect)
    out = out.absolute()
    job = {
        "path": str(path.resolve()),
        "dialect": asdict(dialect),
        "memory_bytes": memory_bytes,
        "cpu_seconds": cpu_seconds,
    }
    with working(out.parent) as work:
        header = tuple(work.ask(_START, job, cpu_seconds)["header"])
        columns = list(choose(header))
        named = checked(columns, header)
        rows = work.ask(_START, {**job, "columns": columns}, cpu_seconds)["rows"]
        (work.folder / ROWS).replace(out)
        keep_outside(work.folder, out)
    return Parsed(parquet=out, columns=named, rows_read=rows, rows_skipped=0, malformed=(), numbered=False)


def _judge(path: Path, dialect: ParquetDialect) -> None:
    """Refuse a file that is no Parquet by its first and last bytes, or too large."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(4096)
        file.seek(max(0, size - len(_MARK)))
        tail = file.read()
    if not head.strip():
        raise InputRefused("The file is empty.", rule="empty", next_action="Ask the partner to send it again.")
    if not head.startswith(_MARK):
        raise InputRefused(
            f"The file is {kind_of(head) or 'plain text or of an unknown kind'}; the contract agrees Parquet.",
            rule="not_parquet",
            next_action="Ask the partner for the Parquet file itself.",
        )
    if tail != _MARK:
        raise InputRefused(
            "The file ends before its content does.",
            rule="truncated",
            next_action="Ask the partner to send the file again.",
        )
    if size > dialect.max_bytes:
        raise InputRefused(
            f"The file holds more than {dialect.max_bytes:,} bytes, the most its contract allows.",
            rule="too_large",
            next_action="Ask the partner to send it in parts, or raise the contract's limit.",
        )
