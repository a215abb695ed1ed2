"""Check that the packages which the lake and its settings need are installed, and that DuckDB finds its extensions."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from safer_kpi.diagnosis.finding import ok, warning, wrong
from safer_kpi.lake.connection import extensions_missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.diagnosis.finding import Finding
    from safer_kpi.settings import Settings

PIPELINE = ("pandera", "polars", "scipy", "sqlmesh", "yaml")
_INSTALL = "Install it: pip install 'safer-kpi[{}]'"


def check(settings: Settings) -> Iterator[Finding]:
    """Check what is installed against what the settings ask for."""
    lacking = _lacking(*PIPELINE)
    if lacking:
        yield warning(
            "packages",
            f"{lacking} is not installed: this machine can read numbers, and neither land files nor build.",
            _INSTALL.format("pipeline"),
        )
    if uses_s3(settings) and (lacking := _lacking("s3fs")):
        yield wrong("packages", f"{lacking} is not installed, and the settings name s3://.", _INSTALL.format("s3"))
    if uses_postgres(settings) and (lacking := _lacking("psycopg")):
        yield wrong(
            "packages", f"{lacking} is not installed, and the catalogue is in Postgres.", _INSTALL.format("postgres")
        )
    missing = extensions_missing(settings)
    if missing:
        import duckdb

        finding = warning if find_spec("duckdb_extension_ducklake") is None else wrong
        extras = ",".join(dict.fromkeys(_EXTRA[name] for name in missing))
        yield finding(
            "extensions",
            f"No package holds DuckDB {duckdb.__version__}'s extension {', '.join(missing)}: the lake cannot be opened "
            "offline.",
            f"{_INSTALL.format(extras)}; an extension and DuckDB must have the same version.",
        )
    else:
        yield ok("extensions", "DuckDB finds the extensions of this lake in installed packages.")


_EXTRA = {"ducklake": "pipeline", "sqlite_scanner": "pipeline", "postgres_scanner": "postgres", "httpfs": "s3"}


def can_open(settings: Settings) -> bool:
    """Return whether the packages to open the lake's catalogue are there."""
    needed = ("psycopg",) if uses_postgres(settings) else ()
    return not extensions_missing(settings) and not _lacking(*needed)


def uses_s3(settings: Settings) -> bool:
    """Return whether data or received bytes lie in object storage."""
    return settings.data.startswith("s3://") or settings.raw.startswith("s3://")


def uses_postgres(settings: Settings) -> bool:
    """Return whether the catalogue is in Postgres."""
    return settings.catalogue.startswith("postgres:")


def _lacking(*names: str) -> str:
    return ", ".join(name for name in names if find_spec(name) is None)
