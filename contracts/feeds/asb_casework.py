"""Tools other than court orders that the council and housing providers use in cases of anti-social behaviour.

A use of a tool is listed in every quarter in which it moves on: offered, accepted, completed. It keeps its reference,
so it is one use however many quarters tell of it.
"""

from __future__ import annotations

import polars as pl
from pandera.polars import DataFrameModel, PolarsData, dataframe_check

from contracts import fields, quarters
from contracts.feeds import Contract

TOOLS = ["Mediation", "Restorative justice", "Tenancy warning", "Case review"]
DATES = ("offered_on", "accepted_on", "completed_on")


class Action(DataFrameModel):
    """One row is one use of one tool, as far as it had come by the end of the quarter."""

    quarter: str = quarters.quarter()
    action_ref: str = fields.pseudonym("Action reference", description="The partner's own reference of this use")
    tool: str = fields.text("Tool", description="Which tool", isin=TOOLS)
    offered_on: str = fields.date(
        "Dates | Offered", "Offered", description="Day it was offered; a warning served; a case review asked for"
    )
    accepted_on: str = fields.date(
        "Dates | Accepted", "Accepted", nullable=True, description="Day it was accepted; blank while it is not"
    )
    completed_on: str = fields.date(
        "Dates | Completed", "Completed", nullable=True, description="Day it was completed; blank while it is not"
    )

    @dataframe_check(name="dates_in_order")
    def dates_in_order(cls, data: PolarsData) -> pl.LazyFrame:
        """Offered, then accepted, then completed; what is completed has been accepted, but for a warning."""
        offered, accepted, completed = DATES
        ordered = quarters.is_in_order(offered, accepted) & quarters.is_in_order(accepted, completed)
        skipped = pl.col(completed).is_not_null() & pl.col(accepted).is_null() & (pl.col("tool") != "Tenancy warning")
        return data.lazyframe.select(ordered & ~skipped.fill_null(value=False))

    @dataframe_check(name="dates_by_quarter_end")
    def dates_by_quarter_end(cls, data: PolarsData) -> pl.LazyFrame:
        """A step is listed once it is taken: no day lies after the quarter."""
        return data.lazyframe.select(pl.all_horizontal([quarters.is_not_after_quarter(day) for day in DATES]))


CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "Tools used in cases of anti-social behaviour, and case reviews",
    "owner": "Council community safety; housing providers",
    "legal_basis": "Crime and Disorder Act 1998, section 17A: duty to share depersonalised information",
    "cadence": "quarterly",
    "due_after_days": 42,
    "parts": ["council", "housing"],
    "layouts": {"action": Action},
    "key": ["tool", "action_ref"],
    "canonical_order": ["offered_on", "accepted_on", "completed_on"],
    "causes": {"accepted_on": "progressed", "completed_on": "progressed"},
    "file_name": rf"(?<![a-z-])(?P<part>council|housing)-asb-casework_{quarters.IN_NAME}",
    "file_name_example": "housing-asb-casework_2024-25-Q1.xlsx",
    "cell": {"part": "{part}", "place": "{area}", "financial_quarter": "{quarter}"},
    "must_agree": {"quarter": "{quarter}"},
    "max_withdrawn_share": 0.3,
    "nil_return": "stated",
    "retention": {"months": 84, "rule": "the partnership's default of seven years for cases of people"},
    "dialect": {
        "workbook": {
            "sheet": "Casework",
            "header_starts": "Quarter",
            "header_rows": 2,
            "fill_down": ["Quarter"],
            "skip_rows": [r"total.*"],
            "ends_at": [r"notes?\b", r"source:"],
            "nil_return": r"nil return.*",
            "strip_footnotes": ["Tool"],
        }
    },
}
