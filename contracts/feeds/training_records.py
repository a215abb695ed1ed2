"""Completions of training by practitioners, as the safeguarding partnership's learning system exports them.

The rows have no key. An export repeats rows, and lists the last weeks of the quarter before once more: who completed
which course on which day counts once, however often it is listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pandera.polars import DataFrameModel, PolarsData, dataframe_check

from contracts import fields, quarters
from contracts.feeds import Contract

if TYPE_CHECKING:
    import polars as pl

TOPICS = ["Exploitation", "Other safeguarding", "Other"]


class Completion(DataFrameModel):
    """One row is one listing of one completion."""

    quarter: str = quarters.quarter()
    practitioner_ref: str = fields.pseudonym(
        "Practitioner reference", description="The learning system's reference of the practitioner, never a name"
    )
    agency: str = fields.name("Agency", description="Where the practitioner works")
    course: str = fields.text("Course", description="Title of the course", str_length={"max_value": 120})
    topic: str = fields.text(
        "Topic", description="Exploitation: it teaches its signs and how to refer for support", isin=TOPICS
    )
    completed_on: str = fields.date("Completed on", description="Day the course was completed")

    @dataframe_check(name="completed_by_quarter_end")
    def completed_by_quarter_end(cls, data: PolarsData) -> pl.LazyFrame:
        """A completion is listed once it is there: no day lies after the quarter."""
        return data.lazyframe.select(quarters.is_not_after_quarter("completed_on"))


CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "Training of practitioners: completions",
    "owner": "Safeguarding children partnership, learning system",
    "legal_basis": "Working Together to Safeguard Children 2023; references of staff, no names",
    "cadence": "quarterly",
    "due_after_days": 42,
    "layouts": {"completion": Completion},
    "key": [],
    "canonical_order": ["practitioner_ref", "course", "completed_on", "topic", "agency"],
    "causes": {},
    "file_name": rf"training-records_{quarters.IN_NAME}",
    "file_name_example": "training-records_2024-25-Q1.xlsx",
    "cell": {"place": "{area}", "financial_quarter": "{quarter}"},
    "must_agree": {"quarter": "{quarter}"},
    "max_withdrawn_share": 0.3,
    "nil_return": "stated",
    "public_names": ["agency", "course"],
    "retention": {"months": 84, "rule": "the partnership's default of seven years for the training of staff"},
    "dialect": {
        "workbook": {
            "sheet": "Completions",
            "header_starts": "Quarter",
            "fill_down": ["Quarter"],
            "skip_rows": [r"total.*"],
            "ends_at": [r"notes?\b", r"source:"],
            "nil_return": r"nil return.*",
        }
    },
}
