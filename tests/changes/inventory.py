"""What there is to change in a lake: its files, with the words by which a check names each, and its tables."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from safer_kpi.lake import connect
from safer_kpi.settings import Settings
from tests.changes.lake import RELEASES, Place


@dataclass(frozen=True, kw_only=True)
class File:
    """A file: its path in the place's folder, what it is part of, and how a failed check names it."""

    path: Path
    place: str
    named: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table: the part of the place it is in, its name as SQL writes it, and its columns with their types."""

    place: str
    file: Path
    name: str
    columns: tuple[tuple[str, str], ...]
    rows: int


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """The files and tables of a lake, and its releases."""

    files: tuple[File, ...]
    tables: tuple[Table, ...]

    def release_of(self, path: Path) -> str:
        """Return the release in whose folder a path lies."""
        return next(part for part in path.parts if part in RELEASES)

    def as_text(self) -> str:
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_text(cls, text: bytes) -> Inventory:
        found = json.loads(text)
        return cls(
            files=tuple(File(**{**each, "path": Path(each["path"])}) for each in found["files"]),
            tables=tuple(
                Table(**{**each, "file": Path(each["file"]), "columns": tuple(map(tuple, each["columns"]))})
                for each in found["tables"]
            ),
        )


def take(place: Place) -> Inventory:
    """Return what a lake holds."""
    settings = place.settings
    with connect(settings, read_only=True) as lake:
        query = "SELECT sha256, feed, delivery_id FROM journal.delivery"
        deliveries = {sha256: f"{feed} delivery {number}" for sha256, feed, number in lake.execute(query).fetchall()}
        tables = _tables(lake, "lake", Path("lake/catalogue.sqlite"))
    for name in ("safer_kpi.duckdb", *(f"releases/{release}/release.duckdb" for release in RELEASES)):
        with duckdb.connect() as book:
            book.execute(f"ATTACH '{settings.home / name}' AS book (READ_ONLY)")
            tables += _tables(book, "release" if "release" in name else "read file", Path("lake") / name)
    paths = (path for path in sorted(settings.home.rglob("*")) if path.is_file() and not path.is_symlink())
    found = [file for path in paths if (file := _file(place, path, deliveries)) is not None]
    heads = File(path=Path("heads.json"), place="heads", named="head|approvers|identity|SAFER_KPI_HEADS")
    return Inventory(files=(*found, heads), tables=(*tables, *_of_catalogue(settings)))


def _file(place: Place, path: Path, deliveries: dict[str, str]) -> File | None:
    """Return a file of the lake; None if nobody reads it."""
    name = path.relative_to(place.folder)
    first, *rest = path.relative_to(place.folder / "lake").parts
    if first == "releases":
        return _of_releases(name, rest)
    if first in ("data", "raw"):
        named = re.escape(path.name) if first == "data" else f"raw bytes {re.escape(deliveries[path.name])}:"
        return File(path=name, place="data files" if first == "data" else "raw bytes", named=named)
    places = {
        "safer_kpi.duckdb": ("read file", "read file safer_kpi.duckdb:"),
        "catalogue.sqlite": ("catalogue", "catalogue lake:"),
        "approvers": ("approvers", "approvers|Line . of"),
        "catalogue.json": ("records", "catalogue lake:"),
        "read_files.json": ("records", "read file safer_kpi.duckdb:"),
    }
    if path.name not in places:
        return None
    what, named = places[path.name]
    return File(path=name, place=what, named=named)


def _of_releases(name: Path, rest: list[str]) -> File:
    """Return a file of a release, or one that lies beside the releases."""
    if len(rest) == 1:
        release, is_notice, _ = rest[0].partition(".withdrawal")
        named = f"withdrawal {re.escape(release)}:" if is_notice else "approvers change 1:"
        return File(path=name, place="notices and changes", named=named)
    if rest[1] == "manifest.json":
        return File(path=name, place="manifests", named=f"(manifest|chain) {re.escape(rest[0])}:")
    return File(path=name, place="release files", named=f"(file|link) {re.escape('/'.join(rest))}:")


def _tables(connection: duckdb.DuckDBPyConnection, place: str, file: Path) -> list[Table]:
    database = "lake" if place == "lake" else "book"
    rows = connection.execute(
        f"""SELECT schema_name || '."' || table_name || '"', list(column_name ORDER BY column_index),
            list(data_type ORDER BY column_index)
        FROM duckdb_columns() WHERE database_name = '{database}' AND NOT internal
            AND (schema_name, table_name) IN (
                SELECT (schema_name, table_name) FROM duckdb_tables() WHERE database_name = '{database}'
            )
        GROUP BY schema_name, table_name ORDER BY 1"""
    ).fetchall()
    count = {name: connection.execute(f"SELECT count(*) FROM {database}.{name}").fetchall()[0][0] for name, *_ in rows}
    return [
        Table(place=place, file=file, name=name, columns=tuple(zip(names, kinds, strict=True)), rows=count[name])
        for name, names, kinds in rows
    ]


def _of_catalogue(settings: Settings) -> list[Table]:
    file = settings.home / "catalogue.sqlite"
    with closing(sqlite3.connect(file)) as catalogue:
        names = [name for (name,) in catalogue.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = []
        for name in names:
            columns = [(column, kind) for _, column, kind, *_ in catalogue.execute(f"PRAGMA table_info('{name}')")]
            rows = catalogue.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            found.append(
                Table(
                    place="catalogue", file=Path("lake/catalogue.sqlite"), name=name, columns=tuple(columns), rows=rows
                )
            )
    return found
