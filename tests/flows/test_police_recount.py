"""Invariant 4 for the force's extracts: revised for a year and a half, built twice, against a plain count of the files.

Every cell of the ledger must be what the last extract of its month says.
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from safer_kpi.compute import build
from safer_kpi.demo.files import FileDrop
from safer_kpi.demo.partner import sample_partner
from safer_kpi.demo.police_drops import BAD_OUTCOMES, drops
from safer_kpi.lake import connect
from safer_kpi.landing import Terms, land
from safer_kpi.settings import Settings

pytestmark = pytest.mark.soak
SEEDS = Path(__file__).resolve().parents[2] / "seeds"
LOOKUP = SEEDS / "area_lookup" / "bcp_lsoa21_ward24.csv"
UNTIL, BUILT_FIRST = dt.datetime(2024, 12, 1), dt.datetime(2024, 1, 1)
BANDS = (("0-9", 10), ("10-17", 18), ("18-24", 25), ("25-64", 65), ("65+", 999))
DORSET = "E23000039"
Row = dict[str, str]
Cell = tuple[str, str, str, str]  # metric, ward, month, breakdown


def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


CODES = {row["offence_code"]: row for row in rows_of(SEEDS / "offence_codes.csv")}
POSITIVE = {row["outcome_type"] for row in rows_of(SEEDS / "outcome_types.csv") if row["is_positive"] == "true"}
WARDS = {row["lsoa21_code"]: row["ward_code"] for row in rows_of(LOOKUP)}
AUTHORITIES = {row["lsoa21_code"]: row["la_code"] for row in rows_of(LOOKUP)}


def last_offences(sent: Iterable[tuple[FileDrop, Path]]) -> dict[str, list[Row]]:
    """The rows of each month as it was sent last; the file with bad rows was sent again, mended."""
    months: dict[str, list[Row]] = {}
    for drop, path in sent:
        if drop.feed == "police_offences" and drop.note != "with bad rows":
            found = defaultdict(list)
            for row in rows_of(path):
                found["-".join(row["Recorded date"].split("/")[:0:-1])].append(row)
            months |= found
    return months


def last_outcomes(sent: Iterable[tuple[FileDrop, Path]]) -> dict[str, list[Row]]:
    bad = set(BAD_OUTCOMES)
    return {
        path.name[:7]: [row for row in rows_of(path) if not bad & set(row.items())]
        for drop, path in sent
        if drop.feed == "police_outcomes"
    }


#: What is counted here; distinct people and places over a year are recounted on the demo's lake.
RECOUNTED = (
    "1a.violence_against_person", "1a.serious_youth_violence", "1a.sexual_offences", "1a.domestic_abuse_violence",
    "1a.knife_weapon_assaults", "1c.msv_offences", "1c.msv_positive_outcomes", "1c.msv_cohort_with_outcome",
)  # fmt: skip


def named(row: Row) -> Iterator[tuple[str, str]]:
    """The metrics a live offence counts in, and the parts of their breakdowns."""
    code = CODES[row["Reclassified to"] or row["HO offence code"]]
    violence = code["offence_group"] == "Violence against the person"
    age = int(row["Victim age"]) if row["Victim age"] else None
    band = "not recorded" if age is None else next(name for name, below in BANDS if age < below)
    parts = ("all", f"age:{band}", f"sex:{row['Victim sex'] or 'not recorded'}")
    if violence:
        yield "1a.violence_against_person", "all"
    if code["is_serious_violence"] == "true" and age is not None and 10 <= age <= 24:
        yield "1a.serious_youth_violence", "all"
    if code["offence_group"] == "Sexual offences":
        yield from (("1a.sexual_offences", part) for part in parts)
    if violence and row["Domestic abuse"] == "Y":
        yield from (("1a.domestic_abuse_violence", part) for part in parts)
    if code["is_assault"] == "true" and "Y" in (row["Knife"], row["Other weapon"]):
        yield "1a.knife_weapon_assaults", "all"
    if row["MSV"] == "Y":
        yield "1c.msv_offences", "all"


def recounted(offences: dict[str, list[Row]], outcomes: dict[str, list[Row]]) -> Counter[Cell]:
    cells: Counter[Cell] = Counter()
    positive = [(month, row) for month, rows in outcomes.items() for row in rows if row["HO outcome type"] in POSITIVE]
    resolved = {row["Crime reference"] for _, row in positive}
    for month, row in positive:
        if row["MSV"] == "Y":
            cells["1c.msv_positive_outcomes", WARDS.get(row["LSOA"], "unplaced"), month, "all"] += 1
    for month, rows in offences.items():
        for row in rows:
            if row["Status"] != "cancelled":
                ward = WARDS.get(row["LSOA"], "unplaced")
                cells.update((metric, ward, month, part) for metric, part in named(row))
                if row["MSV"] == "Y" and row["Offence reference"] in resolved:
                    cells["1c.msv_cohort_with_outcome", ward, month, "all"] += 1
    return cells


def people(outcomes: dict[str, list[Row]]) -> dict[tuple[str, str, str], int]:
    """Different offenders by area and month, and by area and financial year."""
    found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for month, rows in outcomes.items():
        year = f"{int(month[:4]) - (month[5:] < '04')}-04"
        for row in rows:
            if row["MSV"] == "Y" and row["HO outcome type"] in POSITIVE and row["Offender reference"]:
                ward = WARDS.get(row["LSOA"], "unplaced")
                for area in {ward, DORSET, AUTHORITIES.get(row["LSOA"], ward)}:
                    found[area, "month", month].add(row["Offender reference"])
                    found[area, "year", year].add(row["Offender reference"])
    return {cell: len(offenders) for cell, offenders in found.items()}


def test_every_cell_is_its_recount(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path / "lake")
    sent: list[tuple[FileDrop, Path]] = []
    story = [drop for drop in drops(sample_partner(LOOKUP)) if drop.received_at < UNTIL]
    built = False
    for (received_at, feed), morning in itertools.groupby(story, key=lambda drop: (drop.received_at, drop.feed)):
        if received_at > BUILT_FIRST and not built:
            build(settings)
            built = True
        files = [(drop, tmp_path / "files" / drop.path) for drop in morning]
        for drop, path in files:
            drop.write(path)
        terms = Terms(published=files[0][0].published, received_at=received_at)
        receipts = land(settings, feed, [str(path) for _, path in files], terms=terms)
        assert [receipt.status for receipt in receipts] == [drop.status for drop, _ in files]
        sent += files
    build(settings)
    with connect(settings, read_only=True) as lake:
        ledger = lake.execute(
            "SELECT metric_id, area_code, strftime(month, '%Y-%m'), breakdown, sum(amount) FROM kpi.ledger "
            "WHERE la_code <> 'none' AND list_contains(?, metric_id) GROUP BY ALL HAVING sum(amount) <> 0",
            [RECOUNTED],
        ).fetchall()
        offenders = lake.execute(
            "SELECT area_code, period_type, strftime(month, '%Y-%m'), sum(amount) FROM kpi.ledger "
            "WHERE metric_id = '1c.msv_offenders' AND period_type IN ('month', 'year') "
            "GROUP BY ALL HAVING sum(amount) <> 0"
        ).fetchall()
    outcomes = last_outcomes(sent)
    assert {tuple(row[:4]): row[4] for row in ledger} == recounted(last_offences(sent), outcomes)
    assert {tuple(row[:3]): row[3] for row in offenders} == people(outcomes)
