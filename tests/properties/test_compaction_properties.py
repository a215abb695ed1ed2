"""Whatever was written to a lake, and however often it is compacted: a named snapshot reads the rows it held."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest

from safer_kpi.lake import connect
from safer_kpi.lake.compaction import compact_files
from safer_kpi.settings import Settings

Rows = dict[str, Counter[tuple[Any, ...]]]


@dataclass
class Lake:
    """A lake of tables that change as ours do, and more; ``known`` is what its named snapshots held."""

    settings: Settings
    random: Random
    connection: duckdb.DuckDBPyConnection = field(init=False)
    tables: list[str] = field(default_factory=list)
    known: dict[int, Rows] = field(default_factory=dict)
    step: int = 0

    def __post_init__(self) -> None:
        self.connection = connect(self.settings)
        self.connection.execute(
            "CREATE SCHEMA made; CREATE TABLE made.day (k BIGINT, x BIGINT, d DATE);"
            "ALTER TABLE made.day SET PARTITIONED BY (d)"
        )

    def run(self, statement: str) -> None:
        self.connection.execute(statement)

    def create(self) -> None:
        """Two tables in one snapshot, as a journal is made."""
        names = [f"made.t{self.step}{side}" for side in "ab"]
        self.run("BEGIN;" + ";".join(f"CREATE TABLE {name} (k BIGINT, x BIGINT)" for name in names) + "; COMMIT")
        self.tables += names

    def insert(self) -> None:
        count = self.random.choice([1, 3, 50, 3000])
        self.run(f"INSERT INTO {self.any()} (k, x) SELECT {self.step} * 1000 + r, r % 7 FROM range({count}) AS q(r)")

    def insert_everywhere(self) -> None:
        inserts = (f"INSERT INTO {name} (k, x) SELECT {self.step}, r FROM range(2) AS q(r)" for name in self.tables)
        self.run("BEGIN;" + ";".join(inserts) + "; COMMIT")

    def restate(self) -> None:
        """One day of a partitioned table anew, as a build does."""
        day = f"DATE '2024-01-01' + {self.random.randrange(3)}"
        self.run(
            f"BEGIN; DELETE FROM made.day WHERE d = {day};"
            f"INSERT INTO made.day SELECT {self.step}, r, {day} FROM range({self.random.randint(1, 5)}) AS q(r); COMMIT"
        )

    def delete(self) -> None:
        self.run(f"DELETE FROM {self.any()} WHERE x % {self.random.choice([1, 2, 5])} = 0")

    def update(self) -> None:
        self.run(f"UPDATE {self.any()} SET x = x + 1 WHERE k % 3 = 0")

    def add_column(self) -> None:
        name = self.any()
        self.run(f"ALTER TABLE {name} ADD COLUMN c{self.step} VARCHAR")
        self.run(f"INSERT INTO {name} (k, c{self.step}) VALUES ({self.step}, 'a')")

    def drop(self) -> None:
        name = self.any()
        self.run(f"DROP TABLE {name}")
        self.tables.remove(name)

    def replace(self) -> None:
        self.run(f"CREATE OR REPLACE TABLE {self.any()} (k BIGINT, x BIGINT)")

    def name(self) -> None:
        self.known[self.newest()] = self.rows(self.newest())

    def compact(self) -> None:
        if self.known and self.random.random() < 0.3:
            self.known.pop(self.random.choice(sorted(self.known)))
        newest = self.newest()
        expected = self.known | {newest: self.rows(newest)}
        self.connection.close()
        compact_files(self.settings, named=set(self.known))
        self.connection = connect(self.settings)
        found = {snapshot: self.rows(snapshot, rows) for snapshot, rows in expected.items()}
        assert found == expected
        assert self.rows(self.newest()) == expected[newest]
        orphans = self.connection.execute("CALL ducklake_delete_orphaned_files('lake', cleanup_all => true)").fetchall()
        assert orphans == []

    def any(self) -> str:
        return self.random.choice(self.tables)

    def newest(self) -> int:
        return int(self.connection.execute("SELECT max(snapshot_id) FROM ducklake_snapshots('lake')").fetchall()[0][0])

    def rows(self, snapshot: int, tables: Rows | None = None) -> Rows:
        return {
            name: Counter(self.connection.execute(f"SELECT * FROM {name} AT (VERSION => {snapshot})").fetchall())
            for name in tables or [*self.tables, "made.day"]
        }


STEPS = {
    Lake.create: 2,
    Lake.insert: 12,
    Lake.insert_everywhere: 3,
    Lake.restate: 6,
    Lake.delete: 3,
    Lake.update: 2,
    Lake.add_column: 1.5,
    Lake.drop: 0.7,
    Lake.replace: 0.7,
    Lake.name: 4,
    Lake.compact: 2,
}


def history(seed: int) -> None:
    random = Random(seed)
    with TemporaryDirectory() as folder:
        lake = Lake(Settings.load(Path(folder) / "lake"), random)
        for lake.step in range(random.randint(30, 60)):
            step = random.choices(list(STEPS), list(STEPS.values()))[0]
            if not lake.tables:
                step = Lake.create
            step(lake)
        lake.compact()
        lake.connection.close()


@pytest.mark.parametrize("seed", [3])
def test_a_named_snapshot_reads_what_it_held(seed: int) -> None:
    history(seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", [11, *range(100, 200)])
def test_a_named_snapshot_reads_what_it_held_whatever_came(seed: int) -> None:
    history(seed)
