"""Open the lake for the checks that read it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.diagnosis.packages import can_open, uses_postgres
from safer_kpi.errors import SaferKpiError
from safer_kpi.lake import connect
from safer_kpi.lake.journal import is_empty

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from safer_kpi.settings import Settings


def has_catalogue(settings: Settings) -> bool:
    """Return whether a catalogue may be there: its file exists, or it is in Postgres."""
    kind, _, place = settings.catalogue.partition(":")
    return uses_postgres(settings) or (kind == "sqlite" and Path(place).is_file())


@contextmanager
def opened(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection | None]:
    """Yield a read-only connection to the lake; None where none can be had, which the check of the catalogue tells."""
    connection = _connection(settings)
    try:
        yield connection
    finally:
        if connection is not None:
            connection.close()


def _connection(settings: Settings) -> duckdb.DuckDBPyConnection | None:
    import duckdb

    if not has_catalogue(settings) or not can_open(settings) or not answers(settings):
        return None
    try:
        connection = connect(settings, read_only=True)
    except (duckdb.Error, SaferKpiError):
        return None
    if is_empty(connection):
        connection.close()
        return None
    return connection


def answers(settings: Settings) -> bool:
    """Return whether the catalogue's server answers within seconds; True for a file."""
    if not uses_postgres(settings):
        return True
    import psycopg

    try:
        psycopg.connect(settings.catalogue.removeprefix("postgres:"), connect_timeout=5).close()
    except psycopg.Error:
        return False
    return True
