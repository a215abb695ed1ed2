"""Tables that somebody published: hidden cells that margins tell, read from CSV by the command."""

from __future__ import annotations

import csv
import io
import json
from itertools import product
from pathlib import Path

import pytest
from typer.testing import CliRunner

from safer_kpi.cli.main import app

#: The example of the guide: two wards, kinds of offence, and every margin. What is hidden is * (1 to 4).
GUIDE = Path(__file__).parents[2] / "docs/how-to/audit-a-table.md"
BOTH_MARGINS = GUIDE.read_text(encoding="utf-8").partition("```csv\n")[2].partition("```")[0]


def _run(folder: Path, text: str, *options: str, code: int) -> str:
    file = folder / "table.csv"
    file.write_text(text, encoding="utf-8")
    found = CliRunner().invoke(app, ["audit", str(file), *options])
    assert found.exit_code == code, found.output
    return found.output


def _left(folder: Path, text: str, *options: str, code: int = 1) -> dict[int, tuple[int, int]]:
    """The narrowed cells, by the row of the file."""
    rows = json.loads(_run(folder, text, *options, "--json", code=code))["rows"]
    return {row["line"]: (row["least"], row["most"]) for row in rows}


def test_the_numbers_left_are_those_of_every_combination_that_adds_up(tmp_path: Path) -> None:
    fits = [
        (a, b, c, d)
        for a, b, c, d in product(range(1, 5), repeat=4)
        if a + b + 23 == 30 and c + d + 10 == 15 and a + c == 5 and b + d == 7
    ]
    expected = {
        row: (min(one[at] for one in fits), max(one[at] for one in fits)) for at, row in enumerate((2, 3, 6, 7))
    }
    assert expected == {2: (3, 4), 3: (3, 4), 6: (1, 2), 7: (3, 4)}
    assert _left(tmp_path, BOTH_MARGINS) == expected


def test_one_hidden_cell_of_a_sum_is_told(tmp_path: Path) -> None:
    text = "ward,count\nA,7\nB,*\nC,20\nTotal,30\n"
    assert _left(tmp_path, text) == {3: (3, 3)}
    shown = _run(tmp_path, text, code=1)
    assert "row 5 (Total) is shown: 30" in shown
    assert "4 cells, 1 of them hidden, 1 sums: 1 can be narrowed." in shown


def test_two_hidden_cells_that_hide_each_other_pass(tmp_path: Path) -> None:
    # 5 in two cells of 1 to 4 each: 1 and 4, 2 and 3, 3 and 2, 4 and 1
    assert "every hidden cell keeps" in _run(tmp_path, "ward,count\nA,*\nB,*\nC,20\nTotal,25\n", code=0)


def test_marks_as_options_say(tmp_path: Path) -> None:
    # A second cell was hidden for the sake of the first and may be anything: 11 less 1 to 4 leaves it 7 to 10
    text = "ward,count\nA,*\nB,s\nC,20\nTotal,31\n"
    assert _left(tmp_path, text, "--hidden", "s=0-") == {3: (7, 10)}
    assert _left(tmp_path, text, "--hidden", "s=0-", "--width", "4", code=0) == {}


@pytest.mark.parametrize("mark", ["*", "c", "[c]", "", "<5", "1-4", "1 to 4", "fewer than 5"])
def test_usual_marks_are_known(tmp_path: Path, mark: str) -> None:
    assert _left(tmp_path, f"ward,count\nA,7\nB,{mark}\nAll,8\n") == {3: (1, 1)}


def test_longer_sums_are_declared(tmp_path: Path) -> None:
    # The two wards of the town are 6 together; the village is what is left of the district: 2
    text = "area,count\nDistrict,8\nTown,6\nUpper,*\nLower,*\nVillage,*\n"
    tree = tmp_path / "tree.csv"
    tree.write_text("part,whole\nTown,District\nVillage,District\nUpper,Town\nLower,Town\n", encoding="utf-8")
    assert _left(tmp_path, text, "--within", str(tree)) == {4: (2, 4), 5: (2, 4), 6: (2, 2)}


