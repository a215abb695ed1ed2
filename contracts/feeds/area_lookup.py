"""Which ward and local authority an LSOA lies in, and how the LSOAs of 2011 became those of 2021 (ONS)."""

from __future__ import annotations

from pandera.polars import DataFrameModel

from contracts import fields
from contracts.feeds import Contract


class Lsoa21Ward(DataFrameModel):
    """One row is one LSOA of 2021, best-fitted to a ward and a local authority."""

    lsoa21_code: str = fields.lsoa_code("LSOA21CD", "lsoa21_code", description="LSOA of 2021")
    lsoa21_name: str = fields.name("LSOA21NM", "lsoa21_name", description="Its name")
    ward_code: str = fields.area_code("WD24CD", "ward24_code", "WD25CD", "WD23CD", "WD22CD", description="Ward")
    ward_name: str = fields.name("WD24NM", "ward24_name", "WD25NM", "WD23NM", "WD22NM", description="Its name")
    la_code: str = fields.area_code(
        "LAD24CD", "ltla24_code", "LAD25CD", "LAD23CD", "LAD22CD", description="Local authority district"
    )
    la_name: str = fields.name("LAD24NM", "ltla24_name", "LAD25NM", "LAD23NM", "LAD22NM", description="Its name")


class Lsoa11Lsoa21(DataFrameModel):
    """One row is one pair of an LSOA of 2011 and an LSOA of 2021 that took its place."""

    lsoa11_code: str = fields.lsoa_code("LSOA11CD", "lsoa11_code", description="LSOA of 2011")
    lsoa11_name: str = fields.name("LSOA11NM", "lsoa11_name", description="Its name")
    change_code: str = fields.text(
        "CHGIND", "change_code", description="U unchanged, S split, M merged, X irregular", isin=["U", "S", "M", "X"]
    )
    lsoa21_code: str = fields.lsoa_code("LSOA21CD", "lsoa21_code", description="LSOA of 2021")
    lsoa21_name: str = fields.name("LSOA21NM", "lsoa21_name", description="Its name")
    la_code: str = fields.area_code("LAD22CD", "ltla22_code", description="Local authority district of 2022")
    la_name: str = fields.name("LAD22NM", "ltla22_name", description="Its name")


CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "LSOA to ward and local authority, and LSOA 2011 to 2021",
    "owner": "Office for National Statistics",
    "legal_basis": "Open Government Licence v3.0",
    "cadence": "yearly",
    "due_after_days": 400,
    "layouts": {"lsoa21_ward": Lsoa21Ward, "lsoa11_lsoa21": Lsoa11Lsoa21},
    "ignored_headers": ["LSOA21NMW", "WD22NMW", "WD23NMW", "WD24NMW", "WD25NMW", "LAD22NMW", "LAD23NMW", "LAD24NMW",
                        "LAD25NMW", "LSOA11NMW", "ObjectId", "FID"],
    "key": ["layout", "lsoa21_code", "lsoa11_code"],
    "canonical_order": ["lsoa21_code", "ward_code", "la_code", "lsoa11_code", "change_code"],
    "causes": {"ward_code": "relocated", "la_code": "relocated"},
    "cell": {"whole": "{layout}"},
    "max_withdrawn_share": 0.05,
    "nil_return": None,
    "public_names": ["lsoa21_name", "ward_name", "la_name", "lsoa11_name"],
    "retention": {"months": None, "rule": "a published lookup without personal data: the evidence of releases"},
    "dialect": {"delimiter": ",", "encodings": ["utf-8", "cp1252"]},
}  # fmt: skip
