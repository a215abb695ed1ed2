"""What the tables of deaths that the ONS publishes by area have, whatever the deaths are of."""

from __future__ import annotations

from pandera.polars import DataFrameModel

from contracts import fields


class RegisteredDeaths(DataFrameModel):
    """One row is the deaths registered in one year in one area: local, regional or national."""

    area_code: str = fields.area_code("code", "Area code", description="ONS code of the area")
    area_name: str = fields.name("name", "Area name", "Area of usual residence", description="Its name")
    registration_year: str = fields.text(
        "registration_year",
        description="Calendar year in which the deaths were registered",
        says="a year, written 2024",
        str_matches=r"^(19|20)\d{2}$",
    )
    deaths: str = fields.count(
        "deaths", description="Deaths registered", suppressed=("*", "c"), unavailable=("-", ":", "x")
    )
