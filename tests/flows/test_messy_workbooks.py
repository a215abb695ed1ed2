"""Two published workbooks as they are: one lands under a contract of its own, the other is refused for what it is."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import openpyxl
import pytest

from safer_kpi.catalogue.template import write_project
from safer_kpi.lake import connect
from safer_kpi.landing import Receipt, land
from safer_kpi.settings import Settings

pytestmark = pytest.mark.e2e

CONTRACT = '''"""Occupied households by type of accommodation and data zone (Scotland's census of 2011)."""

from __future__ import annotations

from pandera.polars import DataFrameModel

from contracts import fields


class Zone(DataFrameModel):
    """One row is one data zone of 2011."""

    zone_name: str = fields.name("Type of accomodation", description="Not filled in this table", nullable=True)
    zone_code: str = fields.text(
        "Type of accomodation | Intermediate Zone - Data Zone 2011", description="Data zone", str_matches=r"^S01\\d{6}$"
    )
    households: str = fields.count("All occupied households", description="All")
    houses: str = fields.count("Whole house or bungalow: Total", description="Houses")
    flats: str = fields.count("Flat, maisonette or apartment: Total", description="Flats")
    caravans: str = fields.count("Caravan or other mobile or temporary structure", description="Caravans")


CONTRACT = {
    "version": "1.0.0",
    "title": "Occupied households by type of accommodation",
    "owner": "National Records of Scotland",
    "legal_basis": "Open Government Licence v3.0",
    "cadence": "yearly",
    "due_after_days": 365,
    "layouts": {"zone": Zone},
    "ignored_headers": [
        "Whole house or bungalow: Detached",
        "Whole house or bungalow: Semi-detached",
        "Whole house or bungalow: Terraced (including end-terrace)",
        "Flat, maisonette or apartment: Purpose-built block of flats or tenement",
        "Flat, maisonette or apartment: Part of a converted or shared house (including bed-sits)",
        "Flat, maisonette or apartment: In a commercial building",
    ],
    "key": ["zone_code"],
    "canonical_order": ["zone_code", "households"],
    "causes": {},
    "cell": {"whole": "all"},
    "max_withdrawn_share": 0.1,
    "nil_return": None,
    "dialect": {
        "workbook": {
            "sheet": "data sheet 0",
            "header_starts": "type of accomodation",
            "header_rows": 2,
            "ends_at": ["info", "©"],
        }
    },
}
'''


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> tuple[Settings, dict[str, Receipt]]:
    folder = tmp_path_factory.mktemp("messy")
    write_project(folder / "project", area="E06000058")
    (folder / "project" / "contracts" / "feeds" / "households.py").write_text(CONTRACT, encoding="utf-8")
    settings = Settings.load(folder / "lake", project=folder / "project")
    files = [shared_data / "messy" / name for name in ("scot_census_table.xlsx", "ethnic-groups-by-borough.xls")]
    receipts = land(settings, "households", [str(path) for path in files])
    # The contract agrees no names of files, so that receipts have none.
    assert [receipt.file_name for receipt in receipts] == [None, None]
    return settings, {path.name: receipt for path, receipt in zip(files, receipts, strict=True)}


def test_the_census_lands_whole(landed: tuple[Settings, dict[str, Receipt]], shared_data: Path) -> None:
    settings, receipts = landed
    census = receipts["scot_census_table.xlsx"]
    # Scotland has 6,976 data zones of 2011; titles, the header's second row and the notes are no data
    assert (census.status, census.rows_read, census.rows_accepted, census.rows_skipped) == ("accepted", 6992, 6976, 16)
    with connect(settings, read_only=True) as connection:
        found = connection.execute(
            "SELECT sum(households::BIGINT), sum(flats::BIGINT) FROM landing.households"
        ).fetchall()
    # as another reader adds up the third and the eighth column
    path = shared_data / "messy" / "scot_census_table.xlsx"
    with closing(openpyxl.load_workbook(path, read_only=True)) as book:
        cells = list(book["Data Sheet 0"].iter_rows(min_row=13, max_row=6988, max_col=12, values_only=True))
    assert found == [tuple(round(sum(row[column] for row in cells)) for column in (2, 7))]


def test_the_old_format_is_refused_with_what_to_do(landed: tuple[Settings, dict[str, Receipt]]) -> None:
    error = str(landed[1]["ethnic-groups-by-borough.xls"].error)
    assert "not_workbook" in error
    assert "save it as .xlsx" in error
