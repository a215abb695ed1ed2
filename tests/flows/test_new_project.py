"""What ``init`` writes: a project with its own places, population and names, which works at once."""

from __future__ import annotations

import csv
import gzip
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.catalogue.new_project import new_project
from safer_kpi.catalogue.partnership import chosen_partnership
from safer_kpi.catalogue.template import area_of
from safer_kpi.cli.main import app
from safer_kpi.compute import build
from safer_kpi.landing import init, land
from safer_kpi.settings import Settings

#: The lists of every force and authority of England and Wales name those of the demo too.
NATIONAL = {"seeds/forces.csv", "seeds/la_forces.csv", "seeds/area_lookup/lsoa21_ward24.csv.gz",
            "seeds/area_lookup/lsoa11_lsoa21.csv.gz", "seeds/csp_authorities.csv"}  # fmt: skip
DEMO = re.compile(r"(?i)bcp|dorset|bournemouth|christchurch|poole|dorchester|E06000058|E23000039")
SCILLY, SOUTH_NOTTS = "E06000053", "E22000366"


def made(folder: Path, *areas: str, partnership: str | None = None) -> Path:
    new_project(folder, chosen_partnership(areas, partnership))
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def newcastle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("new") / "newcastle", "E08000021")


def test_nothing_names_the_demos_partnership(newcastle: Path) -> None:
    found = {}
    for path in sorted(newcastle.rglob("*")):
        name = path.relative_to(newcastle).as_posix()
        if path.is_dir() or name in NATIONAL:
            continue
        if told := DEMO.findall(name) + DEMO.findall(path.read_text(encoding="utf-8")):
            found[name] = told
    assert found == {}


