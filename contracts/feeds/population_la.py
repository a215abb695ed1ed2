"""Mid-year population estimates by local authority, all years in one table: by age or in all (ONS)."""

from __future__ import annotations

from pandera.polars import DataFrameModel

from contracts import fields
from contracts.feeds import Contract

AGES = [f"age_{age}" for age in range(90)] + ["age_90_plus"]


def _age_column(column: str) -> object:
    age = column.removeprefix("age_")
    headers = ("Aged 90+", "Age 90+", "90+") if column == "age_90_plus" else (f"Age {age}", age)
    return fields.count(*headers, description=f"Residents of that age: {headers[0]}", suppressed=())


class _Place(DataFrameModel):
    """One row is one local authority at 30 June of one year."""

    area_name: str = fields.name("name", "Name", description="Name of the local authority")
    area_code: str = fields.area_code("code", "Code", description="ONS code of the local authority")
    estimate_year: str = fields.text(
        "year", "Year", description="Year of the estimate", says="a year, written 2024", str_matches=r"^(19|20)\d{2}$"
    )


class AllAges(_Place):
    """One row is one local authority with its residents of all ages at 30 June of one year."""

    all_ages: str = fields.count("All ages", "Total", description="Residents of all ages", suppressed=())


_AGE_FIELDS = {column: _age_column(column) for column in AGES}
SingleYears = type(
    "SingleYears", (_Place,), {"__annotations__": dict.fromkeys(AGES, str), "__module__": __name__, **_AGE_FIELDS}
)

CONTRACT: Contract = {
    "version": "1.1.0",
    "title": "Mid-year population estimates by local authority",
    "owner": "Office for National Statistics",
    "legal_basis": "Open Government Licence v3.0",
    "cadence": "yearly",
    "due_after_days": 540,
    "layouts": {"single_years": SingleYears, "all_ages": AllAges},
    "key": ["area_code", "estimate_year"],
    "canonical_order": ["area_code", "estimate_year", "area_name", "all_ages", *AGES],
    "causes": {},
    "cell": {"whole": "all"},
    "max_withdrawn_share": 0.05,
    "nil_return": None,
    "public_names": ["area_name"],
    "retention": {
        "months": None,
        "rule": "published estimates without personal data: the evidence of every release that used them",
    },
    "dialect": {"delimiter": ",", "encodings": ["utf-8", "cp1252"]},
}
