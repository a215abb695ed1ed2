"""Recounts in pandas of what partners' lists of powers, orders, casework, sessions and training come to.

They read the demo's own files and share nothing with the models: no SQL, no contract, no calendar of the product.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

STATUSES = ["Issued", "Varied", "Breached", "Withdrawn"]


def listed(folder: Path, pattern: str, *, sheet: str = "", header_rows: int = 1) -> pd.DataFrame:
    """The rows of the files whose names end with ``pattern``, of each name the one that arrived last."""
    latest = {path.name: path for path in sorted(folder.glob(f"*/*{pattern}*"))}
    assert latest, f"no file of {pattern}"
    tables = [_workbook(path, sheet, header_rows) if sheet else _csv(path) for path in latest.values()]
    return pd.concat(tables, ignore_index=True)


def by_period(days: pd.Series) -> dict[str, int]:
    """How many of the days lie in each financial quarter and year, by the names of the periods."""
    quarter = days.dt.to_period("Q-MAR")
    years = quarter.map(lambda one: f"{one.qyear - 1}-{one.qyear % 100:02}")
    quarters = years + "-Q" + quarter.map(lambda one: str(one.quarter))
    return {str(name): int(count) for names in (quarters, years) for name, count in names.value_counts().items()}


def people_by_period(people: pd.Series, days: pd.Series) -> dict[str, int]:
    """How many different people stand behind the days of each quarter and year."""
    rows = pd.DataFrame({"person": people, "day": days})
    quarter = rows["day"].dt.to_period("Q-MAR")
    rows["year"] = quarter.map(lambda one: f"{one.qyear - 1}-{one.qyear % 100:02}")
    rows["quarter"] = rows["year"] + "-Q" + quarter.map(lambda one: str(one.quarter))
    return {
        str(name): int(count)
        for column in ("quarter", "year")
        for name, count in rows.groupby(column)["person"].nunique().items()
    }


def notices(folder: Path) -> pd.DataFrame:
    """One row per notice: the day of issue, and the purpose and status of its last row."""
    rows = listed(folder, "-powers_")
    rows["issued"], rows["reached"] = day(rows["Issued on"]), day(rows["Status date"])
    rows["step"] = rows["Status"].map(STATUSES.index)
    last = rows.sort_values(["reached", "step"]).groupby(["Power", "Notice reference"], as_index=False).last()
    return last[["Power", "Purpose", "Status", "issued"]]


def orders(folder: Path) -> pd.DataFrame:
    """One row per injunction, criminal behaviour order and closure: the day its first stage was made."""
    rows = listed(folder, "-court-orders_")
    rows["power"] = rows["Order"].str.replace(r"^Closure.*", "Closure", regex=True)
    rows["made"] = day(rows["Made on"])
    return rows.groupby(["power", "Case reference"], as_index=False)["made"].min()


def uses(folder: Path) -> pd.DataFrame:
    """One row per use of a tool: the first day of each step."""
    rows = listed(folder, "-asb-casework_", sheet="Casework", header_rows=2)
    rows["tool"] = rows["Tool"].str.replace(r"\s*\[a\]$", "", regex=True)
    steps = ["Offered", "Accepted", "Completed"]
    for step in steps:
        rows[step] = day(rows[step])
    return rows.groupby(["tool", "Action reference"], as_index=False)[steps].min()


def sessions(folder: Path) -> pd.DataFrame:
    """One row per session for young people: its day, its start and the larger number of who was there.

    The demo gives both listings of a joint session the same number at the end of their references.
    """
    rows = listed(folder, "-prevention-sessions_", sheet="Sessions")
    rows = rows[rows["Audience"] == "Young people"]
    number = rows["Session reference"].str.extract(r"-(?P<month>\d{4})-(?P<number>\d+)$")
    rows = rows.assign(**number, held=day(rows["Date"]), attended=rows["Attended"].astype(int))
    return rows.groupby(["Quarter", "month", "number"], as_index=False).agg(
        {"held": "first", "Start": "min", "attended": "max"}
    )


def completions(folder: Path) -> pd.DataFrame:
    """One row per practitioner, course on exploitation and day."""
    rows = listed(folder, "training-records_", sheet="Completions")
    rows = rows[rows["Topic"] == "Exploitation"].assign(completed=day(rows["Completed on"]))
    return rows.drop_duplicates(["Practitioner reference", "Course", "completed"])


def day(written: pd.Series) -> pd.Series:
    """Days written 2024-05-31 or 31/05/2024."""
    text = written.astype("string")
    british = pd.to_datetime(text.where(text.str.contains("/")), format="%d/%m/%Y")
    return british.fillna(pd.to_datetime(text.where(~text.str.contains("/")), format="%Y-%m-%d"))


def _csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _workbook(path: Path, sheet: str, header_rows: int) -> pd.DataFrame:
    """The rows between the header and the total; a nil return has none."""
    cells: Sequence[Sequence[object]] = (
        pd.read_excel(path, sheet_name=sheet, header=None, dtype=str).to_numpy().tolist()
    )
    starts = [number for number, row in enumerate(cells) if row[0] == "Quarter"]
    if not starts:
        return pd.DataFrame()
    top = starts[0]
    names = [
        next(cells[row][column] for row in range(top + header_rows - 1, top - 1, -1) if pd.notna(cells[row][column]))
        for column in range(len(cells[top]))
    ]
    body = []
    for row in cells[top + header_rows :]:
        if pd.isna(row[1]) or str(row[0]).startswith("Total"):
            break
        body.append(row)
    table = pd.DataFrame(body, columns=names)
    return table.assign(Quarter=table["Quarter"].ffill())
