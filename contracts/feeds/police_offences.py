"""Violent, sexual, weapon and robbery offences as a force's crime management system holds them, flags and all.

The force sends its whole rolling window every time: what it no longer sends has been withdrawn. An offence of a class
that the list of classes does not hold counts as *other, unclassified*.
"""

from __future__ import annotations

import polars as pl
from pandera.polars import DataFrameModel, PolarsData, check, dataframe_check

from contracts import fields
from contracts.feeds import Contract

STATUSES = ["recorded", "reclassified", "cancelled"]
SEXES = ["F", "M", "X", "U", "Female", "Male", "Other", "Unknown"]


class Offence(DataFrameModel):
    """One row is one offence, as it stands on the day of the extract."""

    offence_id: str = fields.pseudonym("Offence reference", description="The force's reference of the offence")
    offence_code: str = fields.offence_class(
        "HO offence code", "Offence", description="Home Office offence class as first recorded"
    )
    recorded_date: str = fields.date("Recorded date", description="Day the offence was recorded; says its month")
    lsoa_code: str = fields.lsoa_code("LSOA", "LSOA code", description="LSOA of the offence, if known", nullable=True)
    victim_age: str = fields.text("Victim age", description="Age in years when it happened, if known", nullable=True)
    victim_sex: str = fields.text("Victim sex", description="Sex of the victim, if known", nullable=True, isin=SEXES)
    domestic_abuse: str = fields.flag("Domestic abuse", description="Flagged as domestic abuse")
    knife: str = fields.flag("Knife", description="A knife or sharp instrument was used or threatened")
    other_weapon: str = fields.flag("Other weapon", description="Another weapon was used or threatened")
    most_serious_violence: str = fields.flag("MSV", description="Flagged as most serious violence")
    status: str = fields.text("Status", description="Recorded, reclassified or cancelled", isin=STATUSES)
    reclassified_to: str = fields.offence_class(
        "Reclassified to", description="Offence class it now has", nullable=True
    )

    @check("victim_age", name="age_in_years")
    def age_in_years(cls, data: PolarsData) -> pl.LazyFrame:
        """Whole years from 0 to 120."""
        age = pl.col(data.key)
        fits = age.str.contains(r"^\d{1,3}$") & age.cast(pl.Int64, strict=False).is_between(0, 120)
        return data.lazyframe.select(age.is_null() | fits.fill_null(value=False))

    @dataframe_check(name="reclassified_to_is_stated")
    def reclassified_to_is_stated(cls, data: PolarsData) -> pl.LazyFrame:
        """A reclassified offence says what it became; no other one does."""
        stated = pl.col("reclassified_to").is_not_null()
        return data.lazyframe.select((stated == (pl.col("status") == "reclassified")).fill_null(value=False))


class OffenceWithVictim(Offence):
    """The same with the force's reference of the victim, which says which offences are against one person."""

    victim_ref: str = fields.pseudonym(
        "Victim reference", description="The force's reference of the victim, if there is one", nullable=True
    )


CONTRACT: Contract = {
    "version": "1.1.0",
    "title": "Police recorded offences with flags",
    "owner": "Police force, crime management system",
    "legal_basis": "Crime and Disorder Act 1998, sections 17A and 115: depersonalised data",
    "cadence": "monthly",
    "due_after_days": 21,
    "layouts": {"offence": Offence, "offence_with_victim": OffenceWithVictim},
    "key": ["offence_id"],
    "canonical_order": ["status", "recorded_date", "offence_code", "reclassified_to", "lsoa_code", "victim_age",
                        "victim_sex", "domestic_abuse", "knife", "other_weapon", "most_serious_violence", "victim_ref"],
    "causes": {"offence_code": "reclassified", "reclassified_to": "reclassified", "lsoa_code": "relocated"},
    "file_name": r"(?<![a-z-])(?P<force_slug>[a-z]+(?:-[a-z]+)*?)-crm-offences_(?P<first>\d{4}-(?:0[1-9]|1[0-2]))"
                 r"_(?P<last>\d{4}-(?:0[1-9]|1[0-2]))(?![\d-])",
    "file_name_example": "dorset-crm-offences_2023-04_2024-03.csv",
    "window": {"from": "first", "to": "last", "row": "recorded_date"},
    "cell": {"place": "{force_slug}", "month": "{month}"},
    "reference": {"force_slug": "forces.csv"},
    "max_withdrawn_share": 0.1,
    "nil_return": None,
    "retention": {"months": 84, "rule": "the partnership's default of seven years for offences against people"},
    "dialect": {"delimiter": ",", "encodings": ["utf-8", "cp1252"]},
}  # fmt: skip
