"""The contracts that hostile files are read under: one table of three texts in each format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safer_kpi.catalogue.template import write_project
from safer_kpi.settings import Settings

HEADINGS = ("Ref", "Area", "Figure")
#: Where the table stands among titles, totals and notes.
FRAME: dict[str, Any] = {"header_starts": "Ref", "skip_rows": ["total.*"], "ends_at": ["notes?"]}
DIALECTS: dict[str, dict[str, Any]] = {
    "plain": {"delimiter": ",", "encodings": ["utf-8", "cp1252"]},
    "framed": {"delimiter": ",", "encodings": ["utf-8", "cp1252"], **FRAME},
    "sheet": {"workbook": {"sheet": "Data", **FRAME}},
    "lines": {"json_lines": {}},
    "columns": {"parquet": {}},
}
_CONTRACT = '''
from pandera.polars import DataFrameModel

from contracts import fields
from contracts.feeds import Contract


class Things(DataFrameModel):
    """One row is one thing."""

    ref: str = fields.text("Ref", description="Reference")
    area: str = fields.text("Area", description="Area", nullable=True)
    figure: str = fields.text("Figure", description="Figure", nullable=True)


CONTRACT: Contract = {{
    "version": "1.0.0",
    "title": "Things",
    "owner": "Council",
    "legal_basis": "Crime and Disorder Act 1998, section 115",
    "cadence": "monthly",
    "due_after_days": 42,
    "layouts": {{"things": Things}},
    "key": ["ref"],
    "canonical_order": ["ref", "area", "figure"],
    "causes": {{}},
    "file_name": r"^(?P<month>\\d{{4}}-\\d{{2}})-{name}\\.",
    "file_name_example": "2024-05-{name}.csv",
    "cell": {{"place": "{{area}}", "month": "{{month}}"}},
    "max_withdrawn_share": 1.0,
    "nil_return": "header_only",
    "dialect": {dialect},
}}
'''


def write_contracts(folder: Path) -> Settings:
    """Write a project with a feed ``hostile_<dialect>`` for each dialect; return the settings of a lake in it."""
    write_project(folder / "project", area="E06000058")
    for name, dialect in DIALECTS.items():
        text = _CONTRACT.format(name=name, dialect=json.dumps(dialect))
        (folder / "project" / "contracts" / "feeds" / f"hostile_{name}.py").write_text(text, encoding="utf-8")
    (folder / "lake").mkdir()
    return Settings.load(folder / "lake", project=folder / "project")
