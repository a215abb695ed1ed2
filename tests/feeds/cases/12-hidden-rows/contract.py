"""Incidents by ward and day, as a workbook; what is hidden is read and told."""

from __future__ import annotations

from pandera.polars import DataFrameModel

from contracts import fields
from contracts.feeds import Contract


class Wards(DataFrameModel):
    """One row is one ward on one day."""

    ref: str = fields.text("Ref", description="Reference", str_length={"max_value": 40})
    day: str = fields.date("Date", description="Day")
    ward_code: str = fields.area_code("Ward code", description="Ward")
    age_band: str = fields.text("Age band", description="Ages", nullable=True, str_matches=r"^\d{1,2}(-\d{1,2}|\+)$")
    incidents: str = fields.count("Incidents", description="Incidents")


CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "Incidents by ward",
    "owner": "Council",
    "legal_basis": "Crime and Disorder Act 1998, section 115",
    "cadence": "monthly",
    "due_after_days": 42,
    "layouts": {"wards": Wards},
    "key": ["ref"],
    "canonical_order": ["ref", "day", "ward_code", "incidents"],
    "causes": {},
    "file_name": r"^(?P<month>\d{4}-\d{2})-wardsx\.",
    "file_name_example": "2024-05-wardsx.xlsx",
    "cell": {"place": "{area}", "month": "{month}"},
    "max_withdrawn_share": 1.0,
    "nil_return": "header_only",
    "dialect": {"workbook": {"sheet": "Data", "header_starts": "Ref", "skip_rows": [r"total.*"]}},
}
