"""The force's own extracts, from files to numbers, both made by hand; and published outcomes with no row lost."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import safer_kpi
from safer_kpi.lake import connect
from safer_kpi.landing import land
from safer_kpi.landing.class_notes import unclassified_notes
from safer_kpi.landing.receipt import Receipt
from safer_kpi.receipts.delivered import receipt_for_partner
from safer_kpi.receipts.partner_receipt import as_markdown
from safer_kpi.settings import Settings
from tests.flows.shared_lake import Post, Story

BOSCOMBE, ALDERNEY = "E01015272", "E01015387"
BOSCOMBE_WARD, ALDERNEY_WARD = "E05012651", "E05012649"
pytestmark = pytest.mark.e2e

BCP = "E06000058"
Row = Mapping[str, str]


def offence(reference: str, code: str, recorded: str, lsoa: str, flags: str = "", **more: str) -> Row:
    """One row of an extract; ``flags`` are some of D K W M: domestic abuse, knife, other weapon, MSV."""
    said = zip(("Domestic abuse", "Knife", "Other weapon", "MSV"), "DKWM", strict=True)
    return {
        "Offence reference": reference, "HO offence code": code, "Recorded date": recorded, "LSOA": lsoa,
        "Victim age": "", "Victim sex": "", "Status": "recorded", "Reclassified to": "",
        **{header: "Y" if letter in flags else "N" for header, letter in said}, **more,
    }  # fmt: skip


def outcome(reference: str, crime: str, offender: str, kind: str, on: str, lsoa: str = BOSCOMBE, **more: str) -> Row:
    """One row of a month's outcomes."""
    return {
        "Outcome reference": reference, "Crime reference": crime, "Offender reference": offender,
        "Outcome month": on[:7], "Force": "Dorset Police", "HO offence code": "5D", "MSV": "Y",
        "Recorded date": "2024-01-05", "Outcome date": on, "HO outcome type": kind, "LSOA": lsoa, **more,
    }  # fmt: skip


WINDOW = "dorset-crm-offences_2024-01_2024-03.csv"
AGE = "Victim age"
SEX = "Victim sex"
# Rows 2 to 6 are good. Row 7 is of a class that no list knows, 8 lies before the window, 9 does not say what it became
# and 10 has a day that is none.
APRIL = [
    offence("a", "8N", "05/01/2024", BOSCOMBE, "DKWM", **{AGE: "24", SEX: "F"}),
    offence("b", "5D", "10/01/2024", ALDERNEY, "M", **{AGE: "16", SEX: "M"}),
    offence("c", "105A", "12/01/2024", BOSCOMBE, "D", **{AGE: "40", SEX: "Female"}),
    offence("d", "34B", "03/02/2024", BOSCOMBE, "M", **{AGE: "19", SEX: "M"}),
    offence("e", "20A", "20/02/2024", BOSCOMBE, "M", **{SEX: "F"}),
    offence("f", "8Z", "08/02/2024", BOSCOMBE),
    offence("g", "8N", "15/12/2023", BOSCOMBE),
    offence("h", "8N", "11/02/2024", BOSCOMBE, Status="reclassified"),
    offence("i", "8N", "31/02/2024", BOSCOMBE),
]
# A month later: b is cancelled, c was worse than thought, d lies elsewhere, f has a known class, j comes late.
MAY = [
    APRIL[0],
    {**APRIL[1], "Status": "cancelled"},
    {**APRIL[2], "Status": "reclassified", "Reclassified to": "8N"},
    {**APRIL[3], "LSOA": ALDERNEY},
    APRIL[4],
    {**APRIL[5], "HO offence code": "8N"},
    offence("j", "5D", "25/01/2024", BOSCOMBE, "M", **{AGE: "10", SEX: "M"}),
]
OUTCOMES = {
    "2024-01-dorset-crm-outcomes.csv": [outcome("o0", "b", "", "18", "2024-01-31", ALDERNEY)],
    # o3 is dated the day before its offence was recorded. Row 6 lies in another month, row 7 names no outcome type.
    "2024-02-dorset-crm-outcomes.csv": [
        outcome("o1", "a", "p1", "1", "2024-02-10"),
        outcome("o2", "a", "p2", "1", "2024-02-10"),
        outcome("o3", "d", "p1", "1A", "2024-02-02"),
        outcome("o4", "b", "p3", "16", "2024-02-12"),
        outcome("o5", "b", "p3", "1", "2024-03-01", **{"Outcome month": "2024-02"}),
        outcome("o6", "b", "p3", "23", "2024-02-29"),
    ],
    # j is not known yet when its outcome comes; no offence y ever comes.
    "2024-03-dorset-crm-outcomes.csv": [
        outcome("o7", "j", "p1", "1", "2024-03-05"),
        outcome("o8", "y", "p4", "8", "2024-03-06", ALDERNEY),
    ],
}


