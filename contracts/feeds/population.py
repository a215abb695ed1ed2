"""Mid-year population estimates by LSOA and single year of age (ONS)."""

from __future__ import annotations

import polars as pl
from pandera.polars import DataFrameModel, PolarsData, dataframe_check

from contracts import fields
from contracts.feeds import Contract

AGES = [f"age_{age}" for age in range(90)] + ["age_90_plus"]


def _age_column(column: str) -> object:
    age = "90+" if column == "age_90_plus" else column.removeprefix("age_")
    return fields.whole_number(age, f"Age {age}", description=f"Residents aged {age}")


class _Place(DataFrameModel):
    """One row is one LSOA with its residents at 30 June of the estimate's year."""

    lsoa_code: str = fields.lsoa_code(
        "lsoa11_code", "lsoa21_code", "LSOA11CD", "LSOA21CD", "LSOA 2021 Code", "LSOA Code", description="LSOA"
    )
    lsoa_name: str = fields.name(
        "lsoa11_name", "lsoa21_name", "LSOA11NM", "LSOA21NM", "LSOA 2021 Name", "LSOA Name", description="Its name"
    )
    total_population: str = fields.whole_number("Total", "All Ages", description="Residents of all ages")

    @dataframe_check(name="ages_sum_to_total")
    def ages_sum_to_total(cls, data: PolarsData) -> pl.LazyFrame:
        """The single years of age add up to the total."""
        ages = pl.sum_horizontal([pl.col(column).cast(pl.Float64, strict=False) for column in AGES])
        total = pl.col("total_population").cast(pl.Float64, strict=False)
        return data.lazyframe.select((ages == total).fill_null(value=False))


_AGE_FIELDS = {column: _age_column(column) for column in AGES}
Population = type(
    "Population", (_Place,), {"__annotations__": dict.fromkeys(AGES, str), "__module__": __name__, **_AGE_FIELDS}
)

CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "Mid-year population estimates by LSOA and single year of age",
    "owner": "Office for National Statistics",
    "legal_basis": "Open Government Licence v3.0",
    "cadence": "yearly",
    "due_after_days": 400,
    "layouts": {"population": Population},
    "key": ["lsoa_code"],
    "canonical_order": ["lsoa_code", "total_population", *AGES],
    "causes": {},
    "file_name": r"population_?(?:20)?(?P<yy>\d{2})(?!\d)",
    "file_name_example": "bcp_population20_lsoa11.csv",
    "cell": {"calendar_year": "20{yy}"},
    "max_withdrawn_share": 0.05,
    "nil_return": None,
    "public_names": ["lsoa_name"],
    "retention": {
        "months": None,
        "rule": "published estimates without personal data: the evidence of every release that used them",
    },
    "dialect": {"delimiter": ",", "encodings": ["utf-8", "cp1252"]},
}
