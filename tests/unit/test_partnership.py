"""Whom a project may be for: exactly the local authorities of England and Wales, alone or together."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from safer_kpi.catalogue.national.tables import national_tables
from safer_kpi.catalogue.partnership import UNNAMED, chosen_partnership
from safer_kpi.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]


def test_the_authorities_are_those_of_the_other_list_of_them() -> None:
    # seeds/la_forces.csv was made from another publication: the same 318 authorities, each with its force.
    with (ROOT / "seeds" / "la_forces.csv").open(encoding="utf-8", newline="") as lines:
        listed = {(row["la_code"], row["la_name"], row["force_area_code"]) for row in csv.DictReader(lines)}
    with national_tables() as connection:
        rows = connection.execute("SELECT DISTINCT la_code, la_name, force_code FROM authority").fetchall()
        placed = connection.execute("SELECT DISTINCT la_code FROM ward").fetchall()
    assert set(rows) == listed
    assert len(listed) == 318
    assert {code for (code,) in placed} == {code for code, _, _ in listed}


@pytest.mark.parametrize(
    ("code", "name", "force"),
    [
        ("E08000021", "Newcastle upon Tyne", "E23000007"),
        ("E09000001", "City of London", "E23000034"),
        ("W06000022", "Newport", "W15000002"),
        ("E06000053", "Isles of Scilly", "E23000035"),
    ],
)
def test_one_authority_is_its_own_whole(code: str, name: str, force: str) -> None:
    chosen = chosen_partnership([code], None)
    assert (chosen.code, chosen.name, chosen.codes) == (code, name, (code,))
    assert chosen.authorities[0].force_code == force


def test_a_community_safety_partnership_names_the_whole() -> None:
    chosen = chosen_partnership([], "E22000366")
    assert (chosen.code, chosen.name) == ("E22000366", "South Nottinghamshire")
    assert chosen.codes == ("E07000172", "E07000173", "E07000176")
    # Named by its authorities, in any order, it is the same partnership: so in Wales.
    assert chosen_partnership(["W06000024", "W06000016"], None).code == "W14000023"


def test_authorities_that_are_no_such_partnership_have_a_code_of_their_own() -> None:
    chosen = chosen_partnership(["E07000173", "E07000172"], None)
    assert (chosen.code, chosen.name) == (UNNAMED, "Gedling and Broxtowe")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("E05012651", "the ward Boscombe East & Pokesdown in Bournemouth, Christchurch and Poole (E06000058)"),
        ("E01015272", "an LSOA of 2021 in Bournemouth, Christchurch and Poole (E06000058)"),
        ("E23000034", "the police force area London, City of, which holds City of London (E09000001)"),
        ("E22000366", "the community safety partnership South Nottinghamshire, which holds Broxtowe (E07000172),"),
        ("E07000026", "the former district Allerdale, which is now part of Cumberland (E06000063)"),
        ("E12000001", "a region"),
        ("S12000033", "a code of Scotland"),
    ],
)
def test_what_is_not_an_authority_is_told_for_what_it_is(code: str, told: str) -> None:
    with pytest.raises(UsageError) as error:
        chosen_partnership([code], None)
    assert str(error.value).startswith(f"{code} is {told}")
    assert "not a local authority of England and Wales" in str(error.value)


@pytest.mark.parametrize("code", ["E06999999", "", "e08000021", "Newcastle"])
def test_a_code_that_nothing_knows_is_told_so(code: str) -> None:
    with pytest.raises(UsageError, match="the national tables do not know it"):
        chosen_partnership([code], None)


def test_an_lsoa_of_2011_that_was_split_is_told_too() -> None:
    with national_tables() as connection:
        query = (
            "SELECT lsoa11_code FROM change WHERE change_code = 'S' AND la_code = 'E08000021'"
            " AND lsoa11_code NOT IN (SELECT lsoa21_code FROM ward) ORDER BY lsoa11_code LIMIT 1"
        )
        code = connection.execute(query).fetchall()[0][0]
    with pytest.raises(UsageError, match=r"an LSOA of 2011 in Newcastle upon Tyne \(E08000021\)"):
        chosen_partnership([code], None)


def test_a_partnership_that_covers_part_of_an_authority_is_refused() -> None:
    with pytest.raises(UsageError, match=r"covers only a part of Bournemouth, Christchurch and Poole \(E06000058\)"):
        chosen_partnership([], "E22000063")


def test_an_authority_is_not_a_partnership() -> None:
    with pytest.raises(UsageError, match=r"is a local authority, not a community safety partnership.* Give --area"):
        chosen_partnership([], "E08000021")


@pytest.mark.parametrize(("areas", "partnership"), [([], None), (["E08000021"], "E22000366")])
def test_either_authorities_or_a_partnership_are_named(areas: list[str], partnership: str | None) -> None:
    with pytest.raises(UsageError, match="Give --area CODE, once for each local authority, or --partnership CODE"):
        chosen_partnership(areas, partnership)


def test_the_tables_do_not_fit_together_by_themselves() -> None:
    """The numbers of the README: 17 districts are gone, 193 LSOAs of 2011 span wards and 3 span authorities."""
    with national_tables() as connection:
        gone = "SELECT count(DISTINCT la_code) FROM change WHERE la_code NOT IN (SELECT la_code FROM ward)"
        spans = (
            "SELECT count(*) FILTER (wards > 1), count(*) FILTER (authorities > 1) FROM ("
            "SELECT count(DISTINCT ward_code) AS wards, count(DISTINCT ward.la_code) AS authorities"
            " FROM change JOIN ward USING (lsoa21_code) GROUP BY lsoa11_code)"
        )
        assert connection.execute(gone).fetchall() == [(17,)]
        assert connection.execute(spans).fetchall() == [(193, 3)]


def test_the_packed_tables_are_the_published_ones(shared_data: Path) -> None:
    reference = shared_data / "reference"
    wards = "lsoa21_code, lsoa21_name, ward24_code, ward24_name, ltla24_code, ltla24_name"
    changes = "lsoa11_code, lsoa11_name, change_code, lsoa21_code, lsoa21_name, ltla22_code, ltla22_name"
    ages = ", ".join(f'"{age}"' for age in (*range(90), "90+"))
    pairs = {
        "ward": ("lookup_lsoa21_ward24_ltla24.csv.gz", wards, 35_672),
        "change": ("lookup_lsoa11_lsoa21_ltla22.csv.gz", changes, 35_795),
        "residents": ("population20_lsoa11.csv.gz", f"lsoa11_code, {ages}", 34_753),
        "authority": (
            "lookup_ltla24_csp24_pfa24.csv",
            "ltla24_code, ltla24_name, csp24_code, csp24_name, pfa24_code, pfa24_name",
            332,
        ),
    }
    with national_tables() as connection:
        for view, (file, columns, rows) in pairs.items():
            published = f"SELECT {columns} FROM read_csv('{reference / file}')"
            assert connection.execute(f"SELECT count(*) FROM {view}").fetchall() == [(rows,)]
            for one, other in ((f"FROM {view}", published), (published, f"FROM {view}")):
                assert connection.execute(f"SELECT count(*) FROM ({one} EXCEPT ALL {other})").fetchall() == [(0,)]
        total = " + ".join(f'sum("{age}")' for age in (*range(90), "90+"))
        assert connection.execute(f"SELECT {total} FROM residents").fetchall() == [(59_719_724,)]
