"""What is said of a header that does not fit: the agreed headings and the places of the others, never their text."""

from __future__ import annotations

import pytest
from pandera.polars import DataFrameModel

from contracts import fields
from safer_kpi.catalogue.headings import choose_layout, value_heading
from safer_kpi.catalogue.layouts import Layout, layout_of_model
from safer_kpi.errors import InputRefused


class Wards(DataFrameModel):
    """One row is one ward."""

    ward_code: str = fields.area_code("Ward code", "Ward", description="Ward")
    incidents: str = fields.count("Incidents", description="Incidents")


class Wide(DataFrameModel):
    """One row is one ward and month."""

    ward_code: str = fields.area_code("Ward code", description="Ward")
    month: str = fields.month("month")
    incidents: str = fields.count("incidents", description="Incidents")


BY_PATTERN = {"header": r"[A-Z][a-z]{2}-\d{2}", "name": "month", "value": "incidents"}
BY_MONTH = {"reads": "month", "name": "month", "value": "incidents"}


def layout(model: type[DataFrameModel]) -> Layout:
    return layout_of_model("wards", model, key=(), marks={})


def refusal(
    header: list[str], model: type[DataFrameModel] = Wards, unpivot: dict[str, str] | None = None
) -> InputRefused:
    with pytest.raises(InputRefused) as refused:
        choose_layout([layout(model)], unpivot, frozenset(), header)
    return refused.value


def test_headings_in_any_order_fill_their_columns() -> None:
    _, columns = choose_layout([layout(Wards)], None, {"remarks"}, ["INCIDENTS", "ward_code", "Remarks", ""])
    assert columns == ["incidents", "ward_code", None, None]


def test_a_missing_heading_is_told_as_it_was_agreed() -> None:
    error = refusal(["Ward", "Zwischenfälle"])
    assert (error.rule, error.row) == ("missing_columns", 1)
    assert error.what == "The header lacks 'Incidents'; column 2 of the header is not agreed."
    assert error.next_action == "Send every agreed column under its heading."


def test_a_misspelt_heading_is_told_with_the_agreed_one() -> None:
    error = refusal(["Ward code", "Incidnets"])
    assert error.next_action == "Write the agreed headings: column 2 may be meant as 'Incidents'."
    assert "Incidnets" not in str(error)


def test_a_title_in_the_place_of_the_header_says_how_to_declare_it() -> None:
    error = refusal(["Table 4: Incidents by ward"])
    assert error.what == "The header lacks 'Ward code', 'Incidents'; column 1 of the header is not agreed."
    assert "header_starts" in (error.next_action or "")


def test_columns_that_are_not_agreed_are_told_by_their_places() -> None:
    error = refusal(["Ward", "Incidents", "Officer", "Victim", "x", "y"])
    assert (error.rule, error.what) == ("unknown_columns", "Columns 3, 4, 5 and 6 of the header are not agreed.")


def test_two_columns_of_one_meaning_are_refused() -> None:
    assert refusal(["Ward", "Ward code", "Incidents"]).what == "Two columns of the header mean the same."


@pytest.mark.parametrize(
    ("heading", "kept"),
    [
        ("Apr-23", "Apr-23"),
        # a real date is the month that the pattern's form shows
        ("2023-04-01", "Apr-23"),
        ("2023-04-02", None),
        ("April 2023", None),
        ("Ward code", None),
    ],
)
def test_headings_that_a_pattern_takes(heading: str, kept: str | None) -> None:
    assert value_heading(BY_PATTERN, heading) == kept


def test_headings_that_are_months_become_months() -> None:
    _, columns = choose_layout(
        [layout(Wide)], BY_MONTH, frozenset(), ["Ward code", "2023-04-01", "May-23", "June 2023"]
    )
    assert columns == ["ward_code", "2023-04", "2023-05", "2023-06"]


def test_a_month_twice_is_refused() -> None:
    assert (
        refusal(["Ward code", "Apr-23", "2023-04"], Wide, BY_MONTH).what == "Two columns of the header mean the same."
    )


def test_a_wide_table_without_months_says_what_its_headings_must_be() -> None:
    by_month = refusal(["Ward code", "Total"], Wide, BY_MONTH)
    assert "a column for each month, headed by a date, 2024-05, May-24 or May 2024" in by_month.what
    by_pattern = refusal(["Ward code", "2023-04-02"], Wide, BY_PATTERN)
    assert "column 2 has a date as heading" in by_pattern.what
