"""Answers to the partnership's yearly survey of children and of parents and carers, in cells of age and sex."""

from __future__ import annotations

import polars as pl
from pandera.polars import DataFrameModel, PolarsData, dataframe_check

from contracts import fields
from contracts.feeds import Contract


class Answers(DataFrameModel):
    """One row is the answers of one group of people, by age band and sex, to one question."""

    wave: str = fields.text(
        "Wave", description="Financial year of the wave", says="a financial year, written 2024-25",
        str_matches=r"^\d{4}-\d{2}$",
    )  # fmt: skip
    fieldwork_month: str = fields.month("Fieldwork month")
    question_id: str = fields.text(
        "Question", description="Id of the question", says="a name of small letters, digits and _, such as feel_safe",
        str_matches=r"^[a-z][a-z0-9_]{0,39}$",
    )  # fmt: skip
    question_wording: str = fields.text(
        "Wording", description="The question as it was put", str_length={"max_value": 400}
    )
    wording_version: str = fields.text(
        "Wording version", description="1, 2, …: answers to different wordings are never compared",
        says="a whole number from 1 to 99", str_matches=r"^[1-9]\d?$",
    )  # fmt: skip
    respondent_group: str = fields.text(
        "Group", description="child, or carer (a parent or carer)", isin=["child", "carer"]
    )
    age_band: str = fields.text(
        "Age band", description="Ages, such as 10-12 or 45+", says="an age band, written 10-12 or 45+",
        str_matches=r"^\d{2}(-\d{2}|\+)$",
    )  # fmt: skip
    sex: str = fields.text("Sex", description="F, M or X (another answer, or none)", isin=["F", "M", "X"])
    respondents: str = fields.count("Respondents", description="People who answered the question")
    agree: str = fields.count("Agree", description="Those of them who agreed or strongly agreed")

    @dataframe_check(name="agree_within_respondents")
    def agree_within_respondents(cls, data: PolarsData) -> pl.LazyFrame:
        """No more people agree than answered, where both are told."""
        asked, agree = (pl.col(name).cast(pl.Float64, strict=False) for name in ("respondents", "agree"))
        return data.lazyframe.select((agree <= asked).fill_null(value=True))

    @dataframe_check(name="fieldwork_within_wave")
    def fieldwork_within_wave(cls, data: PolarsData) -> pl.LazyFrame:
        """The fieldwork lies in the financial year the wave is named for."""
        first = pl.col("wave").str.slice(0, 4)
        following = (first.cast(pl.Int32, strict=False) + 1).cast(pl.String)
        month = pl.col("fieldwork_month")
        inside = month.is_between(first + "-04", following + "-03")
        return data.lazyframe.select(inside.fill_null(value=True))

    @dataframe_check(name="one_wording_per_question")
    def one_wording_per_question(cls, data: PolarsData) -> pl.LazyFrame:
        """A wave puts a question to a group in one wording: answers to two are two series, never one figure."""
        latest = pl.col("wording_version").cast(pl.Int32, strict=False)
        same = latest == latest.max().over("question_id", "respondent_group")
        return data.lazyframe.select(same.fill_null(value=True))


CONTRACT: Contract = {
    "version": "1.1.0",
    "title": "Safety survey: children, and parents and carers",
    "owner": "BCP Council community safety",
    "legal_basis": "Consent of those who answer; counts only",
    "cadence": "yearly",
    "due_after_days": 60,
    "layouts": {"answers": Answers},
    "key": ["fieldwork_month", "question_id", "wording_version", "respondent_group", "age_band", "sex"],
    "canonical_order": ["question_wording", "respondents", "agree"],
    "causes": {},
    "file_name": r"safety-survey_(?P<wave>\d{4}-\d{2})(?![\d-])",
    "file_name_example": "safety-survey_2024-25.csv",
    "cell": {"place": "{area}", "financial_year": "{wave}"},
    "must_agree": {"wave": "{wave}"},
    "max_withdrawn_share": 0.3,
    "nil_return": None,
    "retention": {
        "months": 84,
        "rule": "the partnership's default of seven years for answers of small groups of children and carers",
    },
    "dialect": {"delimiter": ",", "encodings": ["utf-8", "cp1252"]},
}
