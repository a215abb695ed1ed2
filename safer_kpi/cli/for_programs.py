"""Print rows for programs: ``--json`` or ``--csv``, with the columns that the library gives."""

from __future__ import annotations

import csv as csv_format
import json as json_format
import re
import sys
from typing import TYPE_CHECKING, Any

from safer_kpi.cli.output import print_json
from safer_kpi.errors import UsageError
from safer_kpi.reading.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# A spreadsheet runs a text that begins like this, as safer_kpi.statements.rows_csv explains.
_FORMULA = re.compile(r"\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|[\t\r\n]")


def printed(
    rows: Sequence[Mapping[str, Any]], columns: Iterable[str] = (), *, json: bool, csv: bool, **extra: Any
) -> bool:
    """Print rows as JSON (``extra`` beside them) or CSV if either is asked for; return whether one is.

    ``columns`` head a CSV of no rows.

    Raises:
        UsageError: both are asked for.
    """
    if json and csv:
        raise UsageError("--json and --csv cannot be combined.", next_action="Use only one of them.")
    if json:
        print_json(rows, **extra)
    elif csv:
        print_csv(rows, columns)
    return json or csv


def print_csv(rows: Sequence[Mapping[str, Any]], columns: Iterable[str] = ()) -> None:
    """Print CSV (RFC 4180): a header, then a line per row.

    No value is an empty field, times are UTC and end in Z, and a list or a structure is JSON. A text that a spreadsheet
    would run as a formula gets an apostrophe in front.
    """
    names = list(columns) or list(dict.fromkeys(name for row in rows for name in row))
    # The terminal's stream would turn CR LF into CR CR LF on some systems; a plain line end is read everywhere.
    writer = csv_format.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_field(row.get(name)) for name in names] for row in rows)


def _field(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | dict):
        return json_format.dumps(value, default=plain, ensure_ascii=False)
    if isinstance(value, int | float):
        return value
    field = plain(value)
    return f"'{field}" if isinstance(value, str) and _FORMULA.match(value) else field
