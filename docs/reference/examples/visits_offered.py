"""A CSV file with several tables, each under a title, all under one header."""

from __future__ import annotations

from pandera.polars import DataFrameModel

from contracts import fields
from contracts.feeds import Contract


class Visits(DataFrameModel):
    """One row is the visits of one ward in one month."""

    ward_code: str = fields.area_code("Ward code", description="Ward that was visited")
    visits: str = fields.count("Visits", description="Visits of community wardens")
    outcome: str = fields.text("Outcome", description="What became of the visit", isin=["offered", "accepted"])


CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "Visits of community wardens by ward",
    "owner": "The council",
    "legal_basis": "Crime and Disorder Act 1998, section 17A",
    "cadence": "monthly",
    "due_after_days": 14,
    "layouts": {"visits": Visits},
    "key": ["ward_code", "outcome"],
    "canonical_order": ["visits"],
    "causes": {},
    "file_name": r"(?P<month>\d{4}-(?:0[1-9]|1[0-2]))-visits-csv",
    "file_name_example": "2024-05-visits-csv.csv",
    "cell": {"place": "{area}", "month": "{month}"},
    "max_withdrawn_share": 0.5,
    "nil_return": None,
    "same_file_as": ["visits_csv"],
    "dialect": {
        "header_starts": "ward code",
        "skip_rows": ["total"],
        "title": "visits (.+)",
        "title_into": "Outcome",
    },
}
