"""*Placed*: what no lookup places lowers a figure beside every number of the areas it may belong to."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi.cli.main import app
from safer_kpi.compute import build
from safer_kpi.landing import Receipt, Terms, land, parse_time
from safer_kpi.landing.held_rows import receipt_for_partner
from safer_kpi.landing.partner_receipt import as_markdown
from safer_kpi.settings import Settings

pytestmark = [pytest.mark.e2e, pytest.mark.long(40)]

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
) -> str:
    """A force's file of one month: a row per place, crime type and outcome."""
    slug = {"Dorset Police": "dorset", "Wiltshire Police": "wiltshire"}.get(force, "btp")
    path = folder / f"{month}-{slug}-street.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        for number, (lsoa, crime, outcome) in enumerate(places):
            crime_id = "" if crime == ASB else f"{month.replace('-', '')}{len(slug):02}{number:056x}"
            writer.writerow([crime_id, month, force, "", "", "", "", lsoa, "", crime, outcome, ""])
    return str(path)


MAY = [(LSOA_A, ASB, "")] * 5 + [(LSOA_B, ASB, "")] * 3 + [(ELSEWHERE, ASB, "")] * 2
JULY = [
    # One of one positive outcome is placed, one of four offences is not: the share says the lesser of the two.
    (LSOA_A, VIOLENCE, "Offender given a caution"),
    *[(LSOA_A, VIOLENCE, "Unable to prosecute suspect")] * 2,
    (ELSEWHERE, VIOLENCE, "Unable to prosecute suspect"),
    *[(LSOA_A, ASB, "")] * 10,
]

RAIL = [(LSOA_A, "Robbery", "")] * 2


