"""A DuckDB connection with the lake attached, its extensions taken from installed wheels."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import tempfile
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.engine import open_engine
from safer_kpi.errors import NotFound
from safer_kpi.failures import require_extra, translated
from safer_kpi.lake.format import require_known
from safer_kpi.lake.places import make_private_places
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from safer_kpi.settings import S3, Settings

#: What DuckLake calls the catalogue of a lake that is attached as ``lake``.
CATALOGUE = "__ducklake_metadata_lake"
_WHEELS = {
    "ducklake": "duckdb_extension_ducklake",
    "sqlite_scanner": "duckdb_extension_sqlite_scanner",
    "postgres_scanner": "duckdb_extension_postgres_scanner",
    "httpfs": "duckdb_extension_httpfs",
}


def extension_directory(settings: Settings) -> Path | None:
    """Return DuckDB's extension folder, of links into the wheels; None if no wheel is installed."""
    import duckdb

    folder = settings.home / "state" / "extensions"
    platform = folder / f"v{duckdb.__version__}" / _platform()
    found = False
    for name in _WHEELS:
        source = _in_wheel(name)
        if source is not None:
            found = True
            _link(source, platform / source.name)
    return folder if found else None


def extensions_missing(settings: Settings) -> list[str]:
    """Return the extensions that this lake needs and no installed wheel holds for the installed DuckDB."""
    return [name for name in _needed(settings) if _in_wheel(name) is None]


def _in_wheel(name: str) -> Path | None:
    import duckdb

    spec = importlib.util.find_spec(_WHEELS[name])
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "extensions" / f"v{duckdb.__version__}"
    source = folder / f"{name}.duckdb_extension"
    return source if source.is_file() else None


def _needed(settings: Settings) -> list[str]:
    names = ["ducklake", "postgres_scanner" if settings.catalogue.startswith("postgres:") else "sqlite_scanner"]
    return [*names, "httpfs"] if settings.data.startswith("s3://") else names


def _platform() -> str:
    import duckdb

    return str(duckdb.execute("PRAGMA platform").fetchall()[0][0])


def _link(source: Path, target: Path) -> None:
    """Point ``target`` at ``source`` in one step, so that a reader never sees an incomplete folder."""
    if target.is_symlink() and target.resolve() == source.resolve():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=target.parent)) / source.name
    beside.symlink_to(source.resolve())
    beside.replace(target)
    beside.parent.rmdir()


def connect(
    settings: Settings, *, read_only: bool = False, snapshot: int | None = None, of_any_format: bool = False
) -> duckdb.DuckDBPyConnection:
    """Return a connection whose current catalogue is the lake; with ``snapshot`` the lake as it was then.

    With ``of_any_format`` no file of the lake is read.

    Raises:
        NotFound: ``read_only`` was asked for and there is no lake at this home.
        LakeFormat: a newer version of this package has written the lake.
        Unavailable: the catalogue, the disk or the object storage failed.
        MissingExtra: an extra that this lake needs is not installed.
    """
    with translated(places=(settings.home,)):
        connection = _connect(settings, read_only=read_only, snapshot=snapshot)
        if not of_any_format:
            require_known(connection)
        return connection


def _connect(settings: Settings, *, read_only: bool, snapshot: int | None) -> duckdb.DuckDBPyConnection:
    if read_only and settings.catalogue.startswith("sqlite:") and not Path(settings.catalogue[7:]).is_file():
        raise NotFound(f"There is no lake at {settings.home}.", next_action="Make one with `safer-kpi init`.")
    if not read_only:
        require_extra("pipeline")
        make_private_places(settings)
    elif settings.catalogue.startswith("sqlite:"):
        _roll_back(Path(settings.catalogue[7:]))
    extensions = extension_directory(settings) if settings.home.is_dir() else None
    connection = _connection_with(extensions, settings)
    # Where no file is run (python -c), DuckDB shows the progress of a slow query on the output, among the answers.
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET preserve_insertion_order = true")
    connection.execute("SET TimeZone = 'UTC'")
    if settings.data.startswith("s3://"):
        _use_s3(connection, settings.s3)
    options = ["DATA_PATH " + literal(settings.data), "OVERRIDE_DATA_PATH true", "DATA_INLINING_ROW_LIMIT 0"]
    if read_only:
        options.append("READ_ONLY")
    if snapshot is not None:
        options.append(f"SNAPSHOT_VERSION {int(snapshot)}")
    with nullcontext() if read_only else _alone(settings):
        connection.execute(f"ATTACH {literal('ducklake:' + settings.catalogue)} AS lake ({', '.join(options)})")
    connection.execute("USE lake")
    return connection


def _roll_back(catalogue: Path) -> None:
    """Undo what a writer that was killed inside its commit left half written; whoever may only read cannot do so.

    SQLite does it by itself for the next writer. Where a writer is at work there is nothing to undo, and it says so.
    """
    journal = catalogue.with_name(f"{catalogue.name}-journal")
    if journal.is_file() and os.access(catalogue, os.W_OK):
        import sqlite3

        with closing(sqlite3.connect(catalogue)) as writer, suppress(sqlite3.OperationalError):
            writer.execute("SELECT count(*) FROM sqlite_master").fetchall()


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Attach while no other process does: the first one creates the catalogue, and two at once would both fail."""
    with (settings.home / "attach.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _connection_with(extensions: Path | None, settings: Settings) -> duckdb.DuckDBPyConnection:
    """Return a connection with the lake's extensions loaded, from their wheels where those hold all of them.

    A file of an installed wheel is trusted as this package is, which lies beside it: to check its signature would take
    longer than most commands. Any other extension must be signed, whoever loads it: the permission ends before this
    function returns.
    """
    if extensions is None:
        return open_engine()
    files = [_in_wheel(name) for name in _needed(settings)]
    if None in files:
        return open_engine(extension_directory=str(extensions))
    connection = open_engine(extension_directory=str(extensions), allow_unsigned_extensions="true")
    for file in files:
        connection.execute(f"LOAD {literal(str(file))}")
    connection.execute("SET allow_unsigned_extensions = false")
    return connection


def s3_secret(s3: S3) -> dict[str, str]:
    """Return the terms of a DuckDB secret of type S3 for these settings."""
    terms = {"type": "s3", "key_id": s3.key_id, "secret": s3.secret, "region": s3.region}
    if s3.endpoint:
        scheme, _, host = s3.endpoint.partition("://")
        terms |= {"endpoint": host, "url_style": "path", "use_ssl": str(scheme == "https").lower()}
    return terms


def _use_s3(connection: duckdb.DuckDBPyConnection, s3: S3) -> None:
    connection.execute("LOAD httpfs")
    terms = ", ".join(f"{name} {literal(value)}" for name, value in s3_secret(s3).items())
    connection.execute(f"CREATE OR REPLACE SECRET lake_s3 ({terms})")
