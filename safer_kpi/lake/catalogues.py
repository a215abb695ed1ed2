"""The two kinds of catalogue, as what is recorded of them needs them: a SQLite file and a database of Postgres."""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from safer_kpi.files import bytes_of, private_folder, write_durably
from safer_kpi.lake.data_files import RECORDED
from safer_kpi.lake.known_state import KnownState
from safer_kpi.lake.places import lease_file, state_file
from safer_kpi.lake.waiting import came, locked
from safer_kpi.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import psycopg

    from safer_kpi.settings import Settings

#: Any fixed number: all writers of one catalogue database ask for the same lock.
LEASE_KEY = 0x5AFE4B9
_STATE = "safer_kpi_state"
#: Every reader gets the same text of a row, whatever the settings of the server or the client.
_AS_TEXT = "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1"
_TABLES = f"""SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
    AND (starts_with(tablename, 'ducklake_') OR tablename = '{RECORDED}') ORDER BY 1"""
#: As the digests of change rows: SHA-256 of each row, added up, so that their order does not count.
_ROWS = """SELECT {name}, concat_ws(' ', count(*), sum(('x' || substr(h, 1, 16))::bit(64)::bigint::numeric),
    sum(('x' || substr(h, 17, 16))::bit(64)::bigint::numeric))
    FROM (SELECT encode(sha256(convert_to(t::text, 'UTF8')), 'hex') AS h FROM {table} AS t) AS r"""
_WRITING = b"writing"
_CHUNK = 2**20
#: What this process has opened of each catalogue, by the file's identity; it stays open. A process that closes a file
#: loses all its locks of it (POSIX), those too that DuckDB's own SQLite holds in another thread.
_connections: dict[tuple[int, int, int], sqlite3.Connection] = {}
_files: dict[tuple[int, int, int], int] = {}


