"""The checks that the rows of a lake are those which its entries wrote, by the digests that stand in the journal."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from safer_kpi.lake.digests import ALONE, from_text, journal_tables, own_digest, stored_in
from safer_kpi.lake.file_digests import is_of_files, stored_in_files
from safer_kpi.lake.format import FORMAT, format_of
from safer_kpi.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import duckdb

    from safer_kpi.lake.digests import Digests

Check = tuple[str, str, str, str]
Entry = tuple[int, int, str, str | None]
_RESTORE = "restore the lake from backup"
#: The format from which on entries have digests.
_SINCE = 6


def row_checks(connection: duckdb.DuckDBPyConnection) -> list[Check]:
    """Return one failed check per entry and table whose rows are not those written, else one ``ok`` check.

    What was written before digests were is one ``open`` check: nothing in the lake confirms it.
    """
    if (format_of(connection) or 0) < _SINCE <= FORMAT:
        return [("rows", "lake", "open", "the lake is older than digests, so none is recorded: run safer-kpi migrate")]
    broken = [check for table in ALONE for check in _alone(connection, table)]
    if broken and broken[0][0] == "data file":
        return broken
    numbered = [*_numbers(connection, "entry", "entry"), *_numbers(connection, "delivery", "delivery_id")]
    numbered += _receipts(connection)
    if any(subject.startswith("entry ") for _, subject, _, _ in broken):
        return [*broken, *numbered]  # what an entry says of its rows cannot be believed, or not even be read
    found = connection.execute("SELECT entry, delivery_id, feed, digests FROM journal.entry ORDER BY entry").fetchall()
    checks = [*broken, *numbered, *_written(connection, found)]
    without = sum(digests is None for *_, digests in found)
    if not checks:
        checks.append(("rows", "lake", "ok", f"{len(found) - without} entries have the rows that they wrote"))
    if without:
        checks.append(("rows", "lake", "open", f"{without} entries are older than digests, so none is recorded"))
    return checks


def _written(connection: duckdb.DuckDBPyConnection, entries: Sequence[Entry]) -> list[Check]:
    """Compare every table that entries write to with the digests of the entries."""
    sql = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'lake' AND schema_name = 'landing' ORDER BY 1"
    tables = [f"landing.{name}" for (name,) in connection.execute(sql).fetchall()]
    known = {entry: (delivery, feed, from_text(text) if text else None) for entry, delivery, feed, text in entries}
    checks: list[Check] = []
    missing = {table for *_, digests in known.values() for table in digests or {}} - {*tables, *journal_tables()}
    checks += [("rows", table, "failed", f"the table is gone: {_RESTORE}") for table in sorted(missing)]
    for table in [*tables, *journal_tables()]:
        in_files = {entry for entry, (*_, own) in known.items() if is_of_files((own or {}).get(table, (0, ""))[1])}
        stored = _read(connection, table, in_files)
        if isinstance(stored, tuple):
            checks.append(stored)
            continue
        if None in stored:
            what = f"it has {stored[None][0]} rows of no entry: {_RESTORE}"
            checks.append(("rows", table, "failed", what))
        for entry in sorted({entry for entry in stored if entry is not None} | known.keys()):
            delivery_id, feed, digests = known.get(entry, (None, None, {}))
            if fault := _fault(table, entry, digests, stored.get(entry)):
                subject = f"entry {entry}" if feed is None else f"{feed} delivery {delivery_id}"
                checks.append(("rows", subject, "failed", f"{fault}: {_RESTORE}"))
    return checks


def _fault(table: str, entry: int, digests: Digests | None, found: tuple[int, str] | None) -> str | None:
    """Return how the rows of an entry in a table differ from those it wrote; None if they do not, or nobody knows."""
    if digests is None or (table == "journal.cell" and table not in digests):
        return None
    rows, digest = digests.get(table, (0, ""))
    if found is None:
        return f"{table} has lost the {rows} rows of entry {entry}" if rows else None
    if found[0] != rows:
        return f"{table} has {found[0]} rows of entry {entry}, which wrote {rows}"
    return f"the {rows} rows of entry {entry} in {table} were changed" if found[1] != digest else None


def _read(
    connection: duckdb.DuckDBPyConnection, table: str, in_files: Collection[int]
) -> dict[int | None, tuple[int, str]] | Check:
    """Return the digests of a table, or the failed check that names the file which cannot be read.

    Those of the entries ``in_files`` are made of the hashes of their files.
    """
    import duckdb

    try:
        stored = stored_in(connection, table, but=in_files)
        return stored | stored_in_files(connection, table, in_files) if in_files else stored
    except duckdb.Error:
        return unreadable(connection, table)


def unreadable(connection: duckdb.DuckDBPyConnection, table: str) -> Check:
    """Return the failed check for a table that cannot be read; it names the first data file that cannot."""
    import duckdb

    with suppress(duckdb.Error):  # no transaction goes on after such a fault
        connection.execute("ROLLBACK")
    schema, name = table.split(".", 1)
    listed = f"ducklake_list_files('lake', {literal(name)}, schema => {literal(schema)})"
    for (file,) in connection.execute(f"SELECT data_file FROM {listed}").fetchall():
        columns = "SELECT sum(hash(COLUMNS(*))) FROM read_parquet"
        try:
            connection.execute(f"{columns}({literal(file)})").fetchall()
        except duckdb.Error:
            return ("data file", f"{table}/{file.rpartition('/')[2]}", "failed", f"it cannot be read: {_RESTORE}")
    return ("data file", table, "failed", f"the table cannot be read: {_RESTORE}")


def _alone(connection: duckdb.DuckDBPyConnection, table: str) -> list[Check]:
    """Compare each row of a table of the journal with the digest of itself that it carries."""
    import duckdb

    number = ALONE[table]
    try:
        rows = connection.execute(
            f"""SELECT {number}, digest IS NULL FROM journal.{identifier(table)}
            WHERE digest IS DISTINCT FROM {own_digest(table)} ORDER BY 1"""
        ).fetchall()
        recorded = connection.execute("SELECT min(format) >= ? FROM journal.format", [_SINCE]).fetchall()[0][0]
        first = connection.execute(f"SELECT min({number}) FROM journal.{table} WHERE digest IS NOT NULL").fetchall()
    except duckdb.Error:
        return [unreadable(connection, f"journal.{table}")]
    since = 0 if recorded else first[0][0]
    failed = [row for row, empty in rows if not empty or (since is not None and (row is None or row >= since))]
    named = {"delivery_id": "delivery", "build_id": "build"}.get(number, number)
    what = f"the row in journal.{table} was changed: {_RESTORE}"
    return [("rows", f"{named} {row}", "failed", what) for row in failed]


def _numbers(connection: duckdb.DuckDBPyConnection, table: str, number: str) -> list[Check]:
    """Check that entries, and receipts, are numbered from 1 without a gap and without a repeat."""
    rows = connection.execute(
        f"""SELECT coalesce(n, i), count(n) FROM (SELECT {number} AS n FROM journal.{table})
        FULL JOIN (SELECT unnest(range(1, (SELECT coalesce(max({number}), 0) + 1 FROM journal.{table}))) AS i) ON n = i
        GROUP BY ALL HAVING count(n) <> 1 ORDER BY 1"""
    ).fetchall()
    word = "entry" if table == "entry" else "delivery"
    return [
        ("rows", f"{word} {n}", "failed", f"journal.{table} has {count} rows of that number, not 1: {_RESTORE}")
        for n, count in rows
    ]


def _receipts(connection: duckdb.DuckDBPyConnection) -> list[Check]:
    """Check that entries and receipts name each other, and that expired bytes are those of their delivery."""
    rows = connection.execute(
        """SELECT coalesce(e.delivery_id, d.delivery_id), 'entry and receipt do not name each other'
        FROM (SELECT * FROM journal.entry WHERE kind = 'delivery') AS e
        FULL JOIN (SELECT * FROM journal.delivery WHERE entry IS NOT NULL) AS d USING (entry)
        WHERE e.delivery_id IS DISTINCT FROM d.delivery_id OR e.feed IS DISTINCT FROM d.feed
        UNION ALL
        SELECT x.delivery_id, 'journal.expired does not fit the receipt'
        FROM journal.expired AS x LEFT JOIN journal.delivery AS d USING (delivery_id)
        GROUP BY x.delivery_id HAVING count(*) <> 1 OR bool_or(x.sha256 IS DISTINCT FROM d.sha256)
        ORDER BY 1"""
    ).fetchall()
    return [("rows", f"delivery {number}", "failed", f"{what}: {_RESTORE}") for number, what in rows]
