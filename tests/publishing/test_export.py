"""The data files of a release, read back with Python's own readers as their descriptions say."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from safer_kpi.cli.main import app
from safer_kpi.errors import CheckFailed, NotFound, UsageError
from safer_kpi.publishing.exports import export
from tests.reading.conftest import OUTCOMES, SHARE, VIOLENCE

RELEASE = "2024-25-Q1.2"
DATA = ["areas", "metrics", "numbers", "strategy", "verdicts"]
Row = dict[str, str]

#: How each type of either description is read, from its own definition.
READ: dict[str, Callable[[str], Any]] = {
    "string": str,
    "integer": int,
    "double": float,
    "number": float,
    "date": dt.date.fromisoformat,
    "dateTime": dt.datetime.fromisoformat,
    "datetime": dt.datetime.fromisoformat,
    "boolean": {"true": True, "false": False}.__getitem__,
}


@pytest.fixture(scope="module")
def folder(told_releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("export") / "data"
    export(RELEASE, out, home=told_releases)
    return out


def rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def described(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def number(folder: Path, metric: str, area: str, period: str) -> Row:
    found = [row for row in rows(folder / "numbers.csv") if (row["metric_id"], row["area_code"]) == (metric, area)]
    return next(row for row in found if row["period"] == period)


def test_the_numbers_are_those_that_were_certified(folder: Path) -> None:
    # By hand: violence 31 + 12 + 15 = 58 and positive outcomes 10, in the quarter; North in April 12.
    assert number(folder, VIOLENCE, "L1", "2024-25-Q1")["value"] == "58.0"
    assert number(folder, OUTCOMES, "L1", "2024-25-Q1")["numerator"] == "10"
    assert number(folder, VIOLENCE, "W1", "2024-04")["value"] == "12.0"
    share = number(folder, SHARE, "L1", "2024-25-Q1")
    assert (share["numerator"], share["denominator"]) == ("10", "58")
    assert float(share["value"]) == pytest.approx(1000 / 58)


def test_no_value_is_an_empty_cell_and_says_why(folder: Path) -> None:
    without = [row for row in rows(folder / "numbers.csv") if row["value"] == ""]
    assert {row["status"] for row in without} <= {"incomplete", "missing", "suppressed", "unavailable"}
    assert all(row["value"] != "" for row in rows(folder / "numbers.csv") if row["status"] == "final")


def test_each_cell_is_of_the_type_that_both_descriptions_say(folder: Path) -> None:
    tables = {each["url"]: each["tableSchema"]["columns"] for each in described(folder, "csv-metadata.json")["tables"]}
    package = {each["path"]: each for each in described(folder, "datapackage.json")["resources"]}
    assert sorted(tables) == [f"{name}.csv" for name in DATA]
    for name, columns in tables.items():
        fields = package[name]["schema"]["fields"]
        read = rows(folder / name)
        assert [each["name"] for each in columns] == [each["name"] for each in fields] == list(read[0])
        for column, field in zip(columns, fields, strict=True):
            assert column["dc:description"] == field["description"]
            parts = [cell for row in read if (cell := row[column["name"]])]
            if "separator" in column:
                assert (field["type"], field["delimiter"]) == ("list", column["separator"])
                parts = [part for cell in parts for part in cell.split(column["separator"])]
            for kind in (column["datatype"], field.get("itemType", field["type"])):
                for part in parts:
                    READ[kind](part)


def keys_hold(folder: Path) -> None:
    read = {name: rows(folder / f"{name}.csv") for name in DATA}
    for each in described(folder, "datapackage.json")["resources"]:
        schema, own = each["schema"], read[each["name"]]
        keys = [tuple(row[column] for column in schema["primaryKey"]) for row in own]
        assert len(set(keys)) == len(keys)
        assert keys
        for foreign in schema.get("foreignKeys", []):
            (column,), (parent,) = foreign["fields"], foreign["reference"]["fields"]
            there = {row[parent] for row in read[foreign["reference"]["resource"]]}
            assert {row[column] for row in own} <= there


def test_the_keys_tell_rows_apart_and_name_rows_that_are_there(folder: Path) -> None:
    keys_hold(folder)


def test_the_package_names_every_file_with_its_size_and_hash(folder: Path) -> None:
    resources = described(folder, "datapackage.json")["resources"]
    every = [file for each in resources for file in (each, each["parquet"])]
    told = {each["path"]: (each["bytes"], each["hash"].removeprefix("sha256:")) for each in every}
    contents = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".json"}
    assert told == {name: (len(text), hashlib.sha256(text).hexdigest()) for name, text in contents.items()}
    assert len(told) == 2 * len(DATA)


@pytest.mark.parametrize("name", DATA)
def test_parquet_holds_what_csv_holds(folder: Path, name: str) -> None:
    with duckdb.connect() as connection:
        stored = connection.execute(f"SELECT * FROM '{folder / name}.parquet'").fetchall()
    for row, read in zip(stored, rows(folder / f"{name}.csv"), strict=True):
        for value, cell in zip(row, read.values(), strict=True):
            if isinstance(value, list):
                assert cell == ";".join(value)
            elif isinstance(value, float):
                assert float(cell) == value
            elif isinstance(value, dt.datetime):
                assert cell == f"{value:%Y-%m-%dT%H:%M:%SZ}"
            elif isinstance(value, bool):
                assert cell == str(value).lower()
            else:
                assert cell == ("" if value is None else str(value))


def test_the_same_release_gives_the_same_bytes_from_the_lake_and_from_its_folder(
    told_releases: Path, folder: Path, tmp_path: Path
) -> None:
    alone = Path(shutil.copytree(told_releases / "releases" / RELEASE, tmp_path / RELEASE))
    export(str(alone), tmp_path / "again")
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }


def test_a_folder_that_holds_something_is_left_alone(told_releases: Path, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(UsageError, match="holds something"):
        export(RELEASE, tmp_path, home=told_releases)
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]


def test_numbers_that_nobody_signed_are_not_exported(copied: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(copied / "releases" / RELEASE / "release.duckdb")) as connection:
        connection.execute("UPDATE kpi.certified SET value = 1 WHERE value = 58")
    with pytest.raises(CheckFailed):
        export(RELEASE, tmp_path / "data", home=copied)
    with pytest.raises(NotFound):
        export("2023-24-Q1", tmp_path / "data", home=copied)
    assert not (tmp_path / "data").exists()


def test_the_command_says_where_to_begin_and_that_counts_are_small(told_releases: Path, tmp_path: Path) -> None:
    words = ["export", RELEASE, "--out", str(tmp_path / "data"), "--home", str(told_releases)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "12 files" in done.output
    assert "small counts" in done.output
    assert json.loads(CliRunner().invoke(app, [*words[:3], str(tmp_path / "more"), *words[4:], "--json"]).stdout)


@pytest.mark.e2e
def test_the_demos_keys_hold_too(demo_folder: Path, tmp_path: Path) -> None:
    export("2024-25-Q4", tmp_path / "data", home=demo_folder)
    keys_hold(tmp_path / "data")
