"""A scope cell is made once, at landing, from the contract: its part, place and period are values from then on."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from safer_kpi.catalogue.template import write_project
from safer_kpi.errors import ProjectError
from safer_kpi.lake import connect
from safer_kpi.landing import Receipt, land
from safer_kpi.landing.periods import periods_of
from safer_kpi.settings import Settings

BCP = "E06000058"
CONTRACT = '''"""Orders issued in a calendar quarter."""
from __future__ import annotations

from pandera.polars import DataFrameModel

from contracts import fields


class Orders(DataFrameModel):
    """One row is one kind of order in one quarter."""

    order_type: str = fields.text("Order", description="Kind of order", isin=["CPW", "CPN"])
    issued: str = fields.count("Issued", description="Orders issued in the quarter")


CONTRACT = {
    "version": "1.0.0",
    "title": "Orders by quarter",
    "owner": "The council",
    "legal_basis": "Crime and Disorder Act 1998, section 115",
    "cadence": "quarterly",
    "due_after_days": 42,
    "layouts": {"orders": Orders},
    "key": ["order_type"],
    "canonical_order": ["order_type", "issued"],
    "causes": {},
    "file_name": r"orders_(?P<quarter>\\d{4}-Q\\d)(?!\\d)",
    "file_name_example": "orders_2024-Q1.csv",
    "cell": {"place": "{area}", "calendar_quarter": "{quarter}"},
    "max_withdrawn_share": 0.5,
    "nil_return": None,
    "dialect": {"delimiter": ",", "encodings": ["utf-8"]},
}
'''


@pytest.fixture
def settings(tmp_path: Path, new_lake: Callable[..., Settings]) -> Settings:
    project = tmp_path / "project"
    write_project(project, area=BCP)
    (project / "contracts" / "feeds" / "orders.py").write_text(CONTRACT)
    return Settings.load(new_lake(tmp_path / "lake").home, project=project)


def landed(settings: Settings, name: str, text: str = "Order,Issued\nCPW,5\n") -> Receipt:
    path = settings.home.parent / name
    path.write_text(text)
    (receipt,) = land(settings, "orders", [str(path)])
    return receipt


def cells(settings: Settings) -> list[tuple[object, ...]]:
    with connect(settings, read_only=True) as lake:
        return lake.execute(
            "SELECT cell, part, place, starts_on, months FROM journal.cell WHERE feed = 'orders' ORDER BY cell"
        ).fetchall()


def test_a_calendar_quarter_is_three_months_from_its_first_day(settings: Settings) -> None:
    assert landed(settings, "orders_2024-Q1.csv").status == "accepted"
    assert landed(settings, "orders_2024-Q4.csv").status == "accepted"
    assert landed(settings, "orders_2024-Q4.csv", "Order,Issued\nCPW,6\n").changes == {"corrected": 1}
    # Each cell once, however often it is delivered. January to March, and October to December.
    assert cells(settings) == [
        (f"{BCP}/2024-Q1", None, BCP, dt.date(2024, 1, 1), 3),
        (f"{BCP}/2024-Q4", None, BCP, dt.date(2024, 10, 1), 3),
    ]
    assert periods_of(settings, "orders", [f"{BCP}/2024-Q1"]) == ["2023-24-Q4"]


def test_a_name_without_a_period_of_the_kind_is_refused(settings: Settings) -> None:
    receipt = landed(settings, "orders_2024-Q7.csv")
    assert receipt.status == "refused"
    assert receipt.error is not None
    assert "holds no calendar quarter, such as 2024-Q1" in receipt.error
    assert cells(settings) == []


def test_a_contract_cannot_give_a_known_cell_another_period(settings: Settings) -> None:
    landed(settings, "orders_2024-Q1.csv")
    other = settings.home.parent / "other"
    shutil.copytree(settings.project, other, ignore=shutil.ignore_patterns("__pycache__"))
    now = '"place": "{area}", "calendar_quarter": "{quarter}"'
    assert now in CONTRACT
    (other / "contracts" / "feeds" / "orders.py").write_text(CONTRACT.replace(now, '"whole": "{area}/{quarter}"'))
    with pytest.raises(ProjectError, match="another part, place or period than the lake has"):
        landed(replace(settings, project=other), "orders_2024-Q1.csv", "Order,Issued\nCPW,7\n")
    assert cells(settings) == [(f"{BCP}/2024-Q1", None, BCP, dt.date(2024, 1, 1), 3)]
