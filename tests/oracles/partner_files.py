"""Recounts of numbers straight from partners' files with pandas: nothing here knows of a lake, a ledger or a model."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

MONTH = r"\d{4}-\d{2}"
PATROLS = re.compile(rf"({MONTH})_({MONTH})-(police|council)-patrols\.csv")


def received_by(folder: Path, pattern: str, moment: dt.datetime) -> list[Path]:
    """The files of a feed that had arrived by the morning of a day, oldest first; each lies in a folder of its day."""
    return [path for path in sorted(folder.glob(f"*/{pattern}")) if path.parent.name <= f"{moment:%Y-%m-%d}"]


def street_records(files: Iterable[Path], *, crime_type: str, lsoa_name: str) -> Counter[str]:
    """Records of a crime type in LSOAs of some name, by month: of each month's last file."""
    latest = {path.name[:7]: path for path in files}
    counts: Counter[str] = Counter()
    for month, path in latest.items():
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        counts[month] = int(((rows["Crime type"] == crime_type) & rows["LSOA name"].str.startswith(lsoa_name)).sum())
    return counts


def patrol_logs(files: Iterable[Path]) -> dict[tuple[str, str], pd.DataFrame]:
    """The patrols of each partner and month, with their ``day`` and ``partner``; a month is as its last log says."""
    logs: dict[tuple[str, str], pd.DataFrame] = {}
    for path in files:
        found = PATROLS.fullmatch(path.name)
        assert found, path.name
        first, last, partner = found.groups()
        rows = pd.read_csv(path, dtype=str)
        rows["day"] = pd.to_datetime(rows["Date"], format="%d/%m/%Y" if partner == "council" else "%Y-%m-%d")
        for month in pd.period_range(first, last, freq="M"):
            logs[partner, str(month)] = rows[rows["day"].dt.to_period("M") == month].assign(partner=partner)
    return logs


def joint_patrols(files: Iterable[Path]) -> dict[str, int]:
    """Joint patrols by month, for the months of which both partners have sent a log."""
    return {month: len(starts) for month, starts in joint_patrol_starts(files).items()}


def joint_patrol_starts(files: Iterable[Path]) -> dict[str, list[tuple[pd.Timestamp, int]]]:
    """The day and the minute at which each joint patrol began, by month.

    A month of a partner is as its last log says. Patrols in one ward that overlap one another, from one to the next,
    are one stretch; it is a joint patrol if at some minute of it both partners are out.
    """
    logs = patrol_logs(files)
    both = {month for partner, month in logs if partner == "police"} & {
        month for partner, month in logs if partner == "council"
    }
    return {
        month: [
            (day, minute)
            for (_, day), scene in pd.concat([logs["police", month], logs["council", month]]).groupby(
                ["Ward code", "day"]
            )
            for minute in _joint(scene)
        ]
        for month in sorted(both)
    }  # fmt: skip


def _joint(scene: pd.DataFrame) -> list[int]:
    """The first minute of each joint patrol among the patrols of one ward that start on one day."""
    out = []
    for start, end, partner in zip(scene["Start"], scene["End"], scene["partner"], strict=True):
        begins, ends = minute_of_day(start), minute_of_day(end)
        if begins is not None and ends is not None:
            out.append((begins, ends if ends > begins else ends + 24 * 60, partner))
    stretches: list[list[tuple[int, int, str]]] = []
    for patrol in sorted(out):
        if stretches and patrol[0] < max(end for _, end, _ in stretches[-1]):
            stretches[-1].append(patrol)
        else:
            stretches.append([patrol])
    return [
        stretch[0][0] for stretch in stretches if any(_together(one, other) for one in stretch for other in stretch)
    ]


def _together(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    return one[2] != other[2] and max(one[0], other[0]) < min(one[1], other[1])


def minute_of_day(clock: str) -> int | None:
    """The minute of the day; None for a time that no clock shows, which the contract holds back."""
    hours, minutes = map(int, clock.split(":"))
    return hours * 60 + minutes if hours < 24 else None


def mended_rows(spoilt: Path, mended: Path, *, source_rows: Iterable[int], key: str) -> pd.DataFrame:
    """The rows of a file that an earlier one had in some of its rows (the header is row 1), by their key."""
    before = pd.read_csv(spoilt, dtype=str, keep_default_na=False)
    after = pd.read_csv(mended, dtype=str, keep_default_na=False)
    keys = before.loc[[row - 2 for row in source_rows], key]
    return after[after[key].isin(keys)]
