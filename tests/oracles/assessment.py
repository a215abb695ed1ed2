"""Recounts for the strategic assessment by pandas from partners' files alone: no code of the product.

People and places with three offences or more, who is harmed, when patrols and sessions are, children of twelve months,
and who offends again.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

WINDOW = re.compile(r"crm-offences_(\d{4}-\d{2})_(\d{4}-\d{2})\.csv$")
#: The ages at which the bands of victims end, each with the name of its band.
BANDS = {9: "0-9", 17: "10-17", 24: "18-24", 64: "25-64", 120: "65+"}
VIOLENCE, SEXUAL, ROBBERY = "Violence against the person", "Sexual offences", "Robbery"
NOT_RECORDED = "not recorded"


def offences(folder: Path, places: set[str], codes: Path) -> pd.DataFrame:
    """The live offences in the places, each with its class's group and what its flags and class make it."""
    found = arrived(folder, "*-crm-offences_*.csv")
    latest: dict[str, pd.DataFrame] = {}
    for path in found:
        named = WINDOW.search(path.name)
        assert named, path.name
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        day = pd.to_datetime(rows["Recorded date"], format="%d/%m/%Y", errors="coerce")
        rows["month"] = day.dt.to_period("M").astype(str)
        for month in pd.period_range(*named.groups(), freq="M").astype(str):
            latest[month] = rows[rows["month"] == month]
    every = pd.concat(latest.values())
    every["code"] = every["Reclassified to"].where(every["Reclassified to"] != "", every["HO offence code"])
    classes = pd.read_csv(codes, dtype=str).set_index("offence_code")
    every = every.join(classes[["offence_group", "is_assault", "is_serious_violence"]], on="code")
    age = pd.to_numeric(every["Victim age"])
    every["age"] = pd.cut(age, [-1, *BANDS], labels=list(BANDS.values())).astype(object).fillna(NOT_RECORDED)
    every["sex"] = every["Victim sex"].replace("", NOT_RECORDED)
    every["years"] = age
    every["weapon"] = (every["Knife"] == "Y") | (every["Other weapon"] == "Y")
    return every[(every["Status"] != "cancelled") & every["LSOA"].isin(places)]


def arrived(folder: Path, pattern: str) -> list[Path]:
    """The files of a pattern in the order in which they arrived; each lies in a folder of its day."""
    return sorted(folder.glob(f"*/{pattern}"), key=lambda path: (path.parent.name, path.name))


def three_or_more(rows: pd.DataFrame, column: str, last: str) -> int:
    """The values of a column with three rows or more in the twelve months to ``last``; no value is nobody."""
    months = pd.period_range(end=pd.Period(last, "M"), periods=12, freq="M").astype(str)
    named = rows[rows["month"].isin(months) & (rows[column] != "")]
    return int((named.groupby(column).size() >= 3).sum())


def profile(rows: pd.DataFrame, first: str, last: str) -> dict[str, int]:
    """The rows of the months by each part of age and sex."""
    within = rows[(rows["month"] >= first) & (rows["month"] <= last)]
    return {
        f"{word}:{part}": int(count) for word in ("age", "sex") for part, count in within[word].value_counts().items()
    }


def times(days: pd.Series, clocks: pd.Series) -> dict[str, int]:
    """How many things started in each hour and on each day of the week."""
    hours = {f"hour:{hour}": int(count) for hour, count in clocks.str[:2].value_counts().items()}
    return hours | {f"weekday:{name}": int(count) for name, count in days.dt.day_name().value_counts().items()}


def children_of_year(folder: Path) -> dict[tuple[str, str], float]:
    """The children of twelve months of all agencies by quarter and level; not a number where it is held back."""
    found = {}
    for path in arrived(folder, "ce-screening_*.xlsx"):
        quarter = path.stem.split("_")[-1]
        rows = pd.read_excel(path, sheet_name="Screening", header=None, dtype=str)
        rows = rows[rows[1].ffill() == "All agencies"]
        for _, row in rows[rows[2].notna()].iterrows():
            found[quarter, str(row[2])] = pd.to_numeric(row[5], errors="coerce")
    return found


def outcomes(folder: Path, types: Path) -> pd.DataFrame:
    """The positive outcomes of offenders that the force knows, of each month as it was sent last."""
    latest = {path.name: path for path in arrived(folder, "*-crm-outcomes.csv")}
    rows = pd.concat([pd.read_csv(path, dtype=str, keep_default_na=False) for path in latest.values()])
    listed = pd.read_csv(types, dtype=str)
    positive = listed.loc[(listed["marking"] == "1") & (listed["is_positive"] == "true"), "outcome_type"]
    # Rows of another month and flags that nobody can read are held back.
    rows = rows[(rows["Outcome date"].str[:7] == rows["Outcome month"]) & rows["MSV"].isin(["Y", "N"])]
    rows = rows[rows["HO outcome type"].isin(positive) & (rows["Offender reference"] != "")]
    return rows.assign(
        recorded=pd.to_datetime(rows["Recorded date"]),
        reached=pd.to_datetime(rows["Outcome date"]),
        month=rows["Outcome month"],
    )


def offended_again(rows: pd.DataFrame, places: set[str], first: str, last: str) -> tuple[int, int]:
    """How many people's twelve months ended from ``first`` to ``last``, and how many of them offended again."""
    year = pd.DateOffset(years=1)
    ended = pd.PeriodIndex(rows["month"], freq="M") + 12
    cohort = rows[(rows["MSV"] == "Y") & rows["LSOA"].isin(places) & (ended >= first) & (ended <= last)]
    pairs = cohort.merge(rows, on="Offender reference", suffixes=("", " again"))
    again = pairs[
        (pairs["Crime reference"] != pairs["Crime reference again"])
        & (pairs["recorded again"] > pairs["reached"])
        & (pairs["recorded again"] <= pairs["reached"] + year)
        & (pairs["reached again"] <= pairs["reached"] + year + pd.DateOffset(months=6))
    ]
    return cohort["Offender reference"].nunique(), again["Offender reference"].nunique()
