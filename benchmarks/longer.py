"""A lake of many times the demo's rows: its two years, and copies of them before it, each two years earlier."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from safer_kpi.lake import connect, lease
from safer_kpi.lake.transaction import transaction
from safer_kpi.sql import identifier, literal

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.settings import Settings

#: The years of one copy.
SPAN = 2
#: The years that dates of the demo's records lie in.
_YEARS = range(2021, 2027)
#: Columns that say when: of a copy they lie earlier.
_DATED = re.compile(r"cell|month|quarter|wave|financial_year|published|\w+_(on|at|date|month)")
#: Columns that say which: those of a copy are its own, so that no key is live twice.
_NAMED = re.compile(r"(crime|offence|outcome)_id|\w+_ref")
#: The demo's feeds whose cells lie in time; the others, seeds and totals of many years, stay as they are.
_TIMED = "SELECT DISTINCT feed FROM journal.cell WHERE starts_on >= DATE '2023-04-01' ORDER BY feed"
_COLUMNS = """SELECT column_name, data_type FROM information_schema.columns
    WHERE table_catalog = 'lake' AND table_schema = ? AND table_name = ? ORDER BY ordinal_position"""


def lengthen(settings: Settings, times: int) -> int:
    """Give a copy of the demo's lake ``times`` as many change rows and months, under the same entries; return its rows.

    No delivery is landed: each entry also posts to the months of its copies. The tables of the ledgers are as they
    were, so every day of them has to be built again.
    """
    with connect(settings) as connection, lease(settings), transaction(connection):
        feeds = [feed for (feed,) in connection.execute(_TIMED).fetchall()]
        of_feeds = f"feed IN ({', '.join(map(literal, feeds))})"
        for table, rows in (*((f"landing.{feed}", "true") for feed in feeds), *_JOURNAL.items()):
            _copy(connection, table, rows.format(feeds=of_feeds), times)
        counts = [connection.execute(f"SELECT count(*) FROM landing.{feed}").fetchall()[0][0] for feed in feeds]
    return sum(counts)


#: The tables that name cells, and their rows that are copied.
_JOURNAL = {
    "journal.cell": "{feeds}",
    "journal.coverage": "{feeds}",
    "journal.claim": "{feeds}",
    "journal.held": "{feeds}",
}


def _copy(connection: duckdb.DuckDBPyConnection, table: str, rows: str, times: int) -> None:
    """Add the copies of the rows of a table."""
    columns = connection.execute(_COLUMNS, table.split(".")).fetchall()
    connection.execute(f"CREATE OR REPLACE TEMP TABLE original AS SELECT * FROM {table} WHERE {rows}")
    for copy in range(1, times):
        values = ", ".join(_moved(name, kind, copy) for name, kind in columns)
        connection.execute(f"INSERT INTO {table} SELECT {values} FROM original")
    connection.execute("DROP TABLE original")


def _moved(name: str, kind: str, copy: int) -> str:
    """Return the value of a column in a copy, as SQL."""
    column = identifier(name)
    if kind == "VARCHAR" and _DATED.fullmatch(name):
        return _earlier(column, SPAN * copy)
    if kind == "VARCHAR" and _NAMED.fullmatch(name):
        return f"{column} || '-{copy}'"
    if name == "starts_on":
        return f"({column} - INTERVAL {SPAN * copy} YEAR)::DATE"
    return column


def _earlier(column: str, years: int) -> str:
    """Return a text with all its years made earlier: ``2024-05``, ``07/05/2024``, ``2023-24-Q1`` or ``2023/24``.

    29 February becomes the 28th. The years are replaced in their order, so that none is replaced twice.
    """
    text = column
    for year in _YEARS:
        for sign in "-/":
            text = _replaced(text, f"{year}{sign}{(year + 1) % 100:02}", f"{year}{sign}{(year + 1 - years) % 100:02}")
    for year in _YEARS:
        text = _replaced(text, str(year), str(year - years))
    return _replaced(_replaced(text, "-02-29", "-02-28"), "29/02/", "28/02/")


def _replaced(text: str, old: str, new: str) -> str:
    return f"replace({text}, {literal(old)}, {literal(new)})"
