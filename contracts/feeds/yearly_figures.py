"""Yearly figures of a police force's area as answers to requests and newspapers give them: calendar years.

They stand beside the partners' own returns and are never added to them. A blank is a figure that nobody gave.
"""

from __future__ import annotations

from pandera.polars import DataFrameModel

from contracts import fields
from contracts.feeds import Contract

#: A calendar year, or the first and last of several that one figure is of.
YEARS = r"^(19|20)\d{2}(-(19|20)\d{2})?$"
YEARS_SAYS = "a calendar year, written 2022, or a first and last, written 2018-2022"


class Orders(DataFrameModel):
    """One row is the orders and notices of one kind that were issued in one police force area and calendar year."""

    area: str = fields.name("area", description="Police force area, written Dorset Police force area")
    power: str = fields.name("power", description="Kind of order or notice")
    year: str = fields.text("year", description="Calendar year", says=YEARS_SAYS, str_matches=YEARS)
    figures: str = fields.count("count", description="Issued; blank where nobody gave a figure", nullable=True)
    note: str = fields.name("scope_note", description="What the source says of the figure", nullable=True)


class Referrals(DataFrameModel):
    """One row is the referrals to the National Referral Mechanism of one kind in one calendar year."""

    year: str = fields.text("year", description="Calendar year", says=YEARS_SAYS, str_matches=YEARS)
    measure: str = fields.text(
        "measure",
        description="Which referrals, and whose",
        says="NRM referrals made by or to a police force, or NRM reports in a county from all first responders",
        str_matches=r"^NRM (referrals (made by|to) .+|reports in .+ county from all first responders)$",
    )
    figures: str = fields.count("count", description="Referrals; blank where nobody gave a figure", nullable=True)
    source: str = fields.name("source", description="Where the figure was published", nullable=True)


CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "Yearly figures of a police force area from published answers",
    "owner": "Partnership analyst, from answers to requests and from newspapers",
    "legal_basis": "Published figures; Freedom of Information Act 2000",
    "cadence": "yearly",
    "due_after_days": 400,
    "layouts": {"orders": Orders, "referrals": Referrals},
    "key": ["layout", "area", "power", "measure", "year"],
    "canonical_order": ["area", "power", "measure", "year", "figures"],
    "causes": {},
    "cell": {"whole": "{layout}"},
    "max_withdrawn_share": 0.2,
    "nil_return": None,
    "public_names": ["area", "power", "measure", "note", "source"],
    "retention": {
        "months": None,
        "rule": "published figures without personal data: the evidence of every release that used them",
    },
    "dialect": {"delimiter": ",", "encodings": ["utf-8", "cp1252"]},
}
