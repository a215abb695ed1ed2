"""Incidents by ward, a column for each month, headed by its date."""

from __future__ import annotations

from pandera.polars import DataFrameModel

from contracts import fields
from contracts.feeds import Contract


class Wards(DataFrameModel):
    """One row is one ward and month."""

    ward_code: str = fields.area_code("Ward code", description="Ward")
    month: str = fields.month("month")
    incidents: str = fields.count("incidents", description="Incidents")


CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "Incidents by ward and month",
    "owner": "A council",
    "legal_basis": "Crime and Disorder Act 1998, section 115",
    "cadence": "monthly",
    "due_after_days": 42,
    "layouts": {"wards": Wards},
    "key": ["ward_code", "month"],
    "canonical_order": ["ward_code", "month", "incidents"],
    "causes": {},
    "unpivot": {"reads": "month", "name": "month", "value": "incidents"},
    "cell": {"whole": "all"},
    "max_withdrawn_share": 1.0,
    "nil_return": None,
    "dialect": {"workbook": {"sheet": "Data", "header_starts": "Ward code"}},
}