class Landed:
    """A lake with two made-up months, then with a lookup that lists the place it lacked."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        files = [street(folder, "2024-05", MAY), street(folder, "2024-07", JULY)]
        files.append(street(folder, "2024-07", RAIL, force="British Transport Police"))
        files.append(street(folder, "2024-07", [("", ASB, "")] * 4, force="Wiltshire Police"))
        at = Terms(received_at=parse_time("2024-08-01T09:00Z"))
        self.receipts: list[Receipt] = land(settings, "police_street", files, terms=at)
        self.first = build(settings)
        self.before = {key: self.number(*key) for key in ASKED}
        whole = folder / "lsoa21_ward24.csv"
        row = f"{ELSEWHERE},New Forest 018A,E07000091,New Forest,E07000091,New Forest\n"
        whole.write_text(LOOKUP.read_text(encoding="utf-8") + row, encoding="utf-8")
        [receipt] = land(
            settings, "area_lookup", [str(whole)], terms=Terms(received_at=parse_time("2024-09-01T09:00Z"))
        )
        assert receipt.status == "accepted"
        self.second = build(settings)
        self.lake = safer_kpi.open(settings.home)

    def number(self, metric: str, area: str, period: str, **more: str) -> dict[str, object]:
        lake = safer_kpi.open(self.settings.home)
        [row] = lake.metric(metric, area=area, period=period, **(more or {"release": "now"})).rows()
        return row


ASKED = [
    *[("3c.asb_incidents", area, "2024-05") for area in (AREA, WARD_A, FORCE, "unplaced")],
    *[("3c.asb_incidents", AREA, period) for period in ("2024-07", "2024-25", "2024-06")],
    *[(metric, AREA, "2024-07") for metric in (OFFENCES, SHARE)],
]


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Landed:
    folder = tmp_path_factory.mktemp("placed")
    return Landed(new_lake(folder / "lake", built=True), folder)


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
    landed: Landed, asked: tuple[str, str, str], numerator: int, unplaced: int | None, placed: float | None
) -> None:
    row = landed.before[asked]
    assert (row["numerator"], row["unplaced"]) == (numerator, unplaced)
    assert row["placed"] == (None if placed is None else pytest.approx(placed))


def test_what_is_missing_is_neither_placed_nor_unplaced(landed: Landed) -> None:
    row = landed.before["3c.asb_incidents", AREA, "2024-06"]
    assert (row["status"], row["placed"], row["unplaced"]) == ("missing", None, None)


def test_a_lookup_that_lists_the_place_ends_it_and_the_past_stays(landed: Landed) -> None:
    now = landed.number("3c.asb_incidents", AREA, "2024-05")
    assert (now["numerator"], now["unplaced"], now["placed"]) == (8, 0, 1)
    then = landed.number("3c.asb_incidents", AREA, "2024-05", known_at="2024-08-15")
    assert (then["numerator"], then["unplaced"], then["placed"]) == (8, 2, pytest.approx(0.8))
    neighbour = landed.number("3c.asb_incidents", "E07000091", "2024-05")
    assert (neighbour["numerator"], neighbour["placed"]) == (2, 1)


def test_the_receipt_and_the_build_name_the_lookup(landed: Landed) -> None:
    may, july, rail, wiltshire = (receipt_for_partner(landed.settings, one.delivery_id) for one in landed.receipts)
    told = [(one.unlisted_rows, one.unlisted_places, one.placeless_rows) for one in (may, july, rail, wiltshire)]
    assert told == [(2, 1, 0), (1, 1, 0), (0, 0, 0), (0, 0, 4)]
    assert "| Not placed | 4 rows have no place in the file. No lookup" in as_markdown(wiltshire)
    [told] = [text for text in landed.first.warnings if "area_lookup" in text]
    assert told.startswith("police_street: 3 rows lie in a place that no lookup lists")
    assert "4 rows have no place in the file." in told
    assert not [text for text in landed.second.warnings if "area_lookup" in text]
    told = CliRunner().invoke(app, ["receipt", str(may.delivery_id), "--home", str(landed.settings.home)])
    assert "2 rows lie in a place that no lookup lists" in " ".join(told.stdout.split())


def test_show_says_how_many_could_not_be_placed(landed: Landed) -> None:
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
    landed: Landed, area: str, period: str, numerator: int, months: list[str] | None
) -> None:
    """Their file of July has two robberies in ward A, and none of May was landed."""
    row = landed.number("1a.robbery", area, period)
    assert row["numerator"] == numerator
    told = row["contributors"]
    assert told == ([{"code": "btp", "name": "British Transport Police", "months": months}] if months else months)


def test_a_rate_without_residents_names_the_feed_the_area_and_the_year(landed: Landed) -> None:
    """The estimates hold the LSOAs of one authority, so the force has no rate."""
    row = landed.number("1a.violence_and_sexual_offences_rate", FORCE, "2024-25", known_at="2024-08-15")
    assert row["value"] is None
    assert row["reason"] == (
        "the residents of Dorset (E23000039) are not known for 2025, because they are not known for each of its local "
        'authorities. Missing is a file of "Mid-year population estimates by LSOA and single year of age". '
        "Land it: safer-kpi land population FILE"
    )


def test_peers_stand_beside_the_own_number_in_the_projects_order(landed: Landed) -> None:
    """July has ten incidents of BCP, none of the other authority of Dorset Police, and four of Wiltshire's force."""
    rows = landed.lake.peers("3c.asb_incidents", period="2024-07", release="now").rows()
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


def test_a_peer_without_residents_says_which_feed_would_give_it_a_rate(landed: Landed) -> None:
    rows = landed.lake.peers("1a.violence_and_sexual_offences_rate", period="2024-07", release="now").rows()
    wiltshire = next(row for row in rows if row["area_code"] == "E23000038")
    assert wiltshire["value"] is None
    assert "the residents of Wiltshire (E23000038) are not known for 2024" in wiltshire["differs"]
    assert "safer-kpi land population FILE" in wiltshire["differs"]


def test_the_command_shows_peers_and_does_not_rank_them(landed: Landed) -> None:
    words = ["peers", "3c.asb_incidents", "--period", "2024-07", "--home", str(landed.settings.home)]
    told = " ".join(CliRunner().invoke(app, words).stdout.split())
    assert "not ranked" in told
    assert "Wiltshire" in told
