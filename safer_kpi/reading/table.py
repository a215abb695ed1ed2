"""The table that every call of the reading library returns."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import MissingExtra
from safer_kpi.failures import translated
from safer_kpi.reading.beside import Beside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import duckdb

    from safer_kpi.reading.book import Book
    from safer_kpi.reading.frames import ArrowTable, PandasFrame, PolarsFrame


class Table:
    """Rows with named columns: the result of a query over data that does not change.

    The query runs when rows are first needed. Any library that reads Arrow's C stream accepts a table directly:
    ``polars.DataFrame(table)``, ``pyarrow.table(table)``. narwhals takes it as an eager frame, and so do the libraries
    that read through narwhals. A pickled table carries its rows and needs no lake.

    Attributes:
        columns: the column names, in order.
    """

    def __init__(
        self,
        book: Book,
        sql: str,
        columns: tuple[str, ...] | None = None,
        *,
        of: Table | tuple[Table, ...] = (),
        before: Callable[[], None] | None = None,
        rows: list[tuple[Any, ...]] | None = None,
    ) -> None:
        self._book = book
        self._of = of if isinstance(of, tuple) else (of,)  # keeps the computed rows of the tables it reads alive
        self._sql = sql
        self._columns = columns
        self._rows = rows
        self._before = before  # runs once, when rows are first needed
        self._once = threading.Lock()
        self._begun: Beside[tuple[tuple[str, ...], list[tuple[Any, ...]]]] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The column names, in order."""
        if self._columns is None:
            self._fetch()
        return self._columns or ()

    def _fetch(self) -> list[tuple[Any, ...]]:
        if self._rows is None:
            self._columns, self._rows = self._begun.result() if self._begun is not None else self._read()
        return self._rows

    def _read(self) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        self.compute()
        return self._book.read(self._sql)

    def begun(self) -> Table:
        """Begin to read the rows in a thread of their own, and return this table; who asks for rows waits for them."""
        self._begun = Beside(self._read_beside)
        return self

    @translated()
    def _read_beside(self) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        self.compute()
        cursor = self._book.cursor()
        try:
            cursor.execute(self._sql)
            return tuple(column[0] for column in cursor.description or ()), cursor.fetchall()
        finally:
            cursor.close()

    def compute(self) -> None:
        """Compute the tables that the query reads, unless that is done."""
        for table in self._of:
            table.compute()
        with self._once:
            if self._before is not None:
                self._before()
                self._before = None

    def _relation(self) -> duckdb.DuckDBPyRelation:
        self.compute()
        return self._book.relation(self._sql)

    @property
    def sql(self) -> str:
        """The query that gives the rows, for use inside another query."""
        return self._sql

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows as dicts; dates, times (UTC, naive) and decimals are Python's own types."""
        rows, names = self._fetch(), self.columns
        return [dict(zip(names, row, strict=True)) for row in rows]

    def query(self, sql: str, **others: Table) -> Table:
        """Return the result of an SQL query in which this table is ``this``; ``others`` are tables of the same lake."""
        named = ", ".join(f"{key} AS ({table.sql})" for key, table in {"this": self, **others}.items())
        return Table(self._book, f"WITH {named} {sql}", of=(self, *others.values()))

    @translated()
    def kept(self) -> Table:
        """Return the same rows, computed once and stored in DuckDB, so that later queries do not compute them again."""
        self.compute()
        within = self._book.scratch()
        cursor = self._book.cursor()
        try:
            cursor.execute(f"CREATE TABLE {within}.kept AS {self._sql}")
        except BaseException:
            self._book.forget(within)
            raise
        finally:
            cursor.close()
        table = Table(self._book, f"SELECT * FROM {within}.kept", self._columns)
        weakref.finalize(table, self._book.forget, within)
        return table

    def batches(self, size: int = 50_000) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows in batches of ``size``, in order, for tables that are too large for memory."""
        self.compute()
        cursor = self._book.cursor()
        try:
            with translated():
                cursor.execute(self._sql)
            while rows := self._fetched(cursor, size):
                yield rows
        finally:
            cursor.close()

    @translated()
    def _fetched(self, cursor: duckdb.DuckDBPyConnection, size: int) -> list[tuple[Any, ...]]:
        return cursor.fetchmany(size)

    def __len__(self) -> int:
        return len(self._fetch())

    def __iter__(self) -> Any:
        return iter(self.rows())

    @translated()
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return the rows as Arrow's C stream; this needs no other library."""
        return self._relation().__arrow_c_stream__(requested_schema)

    def __narwhals_dataframe__(self) -> object:
        """Return the rows as narwhals holds them: of polars, or of pyarrow where polars is not installed.

        Raises:
            MissingExtra: neither is installed.
        """
        import importlib.util

        narwhals = _need("narwhals", "df")
        backend = "polars" if importlib.util.find_spec("polars") else "pyarrow"
        _need(backend, "df")
        # narwhals asks for its inner frame here, and has no public name for it.
        frame: object = narwhals.from_arrow(self, backend=backend)._compliant_frame  # noqa: SLF001 (the line above)
        return frame

    def __reduce__(self) -> tuple[Any, ...]:
        rows = self._fetch()
        described = self._book.read(f"DESCRIBE {self._sql}")[1]
        return _carried, ({name: kind for name, kind, *_ in described}, rows)

    @translated()
    def df(self) -> PandasFrame:
        """Return the rows as a pandas frame.

        Raises:
            MissingExtra: pandas is not installed.
        """
        _need("pandas", "df")
        frame: PandasFrame = self._relation().df()
        return frame

    def pl(self) -> PolarsFrame:
        """Return the rows as a polars frame.

        Raises:
            MissingExtra: polars is not installed.
        """
        return _need("polars", "df").DataFrame(self)  # type: ignore[no-any-return]  # imported by name

    def arrow(self) -> ArrowTable:
        """Return the rows as a pyarrow table.

        Raises:
            MissingExtra: pyarrow is not installed.
        """
        return _need("pyarrow", "df").table(self)

    def __repr__(self) -> str:
        from safer_kpi.reading.display import as_text

        return as_text(self.columns, self._fetch())

    def _repr_html_(self) -> str:
        from safer_kpi.reading.display import as_html

        return as_html(self.columns, self._fetch())


def _carried(types: dict[str, str], rows: list[tuple[Any, ...]]) -> Table:
    """Return the table of a pickle: the same columns, types and rows, as they were when it was made."""
    from safer_kpi.reading.carried import CARRIED, CarriedBook

    return Table(CarriedBook(types, rows), f"SELECT * FROM {CARRIED}", tuple(types), rows=rows)


def _need(library: str, extra: str) -> Any:
    import importlib

    try:
        return importlib.import_module(library)
    except ImportError as missing:
        raise MissingExtra(library, extra=extra) from missing
