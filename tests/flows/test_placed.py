"""*Placed*: what no lookup places lowers a figure beside every number of the areas it may belong to."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi.cli.main import app
from safer_kpi.receipts.delivered import receipt_for_partner
from safer_kpi.receipts.partner_receipt import as_markdown
from tests.flows.shared_lake import LOOKUP_CAME, Post, Story

pytestmark = [pytest.mark.e2e, pytest.mark.long(100)]

ROOT = Path(__file__).resolve().parents[2]
LOOKUP = ROOT / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv"
LSOA_A, WARD_A = "E01015272", "E05012651"
LSOA_B, WARD_B = "E01015387", "E05012649"
ELSEWHERE = "E01022984"  # in the New Forest, beyond the force, which the project's lookup does not list
AREA, FORCE = "E06000058", "E23000039"
ASB, VIOLENCE = "Anti-social behaviour", "Violence and sexual offences"
OFFENCES, SHARE = "1a.violence_and_sexual_offences", "1c.violence_positive_outcome_share"
HEADER = ["Crime ID", "Month", "Reported by", "Falls within", "Longitude", "Latitude", "Location", "LSOA code",
          "LSOA name", "Crime type", "Last outcome category", "Context"]  # fmt: skip


def street(
    folder: Path,
    month: str,
    places: Sequence[tuple[str, str, str]],
    *,
    force: str = "Dorset Police",
) -> Path:
    """A force's file of one month: a row per place, crime type and outcome."""
    slug = {"Dorset Police": "dorset", "Wiltshire Police": "wiltshire"}.get(force, "btp")
    path = folder / f"{month}-{slug}-street.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        for number, (lsoa, crime, outcome) in enumerate(places):
            crime_id = "" if crime == ASB else f"{month.replace('-', '')}{len(slug):02}{number:056x}"
            writer.writerow([crime_id, month, force, "", "", "", "", lsoa, "", crime, outcome, ""])
    return path


MAY = [(LSOA_A, ASB, "")] * 5 + [(LSOA_B, ASB, "")] * 3 + [(ELSEWHERE, ASB, "")] * 2
JULY = [
    # One of one positive outcome is placed, one of four offences is not: the share says the lesser of the two.
    (LSOA_A, VIOLENCE, "Offender given a caution"),
    *[(LSOA_A, VIOLENCE, "Unable to prosecute suspect")] * 2,
    (ELSEWHERE, VIOLENCE, "Unable to prosecute suspect"),
    *[(LSOA_A, ASB, "")] * 10,
]

RAIL = [(LSOA_A, "Robbery", "")] * 2


def send(post: Post) -> None:
    """Send two made-up months, then a lookup that lists the place they lacked."""
    folder = post.path("2024-08-01", "here").parent
    files = [street(folder, "2024-05", MAY), street(folder, "2024-07", JULY)]
    files.append(street(folder, "2024-07", RAIL, force="British Transport Police"))
    files.append(street(folder, "2024-07", [("", ASB, "")] * 4, force="Wiltshire Police"))
    post.send("police_street", "2024-08-01", *files)
    whole = post.path(LOOKUP_CAME, "lsoa21_ward24.csv")
    row = f"{ELSEWHERE},New Forest 018A,E07000091,New Forest,E07000091,New Forest\n"
    whole.write_text(LOOKUP.read_text(encoding="utf-8") + row, encoding="utf-8")
    post.send("area_lookup", LOOKUP_CAME, whole)


#: What is asked before the lookup comes.
ASKED = [
    *[("3c.asb_incidents", area, "2024-05") for area in (AREA, WARD_A, FORCE, "unplaced")],
    *[("3c.asb_incidents", AREA, period) for period in ("2024-07", "2024-25", "2024-06")],
    *[(metric, AREA, "2024-07") for metric in (OFFENCES, SHARE)],
]


@pytest.fixture(scope="module")
def landed(story_of: Callable[[str], Story]) -> Story:
    return story_of("test_placed")


def test_every_file_is_accepted(landed: Story) -> None:
    assert [receipt.status for receipt in landed.receipts.values()] == ["accepted"] * 5


@pytest.mark.parametrize(
    ("asked", "numerator", "unplaced", "placed"),
    [
        (("3c.asb_incidents", AREA, "2024-05"), 8, 2, 8 / 10),
        (("3c.asb_incidents", WARD_A, "2024-05"), 5, 2, 8 / 10),
        (("3c.asb_incidents", FORCE, "2024-05"), 10, 0, 1.0),
        (("3c.asb_incidents", "unplaced", "2024-05"), 2, None, None),
        (("3c.asb_incidents", AREA, "2024-07"), 10, 0, 1.0),
        (("3c.asb_incidents", AREA, "2024-25"), 18, 2, 18 / 20),
        ((OFFENCES, AREA, "2024-07"), 3, 1, 3 / 4),
        ((SHARE, AREA, "2024-07"), 1, 0, 3 / 4),
    ],
)
def test_what_no_lookup_places_stands_beside_the_number(
    landed: Story, asked: tuple[str, str, str], numerator: int, unplaced: int | None, placed: float | None
) -> None:
    row = landed.asked[asked]
    assert (row["numerator"], row["unplaced"]) == (numerator, unplaced)
    assert row["placed"] == (None if placed is None else pytest.approx(placed))


def test_what_is_missing_is_neither_placed_nor_unplaced(landed: Story) -> None:
    row = landed.asked["3c.asb_incidents", AREA, "2024-06"]
    assert (row["status"], row["placed"], row["unplaced"]) == ("missing", None, None)


