"""Notices and orders that deter exploitation and anti-social behaviour, as each issuing partner lists them.

One row is one status that a notice reached. The notice keeps its reference, so it is one notice however many rows, and
however many quarters, tell of it.
"""

from __future__ import annotations

import polars as pl
from pandera.polars import DataFrameModel, PolarsData, dataframe_check

from contracts import fields, quarters
from contracts.feeds import Contract

#: CAWN child abduction warning notice, CPW and CPN community protection warning and notice, recovery order (Children
#: Act 1989, section 50), STPO and STRO slavery and trafficking prevention and risk orders.
POWERS = ["CAWN", "CPW", "CPN", "Recovery order", "STPO", "STRO"]
#: What can have no other purpose than exploitation.
OF_EXPLOITATION = ["CAWN", "Recovery order", "STPO", "STRO"]
PURPOSES = ["Exploitation", "ASB"]
STATUSES = ["Issued", "Varied", "Breached", "Withdrawn"]


class Power(DataFrameModel):
    """One row is one status of one notice or order, with the day it was reached."""

    quarter: str = quarters.quarter()
    notice_ref: str = fields.pseudonym(
        "Notice reference", description="Reference on the notice or order, the same in every list that names it"
    )
    power: str = fields.text("Power", description="CAWN, CPW, CPN, Recovery order, STPO or STRO", isin=POWERS)
    purpose: str = fields.text("Purpose", description="What it is to deter: exploitation or ASB", isin=PURPOSES)
    issued_on: str = fields.date("Issued on", description="Day it was issued or made; says the month it counts in")
    status: str = fields.text("Status", description="Issued, Varied, Breached or Withdrawn", isin=STATUSES)
    status_on: str = fields.date("Status date", description="Day it reached this status")

    @dataframe_check(name="purpose_fits_power")
    def purpose_fits_power(cls, data: PolarsData) -> pl.LazyFrame:
        """A CAWN, recovery order, STPO or STRO deters exploitation; a CPW or CPN deters either."""
        other = pl.col("power").is_in(OF_EXPLOITATION) & (pl.col("purpose") != "Exploitation")
        return data.lazyframe.select(~other.fill_null(value=False))

    @dataframe_check(name="one_purpose_per_notice")
    def one_purpose_per_notice(cls, data: PolarsData) -> pl.LazyFrame:
        """All rows of one notice state the same purpose."""
        same = pl.col("purpose").n_unique().over("power", "notice_ref") == 1
        return data.lazyframe.select(same.fill_null(value=True))

    @dataframe_check(name="issued_before_status")
    def issued_before_status(cls, data: PolarsData) -> pl.LazyFrame:
        """No status is reached before the notice is issued."""
        return data.lazyframe.select(quarters.is_in_order("issued_on", "status_on"))

    @dataframe_check(name="status_date_by_quarter_end")
    def status_date_by_quarter_end(cls, data: PolarsData) -> pl.LazyFrame:
        """A status is listed once it is reached: no day lies after the quarter."""
        return data.lazyframe.select(quarters.is_not_after_quarter("status_on"))


CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "Notices and orders against exploitation and anti-social behaviour",
    "owner": "Police force; council community safety and children's services; courts",
    "legal_basis": "Crime and Disorder Act 1998, sections 17A and 115: depersonalised data",
    "cadence": "quarterly",
    "due_after_days": 42,
    # The courts send their list where they can; police and council, who apply, are waited for.
    "parts": ["police", "council"],
    "layouts": {"power": Power},
    "key": ["power", "notice_ref", "status", "status_on"],
    "canonical_order": ["purpose", "issued_on"],
    "causes": {"purpose": "reclassified"},
    "file_name": rf"(?<![a-z-])(?P<part>police|council|courts)-powers_{quarters.IN_NAME}",
    "file_name_example": "police-powers_2024-25-Q1.csv",
    "cell": {"part": "{part}", "place": "{area}", "financial_quarter": "{quarter}"},
    "must_agree": {"quarter": "{quarter}"},
    "max_withdrawn_share": 0.3,
    "nil_return": "header_only",
    "retention": {
        "months": 84,
        "rule": "the partnership's default of seven years for notices and orders against people",
    },
    "dialect": {"delimiter": ",", "encodings": ["utf-8", "cp1252"]},
}
