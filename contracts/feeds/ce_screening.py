"""Screenings of children with the Child Exploitation Screening Tool, by agency and level of risk."""

from __future__ import annotations

import polars as pl
from pandera.polars import DataFrameModel, PolarsData, dataframe_check

from contracts import fields
from contracts.feeds import Contract

ALL_AGENCIES, ALL_LEVELS = "All agencies", "All levels"
#: A figure, or a mark for one that is held back or not known.
FIGURE = r"^(\d{1,12}(\.0+)?|\*|<5|-|\[[cx]\])$"
RISK_LEVELS = ["Low", "Medium", "High", ALL_LEVELS]


class Screening(DataFrameModel):
    """One row is one agency's figures of one level of risk; 'All agencies' and 'All levels' count a child once."""

    area_code: str = fields.area_code("Area code", description="Local authority")
    agency: str = fields.name("Agency", description="Agency that screened; All agencies for the partnership")
    risk_level: str = fields.text("Risk level", description="Level the tool found, or All levels", isin=RISK_LEVELS)
    screenings: str = fields.count(
        "Completed in the quarter | Screenings", "Screenings", description="Screenings completed in the quarter"
    )
    children: str = fields.count(
        "Completed in the quarter | Children", "Children", description="Children screened in the quarter, each once"
    )

    @dataframe_check(name="children_within_screenings")
    def children_within_screenings(cls, data: PolarsData) -> pl.LazyFrame:
        """No more children than screenings, where both are told."""
        return data.lazyframe.select(fields.is_at_most("children", "screenings"))

    @dataframe_check(name="area_line_is_there")
    def area_line_is_there(cls, data: PolarsData) -> pl.LazyFrame:
        """The line of all agencies and levels is there and usable: without it nothing is known, which is not zero."""
        line = (pl.col("agency") == ALL_AGENCIES) & (pl.col("risk_level") == ALL_LEVELS)
        told = pl.all_horizontal(pl.col("screenings", "children").str.contains(FIGURE))
        usable = line & told & fields.is_at_most("children", "screenings")
        return data.lazyframe.select(pl.col("agency").is_not_null() & usable.any())


class ScreeningWithYear(Screening):
    """The same with the children of twelve months, which no sum of quarters gives."""

    children_in_year: str = fields.count(
        "Twelve months to the end of the quarter | Children",
        "Children in twelve months",
        description="Children screened in the twelve months to the end of the quarter, each once",
    )

    @dataframe_check(name="year_holds_the_quarter")
    def year_holds_the_quarter(cls, data: PolarsData) -> pl.LazyFrame:
        """No fewer children in the twelve months than in the last quarter of them, where both are told."""
        return data.lazyframe.select(fields.is_at_most("children", "children_in_year"))


CONTRACT: Contract = {
    "version": "1.2.0",
    "title": "Child Exploitation Screening Tool: screenings and children by agency and level of risk",
    "owner": "BCP Council children's services",
    "legal_basis": "Crime and Disorder Act 1998, section 17A: duty to share depersonalised information",
    "cadence": "quarterly",
    "due_after_days": 42,
    "layouts": {"screening": Screening, "screening_with_year": ScreeningWithYear},
    "key": ["agency", "risk_level"],
    "canonical_order": ["agency", "risk_level", "screenings", "children", "children_in_year"],
    "causes": {},
    "file_name": r"ce-screening_(?P<quarter>\d{4}-\d{2}-Q[1-4])(?!\d)",
    "file_name_example": "ce-screening_2024-25-Q1.xlsx",
    "cell": {"place": "{area}", "financial_quarter": "{quarter}"},
    "must_agree": {"area_code": "{area}"},
    "max_withdrawn_share": 0.3,
    "nil_return": "stated",
    "public_names": ["agency"],
    "retention": {"months": 84, "rule": "the partnership's default of seven years for screenings of children"},
    "dialect": {
        "workbook": {
            "sheet": "Screening",
            "header_starts": "Area code",
            "header_rows": 2,
            "fill_down": ["Area code", "Agency"],
            "skip_rows": [r"sum of agencies.*"],
            "ends_at": [r"notes?\b", r"source:"],
            "nil_return": r"nil return.*",
            "strip_footnotes": ["Agency"],
        }
    },
}