def test_a_lookup_that_lists_the_place_ends_it_and_the_past_stays(landed: Story) -> None:
    now = landed.row("3c.asb_incidents", "2024-05", area=AREA)
    assert (now["numerator"], now["unplaced"], now["placed"]) == (8, 0, 1)
    then = landed.row("3c.asb_incidents", "2024-05", area=AREA, known_at="2024-08-15")
    assert (then["numerator"], then["unplaced"], then["placed"]) == (8, 2, pytest.approx(0.8))
    neighbour = landed.row("3c.asb_incidents", "2024-05", area="E07000091")
    assert (neighbour["numerator"], neighbour["placed"]) == (2, 1)


def test_the_receipt_and_the_build_name_the_lookup(landed: Story) -> None:
    street_files = [one for one in landed.receipts.values() if one.feed == "police_street"]
    may, july, rail, wiltshire = (receipt_for_partner(landed.settings, one.delivery_id) for one in street_files)
    told = [(one.unlisted_rows, one.unlisted_places, one.placeless_rows) for one in (may, july, rail, wiltshire)]
    assert told == [(2, 1, 0), (1, 1, 0), (0, 0, 0), (0, 0, 4)]
    assert "| Not placed | 4 rows have no place in the file. No lookup" in as_markdown(wiltshire)
    [told] = [text for text in landed.warnings[0] if "area_lookup" in text]
    assert told.startswith("police_street: 3 rows lie in a place that no lookup lists")
    assert "4 rows have no place in the file." in told
    assert not [text for text in landed.warnings[1] if "area_lookup" in text]
    told = CliRunner().invoke(app, ["receipt", str(may.delivery_id), "--home", str(landed.settings.home)])
    assert "2 rows lie in a place that no lookup lists" in " ".join(told.stdout.split())


def test_show_says_how_many_could_not_be_placed(landed: Story) -> None:
    words = [
        "show",
        "3c.asb_incidents",
        "--area",
        AREA,
        "--home",
        str(landed.settings.home),
        "--known-at",
        "2024-08-15",
    ]
    told = " ".join(CliRunner().invoke(app, words).stdout.split())
    assert "80 %" in told
    assert "up to 2" in told
    assert "safer-kpi land area_lookup FILE" in told


@pytest.mark.parametrize(
    ("area", "period", "numerator", "months"),
    [
        (AREA, "2024-07", 2, ["2024-07"]),
        (WARD_A, "2024-07", 2, ["2024-07"]),
        (AREA, "2024-05", 0, []),
        (FORCE, "2024-07", 0, None),  # what the force itself recorded
    ],
)
def test_what_british_transport_police_add_stands_in_its_months(
    landed: Story, area: str, period: str, numerator: int, months: list[str] | None
) -> None:
    """Their file of July has two robberies in ward A, and none of May was landed."""
    row = landed.row("1a.robbery", period, area=area)
    assert row["numerator"] == numerator
    told = row["contributors"]
    assert told == ([{"code": "btp", "name": "British Transport Police", "months": months}] if months else months)


def test_a_rate_without_residents_names_the_feed_the_area_and_the_year(landed: Story) -> None:
    """The estimates hold the LSOAs of one authority, so the force has no rate."""
    row = landed.row("1a.violence_and_sexual_offences_rate", "2024-25", area=FORCE, known_at="2024-08-15")
    assert row["value"] is None
    assert row["reason"] == (
        "the residents of Dorset (E23000039) are not known for 2025, because they are not known for each of its local "
        'authorities. Missing is a file of "Mid-year population estimates by LSOA and single year of age". '
        "Land it: safer-kpi land population FILE"
    )


def test_peers_stand_beside_the_own_number_in_the_projects_order(landed: Story) -> None:
    """July has ten incidents of BCP, none of the other authority of Dorset Police, and four of Wiltshire's force."""
    with safer_kpi.open(landed.settings.home) as lake:
        rows = lake.peers("3c.asb_incidents", period="2024-07", release="now").rows()
    assert [(row["area_code"], row["is_own"], row["value"], row["status"]) for row in rows] == [
        (AREA, True, 10, "uncertified"),
        ("E06000059", False, 0, "uncertified"),
        (FORCE, True, 10, "uncertified"),
        ("E23000030", False, None, "missing"),
        ("E23000038", False, 4, "uncertified"),
    ]
    authority, hampshire, wiltshire = rows[1], rows[3], rows[4]
    assert authority["why"] == "The other local authority of Dorset Police, so the same force records for both."
    assert "a count of an area of another size: compare a rate" in wiltshire["differs"]
    assert hampshire["area_name"] == "Hampshire"
    assert hampshire["differs"] == (
        'no number, because not all of its files of "Police street-level crime and anti-social behaviour" are landed'
    )


def test_a_peer_without_residents_says_which_feed_would_give_it_a_rate(landed: Story) -> None:
    with safer_kpi.open(landed.settings.home) as lake:
        rows = lake.peers("1a.violence_and_sexual_offences_rate", period="2024-07", release="now").rows()
    wiltshire = next(row for row in rows if row["area_code"] == "E23000038")
    assert wiltshire["value"] is None
    assert "the residents of Wiltshire (E23000038) are not known for 2024" in wiltshire["differs"]
    assert "safer-kpi land population FILE" in wiltshire["differs"]


def test_the_command_shows_peers_and_does_not_rank_them(landed: Story) -> None:
    words = ["peers", "3c.asb_incidents", "--period", "2024-07", "--home", str(landed.settings.home)]
    told = " ".join(CliRunner().invoke(app, words).stdout.split())
    assert "not ranked" in told
    assert "Wiltshire" in told
