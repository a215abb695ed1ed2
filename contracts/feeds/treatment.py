"""Adults in drug and alcohol treatment, and the estimated need for it, as OHID publishes NDTMS figures to partners."""

from __future__ import annotations

import polars as pl
from pandera.polars import DataFrameModel, PolarsData, dataframe_check

from contracts import fields
from contracts.feeds import Contract

ALL_AGENCIES = "All agencies"
#: A figure, or a mark for one that is held back or not known.
FIGURE = r"^(\d{1,12}(\.0+)?|\*|<5|-|\[[cx]\])$"


class Treatment(DataFrameModel):
    """One row is one agency's figures, or the area's ('All agencies', which counts an adult once)."""

    area_code: str = fields.area_code("Area code", description="Local authority")
    agency: str = fields.name("Agency", "Agency or area", description="Treatment agency; All agencies for the area")
    in_treatment: str = fields.count(
        "Adults in treatment | 12 months to the quarter's end", "Adults in treatment",
        description="Distinct adults in treatment in the twelve months to the quarter's end",
    )  # fmt: skip
    estimated_need: str = fields.count(
        "Need | Estimated need", "Estimated need", description="Estimated adults in need of treatment; the area only"
    )
    unmet_need: str = fields.count(
        "Need | Unmet need",
        "Unmet need",
        description="Estimated adults in need who are not in treatment; the area only",
    )

    @dataframe_check(name="unmet_within_need")
    def unmet_within_need(cls, data: PolarsData) -> pl.LazyFrame:
        """Unmet need is no more than the need, where both are told."""
        return data.lazyframe.select(fields.is_at_most("unmet_need", "estimated_need"))

    @dataframe_check(name="area_line_is_there")
    def area_line_is_there(cls, data: PolarsData) -> pl.LazyFrame:
        """The line of all agencies is there and usable: without it nothing is known of the area, which is not zero."""
        told = pl.all_horizontal(pl.col("in_treatment", "estimated_need", "unmet_need").str.contains(FIGURE))
        usable = (pl.col("agency") == ALL_AGENCIES) & told & fields.is_at_most("unmet_need", "estimated_need")
        return data.lazyframe.select(pl.col("agency").is_not_null() & usable.any())


CONTRACT: Contract = {
    "version": "1.1.0",
    "title": "Adults in drug and alcohol treatment, and unmet need",
    "owner": "Office for Health Improvement and Disparities; public health at BCP Council",
    "legal_basis": "NDTMS data sharing agreement; aggregates with small figures held back",
    "cadence": "quarterly",
    "due_after_days": 75,
    "layouts": {"treatment": Treatment},
    "key": ["agency"],
    "canonical_order": ["agency", "in_treatment", "estimated_need", "unmet_need"],
    "causes": {},
    "file_name": r"treatment_(?P<quarter>\d{4}-\d{2}-Q[1-4])(?!\d)",
    "file_name_example": "treatment_2024-25-Q1.xlsx",
    "cell": {"place": "{area}", "financial_quarter": "{quarter}"},
    "must_agree": {"area_code": "{area}"},
    "max_withdrawn_share": 0.3,
    "nil_return": None,
    "public_names": ["agency"],
    "retention": {
        "months": 84,
        "rule": "the partnership's default of seven years for small groups of people in treatment",
    },
    "dialect": {
        "workbook": {
            "sheet": "Adults",
            "header_starts": "Area code",
            "header_rows": 2,
            "fill_down": ["Area code"],
            "skip_rows": [r"sum of agencies.*"],
            "ends_at": [r"notes?\b", r"source:"],
            "strip_footnotes": ["Agency"],
        }
    },
}
