"""A stored table changes only together with the lake's format number; every older lake arrives at the same tables."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from safer_kpi.compute.contributors import DDL as CONTRIBUTOR
from safer_kpi.compute.lineage import COLUMNS as LINEAGE
from safer_kpi.compute.metrics import DDL as METRIC
from safer_kpi.compute.peers import DDL as PEER
from safer_kpi.compute.strategy import DDL as STRATEGY
from safer_kpi.lake import connect
from safer_kpi.lake.format import FORMAT
from safer_kpi.lake.journal import CHANGE_COLUMNS, JOURNAL
from safer_kpi.lake.migrations import STEPS, migrate_lake
from safer_kpi.settings import Settings

ARCHIVES = Path(__file__).parent / "old_lakes"
#: The SHA-256 of what ``stored`` returns for a new lake, by format; those before 3 were not recorded.
DIGESTS = {
    3: "d695cd0eee2d648c18e8dcc52100dd18a9e2fc2d0c7f96f9b33c7f155c02610c",
    4: "6832f3e7f97a005ec5f8894050c722696d1e4d6bfb01b57be4d6e7f46629806c",
    5: "c8fd4694e580d48bc4ab2905cda274eb6df5a324c53a1e8f515c004f4dd46116",
    6: "68febf8b614846d320a92383fd0d5d6ed4a1a141255d7736762b49de4b050f7f",
    7: "dbfde011a8dddeca3bc01b30c17dcfe7e02f91533e5bc5078eae935997f0d431",
}
CHANGED = """The stored tables of a new lake have changed, and its format number has not.

Do all of this, in one commit:
  1. keep a lake of format {format} as tests/flows/old_lakes/README.md says, before the change;
  2. raise FORMAT in safer_kpi/lake/format.py to {next};
  3. write the step safer_kpi/lake/migrations/to_{next}.py and enter it in STEPS;
  4. put {next}: "{digest}" into DIGESTS here. Never edit the line of a format that a version has written.

The tables now:
{tables}"""
#: Made and filled anew by every build, from the definitions and the models: they need no migration.
DERIVED = {"metric": METRIC, "lineage": LINEAGE, "strategy": STRATEGY, "contributor": CONTRIBUTOR, "peer": PEER}


def stored(settings: Settings) -> str:
    """One line per table of the journal and one for the tables of change rows, their columns in stored order."""
    with connect(settings, read_only=True) as lake:
        rows = lake.execute(
            "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE database_name = 'lake' AND schema_name IN ('journal', 'landing') "
            "ORDER BY schema_name, table_name, column_index"
        ).fetchall()
    tables: dict[str, list[str]] = {}
    for schema, table, column, kind in rows:
        if schema == "journal" and table not in DERIVED:
            tables.setdefault(f"journal.{table}", []).append(f"{column} {kind}")
        elif schema == "landing" and column in CHANGE_COLUMNS:
            tables.setdefault(f"landing.{table}", []).append(f"{column} {kind}")
    landing = {", ".join(columns) for name, columns in tables.items() if name.startswith("landing.")}
    assert len(landing) == 1, "the change rows of every feed have the same own columns"
    lines = [f"{name}: {', '.join(columns)}" for name, columns in tables.items() if name.startswith("journal.")]
    return "\n".join([*lines, f"landing.<feed>: {landing.pop()}"])


def test_the_format_number_rises_with_every_change_of_a_stored_table(
    tmp_path: Path, new_lake: Callable[..., Settings]
) -> None:
    tables = stored(new_lake(tmp_path / "lake"))
    digest = hashlib.sha256(tables.encode()).hexdigest()
    assert FORMAT in DIGESTS, f'Put {FORMAT}: "{digest}" into DIGESTS.'
    said = CHANGED.format(format=FORMAT, next=FORMAT + 1, digest=digest, tables=tables)
    assert DIGESTS[FORMAT] == digest, said


def test_each_format_has_the_step_that_makes_it_and_a_lake_that_has_it_was_kept_before() -> None:
    assert list(STEPS) == list(range(2, FORMAT + 1))
    kept = [int(file.name.removeprefix("format-").split(".")[0]) for file in sorted(ARCHIVES.glob("format-*.tar.xz"))]
    assert kept == list(range(1, FORMAT))


@pytest.mark.parametrize("number", range(1, FORMAT))
def test_an_older_lake_arrives_at_the_tables_of_a_new_one(
    tmp_path: Path, new_lake: Callable[..., Settings], number: int
) -> None:
    with tarfile.open(ARCHIVES / f"format-{number}.tar.xz") as archive:
        archive.extractall(tmp_path / "old", filter="data")
    settings = Settings.load(tmp_path / "old" / "lake")
    migrate_lake(settings)
    assert stored(settings) == stored(new_lake(tmp_path / "lake"))


def test_a_table_of_the_journal_is_either_numbered_or_made_anew_by_builds(
    tmp_path: Path, new_lake: Callable[..., Settings]
) -> None:
    with connect(new_lake(tmp_path / "lake", built=True), read_only=True) as lake:
        found = lake.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'lake' AND schema_name = 'journal'"
        ).fetchall()
    assert {name for (name,) in found} == set(JOURNAL) | set(DERIVED)
