"""What became of crimes: outcomes as data.police.uk publishes them, and as a force's own system holds them.

A crime may have several outcomes, and some are dated before the crime they belong to: both are as the force keeps
them. The published layout has no key: rows alike count as often as they occur.
"""

from __future__ import annotations

import polars as pl
from pandera.polars import DataFrameModel, PolarsData, dataframe_check

from contracts import fields, police_uk
from contracts.feeds import Contract
from contracts.reference import codes

OUTCOMES = codes("outcome_categories.csv", "outcome_category")
OUTCOME_TYPES = codes("outcome_types.csv", "outcome_type")


class Published(police_uk.Record):
    """One row is one outcome of one crime, in the month the outcome was reached."""

    outcome: str = fields.text("Outcome type", description="data.police.uk outcome category", isin=OUTCOMES)


class Crm(DataFrameModel):
    """One row is one outcome of one crime for one offender, or for none that is known."""

    outcome_id: str = fields.pseudonym("Outcome reference", description="The force's reference of the outcome")
    crime_ref: str = fields.pseudonym("Crime reference", description="The force's reference of the offence")
    offender_ref: str = fields.pseudonym(
        "Offender reference", description="The force's reference of the offender, if there is one", nullable=True
    )
    month: str = fields.month("Outcome month")
    reported_by: str = fields.name("Force", description="Force that gave the row")
    offence_code: str = fields.offence_class("HO offence code", "Offence", description="Home Office offence class")
    most_serious_violence: str = fields.flag("MSV", description="The offence is flagged as most serious violence")
    recorded_date: str = fields.date("Recorded date", description="Day the crime was recorded")
    outcome_date: str = fields.date("Outcome date", description="Day of the outcome; it may precede the recording")
    outcome_type: str = fields.text("HO outcome type", description="Home Office outcome type", isin=OUTCOME_TYPES)
    lsoa_code: str = fields.lsoa_code("LSOA", "LSOA code", description="LSOA of the offence, if known", nullable=True)

    @dataframe_check(name="outcome_date_in_month")
    def outcome_date_in_month(cls, data: PolarsData) -> pl.LazyFrame:
        """The outcome's day lies in the month it is sent for."""
        day = pl.col("outcome_date")
        iso, british = day.str.slice(0, 7), day.str.replace(r"^\d{1,2}/(\d{1,2})/(\d{4}).*$", "$2-0$1")
        written = pl.when(day.str.contains("/")).then(british.str.replace(r"-0(\d\d)$", "-$1")).otherwise(iso)
        return data.lazyframe.select((written == pl.col("month")).fill_null(value=False))


CONTRACT: Contract = {
    "version": "1.1.0",
    "title": "Police outcomes of crimes",
    "owner": "Police force: crime management system, and data.police.uk",
    "legal_basis": "Crime and Disorder Act 1998, sections 17A and 115: depersonalised data; "
                   "published rows under the Open Government Licence v3.0",
    "cadence": "monthly",
    "due_after_days": 21,
    # The force's own system is what the partnership waits for; published rows come as a check beside it.
    "parts": ["crm"],
    "layouts": {"published": Published, "crm": Crm},
    "key": ["outcome_id"],
    "canonical_order": ["outcome_date", "outcome_type", "recorded_date", "offence_code", "most_serious_violence",
                        "lsoa_code", "crime_ref", "offender_ref", "outcome", "location", "longitude", "latitude"],
    "causes": {"outcome_type": "progressed", "outcome": "progressed", "offence_code": "reclassified",
               "lsoa_code": "relocated"},
    "file_name": r"(?<!\d)(?P<month>\d{4}-(?:0[1-9]|1[0-2]))-(?P<force_slug>[a-z]+(?:-[a-z]+)*?)"
                 r"(?:-crm)?-outcomes(?![a-z-])",
    "file_name_example": "2024-05-dorset-crm-outcomes.csv",
    "cell": {"part": "{layout}", "place": "{force_slug}", "month": "{month}"},
    "reference": {"force_slug": "forces.csv"},
    "must_agree": {"month": "{month}", "reported_by": "{force_name}"},
    "max_withdrawn_share": 0.2,
    "nil_return": None,
    "public_names": police_uk.PUBLIC_NAMES,
    "retention": {"months": 84, "rule": "the partnership's default of seven years for victims and suspects"},
    "dialect": {"delimiter": ",", "encodings": ["utf-8", "cp1252"]},
}  # fmt: skip
