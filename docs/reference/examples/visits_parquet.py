"""A Parquet file."""

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
    "file_name": r"(?P<month>\d{4}-(?:0[1-9]|1[0-2]))-visits-parquet",
    "file_name_example": "2024-05-visits-parquet.parquet",
    "cell": {"place": "{area}", "month": "{month}"},
    "max_withdrawn_share": 0.5,
    "nil_return": None,
    "dialect": {
        "parquet": {"max_bytes": 1_000_000, "max_unpacked": 10_000_000, "max_rows": 100_000},
    },
}
