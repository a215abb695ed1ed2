"""Recounts by pandas of published offences, workbooks, surveys and residents: no code of the product."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tests.oracles.assessment import arrived
from tests.oracles.incidents import latest
from tests.oracles.partner_files import minute_of_day, patrol_logs

#: The published outcomes that are positive, written out once more; the others are no result, or not yet one.
POSITIVE = {
    "Awaiting court outcome", "Court case unable to proceed", "Court result unavailable", "Defendant found not guilty",
    "Defendant sent to Crown Court", "Local resolution", "Offender deprived of property", "Offender fined",
    "Offender given a caution", "Offender given a drugs possession warning", "Offender given absolute discharge",
    "Offender given community sentence", "Offender given conditional discharge", "Offender given penalty notice",
    "Offender given suspended prison sentence", "Offender ordered to pay compensation", "Offender otherwise dealt with",
    "Offender sent to prison", "Suspect charged", "Suspect charged as part of another case",
}  # fmt: skip
YOUNG = [str(age) for age in range(10, 25)]


def street(folder: Path, places: set[str], without: tuple[str, ...]) -> pd.DataFrame:
    """The published records in the places, of each month as it arrived last."""
    rows = pd.concat([pd.read_csv(path, dtype=str) for path in latest(folder, "*-street.csv", without=without)])
    return rows[rows["LSOA code"].isin(places)]


def by_month(rows: pd.DataFrame) -> dict[str, int]:
    """How many records each month has."""
    return {str(month): int(count) for month, count in rows.groupby("Month").size().items()}


def residents(estimates: Path, ages: list[str] | None = None) -> int:
    """The residents in a file of estimates; of some ages only, if they are named."""
    rows = pd.read_csv(estimates, dtype={"lsoa_code": str})
    return int(rows[ages or ["total_population"]].sum().sum())


def offenders(folder: Path, places: set[str], types: Path) -> dict[str, int]:
    """The different offenders of most serious violence with a positive outcome, by month."""
    rows = positive_outcomes(folder, types)
    rows = rows[(rows["MSV"] == "Y") & rows["LSOA"].isin(places) & (rows["Offender reference"] != "")]
    people = rows.groupby("Outcome month")["Offender reference"].nunique()
    return {str(month): int(count) for month, count in people.items()}


def positive_outcomes(folder: Path, types: Path) -> pd.DataFrame:
    """The positive outcomes of the force's own list, of each month as it was sent last."""
    listed = pd.read_csv(types, dtype=str)
    paths = latest(folder, "*-crm-outcomes.csv")
    rows = pd.concat([pd.read_csv(path, dtype=str, keep_default_na=False) for path in paths])
    # Rows of another month and flags that nobody can read are held back.
    rows = rows[(rows["Outcome date"].str[:7] == rows["Outcome month"]) & rows["MSV"].isin(["Y", "N"])]
    return rows[rows["HO outcome type"].isin(listed.loc[listed["is_positive"] == "true", "outcome_type"])]


def survey(folder: Path, wave: str, question: str, group: str) -> tuple[int, int]:
    """How many of a group were asked a question of a wave, and how many agreed."""
    rows = pd.read_csv(latest(folder, f"safety-survey_{wave}.csv")[-1], dtype=str)
    rows = rows[(rows["Question"] == question) & (rows["Group"] == group)]
    return int(rows["Respondents"].astype(int).sum()), int(rows["Agree"].astype(int).sum())


def screening(folder: Path, quarter: str) -> tuple[int, int]:
    """The screenings of a quarter and the children screened: the line of all agencies and levels."""
    rows = pd.read_excel(arrived(folder, f"ce-screening_{quarter}.xlsx")[-1], sheet_name="Screening", header=None)
    (line,) = rows[(rows[1].ffill() == "All agencies") & (rows[2] == "All levels")].itertuples(index=False)
    return int(line[3]), int(line[4])


def treatment(folder: Path, quarter: str) -> tuple[float, float, float]:
    """Adults in treatment, in need, with unmet need: the line of all agencies; not a number where one is held back."""
    rows = pd.read_excel(arrived(folder, f"treatment_{quarter}.xlsx")[-1], sheet_name="Adults", header=None)
    (line,) = rows[rows[1] == "All agencies"].itertuples(index=False)
    adults, need, unmet = (float(pd.to_numeric(figure, errors="coerce")) for figure in line[2:5])
    return adults, need, unmet


def years_lived(folder: Path, area: str, last: int) -> int:
    """The sum of the three yearly estimates of an area's residents up to ``last``."""
    rows = pd.read_csv(arrived(folder, "sample-residents-to-*.csv")[-1])
    rows = rows[(rows["code"] == area) & rows["year"].between(last - 2, last)]
    assert len(rows) == 3
    return int(rows[[column for column in rows if column.startswith("Age")]].sum().sum())


def minutes_together(folder: Path) -> dict[str, int]:
    """The minutes by month in which a patrol of each partner was out in one ward; a patrol counts where it starts.

    For the months of which both partners have sent a log. A month of a partner is as its last log says.
    """
    logs = patrol_logs(sorted(folder.glob("*/*-patrols.csv")))
    out: dict[tuple[str, str], set[tuple[str, pd.Timestamp]]] = {}
    for (partner, month), rows in logs.items():
        minutes = out.setdefault((partner, month), set())
        for ward, day, start, end in rows[["Ward code", "day", "Start", "End"]].itertuples(index=False):
            begins, ends = minute_of_day(start), minute_of_day(end)
            if begins is not None and ends is not None:
                ends = ends if ends > begins else ends + 24 * 60
                minutes |= {(ward, day + pd.Timedelta(minutes=minute)) for minute in range(begins, ends)}
    both = {month for partner, month in out if partner == "police"} & {
        month for partner, month in out if partner == "council"
    }
    return {month: len(out["police", month] & out["council", month]) for month in sorted(both)}


def classes(folder: Path) -> set[str]:
    """The offence classes that the force's files name, as they stand."""
    rows = pd.concat(
        [pd.read_csv(path, dtype=str, keep_default_na=False) for path in latest(folder, "*-crm-offences_*.csv")]
    )
    return set(rows["Reclassified to"].where(rows["Reclassified to"] != "", rows["HO offence code"]))


def listed_classes(codes: Path) -> set[str]:
    """The codes of the list of offence classes."""
    return set(pd.read_csv(codes, dtype=str)["offence_code"])
