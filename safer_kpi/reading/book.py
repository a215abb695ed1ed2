"""A book: one in-memory DuckDB with attached read files, which stay unchanged while it is open."""

from __future__ import annotations

import difflib
import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

from safer_kpi.engine import open_engine
from safer_kpi.errors import NotFound, UsageError
from safer_kpi.failures import translated
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import duckdb

MAIN = "book"
#: The database in memory of what a file holds under another name, and those names: the table, and columns left out.
ELSEWHERE = "elsewhere"
_UNDER = {
    "observation": ("certified", ("release_id", "known_at", "note")),
    "verdict": ("certified_verdict", ("release_id", "known_at")),
    "strategy": ("certified_strategy", ("release_id", "known_at")),
    "component": ("certificate", ("release_id",)),
}


class Book:
    """A ``safer_kpi.duckdb`` or ``release.duckdb``, attached read-only under the name ``book``.

    The attached file stays open, so this book keeps its data if a new file is renamed over it; a book opened later
    reads the new file. It can open no file but its own, ``others`` and those in ``folders``, and no server.

    A release holds its numbers once, as ``kpi.certified``; here they answer to ``kpi.observation`` too, and so do its
    verdicts, its strategy and its certificates to the names that they have in a lake.

    Attributes:
        file: the file.
        is_release: whether the file is that of a release and holds no live balance.

    Raises:
        NotFound: the file does not exist or is not a DuckDB file with the schema ``kpi``.
        CheckFailed: the file is damaged, or holds a view, a macro or anything else that is not data.
        Unavailable: the disk failed, or the rights of this user are not enough.
    """

    def __init__(self, file: Path, *, others: Iterable[Path] = (), folders: Iterable[Path] = ()) -> None:

        from safer_kpi.reading.attaching import limit

        self.file = file
        self._lock = threading.RLock()
        self._attached: dict[Path, str] = {}
        self._results = 0
        self._known: dict[str, list[tuple[Any, ...]]] = {}
        self._columns: dict[str, dict[str, dict[str, str]]] = {}
        # With replacement scans, a Python variable of the caller could shadow a table.
        self._connection = open_engine(python_enable_replacements="false")
        limit(self._connection, files=[file, *others], folders=folders)
        self.attach(file, MAIN)
        self._under: dict[str, str] = {}
        self.is_release = self.has_table("certified") and not self.has_table("observation")
        if self.is_release:
            self._answer_under_other_names()
        self._use(self._connection)

    def _answer_under_other_names(self) -> None:
        """Make the views, in memory, of what the file holds under another name."""
        self._connection.execute(f"ATTACH ':memory:' AS {ELSEWHERE}")
        self._connection.execute(f"CREATE SCHEMA {ELSEWHERE}.kpi")
        for name, (table, left_out) in _UNDER.items():
            if self.has_table(table) and not self.has_table(name):
                without = ", ".join(column for column in left_out if self.has_column(table, column))
                query = f"SELECT * EXCLUDE ({without}) FROM {MAIN}.kpi.{table}"
                self._connection.execute(f"CREATE VIEW {ELSEWHERE}.kpi.{name} AS {query}")
                self._under[name] = table

    def use_bare_names(self) -> None:
        """Let ``read`` find a table by its name alone too."""
        with self._lock:
            self._search(self._connection, "kpi", "main")

    def _use(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let a connection find the tables of this book as ``kpi.<table>``."""
        if self._under:
            self._search(connection, "main", "kpi")
        else:
            connection.execute(f"USE {MAIN}")

    def _search(self, connection: duckdb.DuckDBPyConnection, *schemas: str) -> None:
        path = [f"{MAIN}.{schema}" for schema in schemas] + ([f"{ELSEWHERE}.kpi"] if self._under else [])
        connection.execute(f"SET search_path = {literal(','.join(path))}")

    def attach(self, file: Path, alias: str | None = None) -> str:
        """Attach another read file and return its alias, the first part of three-part names."""
        import duckdb

        from safer_kpi.reading.attaching import attach, refusal

        with self._lock:
            if file in self._attached:
                return self._attached[file]
            alias = alias or f"book_{len(self._attached)}"
            columns = attach(self._connection, file, alias)
            try:
                self._connection.execute(f"SELECT 1 FROM {alias}.kpi.metric LIMIT 1")
            except duckdb.Error as broken:
                raise refusal(broken, file) from broken
            self._attached[file] = alias
            self._columns[alias] = columns
            return alias

    @translated()
    def read(self, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Return the column names and all rows of a query."""
        with self._lock:
            result = self._connection.execute(sql)
            names = tuple(column[0] for column in result.description or ())
            return names, result.fetchall()

    def relation(self, sql: str) -> duckdb.DuckDBPyRelation:
        """Return the query as a relation with its own connection, so that open streams do not disturb each other."""
        cursor = self.cursor()
        return cursor.sql(sql)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return another connection to the same files."""
        with self._lock:
            cursor = self._connection.cursor()
        self._use(cursor)
        return cursor

    def require_reading(self, query: str) -> None:
        """Raise ``UsageError`` unless the query only reads what is attached."""
        from safer_kpi.reading.queries import require_reading

        with self._lock:
            require_reading(self._connection, query)

    def scratch(self) -> str:
        """Create an in-memory schema for computed tables and return its name."""
        with self._lock:
            self._results += 1
            name = f"memory.result_{self._results}"
            self._connection.execute(f"CREATE SCHEMA {name}")
            return name

    def stand_in(self) -> str:
        """Attach an in-memory database with the schema ``kpi``, and return that schema's name.

        Where a cursor uses it, the book's macros read its tables: a macro finds ``kpi.ledger`` in the database in use.
        """
        with self._lock:
            self._results += 1
            name = f"stand_in_{self._results}"
            self._connection.execute(f"ATTACH ':memory:' AS {name}")
            self._connection.execute(f"CREATE SCHEMA {name}.kpi")
            return f"{name}.kpi"

    def detach(self, stand_in: str) -> None:
        """Let go of the database that ``stand_in`` attached; no cursor may use it any more."""
        with self._lock:
            self._connection.execute(f"DETACH {stand_in.removesuffix('.kpi')}")

    def forget(self, scratch: str) -> None:
        """Drop computed tables that are no longer used."""
        import duckdb

        with self._lock:
            try:
                self._connection.execute(f"DROP SCHEMA IF EXISTS {scratch} CASCADE")
            except duckdb.ConnectionException:
                return  # the book is closed, and closing it dropped everything in memory

    def close(self) -> None:
        """Close the files."""
        with self._lock:
            self._connection.close()

    def known(self, sql: str) -> list[tuple[Any, ...]]:
        """Return all rows of a short query over the book's own tables, asked of the file once: they never change."""
        if sql not in self._known:
            self._known[sql] = self.read(sql)[1]
        return self._known[sql]

    def has_table(self, table: str, alias: str = MAIN) -> bool:
        """Return whether an attached file has ``kpi.<table>``; a file from an older version may lack it."""
        return self._held(table, alias) in self._columns[alias]

    def has_column(self, table: str, column: str, alias: str = MAIN) -> bool:
        """Return whether a table of an attached file has a column; a file from an older version may lack it."""
        return column in self._columns[alias].get(self._held(table, alias), ())

    def types(self, table: str) -> dict[str, str]:
        """Return DuckDB's type of each column of ``kpi.<table>``, by name; empty if there is no such table."""
        return self._columns[MAIN].get(self._held(table, MAIN), {})

    def has_macro(self, macro: str) -> bool:
        """Return whether the file has the macro ``kpi.<macro>``."""
        sql = f"SELECT count(*) FROM duckdb_functions() WHERE database_name = {literal(MAIN)} AND schema_name = 'kpi'"
        return bool(self.read(f"{sql} AND function_name = {literal(macro)}")[1][0][0])

    def _held(self, table: str, alias: str) -> str:
        """Return the name under which an attached file holds a table."""
        return self._under.get(table, table) if alias == MAIN else table

    @cached_property
    def certified_has_notes(self) -> bool:
        """Whether certified numbers have notes; those of an older version do not."""
        return self.has_column("certified", "note")

    @cached_property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """The rows of ``kpi.metric`` by metric id."""
        names, rows = self.read("SELECT * FROM kpi.metric ORDER BY metric_id")
        return {row[names.index("metric_id")]: dict(zip(names, row, strict=True)) for row in rows}

    @cached_property
    def areas(self) -> dict[str, str]:
        """Area name by area code."""
        return dict(self.read("SELECT area_code, area_name FROM kpi.area ORDER BY area_code")[1])

    @cached_property
    def as_of(self) -> Any:
        """The time when the last entry in this book was posted (UTC); of a public edition, that of its release."""
        source = "as_of FROM kpi.build" if self.has_table("build") else "max(known_at) FROM kpi.release"
        return self.read(f"SELECT {source}")[1][0][0]

    @cached_property
    def last_entry(self) -> int:
        """The number of the last entry in this book."""
        return int(self.read("SELECT last_entry FROM kpi.build")[1][0][0])

    def metric_id(self, metric: str) -> str:
        """Return the metric id, checked.

        Raises:
            NotFound: no such metric exists; the error names similar ids.
        """
        return one_of(metric, self.metrics, "metric")

    def area_code(self, area: str) -> str:
        """Return the code of an area, given its code or exact name.

        Raises:
            NotFound: no such area exists; the error names similar ones.
            UsageError: several areas have this name.
        """
        if area in self.areas:
            return area
        codes = [code for code, label in self.areas.items() if label == area]
        if len(codes) > 1:
            raise UsageError(
                f"{len(codes)} areas have the name {area!r}.", next_action=f"Use a code: {', '.join(codes)}."
            )
        if codes:
            return codes[0]
        return one_of(area, [*self.areas, *self.areas.values()], "area")


def one_of(wanted: str, known: Iterable[str], what: str) -> str:
    """Return ``wanted`` if it is one of the ``known`` names; ``what`` says what they name.

    Raises:
        NotFound: it is not; the error suggests similar names, or all names if they are few.
    """
    names = list(dict.fromkeys(known))
    if wanted in names:
        return wanted
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.5) or (names if len(names) <= 12 else [])
    raise NotFound(
        f"No {what} {wanted!r} exists.",
        next_action=f"Use one of: {', '.join(near)}." if near else f"List the {len(names):,} names that exist.",
    )
