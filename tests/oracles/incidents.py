"""Counts of calls, searches, referrals and deaths by pandas from partners' files alone: no code of the product."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

#: The published outcomes that say someone was convicted, cautioned or otherwise dealt with, written out once more.
DEALT_WITH = {
    "Local resolution", "Offender deprived of property", "Offender fined", "Offender given a caution",
    "Offender given a drugs possession warning", "Offender given absolute discharge",
    "Offender given community sentence",
    "Offender given conditional discharge", "Offender given penalty notice", "Offender given suspended prison sentence",
    "Offender ordered to pay compensation", "Offender otherwise dealt with", "Offender sent to prison",
}  # fmt: skip


def latest(folder: Path, pattern: str, *, without: tuple[str, ...] = ()) -> list[Path]:
    """The file that arrived last of each name; ``without`` are days of arrival that do not count."""
    found = {path.name: path for path in sorted(folder.glob(f"*/{pattern}")) if path.parent.name not in without}
    return [found[name] for name in sorted(found)]


def incidents(folder: Path, places: set[str]) -> pd.DataFrame:
    """The live calls about anti-social behaviour in the places, with the month of each."""
    files = latest(folder, "*-asb-incidents.csv")
    rows = pd.concat([pd.read_csv(path, dtype=str, keep_default_na=False) for path in files])
    rows["month"] = pd.to_datetime(rows["Date reported"], format="%d/%m/%Y").dt.to_period("M").astype(str)
    return rows[rows["LSOA"].isin(places)]


def personal(rows: pd.DataFrame) -> pd.DataFrame:
    """Those of the calls that are personal and no crime."""
    return rows[(rows["NSIR category"] == "Personal") & (rows["Recorded as crime"] == "N")]


def repeat_callers(rows: pd.DataFrame, last: str) -> int:
    """People with three personal calls or more in the twelve months to ``last``."""
    months = pd.period_range(end=pd.Period(last, "M"), periods=12, freq="M").astype(str)
    calls = personal(rows)
    calls = calls[calls["month"].isin(months) & (calls["Caller reference"] != "")]
    return int((calls.groupby("Caller reference").size() >= 3).sum())


def searches(files: list[Path]) -> pd.Series:
    """Searches by local month."""
    rows = pd.concat([pd.read_csv(path, dtype=str) for path in files])
    at = pd.to_datetime(rows["Date"], utc=True).dt.tz_convert("Europe/London")
    return at.dt.strftime("%Y-%m").value_counts()


def referrals(folder: Path) -> dict[str, float]:
    """Referrals of the police force area by calendar quarter; not a number where one figure is blank."""
    found = {}
    for path in latest(folder, "nrm-referrals_*.xlsx"):
        rows = pd.read_excel(path, sheet_name="Referrals", header=3)
        rows["Scope"] = rows["Scope"].ffill()
        own = rows[(rows["Scope"] == "Police force area") & rows["First responder"].notna()]
        found[path.stem.split("_")[-1]] = float(own["Referrals"].sum(skipna=False))
    return found


def deaths(folder: Path, pattern: str, area: str, last: int) -> int:
    """Deaths registered in the area in the three years to ``last``."""
    rows = pd.read_csv(latest(folder, pattern)[-1], dtype=str).set_index("code")
    return sum(int(rows.at[area, str(year)]) for year in range(last - 2, last + 1))


def dealt_with(folder: Path, places: set[str], without: tuple[str, ...]) -> pd.Series:
    """Violence and sexual offences in the places for which someone was dealt with, by month."""
    files = latest(folder, "*-street.csv", without=without)
    rows = pd.concat([pd.read_csv(path, dtype=str) for path in files])
    violence = rows[(rows["Crime type"] == "Violence and sexual offences") & rows["LSOA code"].isin(places)]
    return violence[violence["Last outcome category"].isin(DEALT_WITH)].groupby("Month").size()
