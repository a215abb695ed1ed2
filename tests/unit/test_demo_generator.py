"""The demo's partner writes true-to-form files, the same ones every time."""

import csv
import hashlib
from pathlib import Path

import pytest

from safer_kpi.demo.flaws import BAD_CELLS, truncated, with_bad_rows
from safer_kpi.demo.generator import SEED, write_street
from safer_kpi.demo.partner import CRIME_MIX, OUTCOMES_OF_OTHER_CRIME, OUTCOMES_OF_VIOLENCE, Partner, Place
from safer_kpi.demo.scenario import scenario

HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)
PARTNER = Partner(
    "dorset",
    "Dorset Police",
    (
        Place(0, "E01015272", "Bournemouth, Christchurch and Poole 035A", -1.83, 50.72),
        Place(1, "E01015273", "Bournemouth, Christchurch and Poole 035B", -1.84, 50.73),
    ),
    "E06000058",
)
ROWS = 2000


def written(folder: Path, *, vintage: int = 0, rows: int = ROWS, seed: int = SEED) -> Path:
    path = folder / f"{vintage}-{rows}-{seed}" / "2024-01-dorset-street.csv"
    write_street(path, PARTNER, "2024-01", rows=rows, vintage=vintage, seed=seed)
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def dice(number: int) -> int:
    """The lower 64 bits of a record's MD5, taken here with hashlib instead of SQL."""
    digest = hashlib.md5(f"{SEED}/dorset/2024-01/{number}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "little")


def fates(vintage: int) -> dict[str, set[int]]:
    """Record numbers that are not there yet, or no longer, re-derived from the dice."""
    late, gone = set(), set()
    for number in range(ROWS):
        bits = dice(number)
        lateness, fate, changed_after = bits >> 43 & 255, bits >> 51 & 1023, 1 + (bits >> 61)
        if lateness < 13 and 1 + lateness % 6 > vintage:
            late.add(number)
        elif fate < 6 and changed_after <= vintage:
            gone.add(number)
    return {"late": late, "gone": gone}


def test_a_file_has_the_publishers_header_and_marks_its_places_as_made_up(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert path.read_text(encoding="utf-8").splitlines()[0] == HEADER
    placed = [row for row in read(path) if row["LSOA code"]]
    assert placed
    assert all(row["Location"].endswith("(made up)") for row in placed)


def test_the_same_arguments_write_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    first, again = written(tmp_path / "a").read_bytes(), written(tmp_path / "b").read_bytes()
    assert first == again
    assert written(tmp_path, seed=SEED + 1).read_bytes() != first


def test_crimes_have_unique_ids_and_anti_social_behaviour_has_neither_id_nor_outcome(tmp_path: Path) -> None:
    rows = read(written(tmp_path))
    crimes = [row for row in rows if row["Crime type"] != "Anti-social behaviour"]
    incidents = [row for row in rows if row["Crime type"] == "Anti-social behaviour"]
    assert len({row["Crime ID"] for row in crimes}) == len(crimes)
    assert all(len(row["Crime ID"]) == 64 and row["Last outcome category"] for row in crimes)
    assert incidents
    assert not any(row["Crime ID"] or row["Last outcome category"] for row in incidents)


@pytest.mark.parametrize("vintage", [0, 3, 9])
def test_late_and_withdrawn_records_follow_the_dice(tmp_path: Path, vintage: int) -> None:
    # every record there is - not yet recorded at this vintage - already withdrawn, counted with hashlib
    expected = fates(vintage)
    assert len(read(written(tmp_path, vintage=vintage))) == ROWS - len(expected["late"]) - len(expected["gone"])


def test_between_two_vintages_records_are_late_corrected_progressed_and_withdrawn(tmp_path: Path) -> None:
    before = {row["Crime ID"]: row for row in read(written(tmp_path)) if row["Crime ID"]}
    after = {row["Crime ID"]: row for row in read(written(tmp_path, vintage=9)) if row["Crime ID"]}
    both = before.keys() & after.keys()
    changed = {
        column: sum(before[key][column] != after[key][column] for key in both)
        for column in ("Crime type", "LSOA code", "Last outcome category")
    }
    assert after.keys() - before.keys()
    assert before.keys() - after.keys()
    assert min(changed.values()) > 0
    # a decided outcome stays: only open ones progress, unless the type was corrected too
    reopened = [
        key
        for key in both
        if after[key]["Last outcome category"] == "Under investigation" != before[key]["Last outcome category"]
    ]
    assert reopened == []


def test_a_larger_month_begins_with_the_smaller_one(tmp_path: Path) -> None:
    small, large = (written(tmp_path, rows=rows).read_text(encoding="utf-8") for rows in (100, 200))
    assert large.startswith(small)


def test_shares_are_per_thousand() -> None:
    assert [sum(shares.values()) for shares in (CRIME_MIX, OUTCOMES_OF_VIOLENCE, OUTCOMES_OF_OTHER_CRIME)] == [1000] * 3


def test_bad_rows_are_one_cell_in_every_hundredth_row(tmp_path: Path) -> None:
    path = written(tmp_path)
    whole = read(path)
    spoilt = with_bad_rows(path)
    differing = [number for number, row in enumerate(read(path), start=1) if row != whole[number - 1]]
    # 1,9xx rows hold nineteen hundreds; two rounds of the five kinds of bad cell are ten
    assert spoilt == 2 * len(BAD_CELLS) == 10
    assert differing == [100 * step for step in range(1, 11)]


def test_a_truncated_file_ends_inside_a_line(tmp_path: Path) -> None:
    path = written(tmp_path)
    whole = path.read_bytes()
    truncated(path)
    assert whole.startswith(path.read_bytes())
    assert not path.read_bytes().endswith(b"\n")


def test_the_story_has_two_years_in_order_and_each_mishap_once() -> None:
    drops = scenario(PARTNER)
    # 24 first publications + 3 months again at each of six quarters and 6 at one + 4 mishaps
    assert len(drops) == 24 + 6 * 3 + 6 + 3 + 4
    assert [drop.received_at for drop in drops] == sorted(drop.received_at for drop in drops)
    assert {drop.month for drop in drops} >= {"2023-04", "2025-03"}
    assert all(drop.published < drop.received_at for drop in drops)
    notes = [drop.note for drop in drops if drop.note not in ("", "published again")]
    assert notes == [
        "sent twice",
        "with bad rows",
        "sent again, bad cells mended",
        "an older publication, found months later",
        "truncated",
        "sent again, whole this time",
    ]
