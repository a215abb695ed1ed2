"""Read partner files safely: examine the bytes, then parse the rows in a child process with limits.

This room does not know feeds: a caller passes plain values and gets plain values or ``InputRefused``.
"""

from safer_kpi.intake.dialect import Dialect
from safer_kpi.intake.forking import start_server
from safer_kpi.intake.found import Parsed, Preflight
from safer_kpi.intake.framed import parse_framed
from safer_kpi.intake.json_lines.parse import parse_json_lines
from safer_kpi.intake.parquet.dialect import ParquetDialect
from safer_kpi.intake.parquet.parse import parse_parquet
from safer_kpi.intake.preflight import Passing, preflight
from safer_kpi.intake.sandbox import parse, stop_child
from safer_kpi.intake.workbook.dialect import WorkbookDialect
from safer_kpi.intake.workbook.parse import parse_workbook
from safer_kpi.intake.workbook.preflight import WorkbookFound, preflight_workbook

__all__ = [
    "Dialect",
    "ParquetDialect",
    "Parsed",
    "Passing",
    "Preflight",
    "WorkbookDialect",
    "WorkbookFound",
    "parse",
    "parse_framed",
    "parse_json_lines",
    "parse_parquet",
    "parse_workbook",
    "preflight",
    "preflight_workbook",
    "start_server",
    "stop_child",
]