def test_rounded_numbers_leave_room(tmp_path: Path) -> None:
    # 20 and 25 may be 16 to 24 and 21 to 29: the hidden one keeps 1 to 4
    assert _left(tmp_path, "ward,count\nA,20\nB,*\nTotal,25\n", "--rounded", "5", code=0) == {}


def test_a_row_that_is_not_there_counts_nothing_unless_said_otherwise(tmp_path: Path) -> None:
    text = "ward,year,count\nA,1,*\nA,2,9\nB,2,9\nTotal,1,3\nTotal,2,18\n"
    assert _left(tmp_path, text) == {2: (3, 3)}
    assert _left(tmp_path, text, "--absent-unknown") == {2: (1, 3)}


def test_csv_has_the_columns_of_the_table(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(_run(tmp_path, "ward,count\nA,7\nB,*\nTotal,9\n", "--csv", code=1))))
    assert [(row["ward"], row["line"], row["least"], row["most"]) for row in rows] == [("B", "3", "2", "2")]


@pytest.mark.parametrize(
    ("text", "options", "code", "says"),
    [
        ("ward,count\nA,7.5\n", [], 3, "Row 2 has neither a whole number nor a known mark"),
        ("ward,count\nA,7\nA,8\n", [], 3, "Row 3 is of the same cell"),
        ("ward,count\nA,7\nB,8,9\n", [], 3, "Row 3 of table.csv has 3 fields"),
        ("ward,count\nA,7\nB,*\nTotal,30\n", [], 3, "row 4, Total, is the sum of 2 rows by ward"),
        ("ward,count\nA,7\n", ["--value", "number"], 2, "no column 'number'"),
        ("ward,count\nA,7\n", ["--hidden", "*"], 2, "Write it like '*=1-4'"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(
    tmp_path: Path, text: str, options: list[str], code: int, says: str
) -> None:
    file = tmp_path / "table.csv"
    file.write_text(text, encoding="utf-8")
    found = CliRunner().invoke(app, ["audit", str(file), *options])
    assert found.exit_code == code, found.output
    assert says in found.output


@pytest.mark.soak
def test_deaths_by_local_authority_with_the_small_ones_hidden(tmp_path: Path, shared_data: Path) -> None:
    """A published table by district and county: hide 1 to 4, and the auditor's answer for each county is enumerated."""
    lines = (shared_data / "published/drug_poisoning_registrations_by_LA.csv").read_text("cp1252").splitlines()
    table, tree, county = ["area,count"], ["part,whole"], ""
    districts: dict[str, list[tuple[int, int]]] = {}
    totals: dict[str, int] = {}
    for code, name, newest, *_ in csv.reader(lines[1:]):
        if code.startswith("E10"):
            county = name.strip()
            totals[county] = int(newest)
            table.append(f"{county},{newest}")
        elif code.startswith("E07"):
            number = int(newest)
            table.append(f"{name.strip()},{'*' if 1 <= number <= 4 else number}")
            tree.append(f"{name.strip()},{county}")
            districts.setdefault(county, []).append((len(table), number))
    expected: dict[int, tuple[int, int]] = {}
    for name, members in districts.items():
        hidden = [row for row, number in members if 1 <= number <= 4]
        left = totals[name] - sum(number for _, number in members if not 1 <= number <= 4)
        fits = [one for one in product(range(1, 5), repeat=len(hidden)) if sum(one) == left]
        for at, row in enumerate(hidden):
            if {one[at] for one in fits} != {1, 2, 3, 4}:
                expected[row] = (min(one[at] for one in fits), max(one[at] for one in fits))
    (tmp_path / "tree.csv").write_text("\n".join(tree), encoding="utf-8")
    assert len(expected) > 10
    assert _left(tmp_path, "\n".join(table), "--within", str(tmp_path / "tree.csv")) == expected
