"""The data files of a report: the numbers that its pages show, and no others."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import pytest

from safer_kpi.publishing import make_report
from tests.publishing import read_back
from tests.publishing.test_export import DATA, described, keys_hold
from tests.reading.conftest import RATE, VIOLENCE

Row = dict[str, str]


def rows(site: dict[str, bytes], name: str) -> list[Row]:
    return list(csv.DictReader(io.StringIO(site[f"data/{name}.csv"].decode(), newline="")))


def by_key(site: dict[str, bytes], name: str) -> dict[str, Row]:
    return {"|".join(row[column] for column in read_back.KEYS): row for row in rows(site, name)}


@pytest.fixture(scope="module")
def folder(told_site: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data files alone, as somebody else gets them."""
    made = tmp_path_factory.mktemp("data")
    for name, content in told_site.items():
        if name.startswith("data/"):
            (made / name.removeprefix("data/")).write_bytes(content)
    return made


def test_every_figure_of_every_page_is_there(told_site: dict[str, bytes]) -> None:
    """What was known earlier is not of this release: the last report's value, and that of the year before."""
    held = by_key(told_site, "numbers")
    looked_up = 0
    for name, content in told_site.items():
        if not name.endswith(".html"):
            continue
        for key, column, value, _ in read_back.figures(read_back.parse(content)):
            if column in {"value", "lower", "upper"}:
                assert float(held["|".join(key)][column]) == value, (name, column)
                looked_up += 1
    assert looked_up > 20


def test_a_number_that_no_page_shows_is_not_there(told_site: dict[str, bytes]) -> None:
    held = by_key(told_site, "numbers")
    # By hand: the page of the wards has North's 24 over 1,000 residents; its 12 of April stand on no page.
    north = held[f"{RATE}|W1|quarter|2024-25-Q1|all"]
    assert (north["numerator"], north["denominator"], north["value"]) == ("24", "1000", "24.0")
    assert f"{VIOLENCE}|W1|month|2024-04|all" not in held
    assert set(by_key(told_site, "verdicts")) <= set(held)
    assert {row["area_code"] for row in rows(told_site, "areas")} == {row["area_code"] for row in held.values()}
    assert {row["kpi"] for row in rows(told_site, "strategy")} == {"1a", "1c", "2a"}


def test_they_are_described_as_an_export_is(folder: Path) -> None:
    keys_hold(folder)
    package = described(folder, "datapackage.json")
    assert package["title"] == "Numbers of the report of release 2024-25-Q1.2, restricted edition"
    assert package["description"].startswith("The numbers that the pages of the report show, and no others of release")
    for each in package["resources"]:
        content = (folder / each["path"]).read_bytes()
        assert (each["bytes"], each["hash"]) == (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}")
    assert [each["path"] for each in package["resources"]] == [f"{name}.csv" for name in sorted(DATA, key=_place)]


def _place(name: str) -> int:
    return ["numbers", "verdicts", "metrics", "areas", "strategy"].index(name)


def test_the_page_lists_every_file_with_its_rows_bytes_and_hash(told_site: dict[str, bytes], folder: Path) -> None:
    listed = {line.attributes["data-file"]: line for line in read_back.parse(told_site["data.html"]).find("data-file")}
    assert set(listed) == {path.name for path in folder.iterdir()}
    for path in folder.iterdir():
        cells = [cell.text() for cell in listed[path.name].walk() if cell.name == "td"]
        content = path.read_bytes()
        assert cells[2:] == [f"{len(content):,}", hashlib.sha256(content).hexdigest()]
        if path.suffix == ".csv":
            assert cells[1] == f"{len(rows(told_site, path.stem)):,}"


@pytest.mark.soak
@pytest.mark.long(120)
def test_those_of_the_demo_are_of_a_size_for_a_panel(demo_folder: Path) -> None:
    for kind in ("report", "assessment"):
        found = make_report("2024-25-Q4", home=demo_folder, kind=kind)
        assert 100_000 < sum(file.size for file in found.data) < 6_000_000
        assert {file.rows for file in found.data if file.name.startswith("numbers")} != {0}