class SqliteCatalogue:
    """A catalogue in a file. Its state is recorded in the home, and the mark of a writer is in the lease's file."""

    def __init__(self, settings: Settings, lease: int) -> None:
        self._file = Path(settings.catalogue.removeprefix("sqlite:"))
        self._state = state_file(settings)
        self._lease = lease

    def rows(self, sql: str) -> Sequence[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self._opened().execute(sql).fetchall()

    def write(self, sql: str, rows: Sequence[tuple[Any, ...]] = ()) -> None:
        """Execute a statement, for each of ``rows`` if it has parameters."""
        with self._opened() as connection:
            if "?" in sql:
                connection.executemany(sql, rows)
            else:
                connection.execute(sql)

    def exists(self) -> bool:
        """Return whether DuckLake has made its tables."""
        if not self._file.is_file():
            return False
        return bool(self.rows("SELECT 1 FROM sqlite_master WHERE name = 'ducklake_snapshot'"))

    def has_recorded(self) -> bool:
        """Return whether the table of data files' hashes is there."""
        return bool(self.rows(f"SELECT 1 FROM sqlite_master WHERE name = '{RECORDED}'"))

    def sha256(self) -> str | None:
        """Return the hash of the catalogue's file."""
        return _hash_of(self._opened_file())

    def tables(self) -> None:
        """Return None: the file has a hash."""
        return

    def known(self) -> KnownState | None:
        """Return what is recorded; None if nothing is."""
        return KnownState.from_text(bytes_of(self._state)) if self._state.is_file() else None

    def keep(self, state: KnownState) -> None:
        """Record a state, durably."""
        private_folder(self._state.parent)
        write_durably(self._state, state.as_text().encode(), private=True)

    def is_marked(self) -> bool:
        """Return whether a writer is at work, or was killed."""
        return os.pread(self._lease, len(_WRITING), 0) == _WRITING

    def mark(self, *, writing: bool) -> None:
        """Say that a writer is at work, or that it has ended."""
        if writing:
            os.pwrite(self._lease, _WRITING, 0)
            os.fsync(self._lease)  # before anything is written: after a power cut, nobody else is blamed
        else:
            os.ftruncate(self._lease, 0)

    def _opened(self) -> sqlite3.Connection:
        key = self._key()
        if key not in _connections:
            uri = f"file:{quote(str(self._file))}?mode=rw"
            _connections[key] = sqlite3.connect(uri, uri=True, timeout=60, check_same_thread=False)
        return _connections[key]

    def _opened_file(self) -> int:
        key = self._key()
        if key not in _files:
            _files[key] = os.open(self._file, os.O_RDONLY)
        return _files[key]

    def _key(self) -> tuple[int, int, int]:
        found = self._file.stat()
        return os.getpid(), found.st_dev, found.st_ino


def _hash_of(handle: int) -> str:
    found, place = hashlib.sha256(), 0
    while chunk := os.pread(handle, _CHUNK, place):
        found.update(chunk)
        place += len(chunk)
    return found.hexdigest()


class PostgresCatalogue:
    """A catalogue in Postgres, on the connection that holds the lease; its state is recorded beside it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def rows(self, sql: str) -> Sequence[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self._connection.execute(sql.encode()).fetchall()

    def write(self, sql: str, rows: Sequence[tuple[Any, ...]] = ()) -> None:
        """Execute a statement, for each of ``rows`` if it has parameters."""
        if "?" in sql:
            with self._connection.cursor() as cursor:
                cursor.executemany(sql.replace("?", "%s").encode(), rows)
        else:
            self._connection.execute(sql.encode())

    def exists(self) -> bool:
        """Return whether DuckLake has made its tables."""
        return self.rows("SELECT to_regclass('ducklake_snapshot')") != [(None,)]

    def has_recorded(self) -> bool:
        """Return whether the table of data files' hashes is there."""
        return self.rows(f"SELECT to_regclass('{RECORDED}')") != [(None,)]

    def sha256(self) -> str | None:
        """Return None: the catalogue is no file."""
        return None

    def tables(self) -> dict[str, str]:
        """Return a digest of the rows of each table that DuckLake made, and of that of data files' hashes."""
        self._connection.execute(_AS_TEXT)
        names = [name for (name,) in self.rows(_TABLES)]
        each = [_ROWS.format(name=literal(name), table=identifier(name)) for name in names]
        return dict(self.rows(" UNION ALL ".join(each))) if each else {}

    def known(self) -> KnownState | None:
        """Return what is recorded; None if nothing is."""
        text = self._stored("state")
        return None if text is None else KnownState.from_text(text)

    def keep(self, state: KnownState) -> None:
        """Record a state, durably."""
        self._store("state", state.as_text())

    def is_marked(self) -> bool:
        """Return whether a writer is at work, or was killed."""
        return self._stored("writing") is not None

    def mark(self, *, writing: bool) -> None:
        """Say that a writer is at work, or that it has ended."""
        self._store("writing", "yes" if writing else None)

    def _stored(self, name: str) -> str | None:
        if self.rows(f"SELECT to_regclass('{_STATE}')") == [(None,)]:
            return None
        found = self._connection.execute(f"SELECT value FROM {_STATE} WHERE name = %s".encode(), [name]).fetchall()
        return str(found[0][0]) if found else None

    def _store(self, name: str, value: str | None) -> None:
        self.write(f"CREATE TABLE IF NOT EXISTS {_STATE} (name VARCHAR PRIMARY KEY, value VARCHAR)")
        self._connection.execute(f"DELETE FROM {_STATE} WHERE name = %s".encode(), [name])
        if value is not None:
            self._connection.execute(f"INSERT INTO {_STATE} VALUES (%s, %s)".encode(), [name, value])


@contextmanager
def at_rest(settings: Settings, *, wait_seconds: float = 10.0) -> Iterator[SqliteCatalogue | PostgresCatalogue]:
    """Yield the catalogue while no writer changes it; after ``wait_seconds`` also while one does (``is_marked``).

    Nothing is written. No lease is taken, but a writer that comes meanwhile waits for it.
    """
    if settings.catalogue.startswith("postgres:"):
        import psycopg

        with psycopg.connect(settings.catalogue.removeprefix("postgres:"), autocommit=True) as connection:
            shared = "SELECT pg_try_advisory_lock_shared(%s)"  # until the connection is closed

            def attempt() -> bool:
                return connection.execute(shared, (LEASE_KEY,)).fetchone() == (True,)

            came(attempt, within=wait_seconds, pause=0.1)
            yield PostgresCatalogue(connection)
        return
    handle = os.open(lease_file(settings), os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        locked(handle, fcntl.LOCK_SH, within=wait_seconds)
        yield SqliteCatalogue(settings, handle)
    finally:
        os.close(handle)
