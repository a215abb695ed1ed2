"""Digests of the rows that an entry wrote, and of single rows of the journal, all computed in DuckDB.

The digest of a set of rows does not depend on their order. Rows that agree in every column that an entry shares are
counted, and the first 128 bits of their SHA-256 are added up; the digest is the SHA-256 of these sums. Columns stand in
the order in which the table got them, and NULL is left out: a column that a later contract or format adds changes no
older digest.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.lake.file_digests import MANY, in_large_files
from safer_kpi.lake.journal import CHANGE_COLUMNS, journal_columns
from safer_kpi.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import duckdb

#: The columns of change rows that are the same for many rows of an entry.
_SHARED = tuple(column for column in CHANGE_COLUMNS if column not in ("source_row", "origin_row"))
#: Tables of the journal that an entry writes, and their rows as SQL with the number of the entry as ``entry``.
_WRITTEN: Mapping[str, str] = {
    "claim": "SELECT * FROM journal.claim WHERE {entries}",
    "coverage": "SELECT * FROM journal.coverage WHERE {entries}",
    "quarantine": "SELECT * FROM journal.quarantine WHERE {entries}",
    "held": "SELECT * FROM journal.held WHERE {entries}",
    "contract": "SELECT * FROM (SELECT first_entry AS entry, * FROM journal.contract) WHERE {entries}",
    # What a delivery claims: an earlier entry may have written the cell.
    "cell": """SELECT claim.entry, cell.* FROM journal.cell AS cell
        JOIN (SELECT DISTINCT entry, feed, cell FROM journal.claim WHERE {entries}) AS claim USING (feed, cell)""",
}
#: Rows that carry the digest of themselves alone, by the column that numbers them.
ALONE: Mapping[str, str] = {"entry": "entry", "delivery": "delivery_id", "expired": "delivery_id", "build": "build_id"}
Row = tuple[object, ...]
#: As many columns' presence as one whole number tells.
_BITS = 60
_EPOCH = dt.datetime.fromisoformat("1970-01-01")
#: Number of rows and digest of what an entry wrote, by table.
Digests = dict[str, tuple[int, str]]


@dataclass(frozen=True, kw_only=True)
class ChangeSums:
    """The sums of change rows that were hashed before they were written.

    Attributes:
        columns: the feed's columns, in the order in which they were hashed.
        parts: for rows that agree in what an entry shares: these values, the number of rows and the two sums.
    """

    columns: tuple[str, ...]
    parts: Sequence[tuple[Row, int, int, int]]


def sums_query(files: Sequence[str], columns: Sequence[str]) -> str:
    """Return SQL of one row per file and cell: the file's place, ``cell``, number of rows and their two sums.

    A file is SQL of ``origin_row``, ``cell`` and the feed's ``columns``: a delivery's own rows.
    """
    own = dict.fromkeys(("source_row", "origin_row"), "BIGINT") | dict.fromkeys(columns, "VARCHAR")
    each = [
        f'SELECT {place} AS "place of file", *, origin_row AS source_row FROM ({rows})'
        for place, rows in enumerate(files)
    ]
    return f"""SELECT "place of file", cell, count(*), {_SUMS}
        FROM (SELECT "place of file", cell, sha256({_text(own)}) AS row_hash FROM ({" UNION ALL ".join(each)}))
        GROUP BY "place of file", cell"""


def _of_sums(sums: ChangeSums) -> tuple[int, str]:
    """Return what ``_of_changes`` gives for the same rows, without reading them from the lake."""
    lines = sorted(f"{_text_of(shared)} {count} {first} {second}" for shared, count, first, second in sums.parts)
    return sum(count for _, count, _, _ in sums.parts), hashlib.sha256("\n".join(lines).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Wrote:
    """What an entry has written: the feed of its change rows, and the tables of the journal with their rows.

    Rows that are None are to be read from the lake, and so are change rows of which no ``sums`` are known, unless they
    fill large files. ``records`` is the number of records that change.
    """

    feed: str
    rows: Mapping[str, Sequence[Row] | None]
    sums: ChangeSums | None = None
    records: int = 0


def written_by(connection: duckdb.DuckDBPyConnection, entries: Mapping[int, Wrote]) -> dict[int, Digests]:
    """Return the digests of what each of some entries has written, in the open transaction."""
    in_lake: dict[str, list[int]] = {}
    found: dict[int, Digests] = {
        entry: {f"journal.{table}": _of_rows(rows) for table, rows in wrote.rows.items() if rows}
        for entry, wrote in entries.items()
    }
    stored = {feed: _own_columns(connection, feed) for feed in {wrote.feed for wrote in entries.values() if wrote.sums}}
    for entry, wrote in entries.items():
        table = f"landing.{wrote.feed}"
        if wrote.sums is not None and _are_known(stored[wrote.feed], wrote.sums):
            if wrote.sums.parts:
                found[entry][table] = _of_sums(wrote.sums)
        elif wrote.records >= MANY and (digest := in_large_files(connection, wrote.feed, entry)):
            found[entry][table] = digest
        else:
            in_lake.setdefault(table, []).append(entry)
        for table in (table for table, rows in wrote.rows.items() if rows is None):
            in_lake.setdefault(f"journal.{table}", []).append(entry)
    queries = [_of_table(connection, table, numbers) for table, numbers in in_lake.items()]
    for table, entry, count, digest in connection.execute(" UNION ALL ".join(queries)).fetchall() if queries else ():
        found[entry][table] = count, digest
    return found


def _are_known(stored: Sequence[str], sums: ChangeSums) -> bool:
    """Return whether sums of change rows are of columns in the order in which the lake's table has ``stored`` them."""
    # Columns that stand behind them in the table are NULL in these rows.
    return tuple(stored[: len(sums.columns)]) == sums.columns


