"""Recorded crime by community safety partnership and offence group, as the Home Office publishes it: financial years.

A partnership of the Home Office is not always the area of one local authority: some authorities have several, and some
share one. Such an authority has no figure of its own.
"""

from __future__ import annotations

from pandera.polars import DataFrameModel

from contracts import fields
from contracts.feeds import Contract


class RecordedCrime(DataFrameModel):
    """One row is the offences of one group that were recorded in one partnership's area in one financial year."""

    financial_year: str = fields.text(
        "financial_year", "Financial Year", description="Financial year of recording",
        says="a financial year, written 2025/26", str_matches=r"^\d{4}/\d{2}$",
    )  # fmt: skip
    police_area: str = fields.name("police_force", "Force Name", description="Police force area of the partnership")
    csp_name: str = fields.name("csp_name", "CSP Name", description="Community safety partnership")
    offence_group: str = fields.name("offence_group", "Offence Group", description="Offence group of the Home Office")
    offences: str = fields.count(
        "offences", "Number of Offences", description="Offences recorded; blank where not known", nullable=True,
        suppressed=("*", "[c]"), unavailable=("-", "..", ":"),
    )  # fmt: skip
    quarters: str = fields.text(
        "quarters", description="Quarters of the year in the figure", says="the four quarters, written 1,2,3,4",
        str_matches=r"^1,2,3,4$",
    )  # fmt: skip
    source_file: str = fields.name("source_file", description="Published file the row was taken from", nullable=True)
    published: str = fields.date("published", description="Day of its publication", nullable=True)


CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "Recorded crime by community safety partnership",
    "owner": "Home Office",
    "legal_basis": "Open Government Licence v3.0",
    "cadence": "yearly",
    "due_after_days": 150,
    "layouts": {"recorded_crime": RecordedCrime},
    "key": ["csp_name", "offence_group"],
    "canonical_order": ["csp_name", "offence_group", "offences"],
    "causes": {},
    "file_name": r"csp_(?P<first>\d{4})_(?P<last>\d{2})_(?P<force_slug>[a-z]+(?:-[a-z]+)*)_force",
    "file_name_example": "ho_csp_2025_26_dorset_force.csv",
    "cell": {"place": "{force_slug}", "financial_year": "{first}-{last}"},
    "reference": {"force_slug": "forces.csv"},
    "must_agree": {"financial_year": "{first}/{last}", "police_area": "{area_name}"},
    "max_withdrawn_share": 0.05,
    "nil_return": None,
    "public_names": ["police_area", "csp_name", "offence_group", "source_file"],
    "retention": {
        "months": None,
        "rule": "published counts without personal data: the evidence of every release that used them",
    },
    "dialect": {"delimiter": ",", "encodings": ["utf-8", "cp1252"]},
}
