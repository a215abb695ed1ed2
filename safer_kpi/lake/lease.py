"""The writer lease: one writer at a time; the death of its holder releases it.

Before a holder writes, the catalogue is compared with what the last one recorded of it; afterwards it is recorded anew.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from safer_kpi.errors import LeaseHeld
from safer_kpi.failures import require_extra, translated
from safer_kpi.lake.catalogues import LEASE_KEY, PostgresCatalogue, SqliteCatalogue
from safer_kpi.lake.known_state import recording
from safer_kpi.lake.places import lease_file
from safer_kpi.lake.waiting import came, locked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.lake.known_state import KnownState
    from safer_kpi.settings import Settings


@contextmanager
def lease(settings: Settings, *, wait_seconds: float = 600.0) -> Iterator[KnownState | None]:
    """Hold the writer lease: a file lock beside a local catalogue, a Postgres advisory lock for a shared one.

    Both are released by the system when the holder dies. Yields what is known of the catalogue that the holder
    continues; None if there is none yet.

    Raises:
        LeaseHeld: another writer did not release it within ``wait_seconds``.
        Unavailable: the Postgres of the catalogue failed, or the disk.
        MissingExtra: an extra that writing needs is not installed.
    """
    require_extra("pipeline")
    if settings.catalogue.startswith("postgres:"):
        with _postgres(settings, wait_seconds) as known:
            yield known
    else:
        with _file(settings, wait_seconds) as known:
            yield known


@contextmanager
def _file(settings: Settings, wait_seconds: float) -> Iterator[KnownState | None]:
    with translated(places=(settings.home,)):
        settings.home.mkdir(parents=True, exist_ok=True)
        handle = os.open(lease_file(settings), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not locked(handle, fcntl.LOCK_EX, within=wait_seconds):
            raise _held(settings.home.name, wait_seconds)
        with recording(settings, SqliteCatalogue(settings, handle)) as known:
            yield known
    finally:
        os.close(handle)


@contextmanager
def _postgres(settings: Settings, wait_seconds: float) -> Iterator[KnownState | None]:
    with translated():
        import psycopg

        connected = psycopg.connect(settings.catalogue.removeprefix("postgres:"), autocommit=True)
    with connected as connection:

        def attempt() -> bool:
            return connection.execute("SELECT pg_try_advisory_lock(%s)", (LEASE_KEY,)).fetchone() == (True,)

        if not came(attempt, within=wait_seconds, pause=0.05):
            raise _held("the shared lake", wait_seconds)
        with recording(settings, PostgresCatalogue(connection)) as known:
            yield known


def _held(where: str, wait_seconds: float) -> LeaseHeld:
    return LeaseHeld(
        f"Another writer held the lease of {where} for more than {wait_seconds:.0f} s.",
        next_action="Wait for its landing or build to end, then run this again.",
    )
