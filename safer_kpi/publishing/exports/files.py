"""Write the files of an export: whole or not at all, the same bytes for the same release."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from safer_kpi.engine import open_engine
from safer_kpi.errors import UsageError
from safer_kpi.files import sha256_of
from safer_kpi.publishing.exports.described import csvw, data_package
from safer_kpi.publishing.exports.tables import tables_of
from safer_kpi.publishing.opening import opened
from safer_kpi.publishing.writing import whole_folder
from safer_kpi.reading.attaching import attach
from safer_kpi.reading.every_verdict import every_verdict_of_file
from safer_kpi.reading.place import PUBLIC, RESTRICTED
from safer_kpi.sql import literal

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb

CSVW, PACKAGE = "csv-metadata.json", "datapackage.json"
#: Who may have the numbers, by edition.
_SAYS = {
    RESTRICTED: (
        "Exact numbers as they were certified, small counts included: keep them where the release itself is kept."
    ),
    PUBLIC: (
        "Numbers for everybody: small counts are protected, and the column note says how a protected number was made."
    ),
}
_FORMATS = {
    # A moment is UTC, and an empty cell no value; a text of no character would stand in quotes.
    "csv": "FORMAT csv, HEADER, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%SZ', DATEFORMAT '%Y-%m-%d'",
    "parquet": "FORMAT parquet, COMPRESSION zstd",
}
_ALL: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Described:
    """What an export says of itself.

    Attributes:
        name: its name for programs, and ``title`` for readers.
        edition: who may have it.
        says: what it is, before what every export says; empty where it is all of a release.
    """

    name: str
    title: str
    edition: str
    says: str = ""


def export(release: str, out: Path, *, home: str | os.PathLike[str] | None = None) -> list[Path]:
    """Write a release's numbers, verdicts, definitions, areas and strategy into a new folder, and describe them there.

    Each table is a CSV file (UTF-8, comma, one header line, line ends of one character) and a Parquet file.
    ``csv-metadata.json`` describes the CSV files as CSV on the Web, ``datapackage.json`` all files as a Data Package,
    with their sizes and hashes. What a column holds is said in the words of the release.

    Args:
        release: a release id, or the folder of a release.
        out: the folder to make.
        home: where ids are looked for.

    Returns:
        The files, in the order of their names.

    Raises:
        NotFound: no such release exists, or its folder is not here.
        UsageError: the release is withdrawn, the folder holds something, or it cannot be written.
        CheckFailed: the numbers are not those that people signed.
    """
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise UsageError(f"{out.name} holds something.", next_action="Name a new folder: --out.")
    with opened(release, home=home, previous=None) as found, open_engine(threads="1") as connection:
        attach(connection, found.lake.place.file, "book")
        with whole_folder(out) as beside:
            write_tables(connection, beside, _described(str(found.lake.place.release_id), found.lake.edition))
    return sorted(out.iterdir())


def _described(release_id: str, edition: str) -> Described:
    return Described(
        name=f"safer-kpi-{release_id.lower()}", title=f"Release {release_id}, {edition} edition", edition=edition
    )


def write_tables(
    connection: duckdb.DuckDBPyConnection, folder: Path, about: Described, *, only: Mapping[str, str] = _ALL
) -> dict[str, int]:
    """Write the tables of the release attached as ``book``, and their descriptions, into an empty folder.

    Args:
        connection: where it is attached.
        folder: the folder.
        about: what the export says of itself.
        only: what limits the rows of a table, by its name: the part of a query after its source.

    Returns:
        The number of rows of each table.
    """
    tables = tables_of(connection)
    rows: dict[str, int] = {}
    for table in tables:
        name = table.kept.name
        source = f"book.kpi.{table.kept.source}"
        if name == "verdicts":  # of a number that is not judged people read why, and cannot derive it themselves
            connection.execute(f"CREATE TEMP TABLE every_verdict AS {every_verdict_of_file(connection, 'book')}")
            source = "every_verdict"
        for ending, terms in _FORMATS.items():
            query = table.query(source, as_text=ending == "csv", only=only.get(name, ""))
            target = literal(str(folder / f"{name}.{ending}"))
            rows[name] = connection.execute(f"COPY ({query}) TO {target} ({terms})").fetchall()[0][0]
    files = {path.name: (path.stat().st_size, sha256_of(path)) for path in sorted(folder.iterdir())}
    empty = "An empty cell has no value; it does not mean zero. The column status says why a number has no value."
    says = " ".join(text for text in (about.says, _SAYS[about.edition], empty) if text)
    _write_json(folder / CSVW, csvw(tables, title=about.title, says=says))
    _write_json(folder / PACKAGE, data_package(tables, files, name=about.name, title=about.title, says=says))
    return rows


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
