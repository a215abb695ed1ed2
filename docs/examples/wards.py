"""Print a measure's wards in its newest quarter, by SQLAlchemy: ``python wards.py RELEASE_FOLDER METRIC``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, column, create_engine, func, select, table

if TYPE_CHECKING:
    from sqlalchemy import Engine

# The columns are written down. To ask the database for them fails where SQLAlchemy is newer than duckdb-engine knows.
CERTIFIED = table(
    "certified",
    *map(column, ("metric_id", "area_name", "area_type", "period", "period_type", "period_end", "breakdown", "value",
                  "unit", "lower", "upper", "status")),
    schema="kpi",
)  # fmt: skip


def read_only(file: Path) -> Engine:
    """Return an engine that can write nothing, and can open no other file."""
    url = URL.create("duckdb", database=str(file))
    return create_engine(url, connect_args={"read_only": True, "config": {"enable_external_access": "false"}})


def lines(engine: Engine, metric: str) -> list[str]:
    """Return one line per ward: its value with interval and status, or why it has none."""
    numbers = CERTIFIED.c
    of_wards = (
        (numbers.metric_id == metric)
        & (numbers.area_type == "ward")
        & (numbers.period_type == "quarter")
        & (numbers.breakdown == "all")
    )
    newest = select(func.max(numbers.period_end)).where(of_wards).scalar_subquery()
    query = select(CERTIFIED).where(of_wards, numbers.period_end == newest).order_by(numbers.area_name)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    return [
        f"{row.area_name}, {row.period}: no value ({row.status})"
        if row.value is None
        else f"{row.area_name}, {row.period}: {row.value:g} {row.unit}{_interval(row.lower, row.upper)}, {row.status}"
        for row in rows
    ]


def _interval(lower: float | None, upper: float | None) -> str:
    return "" if lower is None or upper is None else f" ({lower:.1f} to {upper:.1f})"


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines(read_only(Path(sys.argv[1]) / "release.duckdb"), sys.argv[2])) + "\n")
