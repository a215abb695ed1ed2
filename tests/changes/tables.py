"""Changes of rows, columns, tables and views: of the lake, its catalogue, the read file and the releases."""

from __future__ import annotations

import json
import random
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from functools import partial
from hashlib import sha256
from pathlib import Path

import duckdb

from safer_kpi.lake import connect, lease
from safer_kpi.reading.record import canonical, checksum
from safer_kpi.sql import literal
from tests.changes.change import Change
from tests.changes.inventory import Inventory, Table
from tests.changes.lake import Place
from tests.changes.rows import edit

ACTS = ("update", "update", "update", "swap", "delete", "insert", "empty")
COLUMNS = (
    "drop column",
    "rename column",
    "add column",
    "drop table",
    "rename table",
    "add table",
    "add view",
    "drop view",
)
#: Tables of the lake whose rows carry digests, or are computed again from such rows: found although a forger made
#: the records of the catalogue fit.
DIGESTED = re.compile(
    r"landing\.|journal\.\"(entry|delivery|claim|cell|coverage|quarantine|held|contract|expired|build)\""
)
Edit = Callable[[duckdb.DuckDBPyConnection, str, random.Random, str], str]


def of_lake(inventory: Inventory, chance: random.Random, rows: int, forged: int, columns: int) -> Iterator[Change]:
    """Yield edits through DuckLake: by somebody who knows nothing of the records, and ``forged`` ones by who does."""
    tables = [table for table in inventory.tables if table.place == "lake"]
    for number in range(rows):
        table = tables[number % len(tables)]
        # Nobody can open a lake again that has no format.
        pool = None if "format" in table.name else "edits"
        name, seed = ACTS[number % len(ACTS)], chance.randrange(2**32)
        make = partial(_in_lake, table=table, act=edit, name=name, seed=seed)
        what, named = f"{table.name} {name} ({seed})", f"changed .*{re.escape(_plain(table))}"
        yield Change(kind="rows", place="lake", what=what, make=make, named=named, pool=pool)
    digested = [table for table in tables if DIGESTED.match(table.name)]
    for number in range(forged):
        table = digested[number % len(digested)]
        name, seed = ACTS[number % len(ACTS)], chance.randrange(2**32)
        # A receipt or an entry is named by its own number.
        named = rf"rows .*({re.escape(_plain(table))}|each other|of that number|fit the receipt)"
        make = partial(_in_lake, table=table, act=edit, name=name, seed=seed, forged=True)
        what = f"{table.name} {name} ({seed})"
        yield Change(kind="rows", place="lake, records forged", what=what, make=make, named=named)
    for number in range(columns):
        table, name, seed = chance.choice(tables), COLUMNS[number % len(COLUMNS)], chance.randrange(2**32)
        make = partial(_in_lake, table=table, act=reshape, name=name, seed=seed)
        named = "catalogue lake: something else"
        yield Change(kind="columns", place="lake", what=f"{table.name} {name} ({seed})", make=make, named=named)


def _in_lake(place: Place, *, table: Table, act: Edit, name: str, seed: int, forged: bool = False) -> str:
    """Edit a table of the lake; ``forged``: as a writer does, who records what it leaves."""
    settings = place.settings
    with lease(settings) if forged else nullcontext(), connect(settings) as lake:
        return act(lake, f"lake.{table.name}", random.Random(seed), name)


def reshape(connection: duckdb.DuckDBPyConnection, table: str, chance: random.Random, act: str) -> str:
    """Change a table's columns, or the tables and views beside it."""
    columns = [name for name, *_ in connection.execute(f"DESCRIBE {table}").fetchall()]
    column, schema = chance.choice(columns), table.rpartition(".")[0]
    views = connection.execute(
        f"SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = '{schema.rpartition('.')[2]}'"
    ).fetchall()
    if act == "drop view" and not views:
        act = "drop table"
    if act == "drop column" and len(columns) == 1:
        act = "rename column"
    statement = {
        "drop column": f'ALTER TABLE {table} DROP COLUMN "{column}"',
        "rename column": f'ALTER TABLE {table} RENAME COLUMN "{column}" TO other_column',
        "add column": f"ALTER TABLE {table} ADD COLUMN other_column VARCHAR",
        "drop table": f"DROP TABLE {table}",
        "rename table": f"ALTER TABLE {table} RENAME TO other_table",
        "add table": f"CREATE TABLE {schema}.other_table AS SELECT 1 AS a",
        "add view": f"CREATE VIEW {schema}.other_view AS SELECT 1 AS a",
        "drop view": f'DROP VIEW {schema}."{views[0][0]}"' if views else "",
    }[act]
    connection.execute(statement)
    return statement


