"""Stops and searches as a police force publishes them on data.police.uk.

The times of the file are UTC and its months are those of the clocks of the United Kingdom: a search at 23:05 UTC on
31 May is one of June. A file has no reference of a search: rows alike count as often as they occur.
"""

from __future__ import annotations

import polars as pl
from pandera.polars import DataFrameModel, PolarsData, check, dataframe_check

from contracts import fields
from contracts.feeds import Contract

TYPES = ["Person search", "Vehicle search", "Person and Vehicle search"]
GENDERS = ["Female", "Male", "Other"]
AGE_RANGES = ["under 10", "10-17", "18-24", "25-34", "over 34"]


class Search(DataFrameModel):
    """One row is one search of a person, a vehicle or both."""

    search_type: str = fields.text("Type", description="What was searched", isin=TYPES)
    searched_at: str = fields.text(
        "Date",
        description="Time of the search in UTC",
        says="a time in UTC, written 2020-05-01T01:30:00+00:00",
        str_matches=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\+00:00|Z)$",
    )
    is_operation: str = fields.flag(
        "Part of a policing operation", description="Part of a policing operation, if told", nullable=True
    )
    operation: str = fields.name("Policing operation", description="Name of that operation", nullable=True)
    latitude: str = fields.text("Latitude", description="WGS84 degrees, anonymised", nullable=True)
    longitude: str = fields.text("Longitude", description="WGS84 degrees, anonymised", nullable=True)
    gender: str = fields.text("Gender", description="Gender of the person, if recorded", nullable=True, isin=GENDERS)
    age_range: str = fields.text(
        "Age range", description="Age range of the person, if recorded", nullable=True, isin=AGE_RANGES
    )
    self_defined_ethnicity: str = fields.name(
        "Self-defined ethnicity", description="Ethnicity as the person defined it, if recorded", nullable=True
    )
    officer_defined_ethnicity: str = fields.name(
        "Officer-defined ethnicity", description="Ethnicity as the officer saw it, if recorded", nullable=True
    )
    legislation: str = fields.name("Legislation", description="Power that was used, if recorded", nullable=True)
    object_of_search: str = fields.name("Object of search", description="What was looked for", nullable=True)
    outcome: str = fields.name("Outcome", description="What the search led to", nullable=True)
    outcome_linked: str = fields.flag(
        "Outcome linked to object of search", description="The outcome came from what was looked for", nullable=True
    )
    clothing_removed: str = fields.flag(
        "Removal of more than just outer clothing", description="More than outer clothing was removed", nullable=True
    )

    @check("longitude", name="longitude_in_uk")
    def longitude_in_uk(cls, data: PolarsData) -> pl.LazyFrame:
        """Longitudes of the United Kingdom, in degrees."""
        return fields.is_between(data, -9.0, 3.0)

    @check("latitude", name="latitude_in_uk")
    def latitude_in_uk(cls, data: PolarsData) -> pl.LazyFrame:
        """Latitudes of the United Kingdom, in degrees."""
        return fields.is_between(data, 49.0, 62.0)

    @dataframe_check(name="one_local_month")
    def one_local_month(cls, data: PolarsData) -> pl.LazyFrame:
        """A search lies in the month, by the clocks of the United Kingdom, that most searches of the file lie in."""
        utc = pl.col("searched_at").str.slice(0, 19).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False)
        local = utc.dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/London").dt.strftime("%Y-%m")
        return data.lazyframe.select((local == local.drop_nulls().mode().sort().first()).fill_null(value=True))


CONTRACT: Contract = {
    "version": "1.1.0",
    "title": "Stops and searches as published",
    "owner": "Police force, through data.police.uk",
    "legal_basis": "Open Government Licence v3.0",
    "cadence": "monthly",
    "due_after_days": 75,
    "layouts": {"search": Search},
    "key": [],
    "canonical_order": ["searched_at", "search_type", "object_of_search", "outcome", "gender", "age_range",
                        "legislation", "latitude", "longitude"],
    "causes": {},
    "file_name": r"(?<!\d)(?P<month>\d{4}-(?:0[1-9]|1[0-2]))-(?P<force_slug>[a-z]+(?:-[a-z]+)*?)"
                 r"-stop-and-search(?![a-z-])",
    "file_name_example": "2025-01-dorset-stop-and-search.csv",
    "cell": {"place": "{force_slug}", "month": "{month}"},
    "adds_elsewhere": ["btp"],
    "reference": {"force_slug": "forces.csv"},
    "max_withdrawn_share": 0.2,
    "nil_return": "header_only",
    "public_names": ["operation", "self_defined_ethnicity", "officer_defined_ethnicity", "legislation",
                     "object_of_search", "outcome"],
    # Each archive holds the last 36 months of every force, some 1.6 GB: begin with the newest.
    "source": {
        "address": "https://data.police.uk/data/archive/{month}.zip",
        "from": "2026-09",
        "look_back": 0,
        "every": "week",
        "files": r"-dorset-stop-and-search\.csv$",
    },
    "retention": {"months": 84, "rule": "the partnership's default of seven years for searches of people"},
    "dialect": {"delimiter": ",", "encodings": ["utf-8", "cp1252"]},
}  # fmt: skip
