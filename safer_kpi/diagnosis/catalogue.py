"""Check that the catalogue can be opened, is whole, and has the format that this version writes."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.diagnosis.finding import ok, warning, wrong
from safer_kpi.diagnosis.opening import answers, has_catalogue
from safer_kpi.diagnosis.packages import can_open
from safer_kpi.lake import connect
from safer_kpi.lake.format import FORMAT, format_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.diagnosis.finding import Finding
    from safer_kpi.settings import Settings

_RESTORE = "Restore it from backup: docs/how-to/back-up-and-restore.md."


def check(settings: Settings) -> Iterator[Finding]:
    """Check the catalogue; what the packages or the server lack is told by their own checks."""
    if not has_catalogue(settings):
        yield _absent(settings)
        return
    if settings.catalogue.startswith("sqlite:") and (fault := _fault(Path(settings.catalogue.removeprefix("sqlite:")))):
        yield fault
        return
    if not can_open(settings):
        yield warning("catalogue", "The catalogue was not opened: packages are missing.", "See the lines above.")
    elif answers(settings):
        yield _format(settings)


def _absent(settings: Settings) -> Finding:
    if settings.kpi_file.is_file():
        return ok("catalogue", f"The home holds {settings.kpi_file.name} and no lake: numbers can be read.")
    if any(settings.home.glob("raw/??/*")) or any(settings.home.glob("data/*")):
        return wrong("catalogue", "The home holds a lake's files, and its catalogue is gone.", _RESTORE)
    return warning(
        "catalogue", "No lake is here yet.", "Make one with `safer-kpi init`; or name its home, or its catalogue."
    )


def _fault(file: Path) -> Finding | None:
    """Return what is wrong with a catalogue in a file; None if SQLite finds it whole."""
    try:
        with sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=10) as connection:
            answer = connection.execute("PRAGMA quick_check(1)").fetchone()
        connection.close()
    except sqlite3.OperationalError as problem:
        if "locked" in str(problem):
            return warning("catalogue", "The catalogue is locked by another program.", "Try again when it has ended.")
        return wrong("catalogue", "The catalogue cannot be read.", f"Check its rights and its disk. Else: {_RESTORE}")
    except sqlite3.DatabaseError:
        return wrong("catalogue", "The catalogue is no SQLite database, or it is damaged.", _RESTORE)
    return None if answer == ("ok",) else wrong("catalogue", "The catalogue is damaged.", _RESTORE)


def _format(settings: Settings) -> Finding:
    import duckdb

    try:
        connection = connect(settings, read_only=True)
    except duckdb.Error as problem:
        return _unopened(settings, type(problem).__name__)
    try:
        found = format_of(connection)
    except duckdb.Error as problem:
        said = type(problem).__name__
        return wrong(
            "catalogue",
            f"The catalogue is there, and a data file that it names cannot be read ({said}).",
            f"Check the place of the data and its server. Else: {_RESTORE}",
        )
    finally:
        connection.close()
    if found is None:
        return warning("catalogue", "The catalogue holds no journal yet.", "Complete the lake with `safer-kpi init`.")
    if found < FORMAT:
        return warning(
            "catalogue",
            f"The lake has format {found}; this version writes format {FORMAT}.",
            "Run `safer-kpi migrate`; the next landing or build does the same.",
        )
    return ok("catalogue", f"The catalogue can be opened and has format {found}, as this version writes it.")


def _unopened(settings: Settings, said: str) -> Finding:
    if settings.catalogue.startswith("postgres:"):
        return warning(
            "catalogue",
            f"The database answers and holds no lake that can be opened ({said}).",
            "Make a lake in it with `safer-kpi init`, or correct dbname in SAFER_KPI_CATALOGUE.",
        )
    return wrong("catalogue", f"The catalogue cannot be opened as a lake ({said}).", _RESTORE)