def of_books(inventory: Inventory, chance: random.Random, rows: int, forged: int, columns: int) -> Iterator[Change]:
    """Yield edits of the read file: plain ones, and ``forged`` ones after which its recorded hash fits."""
    tables = [table for table in inventory.tables if table.place == "read file"]

    def made(kind: str, act: Edit, table: Table, name: str, named: str, *, is_forged: bool) -> Change:
        seed = chance.randrange(2**32)
        return Change(
            kind=kind,
            place="read file, record forged" if is_forged else "read file",
            what=f"{table.name} {name} ({seed})",
            make=partial(_in_book, table=table, act=act, name=name, seed=seed, forged=is_forged),
            named=named,
        )

    for number in range(rows + forged):
        table, is_forged = tables[number % len(tables)], number >= rows
        named = (
            rf"read file .*{re.escape(_plain(table))}\b|listed|(identity|approvers) "
            if is_forged
            else "read file safer_kpi.duckdb:"
        )
        yield made("rows", edit, table, ACTS[number % len(ACTS)], named, is_forged=is_forged)
    for number in range(columns):
        table = chance.choice(tables)
        yield made("columns", reshape, table, COLUMNS[number % len(COLUMNS)], "read file", is_forged=number % 2 == 0)


def of_releases(inventory: Inventory, chance: random.Random, rows: int, forged: int, columns: int) -> Iterator[Change]:
    """Yield edits of releases: plain ones, and ``forged`` ones after which files and hashes of the manifest fit."""
    tables = [table for table in inventory.tables if table.place == "release"]
    for number in range(rows + columns + forged):
        table = tables[(7 * number) % len(tables)]
        is_columns = rows <= number < rows + columns
        act, names = (reshape, COLUMNS) if is_columns else (edit, ACTS)
        is_forged = number >= rows + columns
        release = table.file.parent.name
        make = partial(
            _in_book,
            table=table,
            act=act,
            name=names[number % len(names)],
            seed=chance.randrange(2**32),
            sealed=is_forged,
        )
        plain = re.escape(_plain(table).partition(".")[2])
        named = rf"tables {re.escape(release)}/release.duckdb: (the table )?{plain}\b"
        if is_columns:
            named = rf"file {re.escape(release)}/release.duckdb:"
        if is_forged:
            named = rf"approvals? {re.escape(release)}"
        yield Change(
            kind="columns" if is_columns else "rows", place="release, manifest forged" if is_forged else "release",
            what=f"{release} {table.name} {make.keywords['name']} ({make.keywords['seed']})", make=make, named=named,
            pool=None if is_forged else f"release {number // 3}",
        )  # fmt: skip


def _in_book(
    place: Place, *, table: Table, act: Edit, name: str, seed: int, forged: bool = False, sealed: bool = False
) -> str:
    """Edit a DuckDB file; ``forged``: make the recorded hash of the read file fit, ``sealed``: a release's manifest."""
    path = place.folder / table.file
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH {literal(str(path))} AS book")
        done = act(connection, f"book.{table.name}", random.Random(seed), name)
        connection.execute("USE memory; DETACH book")
    if forged:
        forge_record(place)
    if sealed:
        forge_manifest(path.parent)
    return done


def forge_record(place: Place) -> None:
    """Make the recorded hash of the read file that of the file as it is now."""
    record = place.folder / "lake" / "state" / "read_files.json"
    hashed = sha256((place.folder / "lake" / "safer_kpi.duckdb").read_bytes()).hexdigest()
    record.write_text(json.dumps({"safer_kpi.duckdb": [hashed]}, indent=1) + "\n")


def forge_manifest(folder: Path) -> None:
    """Make the hashes of files in a manifest, and its checksum, those of the files as they are now."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for name in manifest["files"]:
        manifest["files"][name] = sha256((folder / name).read_bytes()).hexdigest()
    seal(folder, manifest)


def seal(folder: Path, manifest: dict) -> None:
    """Write a manifest with a checksum that fits."""
    manifest.pop("checksum", None)
    manifest["checksum"] = checksum(manifest)
    (folder / "manifest.json").write_bytes(canonical(manifest))


def of_catalogue(inventory: Inventory, chance: random.Random, rows: int) -> Iterator[Change]:
    """Yield edits of the catalogue's own tables, with SQLite."""
    tables = [table for table in inventory.tables if table.place == "catalogue" and table.rows]
    for number in range(rows):
        table, seed = tables[number % len(tables)], chance.randrange(2**32)
        make = partial(_in_catalogue, table=table, seed=seed)
        yield Change(kind="rows", place="catalogue", what=f"{table.name} ({seed})", make=make, named="catalogue lake:")


def _in_catalogue(place: Place, *, table: Table, seed: int) -> str:
    chance = random.Random(seed)
    with closing(sqlite3.connect(place.folder / table.file)) as catalogue, catalogue:
        rowids = [row for (row,) in catalogue.execute(f"SELECT rowid FROM {table.name}")]
        row = chance.choice(rowids)
        column, _ = chance.choice(table.columns)
        ((value,),) = catalogue.execute(f'SELECT "{column}" FROM {table.name} WHERE rowid = {row}').fetchall()
        act = chance.choice(("update", "update", "delete", "drop"))
        if act == "update":
            other = value + 1 if isinstance(value, int) else "0" if value is None else f"{value}0"
            try:
                catalogue.execute(f'UPDATE {table.name} SET "{column}" = ? WHERE rowid = {row}', [other])
            except sqlite3.IntegrityError:
                act = "delete"
        if act == "delete":
            catalogue.execute(f"DELETE FROM {table.name} WHERE rowid = {row}")
        if act == "drop":
            catalogue.execute(f"DROP TABLE {table.name}")
    return f"{act} {column}"


def _plain(table: Table) -> str:
    return table.name.replace('"', "")
