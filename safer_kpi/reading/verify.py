"""Is a release what was published? Its files, its chain and its rows, checked without the lake."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import NotFound
from safer_kpi.reading.locate import MANIFEST, RELEASE_FILE
from safer_kpi.reading.row_hash import row_hash_query
from safer_kpi.reading.sql import literal, values
from safer_kpi.reading.table import Table

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from safer_kpi.reading.lake import Lake

COLUMNS = {"check": "VARCHAR", "subject": "VARCHAR", "status": "VARCHAR", "detail": "VARCHAR"}
Check = tuple[str, str, str, str]


def verify_table(lake: Lake, release: str | os.PathLike[str] | None) -> Table:
    """The checks ``Lake.verify`` promises."""
    from safer_kpi.reading.lake import release_folder_of

    if release is not None:
        folders = [release_folder_of(lake, release)]
    elif lake.place.release_id:
        folders = [lake.place.file.parent]
    else:
        folders = [release_folder_of(lake, row["release_id"]) for row in lake.releases().rows()]
    checks = [check for folder in folders for check in verify_folder(folder)]
    if not lake.place.release_id:
        checks += [_listed(lake, folder) for folder in folders]
    return Table(lake.book, values(COLUMNS, [tuple(check) for check in checks]), tuple(COLUMNS))


def verify_folder(folder: Path) -> list[Check]:
    """Every check of one release folder, wherever it lies; earlier releases are followed where they lie beside it.

    Raises:
        NotFound: the folder has no manifest.
    """
    if not (folder / MANIFEST).is_file():
        raise NotFound(f"{folder.name!r} has no {MANIFEST}.", next_action="Give the folder of a published release.")
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        files: dict[str, str] = manifest["files"]
        release_id: str = manifest["release_id"]
    except (ValueError, KeyError, TypeError):
        return [("manifest", folder.name, "failed", "the manifest cannot be read")]
    checks = [_result("manifest", release_id, True, "readable")]
    checks += [_file(folder, name, expected) for name, expected in sorted(files.items())]
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    checks += [
        _result("extra file", f"{release_id}/{name}", False, "not named by the manifest")
        for name in sorted(present - set(files) - {MANIFEST})
    ]
    checks.append(_rows(folder, manifest))
    return checks + _chain(folder, manifest)


def _file(folder: Path, name: str, expected: str) -> Check:
    path = folder / name
    subject = f"{folder.name}/{name}"
    if not path.is_file():
        return _result("file", subject, False, "missing")
    return _result("file", subject, sha256_of(path) == expected, "SHA-256 as in the manifest", "SHA-256 differs")


def _rows(folder: Path, manifest: dict[str, Any]) -> Check:
    """Hash the observations again, from the file people read."""
    import duckdb

    release_id = manifest["release_id"]
    try:
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"ATTACH {literal(str(folder / RELEASE_FILE))} AS book (READ_ONLY)")
            query = row_hash_query(f"(SELECT * FROM book.kpi.certified WHERE release_id = {literal(release_id)})")
            found = connection.execute(query).fetchall()[0][0]
            stored = f"(SELECT * FROM read_parquet({literal(str(folder / 'observation.parquet'))}))"
            also = connection.execute(row_hash_query(stored)).fetchall()[0][0]
    except duckdb.Error:
        return _result("rows", release_id, False, "the observations cannot be read")
    same = found == also == manifest.get("row_hash")
    return _result("rows", release_id, same, "row hash as in the manifest", "row hash differs")


def _chain(folder: Path, manifest: dict[str, Any]) -> list[Check]:
    """Follow the chain backwards through the folders that lie beside this one."""
    checks: list[Check] = []
    seen = {manifest["release_id"]}
    previous = manifest.get("previous")
    while previous:
        release_id, expected = previous["release_id"], previous["manifest_sha256"]
        earlier = folder.parent / release_id / MANIFEST
        if release_id in seen or not isinstance(release_id, str) or "/" in release_id:
            checks.append(_result("chain", str(release_id), False, "the chain returns to itself"))
            break
        seen.add(release_id)
        if not earlier.is_file():
            checks.append(("chain", release_id, "ok", "the earlier release does not lie here; its hash is recorded"))
            break
        content = earlier.read_bytes()
        same = hashlib.sha256(content).hexdigest() == expected
        checks.append(_result("chain", release_id, same, "manifest as recorded by its successor", "manifest differs"))
        if not same:
            break
        previous = json.loads(content).get("previous")
    return checks


def _listed(lake: Lake, folder: Path) -> Check:
    """The lake's own list names the manifest the folder has."""
    listed = {row["release_id"]: row["manifest_sha256"] for row in lake.releases().rows()}
    same = listed.get(folder.name) == sha256_of(folder / MANIFEST)
    return _result("listed", folder.name, same, "manifest as the lake lists it", "the lake lists another manifest")


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, lower-case hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _result(check: str, subject: str, good: bool, detail: str, otherwise: str | None = None) -> Check:
    return check, subject, "ok" if good else "failed", detail if good or otherwise is None else otherwise
