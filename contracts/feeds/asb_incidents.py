"""Incidents of anti-social behaviour as a force's command and control system holds them, by the national categories.

A call may be qualified anew after it was closed, and an incident that turns out to be a crime is recorded as one.
"""

from __future__ import annotations

from pandera.polars import DataFrameModel

from contracts import fields
from contracts.feeds import Contract

#: The three qualifiers of the National Standard for Incident Recording.
CATEGORIES = ["Personal", "Nuisance", "Environmental"]
MONTH = r"\d{4}-(?:0[1-9]|1[0-2])"


class Incident(DataFrameModel):
    """One row is one incident, as it stands on the day of the extract."""

    incident_ref: str = fields.pseudonym("Incident reference", description="The force's reference of the incident")
    caller_ref: str = fields.pseudonym(
        "Caller reference", description="The force's reference of the person who called, if it is known", nullable=True
    )
    reported_on: str = fields.date("Date reported", description="Local day of the call; says its month")
    reported_at: str = fields.text(
        "Time reported", description="Local time of the call, HH:MM", says="a time, written 18:30",
        str_matches=r"^([01]\d|2[0-3]):[0-5]\d$",
    )  # fmt: skip
    category: str = fields.text(
        "NSIR category", description="Personal, nuisance or environmental, as qualified now", isin=CATEGORIES
    )
    recorded_as_crime: str = fields.flag("Recorded as crime", description="The incident has been recorded as a crime")
    lsoa_code: str = fields.lsoa_code("LSOA", "LSOA code", description="LSOA of the incident, if known", nullable=True)


CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "Anti-social behaviour incidents of the police by national category",
    "owner": "Police force, command and control system",
    "legal_basis": "Crime and Disorder Act 1998, sections 17A and 115: depersonalised data",
    "cadence": "monthly",
    "due_after_days": 21,
    "layouts": {"incident": Incident},
    "key": ["incident_ref"],
    "canonical_order": ["reported_on", "reported_at", "category", "recorded_as_crime", "lsoa_code", "caller_ref"],
    "causes": {"category": "reclassified", "recorded_as_crime": "reclassified", "lsoa_code": "relocated"},
    "file_name": rf"(?<!\d)(?=(?P<first>{MONTH}))(?:{MONTH}_)?(?P<last>{MONTH})"
                 r"-(?P<force_slug>[a-z]+(?:-[a-z]+)*?)-asb-incidents(?![a-z-])",
    "file_name_example": "2024-05-dorset-asb-incidents.csv",
    "window": {"from": "first", "to": "last", "row": "reported_on"},
    "cell": {"place": "{force_slug}", "month": "{month}"},
    "reference": {"force_slug": "forces.csv"},
    "max_withdrawn_share": 0.1,
    "nil_return": "header_only",
    "retention": {"months": 84, "rule": "the partnership's default of seven years for incidents that people reported"},
    "dialect": {"delimiter": ",", "encodings": ["utf-8", "cp1252"]},
}  # fmt: skip
