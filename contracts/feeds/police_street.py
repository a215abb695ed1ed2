"""Street-level crimes and anti-social behaviour as a police force publishes them on data.police.uk."""

from __future__ import annotations

from contracts import fields, police_uk
from contracts.feeds import Contract

CRIME_TYPES = [
    "Anti-social behaviour",
    "Bicycle theft",
    "Burglary",
    "Criminal damage and arson",
    "Drugs",
    "Other crime",
    "Other theft",
    "Possession of weapons",
    "Public disorder and weapons",
    "Public order",
    "Robbery",
    "Shoplifting",
    "Theft from the person",
    "Vehicle crime",
    "Violence and sexual offences",
    "Violent crime",
]


class Street(police_uk.Record):
    """One row is one crime, or one anti-social behaviour incident (which never has a Crime ID)."""

    crime_type: str = fields.text("Crime type", description="data.police.uk category", isin=CRIME_TYPES)
    last_outcome_category: str = fields.name(
        "Last outcome category", description="Latest outcome when published", nullable=True
    )
    context: str = fields.text(
        "Context", description="Free text, empty in practice", nullable=True, str_length={"max_value": 2000}
    )


CONTRACT: Contract = {
    "version": "1.1.0",
    "title": "Police street-level crime and anti-social behaviour",
    "owner": "Police force, through data.police.uk",
    "legal_basis": "Open Government Licence v3.0",
    "cadence": "monthly",
    "due_after_days": 60,
    "layouts": {"street": Street},
    "key": ["crime_id"],
    "canonical_order": ["crime_type", "lsoa_code", "location", "longitude", "latitude", "last_outcome_category"],
    "causes": {"crime_type": "reclassified", "lsoa_code": "relocated", "last_outcome_category": "progressed"},
    "file_name": r"(?<!\d)(?P<month>\d{4}-(?:0[1-9]|1[0-2]))-(?P<force_slug>[a-z]+(?:-[a-z]+)*)-street(?![a-z-])",
    "file_name_example": "2025-01-dorset-street.csv",
    "cell": {"place": "{force_slug}", "month": "{month}"},
    "adds_elsewhere": ["btp"],
    "reference": {"force_slug": "forces.csv"},
    "must_agree": {"month": "{month}", "reported_by": "{force_name}"},
    "max_withdrawn_share": 0.2,
    "nil_return": None,
    "public_names": police_uk.PUBLIC_NAMES,
    # Each archive holds the last 36 months of every force, some 1.6 GB: begin with the newest.
    "source": {
        "address": "https://data.police.uk/data/archive/{month}.zip",
        "from": "2026-09",
        "look_back": 0,
        "every": "week",
        "files": r"-dorset-street\.csv$",
    },
    "retention": {
        "months": None,
        "rule": "published crimes without people or exact places: the evidence of every release that used them",
    },
    "dialect": {"delimiter": ",", "encodings": ["utf-8", "cp1252"]},
}
