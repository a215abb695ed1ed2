"""A release holds no source rows, so its postings cannot be joined into records of people; the lake still has them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
from typer.testing import CliRunner

import safer_kpi
from safer_kpi import releases
from safer_kpi.cli.main import app
from safer_kpi.settings import Settings

VIOLENCE = "1a.violence_and_sexual_offences"
FIRST, LAST = "2024-25-Q1", "2024-25-Q1.2"
#: Made-up victims of sexual offences: the row of the file, and what each breakdown of the metric says of it.
PEOPLE = {
    901: {"all", "age:16 to 17", "sex:F", "relationship:partner"},
    902: {"all", "age:75 and over", "sex:F", "relationship:stranger"},
    903: {"all", "age:25 to 34", "sex:M", "relationship:acquaintance"},
}


def add_people(read_file: Path) -> None:
    """Post the victims as a model does: one posting for each breakdown, with the rows that it counts as evidence."""
    parts: dict[str, list[int]] = {}
    for row, breakdowns in PEOPLE.items():
        for breakdown in breakdowns:
            parts.setdefault(breakdown, []).append(row)
    with duckdb.connect(read_file) as connection:
        for breakdown, rows in parts.items():
            evidence = [{"delivery_id": 4, "source_row": row, "weight": 1} for row in rows]
            connection.execute(
                "INSERT INTO kpi.ledger VALUES ('1a.sexual_offences', 'W1', 'L1', 'F1', 'month', DATE '2024-05-01', ?, "
                "'amount', 1, 4, TIMESTAMP '2024-08-01 09:00:00', 'police_street', 4, 'new', ?, ?)",
                [breakdown, len(rows), evidence],
            )


def records(relations: list[str], connection: duckdb.DuckDBPyConnection) -> dict[int, set[str]]:
    """The attack: the breakdowns of each source row, joined over everything that names one."""
    found: dict[int, set[str]] = {}
    for relation in relations:
        names = [name for name, *_ in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()]
        if not {"metric_id", "breakdown"} <= set(names):
            continue
        if "evidence" in names:
            rows = f"SELECT breakdown, unnest(evidence).source_row FROM {relation} WHERE metric_id LIKE '1a.sexual%'"
        elif "source_row" in names:
            rows = f"SELECT breakdown, source_row FROM {relation} WHERE metric_id LIKE '1a.sexual%'"
        else:
            continue
        for breakdown, row in connection.execute(rows).fetchall():
            found.setdefault(row, set()).add(breakdown)
    return found


def in_file(file: Path) -> dict[int, set[str]]:
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{file}' AS r (READ_ONLY)")
        tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'r'").fetchall()
        return records([f"r.kpi.{name}" for (name,) in tables], connection)


def in_parquet(folder: Path) -> dict[int, set[str]]:
    with duckdb.connect() as connection:
        return records([f"'{file}'" for file in sorted(folder.glob("*.parquet"))], connection)


def test_a_release_cannot_be_joined_into_records_of_people(build: Callable[..., None], settings: Settings) -> None:
    build(4)
    add_people(settings.kpi_file)
    assert in_file(settings.kpi_file) == PEOPLE  # the lake's own file has the evidence, and the attack works on it
    releases.draft(settings, FIRST)
    folder = settings.home / "drafts" / FIRST
    assert in_file(folder / "release.duckdb") == {}
    assert in_parquet(folder) == {}
    # The postings themselves are there, with the amounts that a statement needs.
    with duckdb.connect(folder / "release.duckdb", read_only=True) as connection:
        sql = (
            "SELECT breakdown, amount FROM kpi.ledger WHERE metric_id = '1a.sexual_offences' AND amount > 1 ORDER BY 1"
        )
        assert connection.execute(sql).fetchall() == [("all", 3), ("sex:F", 2)]


def traced(lake: safer_kpi.Lake) -> list[dict[str, Any]]:
    return lake.trace(VIOLENCE, area="L1", period="2024-25-Q1", release=LAST).rows()


def test_a_release_is_traced_to_its_rows_through_the_lake(home: Path, tmp_path: Path) -> None:
    """From the lake, from the release's folder in it, and not where a copy of the folder lies elsewhere."""
    with safer_kpi.open(home) as lake:
        rows = traced(lake)
        live = lake.trace(VIOLENCE, area="L1", period="2024-25-Q1", release="now").rows()
    assert sum(row["weight"] for row in rows) == 58
    assert rows == live  # nothing has posted since the release
    assert all(row["source_row"] for row in rows)
    with safer_kpi.open(home / "releases" / LAST) as release:
        assert traced(release) == rows
    copy = shutil.copytree(home / "releases" / LAST, tmp_path / "sent" / LAST)
    with safer_kpi.open(copy) as release:
        alone = release.trace(VIOLENCE, area="L1", period="2024-25-Q1")
        assert sum(row["weight"] for row in alone.rows()) == 58
        assert {row["source_row"] for row in alone.rows()} == {None}
        # Which file posted an amount is no secret, and its hash leads to the bytes in the lake.
        late = [row for row in alone.rows() if row["cause"] == "late"]
        assert [(row["file_name"], row["sha256"], row["amount"]) for row in late] == [("2024-04b.csv", f"{5:064d}", 2)]
        assert "its evidence stays in the lake" in repr(alone)
        assert "its evidence stays in the lake" in alone._repr_html_()


def test_the_command_says_that_evidence_stays_in_the_lake(home: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(home / "releases" / LAST, tmp_path / "sent" / LAST)
    asked = ["trace", VIOLENCE, "--area", "L1", "--period", "2024-25-Q1", "--home", str(copy)]
    assert "evidence stays in the lake" in " ".join(CliRunner().invoke(app, asked).output.split())
    assert "evidence stays in the lake" in CliRunner().invoke(app, [*asked, "--json"]).output
    said = CliRunner().invoke(app, ["trace", "--delivery", "5", "--row", "8", "--home", str(copy)]).output
    assert "evidence stays in the lake" in " ".join(said.split())


def test_a_row_is_traced_to_a_releases_numbers_through_the_lake(home: Path, tmp_path: Path) -> None:
    with safer_kpi.open(home) as lake:
        (first,) = [row for row in traced(lake) if row["cause"] == "late"]
        place = (first["delivery_id"], first["source_row"])
        known = lake.trace_row(*place).rows()
    with safer_kpi.open(home / "releases" / LAST) as release:
        found = release.trace_row(*place).rows()
    assert {row["outcome"] for row in found} == {"posted"}
    keys = ("metric_id", "part", "area_code", "period", "weight", "entry", "cause")
    assert {tuple(row[key] for key in keys) for row in found} == {tuple(row[key] for key in keys) for row in known}
    copy = shutil.copytree(home / "releases" / LAST, tmp_path / "sent" / LAST)
    with safer_kpi.open(copy) as release:
        (told,) = release.trace_row(*place).rows()
    assert told["outcome"] == "not known"
    assert "stays in the lake" in told["reason"]


def test_evidence_of_another_posting_is_never_given(home: Path) -> None:
    """A lake that was built anew under other rules posts other amounts: their rows are not those of the release."""
    with duckdb.connect(home / "safer_kpi.duckdb") as connection:
        connection.execute("UPDATE kpi.ledger SET amount = amount + 1 WHERE entry = 5")
    with safer_kpi.open(home) as lake:
        rows = traced(lake)
    assert {row["entry"] for row in rows if row["source_row"] is None} == {5}
    assert sum(row["weight"] for row in rows) == 58
