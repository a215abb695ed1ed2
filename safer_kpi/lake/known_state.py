"""The state in which the last writer left a lake's catalogue, and who else has changed it since.

A writer records it when it lets go of the lease: the newest snapshot, the SHA-256 of every data file that it wrote and
that of the catalogue's own file, or in Postgres a digest of the rows of each of its tables. The next one compares
before it writes anything.
While a writer holds the lease, a mark says so; one that was killed leaves it behind.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from safer_kpi.failures import translated
from safer_kpi.lake.data_files import RECORDED, RECORDED_DDL, data_files, files_query, hash_to_record
from safer_kpi.lake.new_files import settle
from safer_kpi.lake.places import record_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from safer_kpi.settings import Settings

_MOST_NAMED = 3
#: Whether hashes are recorded of files that a compaction has deleted, and what forgets them.
_MORE_THAN_THERE_ARE = f"""SELECT 1 WHERE (SELECT count(*) FROM {RECORDED})
    > (SELECT count(*) FROM ducklake_data_file) + (SELECT count(*) FROM ducklake_delete_file)"""
_FORGET = f"""DELETE FROM {RECORDED} WHERE file_id NOT IN (SELECT data_file_id FROM ducklake_data_file)
    AND file_id NOT IN (SELECT delete_file_id FROM ducklake_delete_file)"""


@dataclass(frozen=True, kw_only=True)
class KnownState:
    """What is recorded of a catalogue.

    Attributes:
        snapshot_id: its newest snapshot.
        next_file: the number that the next data file will have.
        sha256: the hash of its file; None if it is in Postgres.
        first_file: data files with a smaller number are older than this record, and have no hash.
        changed: what something else than safer-kpi has changed since; None if nothing has.
        read_files: whether the hashes of read files were recorded too.
        tables: a digest of the rows of each table, if it is in Postgres; None if none was recorded.
    """

    snapshot_id: int
    next_file: int
    sha256: str | None
    first_file: int = 0
    changed: str | None = None
    read_files: bool = False
    tables: Mapping[str, str] | None = None

    def as_text(self) -> str:
        """Return the text that is stored, with a checksum of the rest."""
        values = asdict(self)
        return json.dumps(values | {"checksum": _checksum(values)}, indent=1) + "\n"

    @classmethod
    def from_text(cls, text: str | bytes) -> KnownState:
        """Return what a stored text says; a damaged one says only that it is damaged."""
        try:
            values = json.loads(text)
            if values.pop("checksum") == _checksum(values):
                return cls(**values)
        except (ValueError, TypeError, AttributeError, KeyError):
            pass
        return cls(snapshot_id=0, next_file=0, sha256=None, changed="what was recorded of it is damaged")


def _checksum(values: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


class Catalogue(Protocol):
    """A catalogue whose state is recorded: a SQLite file, or a database of Postgres."""

    def rows(self, sql: str) -> Sequence[tuple[Any, ...]]:
        """Return the rows of a query."""
        ...

    def write(self, sql: str, rows: Sequence[tuple[Any, ...]] = ()) -> None:
        """Execute a statement, for each of ``rows`` if it has parameters."""
        ...

    def exists(self) -> bool:
        """Return whether DuckLake has made its tables."""
        ...

    def has_recorded(self) -> bool:
        """Return whether the table of data files' hashes is there."""
        ...

    def sha256(self) -> str | None:
        """Return the hash of the catalogue's file; None if it has none."""
        ...

    def tables(self) -> Mapping[str, str] | None:
        """Return a digest of the rows of each table; None if the catalogue is a file, which has a hash."""
        ...

    def known(self) -> KnownState | None:
        """Return what is recorded; None if nothing is."""
        ...

    def keep(self, state: KnownState) -> None:
        """Record a state, durably."""
        ...

    def is_marked(self) -> bool:
        """Return whether a writer is at work, or was killed."""
        ...

    def mark(self, *, writing: bool) -> None:
        """Say that a writer is at work, or that it has ended."""
        ...


@contextmanager
def recording(settings: Settings, catalogue: Catalogue) -> Iterator[KnownState | None]:
    """Compare a catalogue with what is recorded of it, let the caller write, and record what it left.

    The caller holds the lease, and gets the state that it continues; None if there is no catalogue yet.
    """
    with translated(places=(settings.home,)):
        settle(settings, catalogue)  # what a writer left that was killed
        before = _begin(catalogue)
        catalogue.mark(writing=True)
    try:
        yield before
    finally:
        with translated(places=(settings.home,)):
            settle(settings, catalogue)
            _end(settings, catalogue, before)
            catalogue.mark(writing=False)


def changed_since(catalogue: Catalogue, known: KnownState) -> str | None:
    """Return how the catalogue differs from what is recorded; None if it does not."""
    if known.sha256 is not None and known.sha256 == catalogue.sha256():
        return None
    return _difference(catalogue, known, state_of(catalogue))


