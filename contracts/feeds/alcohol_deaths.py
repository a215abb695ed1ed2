"""Alcohol-specific deaths by local authority and year of registration, as the ONS publishes them."""

from __future__ import annotations

from contracts import ons
from contracts.feeds import Contract

CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "Alcohol-specific deaths by local authority and year of registration",
    "owner": "Office for National Statistics",
    "legal_basis": "Open Government Licence v3.0",
    "cadence": "yearly",
    "due_after_days": 330,
    "layouts": {"alcohol_deaths": ons.RegisteredDeaths},
    "unpivot": {"header": r"(19|20)\d{2}", "name": "registration_year", "value": "deaths"},
    "key": ["area_code", "registration_year"],
    "canonical_order": ["area_code", "registration_year", "area_name", "deaths"],
    "causes": {},
    "cell": {"whole": "all"},
    "max_withdrawn_share": 0.05,
    "nil_return": None,
    "public_names": ["area_name"],
    "retention": {
        "months": None,
        "rule": "published counts without personal data: the evidence of every release that used them",
    },
    "dialect": {"delimiter": ",", "encodings": ["utf-8", "cp1252"]},
}
