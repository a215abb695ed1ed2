"""A workbook with two tables side by side, of which one is read."""

from __future__ import annotations

from pandera.polars import DataFrameModel

from contracts import fields
from contracts.feeds import Contract


class Visits(DataFrameModel):
    """One row is the visits of one ward in one month."""

    ward_code: str = fields.area_code("Ward code", description="Ward that was visited")
    visits: str = fields.count("Visits", description="Visits of community wardens")


CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "Visits of community wardens by ward",
    "owner": "The council",
    "legal_basis": "Crime and Disorder Act 1998, section 17A",
    "cadence": "monthly",
    "due_after_days": 14,
    "layouts": {"visits": Visits},
    "key": ["ward_code"],
    "canonical_order": ["visits"],
    "causes": {},
    "file_name": r"(?P<month>\d{4}-(?:0[1-9]|1[0-2]))-visits-book",
    "file_name_example": "2024-05-visits-book.xlsx",
    "cell": {"place": "{area}", "month": "{month}"},
    "max_withdrawn_share": 0.5,
    "nil_return": None,
    "dialect": {
        "workbook": {
            "sheet": "visits",
            "header_starts": "ward code",
            "title": "accepted",
            "beside": "left_out",
            "hidden": "refused",
            "max_bytes": 5_000_000,
            "max_unpacked": 50_000_000,
            "max_expansion": 100,
            "max_cells": 100_000,
            "max_rows": 10_000,
            "max_columns": 50,
            "max_sheets": 3,
        },
    },
}
