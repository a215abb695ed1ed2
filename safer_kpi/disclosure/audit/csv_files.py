"""Read the CSV files and the options of the audit of a table."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused, NotFound, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_MARK = re.compile(r"(.*)=(\d+)(?:-(\d*))?")


def read_lines(file: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file in UTF-8, or in Windows-1252 if it is not UTF-8.

    Raises:
        NotFound: the file does not exist or cannot be read.
        InputRefused: its rows are not as long as its header, or two columns have one name.
    """
    try:
        content = file.read_bytes()
    except OSError as refused:
        raise NotFound(f"{file} cannot be read.", next_action="Name a CSV file that you can read.") from refused
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    rows = list(csv.reader(text.rstrip().splitlines()))
    header = [name.strip() for name in rows[0]] if rows else []
    if len(header) < 2 or len(set(header)) != len(header):
        raise InputRefused(
            f"{file.name} needs a header of two columns or more, each with a name of its own.", rule="header", row=1,
            next_action="Give each column a name.",
        )  # fmt: skip
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            raise InputRefused(
                f"Row {number} of {file.name} has {len(row)} fields, and the header {len(header)}.", rule="fields",
                row=number, next_action="Keep the header and the rows of one table only.",
            )  # fmt: skip
    return [dict(zip(header, row, strict=True)) for row in rows[1:]]


def read_marks(options: Iterable[str]) -> dict[str, tuple[int, int | None]]:
    """Return what marks stand for: ``*=1-4``, ``s=0-`` without an end, ``z=0`` for one number.

    Raises:
        UsageError: an option is not written like this.
    """
    marks: dict[str, tuple[int, int | None]] = {}
    for option in options:
        match = _MARK.fullmatch(option)
        low, high = (match[2], match[3]) if match else ("", "")
        if match is None or (high and int(high) < int(low)):
            raise UsageError(f"--hidden {option!r} is not read.", next_action="Write it like '*=1-4' or 's=0-'.")
        end = int(low) if high is None else int(high) if high else None
        marks[match[1].strip()] = (int(low), end)
    return marks


def read_within(file: Path) -> dict[str, list[str]]:
    """Return the parts of each whole from a CSV file with the columns ``part`` and ``whole``.

    Raises:
        NotFound: the file does not exist.
        InputRefused: it lacks a column.
    """
    wholes: dict[str, list[str]] = {}
    for row in read_lines(file):
        if not {"part", "whole"} <= row.keys():
            raise InputRefused(
                f"{file.name} lacks a column part or whole.", rule="header", row=1,
                next_action="Name its columns part and whole.",
            )  # fmt: skip
        wholes.setdefault(row["whole"].strip(), []).append(row["part"].strip())
    return wholes
