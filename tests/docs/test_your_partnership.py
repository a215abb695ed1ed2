"""Three projects as a new user makes them: the commands of docs/how-to/make-a-project.md on published files."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import safer_kpi
from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.catalogue.new_project import new_project
from safer_kpi.catalogue.partnership import chosen_partnership
from safer_kpi.compute import build
from safer_kpi.landing import init, land
from safer_kpi.settings import Settings
from tests.docs.conftest import COMMAND, ROOT
from tests.flows.examples import land_examples

pytestmark = [pytest.mark.e2e, pytest.mark.long(90)]

PAGE = (ROOT / "docs" / "how-to" / "make-a-project.md").read_text(encoding="utf-8")
BLOCKS = {
    title: "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    for title, text in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
}
FILES = {
    "An English city": ("northumbria", "*-street.csv"),
    "The City of London": ("city_of_london/published_2024-06", "*.csv"),
    "A Welsh authority": ("gwent", "*.csv"),
}
ASB = "3c.asb_incidents"
ORDER = ("Crime type", "LSOA code", "Location", "Longitude", "Latitude", "Last outcome category")


def run_page(title: str, folder: Path) -> str:
    """Run the commands of a section in a folder, as a person types them; give what they print."""
    (folder / "bin").mkdir()
    command = folder / "bin" / "safer-kpi"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{COMMAND}" "$@"\n')
    command.chmod(0o755)
    left_out = {"SAFER_KPI_HOME", "SAFER_KPI_PROJECT", "COLUMNS"}
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    environment |= {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", BLOCKS[title]],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def made(title: str, data: Path, folder: Path) -> str:
    source, pattern = FILES[title]
    for path in (data / "police_uk" / source).glob(pattern):
        shutil.copy(path, folder)
    return run_page(title, folder)


def numbers(home: Path, metric: str, area: str) -> dict[str, dict[str, object]]:
    with safer_kpi.open(home) as lake:
        return {row["period"]: row for row in lake.metric(metric, area=area, by="month", release="now").rows()}


@pytest.fixture(scope="module")
def newcastle(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("newcastle")
    return made("An English city", shared_data, folder), folder / "newcastle" / "lake"


def test_newcastle_has_its_numbers(newcastle: tuple[str, Path]) -> None:
    told, home = newcastle
    # Rows of the files whose LSOA, through the published lookups, lies in the city: the figures.
    asb = numbers(home, ASB, "E08000021")
    assert {period: asb[period]["value"] for period in ("2020-05", "2020-06")} == {"2020-05": 2056, "2020-06": 1574}
    assert "2,056" in told
    assert "1,574" in told
    # 5 and 1 rows lie in an LSOA of 2011 that spans authorities.
    assert [asb[period]["unplaced"] for period in ("2020-05", "2020-06")] == [5, 1]
    assert asb["2020-05"]["placed"] == pytest.approx(1 - 5 / 9399)
    assert "Newcastle upon Tyne" in told


def test_newcastle_has_wards_a_rate_and_its_force(newcastle: tuple[str, Path]) -> None:
    _, home = newcastle
    with safer_kpi.open(home) as lake:
        rows = lake.metric(ASB, period="2020-05", release="now").rows()
    wards = [row for row in rows if row["area_type"] == "ward"]
    assert len(wards) == 26
    assert 0 <= 2056 - sum(row["numerator"] for row in wards) <= wards[0]["unplaced"]
    # Parts sum to the whole: the own wards, what lies in the city but in no ward, the other authorities, the unplaced.
    authorities = {row["area_code"]: row["numerator"] for row in rows if row["area_type"] == "local_authority"}
    # The six of the force, and neighbours in which it recorded an incident.
    assert {"E08000021", "E08000022", "E08000023", "E08000024", "E08000037", "E06000057"} < set(authorities)
    others = sum(authorities.values()) - authorities["E08000021"]
    nowhere = next(row["numerator"] for row in rows if row["area_code"] == "unplaced")
    force = next(row["numerator"] for row in rows if row["area_type"] == "force")
    assert sum(row["numerator"] for row in wards) + others + nowhere == force == 9399
    rate = numbers(home, "1a.violence_and_sexual_offences_rate", "E08000021")["2020-05"]
    assert (rate["status"], rate["denominator"]) == ("uncertified", 306_824)


@pytest.mark.soak
def test_without_the_table_of_changes_the_number_says_what_could_not_be_placed(
    shared_data: Path, tmp_path: Path
) -> None:
    """Newcastle without the table of changed places: published figures, and how many rows have no place."""
    project = tmp_path / "project"
    new_project(project, chosen_partnership(["E08000021"], None))
    (project / "seeds" / "area_lookup" / "lsoa11_lsoa21.csv.gz").unlink()
    settings = Settings.load(tmp_path / "lake", project=project)
    init(settings)
    files = sorted((shared_data / "police_uk" / "northumbria").glob("*-street.csv"))
    land(settings, "police_street", [str(path) for path in files])
    result = build(settings)
    asb = numbers(settings.home, ASB, "E08000021")
    found = [(asb[period]["value"], asb[period]["unplaced"]) for period in ("2020-05", "2020-06")]
    assert found == [(1858, 432), (1435, 298)]
    # 9,399 and 6,274 rows of the force's files are incidents of anti-social behaviour.
    assert asb["2020-05"]["placed"] == pytest.approx(1 - 432 / 9399)
    assert asb["2020-06"]["placed"] == pytest.approx(1 - 298 / 6274)
    assert [text for text in result.warnings if text.startswith("police_street: ") and "area_lookup" in text]


@pytest.mark.soak
def test_the_city_of_london_has_its_numbers(shared_data: Path, tmp_path: Path) -> None:
    """The page followed for a force that is its own authority, with published files."""
    told = made("The City of London", shared_data, tmp_path)
    home = tmp_path / "city" / "lake"
    lookup = shared_data / "reference" / "lookup_lsoa21_ward24_ltla24.csv.gz"
    expected = counted(tmp_path, "Violence and sexual offences", lookup, "E09000001")
    found = numbers(home, "1a.violence_and_sexual_offences", "E09000001")
    assert {period: found[period]["value"] for period in expected} == expected
    # The mid-2020 estimate of the City: 10,938 residents.
    assert numbers(home, "1a.violence_and_sexual_offences_rate", "E09000001")["2024-01"]["denominator"] == 10_938
    assert "City of London" in told


@pytest.mark.soak
def test_a_welsh_authority_has_its_numbers(shared_data: Path, tmp_path: Path) -> None:
    """The page followed for an authority of Wales, with published files."""
    told = made("A Welsh authority", shared_data, tmp_path)
    home = tmp_path / "newport" / "lake"
    lookup = shared_data / "reference" / "lookup_lsoa21_ward24_ltla24.csv.gz"
    expected = counted(tmp_path, "Anti-social behaviour", lookup, "W06000022")
    found = numbers(home, ASB, "W06000022")
    assert {period: found[period]["value"] for period in expected} == expected
    assert numbers(home, "1a.violence_and_sexual_offences_rate", "W06000022")["2025-01"]["status"] == "uncertified"
    assert "Newport" in told


def counted(folder: Path, crime_type: str, lookup: Path, area: str) -> dict[str, float]:
    """A plain count of the files: each month's rows of a crime type whose LSOA of 2021 lies in an authority.

    Of the rows that share a Crime ID the first in the contract's order of columns counts, an empty cell being last.
    """
    import gzip

    with gzip.open(lookup, "rt", encoding="utf-8", newline="") as lines:
        own = {row["lsoa21_code"] for row in csv.DictReader(lines) if row["ltla24_code"] == area}
    found: Counter[str] = Counter()
    for path in sorted(folder.glob("*-street.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = sorted(csv.DictReader(lines), key=lambda row: [(not row[name], row[name]) for name in ORDER])
        seen: set[str] = set()
        for row in rows:
            if row["Crime ID"] in seen:
                continue
            seen |= {row["Crime ID"]} - {""}
            found[row["Month"]] += row["Crime type"] == crime_type and row["LSOA code"] in own
    return dict(found)


def test_several_authorities_are_made_by_the_page(tmp_path: Path) -> None:
    run_page("Several authorities", tmp_path)
    for name, code in (("south-nottinghamshire", "E22000366"), ("cwm-taf", "W14000023")):
        assert f"area: {code}\n" in (tmp_path / name / "config.yaml").read_text(encoding="utf-8")


@pytest.mark.soak
def test_the_worked_examples_of_a_welsh_project_are_true(tmp_path: Path) -> None:
    """Every definition's example, reckoned with another area's residents, landed and built."""
    project = tmp_path / "project"
    new_project(project, chosen_partnership(["W06000022"], None))
    settings = Settings.load(tmp_path / "lake", project=project)
    init(settings)
    definitions = [one for one in load_definitions(project) if one.example is not None]
    assert land_examples(settings, definitions, tmp_path / "files") == {}
    build(settings)
    wrong = {}
    with safer_kpi.open(settings.home) as lake:
        for one in definitions:
            example = one.example
            assert example is not None
            asked = {"area": example.area, "period": example.period, "breakdown": example.breakdown}
            rows = lake.metric(one.metric_id, **asked, release="now").rows()
            if [(row["numerator"], row["denominator"]) for row in rows] != [(example.numerator, example.denominator)]:
                wrong[one.metric_id] = rows
    assert wrong == {}


@pytest.mark.soak
def test_a_new_projects_own_test_passes(tmp_path: Path) -> None:
    """What `init` writes as `tests/` passes in the project it wrote."""
    project = tmp_path / "project"
    new_project(project, chosen_partnership(["W06000022"], None))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=project, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
