"""The tables of an export, and what each column of them is: in the words that the release's own file has for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.sql import identifier, literal

if TYPE_CHECKING:
    import duckdb

#: Stands between the values of a list in one cell of CSV.
SEPARATOR = ";"
_LIST = "[]"


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: its name.
        kind: its type in DuckDB.
        says: what it holds.
    """

    name: str
    kind: str
    says: str

    @property
    def is_list(self) -> bool:
        """Whether a cell holds several values."""
        return self.kind.endswith(_LIST)

    @property
    def of(self) -> str:
        """The type of a value: of a list that of its values."""
        return self.kind.removesuffix(_LIST)


@dataclass(frozen=True)
class Kept:
    """A table of a release that an export holds.

    Attributes:
        name: the name of its files.
        title: what it is, for a person.
        source: its table in the schema ``kpi`` of the release's file.
        key: the columns that tell its rows apart; the rows are in their order.
        parents: the tables that some of these columns name a row of: the table and its key, by the column.
        left_out: columns that only a lake needs.
    """

    name: str
    title: str
    source: str
    key: tuple[str, ...]
    parents: dict[str, tuple[str, str]]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exported:
    """A table with its columns, as one release has it.

    Attributes:
        kept: which table it is.
        says: what one row is.
        columns: its columns, in order.
    """

    kept: Kept
    says: str
    columns: tuple[Column, ...]

    def query(self, source: str, *, as_text: bool, only: str = "") -> str:
        """Return the rows of ``source`` in the order of the key.

        ``as_text`` joins lists, as CSV has no type for them; ``only`` limits the rows, behind the source.
        """
        cells = []
        for column in self.columns:
            name = identifier(column.name)
            joined = f"array_to_string({name}, {literal(SEPARATOR)}) AS {name}"
            cells.append(joined if as_text and column.is_list else name)
        order = ", ".join(map(identifier, self.kept.key))
        return f"SELECT {', '.join(cells)} FROM {source} {only} ORDER BY {order}"


_METRIC, _AREA = {"metric_id": ("metrics", "metric_id")}, {"area_code": ("areas", "area_code")}
TABLES = (
    Kept("numbers", "Certified numbers", "certified", ("metric_id", "area_code", "period", "breakdown"),
         _METRIC | _AREA),
    Kept("verdicts", "Verdicts on the numbers", "certified_verdict",
         ("metric_id", "area_code", "period", "breakdown", "against"), _METRIC | _AREA),
    Kept("metrics", "Metrics and their definitions", "metric", ("metric_id",), {},
         ("model_hash", "seeds", "definition")),
    Kept("areas", "Areas that numbers are given for", "area", ("area_code",), {}),
    Kept("strategy", "Indicators in the words of the strategy", "certified_strategy", ("place",), {}),
)  # fmt: skip


def tables_of(connection: duckdb.DuckDBPyConnection) -> list[Exported]:
    """Return the tables that the release attached as ``book`` has, with the words of its columns."""
    said = dict(
        connection.execute(
            "SELECT table_name, comment FROM duckdb_tables() WHERE database_name = 'book' AND schema_name = 'kpi'"
        ).fetchall()
    )
    rows = connection.execute(
        """SELECT table_name, column_name, data_type, comment FROM duckdb_columns()
        WHERE database_name = 'book' AND schema_name = 'kpi' ORDER BY table_name, column_index"""
    ).fetchall()
    columns: dict[str, list[Column]] = {}
    for table, name, kind, comment in rows:
        columns.setdefault(table, []).append(Column(name, kind, comment or ""))
    return [
        Exported(
            each, said[each.source] or each.title, tuple(c for c in columns[each.source] if c.name not in each.left_out)
        )
        for each in TABLES
        if each.source in said
    ]
