"""What a person is asked who approves a draft, and what they are shown."""

from __future__ import annotations

from typing import Any

import pytest

from safer_kpi.releases import Headline
from tests.dags.asset_graph import load_dags

DRAFTED: dict[str, Any] = {
    "release_id": "2024-25-Q4",
    "quarter": "2024-25-Q4",
    "period_end": "2025-03-31",
    "known_at": "2025-07-14 09:00:01.123456",
    "last_entry": 135,
    "supersedes": None,
    "reason": None,
    "previous": None,
    "approvals": [],
    "findings": [],
    "overrides": [],
    "row_hash": "ab12",
}
FINDING = {"metric_id": "1a.robbery", "check": "coverage", "detail": "coverage 0.67 of 1.00 wanted"}


@pytest.fixture(scope="module")
def certify():
    return load_dags()["certify_release"]


def number(metric_id: str, title: str, value: float | None, **other: Any) -> Headline:
    told = {"period": "2024-25-Q4", "unit": "offences", "is_percentage": False, "status": "final"} | other
    return Headline(metric_id=metric_id, title=title, value=value, **told)


def test_nothing_has_to_be_filled_in(certify) -> None:
    """The page demands an answer to every field that could not be null, and keeps its buttons grey until it has one."""
    forms = [certify.params, *(task.params for task in certify.tasks if task.task_id.startswith("approve_"))]
    assert [set(form) for form in forms] == [{"release", "reason", "revision"}, *[{"comment", "override"}] * 2]
    for form in forms:
        for name in form:
            param = form.get_param(name)
            assert param.value is None, name
            assert "null" in param.schema["type"], name
            assert param.resolve("R1") == "R1"


def test_a_person_sees_the_numbers_they_sign() -> None:
    from safer_kpi.orchestration.certify import as_body

    numbers = [
        number("1a.robbery", "Robbery", 17.0),
        number("1a.weapons", "Possession of weapons", 1052.0, status="provisional"),
        number("1c.share", "Share with an outcome", 10.5634, unit="per cent", is_percentage=True),
        number("3e.deaths", "Deaths", None, period="2023-12-R36", status="suppressed"),
    ]
    body = as_body(DRAFTED, numbers)
    assert "**2024-25-Q4**: every number up to 2025-03-31, as known on 2025-07-14 09:00 UTC (entry 135)." in body
    assert "Nothing speaks against it" in body
    assert "- **1a** Robbery: **17**; Possession of weapons: **1,052** (provisional)\n" in body
    assert "- **1c** Share with an outcome: **10.56 %**\n" in body
    assert "- **3e** Deaths: **no number** (2023-12-R36, suppressed)" in body
    assert "`ab12`" in body


def test_what_speaks_against_it_stands_before_the_numbers() -> None:
    from safer_kpi.orchestration.certify import as_body

    body = as_body(DRAFTED | {"findings": [FINDING]}, [number("1a.robbery", "Robbery", 17.0)])
    told = "- 1a.robbery, coverage: coverage 0.67 of 1.00 wanted"
    assert body.index("**This speaks against it:**") < body.index(told) < body.index("Robbery: **17**")
    assert "Nothing speaks" not in body


def test_the_second_person_sees_who_overrode_what_and_why() -> None:
    from safer_kpi.orchestration.certify import as_body

    said = {**FINDING, "name": "Ada King", "reason": "the panel meets"}
    later = {"findings": [FINDING], "overrides": [said], "approvals": [{"name": "Ada King"}]}
    body = as_body(DRAFTED | later, [])
    assert "(overridden by Ada King: the panel meets)" in body
    assert "Approved so far by Ada King." in body


def test_a_correction_says_of_what_and_how_to_see_the_difference() -> None:
    from safer_kpi.orchestration.certify import as_body

    previous = {"release_id": "2024-25-Q4"}
    corrected = {"supersedes": "2024-25-Q4", "reason": "a file was sent again", "previous": previous}
    body = as_body(DRAFTED | corrected, [])
    assert "It corrects 2024-25-Q4: a file was sent again." in body
    assert "`safer-kpi compare 2024-25-Q4 now`" in body
