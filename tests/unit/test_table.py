from __future__ import annotations

import datetime as dt
import pickle
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import narwhals
import polars as pl
import pyarrow as pa
import pytest

from safer_kpi.errors import UsageError
from safer_kpi.reading.book import Book
from safer_kpi.reading.table import Table
from safer_kpi.sql import literal, values

QUERY = (
    "SELECT * FROM (VALUES (1, 'a<b>', DATE '2024-05-01', CAST('1.500000000' AS DECIMAL(18, 9))), "
    "(2, NULL, NULL, NULL)) "
    "AS t(n, word, day, amount)"
)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    file = tmp_path / "safer_kpi.duckdb"
    with duckdb.connect(str(file)) as con:
        con.execute("CREATE SCHEMA kpi; CREATE TABLE kpi.metric (metric_id VARCHAR)")
    return Book(file)


def test_rows_are_dicts_of_python_values(book: Book) -> None:
    table = Table(book, QUERY)
    assert table.columns == ("n", "word", "day", "amount")
    assert len(table) == 2
    assert table.rows()[0] == {"n": 1, "word": "a<b>", "day": dt.date(2024, 5, 1), "amount": Decimal("1.5")}
    assert table.rows()[1] == {"n": 2, "word": None, "day": None, "amount": None}


def test_any_arrow_library_takes_a_table(book: Book) -> None:
    table = Table(book, QUERY)
    assert table.pl().equals(pl.DataFrame(table))
    assert table.arrow().column("n").to_pylist() == [1, 2]
    assert table.arrow().schema.field("amount").type == pa.decimal128(18, 9)
    assert list(table.df()["n"]) == [1, 2]


def test_two_streams_do_not_disturb_each_other(book: Book) -> None:
    one = pa.RecordBatchReader.from_stream(Table(book, "SELECT range AS n FROM range(300000)"))
    assert len(Table(book, QUERY)) == 2
    assert one.read_all().num_rows == 300_000


def test_html_is_escaped(book: Book) -> None:
    html = Table(book, QUERY)._repr_html_()
    assert "a&lt;b&gt;" in html
    assert "<b>" not in html


def test_text_shows_the_first_twenty(book: Book) -> None:
    text = repr(Table(book, "SELECT range AS n FROM range(25)"))
    assert text.endswith("25 rows, the first 20 shown")
    assert len(text.splitlines()) == 23  # names, a line, twenty rows, the count


def test_a_table_can_be_asked(book: Book) -> None:
    assert Table(book, QUERY).query("SELECT max(n) AS most FROM this").rows() == [{"most": 2}]


@pytest.mark.parametrize(("call", "library"), [("pl", "polars"), ("df", "pandas"), ("arrow", "pyarrow")])
def test_a_missing_library_is_named(book: Book, monkeypatch: pytest.MonkeyPatch, call: str, library: str) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(UsageError, match=rf"{library} is not installed.*safer-kpi\[df\]"):
        getattr(Table(book, QUERY), call)()


def test_reading_rows_and_streams_imports_no_frame_library(tmp_path: Path, book: Book) -> None:
    book.close()
    code = (
        "import sys; from pathlib import Path; from safer_kpi.reading.book import Book; "
        "from safer_kpi.reading.table import Table; "
        f"t = Table(Book(Path({str(tmp_path / 'safer_kpi.duckdb')!r})), 'SELECT 1 AS n'); "
        "t.rows(); t.__arrow_c_stream__(); repr(t); "
        "print([m for m in ('pandas', 'polars', 'pyarrow', 'numpy') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "value",
    [
        "it's",
        "'; DROP TABLE x; --",
        "a\\'b",
        "",
        "\n",
        "é",
        5,
        -3,
        1.25,
        True,
        None,
        Decimal("2.50"),
        ["x'y", "z"],
        dt.date(2024, 2, 29),
        dt.datetime(2024, 2, 29, 23, 59, 59, 999999),
    ],
)
def test_a_literal_comes_back_as_it_was(value: Any) -> None:
    assert duckdb.sql(f"SELECT {literal(value)}").fetchall() == [(value,)]


def test_a_nul_character_is_refused() -> None:
    with pytest.raises(UsageError, match="NUL"):
        literal("a\0b")


def test_values_keep_their_order_and_types(book: Book) -> None:
    table = Table(book, values({"a": "BIGINT", "b": "VARCHAR"}, [(2, "x"), (1, None)]))
    assert table.rows() == [{"a": 2, "b": "x"}, {"a": 1, "b": None}]
    assert Table(book, values({"a": "BIGINT"}, [])).rows() == []


def test_tables_of_one_book_can_be_asked_together(book: Book) -> None:
    other = Table(book, "SELECT 2 AS n, 'two' AS said")
    assert Table(book, QUERY).query("SELECT said FROM this JOIN words USING (n)", words=other).rows() == [
        {"said": "two"}
    ]


def test_a_kept_table_is_computed_once_and_goes_with_its_last_question(book: Book) -> None:
    kept = Table(book, "SELECT random() AS r FROM range(3)").kept()
    assert kept.query("SELECT * FROM this").rows() == kept.query("SELECT * FROM this").rows()
    asked = kept.query("SELECT count(*) AS n FROM this")
    del kept
    assert asked.rows() == [{"n": 3}]
    del asked
    assert book.read("SELECT count(*) FROM duckdb_tables() WHERE database_name = 'memory'")[1] == [(0,)]


def test_batches_are_all_the_rows_in_their_order(book: Book) -> None:
    table = Table(book, "SELECT range AS n FROM range(7)")
    assert [len(batch) for batch in table.batches(3)] == [3, 3, 1]
    assert [row for batch in table.batches(3) for row in batch] == [(n,) for n in range(7)]


def _unpacked(packed: bytes) -> Table:
    table: Table = pickle.loads(packed)  # noqa: S301  (packed by this test)
    return table


def test_a_pickle_carries_the_rows_and_needs_no_lake(book: Book) -> None:
    sql = f"SELECT *, [{{'code': n, 'months': ['2024-04']}}] AS sources, [] AS none FROM ({QUERY})"
    table = Table(book, sql)
    packed, rows, arrow = pickle.dumps(table), table.rows(), table.arrow()
    book.close()
    carried = _unpacked(packed)
    assert (carried.columns, carried.rows()) == (table.columns, rows)
    assert carried.arrow().equals(arrow)
    assert carried.query("SELECT sum(n) AS n FROM this").rows() == [{"n": 3}]
    assert _unpacked(pickle.dumps(carried)).rows() == rows
    assert _unpacked(pickle.dumps(carried.query("SELECT * FROM this WHERE FALSE"))).rows() == []


def test_narwhals_takes_a_table(book: Book) -> None:
    frame = narwhals.from_native(Table(book, QUERY), eager_only=True)
    assert frame.shape == (2, 4)
    assert frame.select(narwhals.col("n").sum()).item() == 3


def test_html_names_once_what_is_the_same(book: Book) -> None:
    html = Table(book, "SELECT 'a&b' AS place, range AS n FROM range(3)")._repr_html_()
    assert "In every row: place = a&amp;b" in html
    assert html.count("a&amp;b") == 1