def _difference(catalogue: Catalogue, known: KnownState, now: KnownState | None) -> str | None:
    if now is None:
        return "it holds no lake any more"
    wrong = _changed_tables(known, now)
    if (now.snapshot_id, now.sha256) == (known.snapshot_id, known.sha256) and not wrong:
        return None
    if now.snapshot_id > known.snapshot_id:
        return f"something else than safer-kpi has written to it: {_written(catalogue, known.snapshot_id)}"
    if now.snapshot_id < known.snapshot_id:
        return f"its newest snapshot is {now.snapshot_id}, and {known.snapshot_id} was recorded: an older copy"
    what = f"the rows of {', '.join(wrong)}" if wrong else "its rows or bytes"
    return f"{what} were changed by something else than safer-kpi"


def _changed_tables(known: KnownState, now: KnownState) -> list[str]:
    """Return the tables whose rows are not those recorded; none if no rows were."""
    if known.tables is None or now.tables is None:
        return []
    both = known.tables.keys() | now.tables.keys()
    return sorted(name for name in both if known.tables.get(name) != now.tables.get(name))


def state_of(catalogue: Catalogue) -> KnownState | None:
    """Return the state of a catalogue now; None if DuckLake has not made it yet."""
    if (numbers := _numbers(catalogue)) is None:
        return None
    hashed = catalogue.sha256()
    return KnownState(snapshot_id=numbers[0], next_file=numbers[1], sha256=hashed, tables=catalogue.tables())


def _numbers(catalogue: Catalogue) -> tuple[int, int] | None:
    """Return the newest snapshot and the number that the next data file will have; None if there is no snapshot."""
    if not catalogue.exists():
        return None
    snapshot, file = catalogue.rows("SELECT max(snapshot_id), max(next_file_id) FROM ducklake_snapshot")[0]
    return None if snapshot is None else (int(snapshot), int(file))


def _begin(catalogue: Catalogue) -> KnownState | None:
    """Return the state that the writer continues; None if there is no catalogue yet."""
    now, known = state_of(catalogue), catalogue.known()
    if now is None:
        return None
    if known is None:
        return replace(now, sha256=None, tables=None, first_file=now.next_file)
    if known.changed is not None or catalogue.is_marked():
        return known
    if (changed := _difference(catalogue, known, now)) is None:
        return known
    # Its files are not hashed as if they were ours.
    return replace(known, next_file=now.next_file, sha256=None, tables=None, changed=changed)


def _end(settings: Settings, catalogue: Catalogue, before: KnownState | None) -> None:
    if (numbers := _numbers(catalogue)) is None:
        return
    snapshot_id, next_file = numbers
    if before is not None and before.snapshot_id == snapshot_id and _is_as(catalogue, before):
        return
    since = 0 if before is None else before.next_file
    listed = catalogue.rows(files_query(since=since)) if next_file > since else []
    hashed = [(file.file_id, hash_to_record(settings, file)) for file in data_files(settings, listed)]
    catalogue.write(RECORDED_DDL)
    # A writer that was stopped between this and the state below has recorded them already, as it left them.
    catalogue.write(f"INSERT INTO {RECORDED} VALUES (?, ?) ON CONFLICT DO NOTHING", [row for row in hashed if row[1]])
    if catalogue.rows(_MORE_THAN_THERE_ARE):
        catalogue.write(_FORGET)
    left = KnownState(
        snapshot_id=snapshot_id,
        next_file=next_file,
        sha256=catalogue.sha256(),
        tables=catalogue.tables(),
        read_files=record_file(settings).is_file(),
    )
    if before is not None:
        left = replace(left, first_file=before.first_file, changed=before.changed)
    catalogue.keep(left)


def _is_as(catalogue: Catalogue, before: KnownState) -> bool:
    return before.sha256 == catalogue.sha256() and before.tables == catalogue.tables()


def _written(catalogue: Catalogue, since: int) -> str:
    """Return which snapshots came after one, and the tables that they changed."""
    rows = catalogue.rows(
        f"SELECT snapshot_id, changes_made FROM ducklake_snapshot_changes WHERE snapshot_id > {int(since)} ORDER BY 1"
    )
    tables = {
        str(table_id): f"{schema}.{table}"
        for table_id, schema, table in catalogue.rows(
            """SELECT t.table_id, s.schema_name, t.table_name
            FROM ducklake_table AS t JOIN ducklake_schema AS s ON s.schema_id = t.schema_id"""
        )
    }
    said = []
    for snapshot_id, changes in rows[:_MOST_NAMED]:
        numbers = [change.rpartition(":")[2] for change in str(changes or "").split(",")]
        named = dict.fromkeys(tables[number] for number in numbers if number in tables)
        said.append(f"snapshot {snapshot_id} changed {', '.join(named) or 'no table that is still there'}")
    more = len(rows) - len(said)
    return "; ".join(said) + (f"; and {more} more snapshots" if more > 0 else "")
