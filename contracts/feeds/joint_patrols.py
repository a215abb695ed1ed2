"""Patrols in which police officers and the council's accredited officers go out, as each partner logs its own."""

from __future__ import annotations

import polars as pl
from pandera.polars import DataFrameModel, PolarsData, dataframe_check

from contracts import fields
from contracts.feeds import Contract

MONTH = r"\d{4}-(?:0[1-9]|1[0-2])"
#: A log of one month, or of several that follow each other: 2024-04_2024-06-council-patrols.csv.
LOG = (
    rf"(?<!\d)(?=(?P<log_from>{MONTH}))(?:{MONTH}_)?(?P<log_to>{MONTH})"
    r"-(?P<part>police|council)-patrols(?![a-z-])"
)


class Patrol(DataFrameModel):
    """One row is one patrol of one partner in one ward."""

    patrol_ref: str = fields.text(
        "Patrol reference", description="The partner's own number of the patrol", str_length={"max_value": 40}
    )
    patrolled_on: str = fields.date("Date", description="Day on which the patrol started")
    started_at: str = fields.text(
        "Start",
        description="Local time of its start, HH:MM",
        says="a time, written 18:30",
        str_matches=r"^([01]\d|2[0-3]):[0-5]\d$",
    )
    ended_at: str = fields.text(
        "End", description="Local time of its end, HH:MM; before the start, it is the next day's",
        says="a time, written 18:30", str_matches=r"^([01]\d|2[0-3]):[0-5]\d$",
    )  # fmt: skip
    ward_code: str = fields.area_code("Ward code", description="Ward that was patrolled")
    officers: str = fields.whole_number("Officers", description="Officers on the patrol")

    @dataframe_check(name="takes_time")
    def takes_time(cls, data: PolarsData) -> pl.LazyFrame:
        """A patrol does not end in the minute it starts in."""
        return data.lazyframe.select((pl.col("started_at") != pl.col("ended_at")).fill_null(value=True))


CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "Patrol logs of the police and of the council's accredited officers (CSAS)",
    "owner": "Dorset Police; BCP Council community safety accreditation scheme",
    "legal_basis": "Crime and Disorder Act 1998, section 17A: duty to share depersonalised information",
    "cadence": "monthly",
    "due_after_days": 21,
    "parts": ["police", "council"],
    "layouts": {"patrols": Patrol},
    "key": ["patrol_ref"],
    "canonical_order": ["patrolled_on", "started_at", "ended_at", "ward_code", "officers"],
    "causes": {"ward_code": "relocated"},
    "file_name": LOG,
    "file_name_example": "2024-05-police-patrols.csv",
    "window": {"from": "log_from", "to": "log_to", "row": "patrolled_on"},
    "cell": {"part": "{part}", "place": "{area}", "month": "{month}"},
    "max_withdrawn_share": 0.3,
    "nil_return": "header_only",
    "retention": {"months": 84, "rule": "the partnership's default of seven years for the working hours of officers"},
    "dialect": {"delimiter": ",", "encodings": ["utf-8", "cp1252"]},
}
