"""The made-up force: the same bytes every time, and revisions that a later extract shows."""

import csv
import datetime as dt
from collections import Counter
from pathlib import Path

from safer_kpi.demo.partner import sample_partner
from safer_kpi.demo.police import write_offences, write_outcomes
from safer_kpi.demo.police_drops import drops

PARTNER = sample_partner(Path(__file__).resolve().parents[2] / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv")
APRIL, JUNE = dt.date(2023, 4, 1), dt.date(2023, 6, 1)


def extract(path: Path, as_of: dt.date) -> dict[str, dict[str, str]]:
    write_offences(path, PARTNER, first=APRIL, last=JUNE, as_of=as_of)
    with path.open(encoding="utf-8", newline="") as file:
        return {row["Offence reference"]: row for row in csv.DictReader(file)}


def test_the_same_extract_has_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_outcomes(tmp_path / name, PARTNER, month=JUNE, as_of=dt.date(2023, 7, 1))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_every_reference_says_that_it_is_made_up(tmp_path: Path) -> None:
    assert all(reference.startswith("SAMPLE-") for reference in extract(tmp_path / "file.csv", dt.date(2023, 7, 1)))


def test_a_later_extract_adds_cancels_and_reclassifies_and_loses_nothing(tmp_path: Path) -> None:
    first, later = (extract(tmp_path / "file.csv", as_of) for as_of in (dt.date(2023, 7, 1), dt.date(2023, 12, 1)))
    assert first.keys() < later.keys()
    before, after = (Counter(row["Status"] for row in rows.values()) for rows in (first, later))
    assert after["cancelled"] > before["cancelled"]
    assert after["reclassified"] > before["reclassified"]


def test_extracts_arrive_one_feed_at_a_time_and_no_two_at_once() -> None:
    arrivals = [(drop.received_at, drop.feed) for drop in drops(PARTNER)]
    assert arrivals == sorted(arrivals)
    assert len({at for at, _ in arrivals}) == len(set(arrivals))


def test_every_month_of_two_years_is_covered() -> None:
    outcomes = {drop.path[11:18] for drop in drops(PARTNER) if drop.feed == "police_outcomes"}
    assert outcomes == {f"{2023 + (3 + n) // 12}-{(3 + n) % 12 + 1:02}" for n in range(24)}