def test_a_project_is_whole(newcastle: Path) -> None:
    for name in ("README.md", ".gitignore", ".ci/run", ".github/workflows/check.yml", "tests/test_project.py",
                 "config.yaml", "external_models.yaml", "dags/land_feeds.py"):  # fmt: skip
        assert (newcastle / name).is_file(), name
    readme = (newcastle / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("# Community safety in Newcastle upon Tyne\n")
    assert "| police force area | `E23000007` | Northumbria |" in readme
    assert "2024-05-northumbria-street.csv" in readme
    assert "$" not in readme
    assert area_of(newcastle) == "E08000021"
    assert (newcastle / ".ci" / "run").stat().st_mode & 0o100


def test_contracts_and_definitions_load_and_name_the_own_force(newcastle: Path) -> None:
    assert len(load_definitions(newcastle)) == len(load_definitions(Path(__file__).resolve().parents[2]))
    for name in feed_names(newcastle):
        feed = load_feed(newcastle, name)
        assert not DEMO.search(f"{feed.title} {feed.owner} {feed.file_name_example}")
    street = load_feed(newcastle, "police_street")
    assert street.file_name_example == "2025-01-northumbria-street.csv"
    assert street.source
    assert street.source.files == re.compile(r"-northumbria-street\.csv$")


def test_nobody_elses_strategy_passes_for_the_own_one(newcastle: Path) -> None:
    text = (newcastle / "contracts" / "strategy.yaml").read_text(encoding="utf-8")
    assert "# These are the words of another partnership: a project for another area begins with" in text
    assert "\ndocument: Strategy for Newcastle upon Tyne, to be named here" in text


def test_its_places_are_its_wards_and_everywhere_elses_authorities(newcastle: Path) -> None:
    lookup = rows(newcastle / "seeds" / "area_lookup" / "lsoa21_ward24.csv.gz")
    assert len(lookup) == 35_672
    own = [row for row in lookup if row["la_code"] == "E08000021"]
    # Counted in the published lookup: 180 LSOAs in 26 wards.
    assert (len(own), len({row["ward_code"] for row in own})) == (180, 26)
    assert all(row["ward_code"].startswith("E05") for row in own)
    assert all(row["ward_code"] == row["la_code"] for row in lookup if row["la_code"] != "E08000021")


def test_its_population_is_the_published_estimate(newcastle: Path) -> None:
    people = rows(newcastle / "seeds" / "population" / "population20_lsoa11.csv")
    # The published mid-2020 estimate of the city.
    assert sum(int(row["total_population"]) for row in people) == 306_824


def test_a_worked_example_is_reckoned_with_the_own_residents(newcastle: Path) -> None:
    [one] = [one for one in load_definitions(newcastle) if one.metric_id == "1a.violence_and_sexual_offences_rate"]
    assert one.example is not None
    assert (one.example.area, one.example.denominator) == ("E08000021", 306_824)
    assert one.example.value == pytest.approx(4 / 306_824 * 1000)
    assert one.example.arithmetic.startswith("0.013037 = 4 / 306,824 ")


def test_the_smallest_authority_has_a_project_too(tmp_path: Path) -> None:
    project = made(tmp_path / "scilly", SCILLY)
    assert len(rows(project / "seeds" / "population" / "population20_lsoa11.csv")) == 1
    assert [one.example is not None for one in load_definitions(project)]


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    asked = CliRunner().invoke(app, ["init", str(tmp_path), "--area", "E08000021"])
    assert asked.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("words", [["--area", "E05012651"], [], ["--area", "E08000021", "--partnership", SOUTH_NOTTS]])
def test_a_wrong_choice_writes_nothing(tmp_path: Path, words: list[str]) -> None:
    asked = CliRunner().invoke(app, ["init", str(tmp_path / "new"), *words])
    assert asked.exit_code == 2
    assert not (tmp_path / "new").exists()


@pytest.fixture(scope="module")
def nottinghamshire(tmp_path_factory: pytest.TempPathFactory) -> safer_kpi.Lake:
    """South Nottinghamshire: made-up incidents in two of its three authorities, in a neighbour, and nowhere known."""
    folder = tmp_path_factory.mktemp("whole")
    project = made(folder / "project", partnership=SOUTH_NOTTS)
    settings = Settings.load(folder / "lake", project=project)
    lookup = rows(project / "seeds" / "area_lookup" / "lsoa21_ward24.csv.gz")
    first = {row["la_code"]: row["lsoa21_code"] for row in reversed(lookup)}
    file = folder / "2024-05-nottinghamshire-street.csv"
    header = ["Crime ID", "Month", "Reported by", "Falls within", "Longitude", "Latitude", "Location", "LSOA code",
              "LSOA name", "Crime type", "Last outcome category", "Context"]  # fmt: skip
    # Broxtowe 4, Gedling 3, Nottingham 2, an LSOA that no lookup lists 1.
    places = [first["E07000172"]] * 4 + [first["E07000173"]] * 3 + [first["E06000018"]] * 2 + ["E01999999"]
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(header)
        force = "Nottinghamshire Police"
        writer.writerows(
            ["", "2024-05", force, force, "", "", "", place, "", "Anti-social behaviour", "", ""] for place in places
        )
    init(settings)
    [receipt] = land(settings, "police_street", [str(file)])
    assert receipt.status == "accepted"
    build(settings)
    return safer_kpi.open(settings.home)


def number(lake: safer_kpi.Lake, area: str, metric: str = "3c.asb_incidents", by: str = "month") -> dict[str, object]:
    [row] = [row for row in lake.metric(metric, area=area, by=by, release="now").rows() if row["period"] == "2024-05"]
    return row


@pytest.mark.soak
@pytest.mark.parametrize(
    ("area", "kind", "incidents", "unplaced", "placed"),
    [
        (SOUTH_NOTTS, "partnership", 7, 1, 0.9),
        ("E07000172", "local_authority", 4, 1, 0.9),
        ("E07000176", "local_authority", 0, 1, 0.9),
        ("E06000018", "local_authority", 2, 1, 0.9),  # a neighbour: an authority without wards
        ("E23000019", "force", 10, 0, 1.0),
        ("unplaced", "unplaced", 1, None, None),
    ],
)
def test_the_whole_is_the_sum_of_its_authorities(
    nottinghamshire: safer_kpi.Lake, area: str, kind: str, incidents: int, unplaced: int | None, placed: float | None
) -> None:
    row = number(nottinghamshire, area)
    assert (row["area_type"], row["numerator"], row["status"]) == (kind, incidents, "uncertified")
    assert (row["unplaced"], row["placed"]) == (unplaced, placed if placed is None else pytest.approx(placed))
    assert row["coverage"] == 1


@pytest.mark.soak
def test_the_whole_has_a_rate_over_all_its_residents(nottinghamshire: safer_kpi.Lake) -> None:
    metric = "1a.violence_and_sexual_offences_rate"
    parts = [number(nottinghamshire, area, metric)["denominator"] for area in ("E07000172", "E07000173", "E07000176")]
    assert number(nottinghamshire, SOUTH_NOTTS, metric)["denominator"] == sum(parts)


@pytest.mark.soak
def test_the_whole_is_traced_and_compared_as_any_area(nottinghamshire: safer_kpi.Lake) -> None:
    traced = nottinghamshire.trace("3c.asb_incidents", area=SOUTH_NOTTS, period="2024-05", release="now").rows()
    assert sum(row["weight"] for row in traced) == 7
    moved = nottinghamshire.compare("2024-01-01", "now", metric="3c.asb_incidents", area=SOUTH_NOTTS, by="month").rows()
    assert [(row["step"], row["amount"]) for row in moved if row["period"] == "2024-05"] == [
        ("opening", 0), ("movement", 7), ("closing", 7),
    ]  # fmt: skip
