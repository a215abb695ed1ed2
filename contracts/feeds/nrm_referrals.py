"""Referrals to the National Referral Mechanism by first responder, as the Home Office tells a force: calendar quarters.

A workbook may tell the same first responder for the force's area and for a county within it: the scope of a figure is
part of its key, and figures of different scope are never added.
"""

from __future__ import annotations

import polars as pl
from pandera.polars import DataFrameModel, PolarsData, dataframe_check

from contracts import fields
from contracts.feeds import Contract

FORCE, COUNTY = "Police force area", "County"


class Referrals(DataFrameModel):
    """One row is the referrals that the first responders of one organisation made in one quarter, in one scope."""

    police_area: str = fields.name("Police force area", description="Police force area that the workbook is about")
    scope: str = fields.text("Scope", description="Whether the figure is of that area or of a county in it",
                             isin=[FORCE, COUNTY])  # fmt: skip
    county: str = fields.name("County", description="The county, where the scope is one", nullable=True)
    first_responder: str = fields.name("First responder", description="Organisation that referred")
    referrals: str = fields.count(
        "Referrals", description="People referred in the quarter; blank where it is not known", nullable=True,
        suppressed=("*", "<5", "[low]"),
    )  # fmt: skip

    @dataframe_check(name="county_is_named")
    def county_is_named(cls, data: PolarsData) -> pl.LazyFrame:
        """A figure of a county names it; a figure of the police force area names none."""
        named = pl.col("county").is_not_null()
        return data.lazyframe.select((named == (pl.col("scope") == COUNTY)).fill_null(value=True))


CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "Referrals to the National Referral Mechanism by first responder",
    "owner": "Home Office",
    "legal_basis": "Open Government Licence v3.0",
    "cadence": "quarterly",
    "due_after_days": 75,
    "layouts": {"referrals": Referrals},
    "key": ["scope", "county", "first_responder"],
    "canonical_order": ["scope", "county", "first_responder", "referrals"],
    "causes": {},
    "file_name": r"nrm-referrals_(?P<force_slug>[a-z]+(?:-[a-z]+)*)_(?P<quarter>\d{4}-Q[1-4])(?!\d)",
    "file_name_example": "nrm-referrals_dorset_2024-Q1.xlsx",
    "cell": {"place": "{force_slug}", "calendar_quarter": "{quarter}"},
    "reference": {"force_slug": "forces.csv"},
    "must_agree": {"police_area": "{area_name}"},
    "max_withdrawn_share": 0.3,
    "nil_return": "stated",
    "public_names": ["police_area", "county", "first_responder"],
    "retention": {
        "months": None,
        "rule": "published counts without personal data: the evidence of every release that used them",
    },
    "dialect": {
        "workbook": {
            "sheet": "Referrals",
            "header_starts": "Police force area",
            "fill_down": ["Police force area", "Scope"],
            "skip_rows": [r"total.*"],
            "ends_at": [r"notes?\b", r"source:"],
            "nil_return": r"nil return.*",
            "strip_footnotes": ["First responder"],
        }
    },
}