# Two rows alike, in a month for which the force's own outcomes are not here.
PUBLISHED = {
    "2024-04-dorset-outcomes.csv": 2 * [{
        "Crime ID": "a" * 64, "Month": "2024-04", "Reported by": "Dorset Police", "Falls within": "Dorset Police",
        "Longitude": "-1.9", "Latitude": "50.7", "Location": "On or near Sample Street", "LSOA code": BOSCOMBE,
        "LSOA name": "", "Outcome type": "Suspect charged",
    }],
}  # fmt: skip


def written(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def send(post: Post) -> None:
    """Two extracts, and between them three months of outcomes and a published file of them."""
    for feed, day, files in (
        ("police_offences", "2024-04-10", {WINDOW: APRIL}),
        ("police_outcomes", "2024-04-12", OUTCOMES),
        ("police_outcomes", "2024-05-08", PUBLISHED),
        ("police_offences", "2024-05-10", {WINDOW: MAY}),
    ):
        post.send(feed, day, *(written(post.path(day, name), rows) for name, rows in files.items()))


@dataclass(frozen=True)
class Told:
    """The shared lake, in which two extracts and three months of outcomes were landed in turn."""

    settings: Settings
    april: Receipt
    outcomes: list[Receipt]
    published: Receipt
    may: Receipt
    warnings: Sequence[str]

    def numbers(self, metric: str, **more: Any) -> dict[str, float | None]:
        with safer_kpi.open(self.settings.home) as lake:
            rows = lake.metric(metric, release=None if "known_at" in more else "now", **{"area": BCP, **more}).rows()
        return {row["period"]: row["value"] for row in rows}

    def held(self, delivery: Receipt) -> set[tuple[int, str]]:
        with connect(self.settings, read_only=True) as lake:
            rows = lake.execute(
                "SELECT source_row, rule FROM journal.quarantine WHERE delivery_id = ?", [delivery.delivery_id]
            ).fetchall()
        return set(rows)


@pytest.fixture(scope="module")
def told(story_of: Callable[[str], Story]) -> Told:
    story = story_of("test_police_feeds")
    april, first, second, third, published, may = story.receipts.values()
    return Told(story.settings, april, [first, second, third], published, may, story.warnings[0])


def test_an_extract_holds_back_what_it_cannot_place_and_loses_no_row(told):
    assert (told.april.status, told.april.rows_read, told.april.rows_accepted) == ("accepted", 9, 6)
    assert told.april.cells == ["dorset/2024-01", "dorset/2024-02", "dorset/2024-03"]
    assert told.held(told.april) == {
        (8, "outside_cells"), (9, "reclassified_to_is_stated"), (10, "outside_cells"),
    }  # fmt: skip


def test_the_window_sent_again_says_what_became_of_each_offence(told):
    # a and e are as they were; c and f are of another class, and j was not there (late).
    assert told.may.changes == {"corrected": 1, "late": 1, "reclassified": 2, "relocated": 1}


def test_a_class_that_no_list_knows_counts_under_the_force_s_own_words_and_is_named(told):
    metric = "1a.unclassified_offences"
    # February: f, of class 8Z; in May it is an assault with injury.
    assert told.numbers(metric, by="month", known_at="2024-04-30") == {"2024-01": 0, "2024-02": 1, "2024-03": 0}
    before = told.numbers(metric, by="month", known_at="2024-04-30", breakdown="class:8Z")
    assert before["2024-02"] == 1
    assert told.numbers(metric, by="month") == {"2024-01": 0, "2024-02": 0, "2024-03": 0}
    april, may = (receipt_for_partner(told.settings, one.delivery_id) for one in (told.april, told.may))
    assert (april.unclassified_rows, april.unclassified_codes, april.unclassified_described) == (1, ("8Z",), 0)
    assert "1 row is of an offence class that the list of classes does not hold (8Z)." in as_markdown(april)
    assert may.unclassified_rows == 0
    (note,) = unclassified_notes(told.settings, [told.april, *told.outcomes, told.may])
    assert note.startswith(f"{WINDOW}: 1 row is of an offence class that the list of classes does not hold (8Z).")
    assert any("police_offences" in text and "(8Z)" in text for text in told.warnings)


def test_outcomes_are_accepted_before_their_offence_and_held_outside_their_month(told):
    assert [(one.rows_read, one.rows_accepted) for one in told.outcomes] == [(1, 1), (6, 4), (2, 2)]
    assert told.held(told.outcomes[1]) == {(6, "outcome_date_in_month"), (7, "isin")}


def test_published_rows_alike_count_each_and_cover_nothing_of_the_force_s_own(told):
    assert (told.published.cells, told.published.changes) == (["published/dorset/2024-04"], {"new": 2})
    # Not a zero for April: the force's own outcomes of April are not here.
    assert "2024-04" not in told.numbers("1c.msv_positive_outcomes", by="month")


def test_no_reference_of_the_force_is_kept(told):
    with connect(told.settings, read_only=True) as lake:
        kept = lake.execute(
            "SELECT offence_id FROM landing.police_offences UNION "
            "SELECT unnest([outcome_id, crime_ref, offender_ref]) FROM landing.police_outcomes"
        ).fetchall()
    assert {len(reference) for (reference,) in kept if reference is not None} == {32}


def test_cancelled_counts_nowhere_and_reclassified_under_its_new_class(told):
    metric = "1a.violence_against_person"
    # January: a, b, c; then a, c and j without b. February: nothing, then f. March: covered, and nothing in it.
    before = told.numbers(metric, by="month", known_at="2024-04-30")
    assert before == {"2024-01": 3, "2024-02": 0, "2024-03": 0}
    assert told.numbers(metric, by="month") == {"2024-01": 3, "2024-02": 1, "2024-03": 0}
    with safer_kpi.open(told.settings.home) as lake:
        rows = lake.compare("2024-04-30", "2024-05-31", metric=metric, area=BCP, period="2024-01").rows()
    assert [(row["step"], row["cause"], row["amount"]) for row in rows] == [
        ("opening", None, 3), ("movement", "corrected", -1), ("movement", "late", 1), ("closing", None, 3),
    ]  # fmt: skip


def test_flags_overlap_and_are_never_summed(told):
    # a is violence, domestic abuse and an assault with two weapons: once in each.
    counts = {
        metric: told.numbers(f"1a.{metric}", by="month", breakdown="all")["2024-01"]
        for metric in ("violence_against_person", "domestic_abuse_violence", "knife_weapon_assaults")
    }
    assert counts == {"violence_against_person": 3, "domestic_abuse_violence": 2, "knife_weapon_assaults": 1}


def test_a_breakdown_sums_to_the_whole(told):
    parts = ("all", "age:10-17", "age:18-24", "age:25-64", "sex:F", "sex:M")
    metric = "1a.domestic_abuse_violence"
    found = {part: told.numbers(metric, by="month", breakdown=part).get("2024-01") for part in parts}
    # a, a woman of 24, and c, a woman of 40
    assert found == {"all": 2, "age:10-17": None, "age:18-24": 1, "age:25-64": 1, "sex:F": 2, "sex:M": None}


def test_serious_youth_violence_takes_ages_10_to_24_only(told):
    # April: b aged 16. May: b is cancelled, j aged 10 came. a is 24, but an assault with injury is not grave enough.
    assert told.numbers("1a.serious_youth_violence", by="month", known_at="2024-04-30")["2024-01"] == 1
    assert told.numbers("1a.serious_youth_violence", by="month")["2024-01"] == 1
    # 1 of 70,502, per 1,000: residents aged 10 to 24 at mid-2020, summed from the seed's single years of age.
    assert told.numbers("1a.serious_youth_violence_rate", by="month")["2024-01"] == pytest.approx(1 / 70.502)


def test_offenders_are_people_and_months_of_them_do_not_sum(told):
    assert told.numbers("1c.msv_positive_outcomes", by="quarter")["2023-24-Q4"] == 5  # o1 o2 o3 o7 o8
    # February p1 and p2, March p1 and p4; in the quarter p1, p2 and p4.
    assert told.numbers("1c.msv_offenders", by="month") == {"2024-01": 0, "2024-02": 2, "2024-03": 2}
    assert told.numbers("1c.msv_offenders", by="quarter") == {"2023-24-Q4": 3}
    assert told.numbers("1c.msv_offenders", by="quarter", area=BOSCOMBE_WARD) == {"2023-24-Q4": 2}  # p1 p2
    assert told.numbers("1c.msv_offenders", by="quarter", area=ALDERNEY_WARD) == {"2023-24-Q4": 1}  # p4


def test_an_offence_of_the_cohort_is_resolved_once_wherever_its_outcome_lies(told):
    # April: a, b and d, e are most serious violence; a has two outcomes and d one. May: j, resolved before it came.
    metric = "1c.msv_cohort_with_outcome"
    assert told.numbers(metric, by="month", known_at="2024-04-30") == {"2024-01": 1, "2024-02": 1, "2024-03": 0}
    assert told.numbers(metric, by="month") == {"2024-01": 2, "2024-02": 1, "2024-03": 0}
    # a, j, d of a, j, d, e
    assert told.numbers("1c.msv_positive_outcome_share", by="quarter") == {"2023-24-Q4": 75}
    # d moved, and its resolution with it
    assert told.numbers(metric, by="month", area=BOSCOMBE_WARD)["2024-02"] == 0
    assert told.numbers(metric, by="month", area=ALDERNEY_WARD)["2024-02"] == 1


def test_published_outcomes_lose_no_row(told, shared_data):
    """Every row of two real months; rows alike count as often as they occur."""
    northumbria = shared_data / "police_uk" / "northumbria"
    paths = [northumbria / f"2020-{month}-northumbria-outcomes.csv" for month in ("05", "06")]
    receipts = land(told.settings, "police_outcomes", [str(path) for path in paths])
    assert [(one.rows_read, one.rows_accepted, one.rows_quarantined) for one in receipts] == [
        (4728, 4728, 0), (6061, 6061, 0),
    ]  # fmt: skip
    counted: Counter[tuple[str, str, str]] = Counter()
    for path in paths:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines)
            counted.update(
                (f"published/northumbria/{path.name[:7]}", row["Crime ID"], row["Outcome type"]) for row in rows
            )
    with connect(told.settings, read_only=True) as lake:
        landed = lake.execute(
            "SELECT cell, crime_id, outcome, sum(weight) FROM landing.police_outcomes "
            "WHERE cell LIKE 'published/northumbria/%' GROUP BY ALL"
        ).fetchall()
    assert {tuple(row[:3]): row[3] for row in landed} == counted
