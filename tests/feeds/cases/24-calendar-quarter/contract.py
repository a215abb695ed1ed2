"""Civil orders issued in an area by calendar quarter."""

from __future__ import annotations

from pandera.polars import DataFrameModel

from contracts import fields
from contracts.feeds import Contract


class Orders(DataFrameModel):
    """One row is one kind of order in one quarter."""

    area_code: str = fields.area_code("Area code", description="Local authority")
    order_type: str = fields.text("Order", description="CPW, CPN, CBO", isin=["CPW", "CPN", "CBO"])
    issued: str = fields.count("Issued", description="Orders issued in the quarter")


CONTRACT: Contract = {
    "version": "1.0.0",
    "title": "Civil orders by quarter",
    "owner": "A council",
    "legal_basis": "Crime and Disorder Act 1998, section 115",
    "cadence": "quarterly",
    "due_after_days": 42,
    "layouts": {"orders": Orders},
    "key": ["order_type"],
    "canonical_order": ["order_type", "issued"],
    "causes": {},
    "file_name": r"cal-orders_(?P<quarter>\d{4}-Q[1-4])(?!\d)",
    "file_name_example": "cal-orders_2024-Q1.csv",
    "cell": {"place": "{area}", "calendar_quarter": "{quarter}"},
    "must_agree": {"area_code": "{area}"},
    "max_withdrawn_share": 0.3,
    "nil_return": None,
    "dialect": {"delimiter": ",", "encodings": ["utf-8"]},
}
