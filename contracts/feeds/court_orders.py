"""Civil injunctions, criminal behaviour orders, closure notices and closure orders, as each partner lists them.

An interim order and the full order that follows it have one case reference and are one order; so are a closure notice
and the closure orders on the same premises.
"""

from __future__ import annotations

import polars as pl
from pandera.polars import DataFrameModel, PolarsData, dataframe_check

from contracts import fields, quarters
from contracts.feeds import Contract

ORDERS = ["Civil injunction", "Criminal behaviour order", "Closure notice", "Closure order"]
STAGES = ["Notice", "Interim", "Full"]


class Order(DataFrameModel):
    """One row is one order or notice of a case, as it was made."""

    quarter: str = quarters.quarter()
    case_ref: str = fields.pseudonym(
        "Case reference", description="The court's reference of the order, the same for interim and full; of a closure "
        "the reference of its notice",
    )  # fmt: skip
    order_type: str = fields.text("Order", description="What was made", isin=ORDERS)
    stage: str = fields.text("Stage", description="Notice, Interim or Full", isin=STAGES)
    made_on: str = fields.date("Made on", description="Day it was made or, a closure notice, served")

    @dataframe_check(name="stage_fits_order")
    def stage_fits_order(cls, data: PolarsData) -> pl.LazyFrame:
        """A closure notice has the stage Notice; every other order is Interim or Full."""
        fits = (pl.col("order_type") == "Closure notice") == (pl.col("stage") == "Notice")
        return data.lazyframe.select(fits.fill_null(value=True))

    @dataframe_check(name="made_by_quarter_end")
    def made_by_quarter_end(cls, data: PolarsData) -> pl.LazyFrame:
        """An order is listed once it is made: no day lies after the quarter."""
        return data.lazyframe.select(quarters.is_not_after_quarter("made_on"))


CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "Court orders and closures against anti-social behaviour",
    "owner": "Police force; council community safety; courts",
    "legal_basis": "Crime and Disorder Act 1998, sections 17A and 115: depersonalised data",
    "cadence": "quarterly",
    "due_after_days": 42,
    # The courts send their list where they can; police and council, who apply, are waited for.
    "parts": ["police", "council"],
    "layouts": {"order": Order},
    "key": ["case_ref", "order_type", "stage"],
    "canonical_order": ["made_on"],
    "causes": {},
    "file_name": rf"(?<![a-z-])(?P<part>police|council|courts)-court-orders_{quarters.IN_NAME}",
    "file_name_example": "council-court-orders_2024-25-Q1.csv",
    "cell": {"part": "{part}", "place": "{area}", "financial_quarter": "{quarter}"},
    "must_agree": {"quarter": "{quarter}"},
    "max_withdrawn_share": 0.3,
    "nil_return": "header_only",
    "retention": {"months": 84, "rule": "the partnership's default of seven years for orders against people"},
    "dialect": {"delimiter": ",", "encodings": ["utf-8", "cp1252"]},
}
