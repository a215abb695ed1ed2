"""Sessions about violence and exploitation that partners give, as each partner lists its own.

A session that two partners give together is in the list of both; the models match the two by setting, day and time.
"""

from __future__ import annotations

import polars as pl
from pandera.polars import DataFrameModel, PolarsData, dataframe_check

from contracts import fields, quarters
from contracts.feeds import Contract

AUDIENCES = ["Young people", "Parents and carers", "Professionals"]
TOPICS = [
    "Violence and knives", "Exploitation and county lines", "Healthy relationships", "Online safety", "Other",
]  # fmt: skip
PARTNER = r"(council|police|voluntary sector|youth justice)"
TIME = r"^([01]\d|2[0-3]):[0-5]\d(:00)?$"


class Session(DataFrameModel):
    """One row is one session in one partner's list."""

    quarter: str = quarters.quarter()
    session_ref: str = fields.text(
        "Session reference", description="The partner's own number of the session", str_length={"max_value": 40}
    )
    held_on: str = fields.date("Date", description="Day of the session")
    started_at: str = fields.text(
        "Start", description="Local time of its start", says="a time, written 09:30", str_matches=TIME
    )
    ended_at: str = fields.text(
        "End", description="Local time of its end, on the same day", says="a time, written 10:30", str_matches=TIME
    )
    setting_code: str = fields.text(
        "Setting code", description="Code of the school, club or other place that all partners use",
        says="the agreed code of a setting: capitals, digits and hyphens, such as 113892 for a school",
        str_matches=r"^[A-Z0-9][A-Z0-9-]{1,19}$",
    )  # fmt: skip
    audience: str = fields.text("Audience", description="Whom it was for", isin=AUDIENCES)
    topic: str = fields.text("Topic", description="Its main topic", isin=TOPICS)
    delivered_with: str = fields.text(
        "Delivered with", description="Partners who gave it too; blank where the partner gave it alone",
        nullable=True, says="Council, Police, Voluntary sector or Youth justice, several divided by a semicolon",
        str_matches=rf"(?i)^{PARTNER}(\s*;\s*{PARTNER})*$",
    )  # fmt: skip
    attended: str = fields.count("Attended", description="People of the audience who were there", nullable=True)

    @dataframe_check(name="held_in_quarter")
    def held_in_quarter(cls, data: PolarsData) -> pl.LazyFrame:
        """The session was held in the quarter of the list."""
        return data.lazyframe.select(quarters.is_in_quarter("held_on"))

    @dataframe_check(name="ends_after_start")
    def ends_after_start(cls, data: PolarsData) -> pl.LazyFrame:
        """A session ends after it starts, on the same day."""
        start, end = (pl.col(column).str.slice(0, 5) for column in ("started_at", "ended_at"))
        return data.lazyframe.select((start < end).fill_null(value=True))


CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "Sessions that prevent violence and exploitation",
    "owner": "Council; voluntary sector; police force; youth justice service",
    "legal_basis": "Crime and Disorder Act 1998, section 17A: duty to share depersonalised information",
    "cadence": "quarterly",
    "due_after_days": 42,
    "parts": ["council", "police", "voluntary", "youth-justice"],
    "layouts": {"session": Session},
    "key": ["session_ref"],
    "canonical_order": ["held_on", "started_at", "ended_at", "setting_code", "audience", "topic", "delivered_with",
                        "attended"],
    "causes": {"setting_code": "relocated"},
    "file_name": rf"(?<![a-z-])(?P<part>council|police|voluntary|youth-justice)-prevention-sessions_{quarters.IN_NAME}",
    "file_name_example": "police-prevention-sessions_2024-25-Q1.xlsx",
    "cell": {"part": "{part}", "place": "{area}", "financial_quarter": "{quarter}"},
    "must_agree": {"quarter": "{quarter}"},
    "max_withdrawn_share": 0.3,
    "nil_return": "stated",
    "retention": {"months": 84, "rule": "the partnership's default of seven years for people who took part"},
    "dialect": {
        "workbook": {
            "sheet": "Sessions",
            "header_starts": "Quarter",
            "fill_down": ["Quarter"],
            "skip_rows": [r"total.*"],
            "ends_at": [r"notes?\b", r"source:"],
            "nil_return": r"nil return.*",
        }
    },
}  # fmt: skip
