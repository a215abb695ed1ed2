"""Alcohol-specific deaths by local authority and year of registration, as the ONS publishes them."""

from __future__ import annotations

from pandera.polars import DataFrameModel

from contracts import fields
from contracts.feeds import Contract


class AlcoholDeaths(DataFrameModel):
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


CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "Alcohol-specific deaths by local authority and year of registration",
    "owner": "Office for National Statistics",
    "legal_basis": "Open Government Licence v3.0",
    "cadence": "yearly",
    "due_after_days": 330,
    "layouts": {"alcohol_deaths": AlcoholDeaths},
    "unpivot": {"header": r"(19|20)\d{2}", "name": "registration_year", "value": "deaths"},
    "key": ["area_code", "registration_year"],
    "canonical_order": ["area_code", "registration_year", "area_name", "deaths"],
    "causes": {},
    "cell": {"whole": "all"},
    "max_withdrawn_share": 0.05,
    "nil_return": None,
    "public_names": ["area_name"],
    "dialect": {"delimiter": ",", "encodings": ["utf-8", "cp1252"]},
}