def _of_table(connection: duckdb.DuckDBPyConnection, table: str, entries: Sequence[int]) -> str:
    # Of a comparison the lake knows which files it can skip.
    condition = f"entry = {entries[0]}"
    if len(entries) > 1:
        listed = ", ".join(map(str, entries))
        condition = f"entry BETWEEN {min(entries)} AND {max(entries)} AND entry IN ({listed})"
    schema, name = table.split(".", 1)
    if schema == "landing":
        return _of_changes(name, _own_columns(connection, name), condition)
    return _of_journal(name, condition)


def _of_rows(rows: Sequence[Row]) -> tuple[int, str]:
    """Return what ``_of_journal`` gives for the same rows, without reading them from the lake."""
    texts = [_text_of(row) for row in rows]
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    sums = [sum(int(each[first : first + 16], 16) for each in hashes) for first in (0, 16)]
    return len(rows), hashlib.sha256(f"{len(rows)} {sums[0]} {sums[1]}".encode()).hexdigest()


def _text_of(row: Row) -> str:
    """Return what ``_text`` gives for a row of fewer than ``_BITS`` values."""
    bits = sum((value is not None) * 2**place for place, value in enumerate(row))
    return chr(31).join([*(_as_text(value) for value in row if value is not None), str(bits)])


def _as_text(value: object) -> str:
    """Return what ``_value`` gives for a value."""
    return str((value - _EPOCH) // dt.timedelta(microseconds=1)) if isinstance(value, dt.datetime) else str(value)


def stored_in(
    connection: duckdb.DuckDBPyConnection, table: str, *, but: Collection[int] = ()
) -> dict[int | None, tuple[int, str]]:
    """Return the number of rows and the digest of what a table holds, by entry; None for rows that state no entry.

    ``table`` is ``landing.<feed>`` or one of ``journal_tables()``; of a feed, the entries ``but`` are left out.

    Raises:
        duckdb.Error: the table cannot be read.
    """
    schema, name = table.split(".", 1)
    if schema == "landing":
        listed = ", ".join(map(str, sorted(but)))
        condition = f"(entry IS NULL OR entry NOT IN ({listed}))" if listed else "true"
        query = _of_changes(name, _own_columns(connection, name), condition)
    else:
        query = _of_journal(name, None)
    return {entry: (count, digest) for _, entry, count, digest in connection.execute(query).fetchall()}


def journal_tables() -> list[str]:
    """Return the tables of the journal that entries write rows to."""
    return [f"journal.{table}" for table in _WRITTEN]


def write_row(connection: duckdb.DuckDBPyConnection, table: str, row: Mapping[str, object]) -> None:
    """Insert a row with the digest of itself into one of the tables ``ALONE``."""
    write_rows(connection, table, [row])


def write_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows, each with the digest of itself, into one of the tables ``ALONE``."""
    kinds = {name: kind for name, kind in journal_columns(table).items() if name != "digest"}
    given = ", ".join(f"?::{kind} AS {name}" for name, kind in kinds.items())
    connection.execute(
        f"INSERT INTO journal.{table} BY NAME SELECT *, {own_digest(table)} AS digest "
        f"FROM ({' UNION ALL '.join([f'SELECT {given}'] * len(rows))})",
        [row.get(name) for row in rows for name in kinds],
    )


def renew(connection: duckdb.DuckDBPyConnection) -> None:
    """In the open transaction: compute every recorded digest anew, after rows were mended whose digests were right."""
    recorded = connection.execute("SELECT entry, digests FROM journal.entry WHERE digests IS NOT NULL").fetchall()
    before = {entry: from_text(text) for entry, text in recorded}
    tables = {table for digests in before.values() for table in digests}
    stored = {table: stored_in(connection, table) for table in sorted(tables)}
    for entry, digests in before.items():
        now = {table: stored[table][entry] for table in digests}
        if now != digests:
            connection.execute("UPDATE journal.entry SET digests = ? WHERE entry = ?", [as_text(now), entry])
    for table in ALONE:
        own = own_digest(table)
        connection.execute(
            f"UPDATE journal.{table} SET digest = {own} WHERE digest IS NOT NULL AND digest IS DISTINCT FROM {own}"
        )


def own_digest(table: str) -> str:
    """Return SQL of the digest of one row of a table that is in ``ALONE``."""
    return f"sha256({_text({name: kind for name, kind in journal_columns(table).items() if name != 'digest'})})"


def as_text(digests: Digests) -> str:
    """Return digests as ``journal.entry`` stores them."""
    return json.dumps(digests, sort_keys=True)


def from_text(text: str) -> Digests:
    """Return the digests that ``journal.entry`` stores."""
    return {table: (count, digest) for table, (count, digest) in json.loads(text).items()}


def _own_columns(connection: duckdb.DuckDBPyConnection, feed: str) -> list[str]:
    """Return a feed's columns in the order in which ``landing.<feed>`` got them."""
    described = connection.execute(f"SELECT * FROM landing.{identifier(feed)} LIMIT 0").description
    return [name for name, *_ in described if name not in CHANGE_COLUMNS]


def _of_changes(feed: str, columns: Sequence[str], condition: str) -> str:
    own = dict.fromkeys(("source_row", "origin_row"), "BIGINT") | dict.fromkeys(columns, "VARCHAR")
    shared = {name: CHANGE_COLUMNS[name] for name in _SHARED}
    source = f"SELECT * FROM landing.{identifier(feed)} WHERE {condition}"
    return _digests(f"landing.{feed}", source, own, shared)


def _of_journal(table: str, condition: str | None) -> str:
    source = _WRITTEN[table].format(entries=condition or "true")
    return _digests(f"journal.{table}", source, journal_columns(table), {})


def _digests(table: str, source: str, own: Mapping[str, str], shared: Mapping[str, str]) -> str:
    """Return SQL of one row per entry: ``name, entry, rows, digest``."""
    names = "".join(f"{identifier(name)}, " for name in shared if name != "entry")
    line = f"concat_ws(' ', {_text(shared)}, count(*), {_SUMS})" if shared else f"concat_ws(' ', count(*), {_SUMS})"
    return f"""SELECT '{table}' AS name, entry, sum(rows)::BIGINT AS rows,
        sha256(string_agg(line, chr(10) ORDER BY line)) AS digest
        FROM (
            SELECT entry, count(*) AS rows, {line} AS line
            FROM (SELECT entry, {names}sha256({_text(own)}) AS row_hash FROM ({source}))
            GROUP BY {names}entry
        ) GROUP BY entry"""


_SUMS = ", ".join(f"sum(('0x' || row_hash[{first}:{first + 15}])::UBIGINT)" for first in (1, 17))


def _text(columns: Mapping[str, str]) -> str:
    """Return SQL of the values of a row as one text: those that are not NULL, then which ones they are."""
    names = [identifier(name) for name in columns]
    values = [_value(name, kind) for name, kind in zip(names, columns.values(), strict=True)]
    for start in range(0, len(names), _BITS):
        some = names[start : start + _BITS]
        bits = " + ".join(f"({name} IS NOT NULL)::BIGINT * {2**place}" for place, name in enumerate(some))
        values.append(f"nullif({bits}, 0)")
    return f"concat_ws(chr(31), {', '.join(values)})"


def _value(name: str, kind: str) -> str:
    """Return SQL of a value as text, in a form that no setting and no version of DuckDB changes."""
    if kind == "VARCHAR":
        return name
    if kind == "TIMESTAMP":
        return f"epoch_us({name})::VARCHAR"
    return f"array_to_string({name}, chr(29))" if kind == "VARCHAR[]" else f"{name}::VARCHAR"
