"""Generated histories written as a lake's read files: the real tables and the real ``kpi.as_of``, no lake."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from safer_kpi.compute import schema
from tests.properties.generated import History
from tests.properties.register import ENTRIES, LSOAS, Rules, posted_at

PROJECT = Path(__file__).resolve().parents[2]
EVERY, LOCAL = ["ward", "local_authority"], ["local_authority"]
LENGTHS = ["month", "quarter", "year", "rolling12"]
# metric: numerator, denominator, base, additive, cadence, areas, periods, feeds
METRICS = {
    "x.count": ("x.count", None, None, True, "monthly", EVERY, LENGTHS, ["street"]),
    "x.positive": ("x.positive", None, None, True, "monthly", EVERY, LENGTHS, ["street"]),
    "x.share": ("x.positive", "x.count", 100, False, "monthly", EVERY, LENGTHS, ["street"]),
    "x.rate": ("x.count", "population", 1000, False, "monthly", EVERY, LENGTHS, ["street"]),
    "x.people": ("x.people", None, None, False, "monthly", LOCAL, ["month", "quarter"], ["street"]),
    "x.figure": ("x.figure", None, None, False, "quarterly", LOCAL, ["quarter"], ["figures"]),
}
SETTLES = 3


def write_world(file: Path, histories: Sequence[History], rules: Rules, *, last_entry: int = ENTRIES) -> Path:
    """Write a read file of these histories as known at an entry; its ledger posts by ``rules`` from the start."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{file}' AS book (STORAGE_VERSION 'v1.0.0')")
        connection.execute("CREATE SCHEMA book.kpi")
        models = schema.read_schema(PROJECT)
        for table in schema.COPIED:
            columns = ", ".join(f"{name} {kind}" for name, kind in models[table.name].types.items())
            connection.execute(f"CREATE TABLE book.kpi.{table.name} ({columns})")
        connection.execute("USE book")
        connection.execute(
            f"CREATE TABLE kpi.build AS SELECT {last_entry}::BIGINT AS last_entry, "
            f"TIMESTAMP '{posted_at(last_entry)}' AS as_of, now()::TIMESTAMP AS built_at, '0' AS package_version, "
            "1::BIGINT AS snapshot_id"
        )
        _write_terms(connection, rules)
        _write_places(connection, histories)
        _write_entries(connection, histories, last_entry)
        _write_ledger(connection, file.with_suffix(".csv"), histories)
        for statement in schema.macros(PROJECT, models):
            connection.execute(statement)
        connection.execute(
            "CREATE TABLE kpi.observation AS SELECT * FROM kpi.as_of((SELECT as_of FROM kpi.build)) "
            f"ORDER BY {schema.OBSERVATION.order}"
        )
        connection.execute(
            "CREATE TABLE kpi.certified AS SELECT *, NULL::VARCHAR AS release_id, NULL::TIMESTAMP AS known_at "
            "FROM kpi.observation WHERE FALSE"
        )
        connection.execute(
            "CREATE TABLE kpi.release (release_id VARCHAR, quarter VARCHAR, published_at TIMESTAMP, "
            "last_entry BIGINT, known_at TIMESTAMP, supersedes VARCHAR, approved_by VARCHAR[], "
            "manifest_sha256 VARCHAR, previous_manifest_sha256 VARCHAR, row_hash VARCHAR)"
        )
    return file


def publish(home: Path, release_id: str, last_entry: int, *, file: Path | None = None) -> None:
    """Certify what was known at an entry: by the lake's own rules, or as the ``file`` of a release of its own says."""
    stamp = f"'{release_id}' AS release_id, TIMESTAMP '{posted_at(last_entry)}' AS known_at"
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{home / 'safer_kpi.duckdb'}' AS book")
        connection.execute("USE book")
        observed = f"kpi.as_of(TIMESTAMP '{posted_at(last_entry)}')"
        written = ["book"]
        if file is not None:
            connection.execute(f"ATTACH '{file}' AS release")
            observed, written = "release.kpi.observation", ["book", "release"]
        for name in written:
            connection.execute(f"INSERT INTO {name}.kpi.certified SELECT *, {stamp} FROM {observed}")
            connection.execute(
                f"INSERT INTO {name}.kpi.release (release_id, quarter, published_at, last_entry, known_at) "
                f"SELECT '{release_id}', '{release_id}', TIMESTAMP '{posted_at(last_entry)}', {last_entry}, "
                f"TIMESTAMP '{posted_at(last_entry)}'"
            )


def _write_terms(connection: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    for name, (top, bottom, base, additive, cadence, areas, periods, feeds) in METRICS.items():
        connection.execute(
            "INSERT INTO kpi.metric (metric_id, kpi, definition_version, title, unit, numerator, denominator, "
            "rate_base, interval_method, additive, settles_after_months, feeds, areas, periods, cadence, "
            "denominator_kind) VALUES (?, 'x', ?, ?, 'units', ?, ?, ?, 'none', ?, ?, ?, ?, ?, ?, ?)",
            [
                name,
                rules.version,
                name,
                top,
                bottom,
                base,
                additive,
                SETTLES,
                feeds,
                areas,
                periods,
                cadence,
                divided_by(bottom),
            ],
        )
    connection.execute(
        "INSERT INTO kpi.feed (feed, cadence, parts) VALUES ('street', 'monthly', []), ('figures', 'quarterly', []), "
        "('residents', 'yearly', [])"
    )


def divided_by(bottom: str | None) -> str:
    """What kind of denominator one of these metrics has."""
    if bottom is None:
        return "none"
    return "constant" if bottom.isdigit() else "residents" if bottom == "population" else "count"


def _write_places(connection: duckdb.DuckDBPyConnection, histories: Sequence[History]) -> None:
    """Every authority and its two wards from the first entry on; what is moved is never a ward's last LSOA."""
    connection.execute("CREATE TEMP TABLE code (code VARCHAR)")
    connection.execute("INSERT INTO code SELECT unnest(?)", [[history.code for history in histories]])
    at = f"1, TIMESTAMP '{posted_at(1)}'"
    connection.execute(
        f"""
        INSERT INTO kpi.area_change
        SELECT code, code, 'local_authority', code, 'F', {at}, {len(LSOAS)} FROM code
        UNION ALL SELECT code || ward, code || ward, 'ward', code, 'F', {at}, 2 FROM code, unnest(['A', 'B']) AS w(ward)
        UNION ALL SELECT 'unplaced', 'Unplaced', 'unplaced', 'unplaced', 'unplaced', {at}, 1
        """
    )
    connection.execute(
        "INSERT INTO kpi.area SELECT area_code, area_name, area_type, la_code, force_code FROM kpi.area_change"
    )


def _write_entries(connection: duckdb.DuckDBPyConnection, histories: Sequence[History], last_entry: int) -> None:
    """One delivery an entry; a reversal or replay posts under the delivery it is of."""
    for entry in range(1, last_entry + 1):
        posted = posted_at(entry)
        connection.execute(
            "INSERT INTO kpi.entry VALUES (?, ?, 'delivery', ?, 'street', NULL, NULL)", [entry, posted, entry]
        )
        connection.execute(
            "INSERT INTO kpi.delivery (delivery_id, feed, file_name, sha256, published_at, received_at, "
            "contract_version, status, rows_read, rows_skipped, stale_cells, entry, posted_at) "
            "VALUES (?, 'street', ?, ?, ?, ?, '1.0.0', 'accepted', 100000, 0, [], ?, ?)",
            [entry, f"file-{entry}.csv", f"{entry:064d}", posted, posted, entry, posted],
        )
    rows = [
        (feed, f"{history.code}/{month:%Y-%m}", history.code, month, 3 if feed == "figures" else 1, entry, weight)
        for history in histories
        for feed, month, entry, weight in history.coverage
        if entry <= last_entry
    ]
    _load(
        connection,
        "coverage (feed, cell, cover_code, starts_on, months, entry, weight)",
        "feed VARCHAR, cell VARCHAR, cover_code VARCHAR, starts_on DATE, months INTEGER, entry BIGINT, weight INTEGER",
        rows,
    )
    connection.execute(
        "UPDATE kpi.coverage SET posted_at = e.posted_at FROM kpi.entry AS e WHERE e.entry = coverage.entry"
    )


def _load(connection: duckdb.DuckDBPyConnection, into: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
    file = Path(connection.execute("SELECT path FROM duckdb_databases() WHERE database_name = 'book'").fetchall()[0][0])
    path = file.with_suffix(".rows.csv")
    write_rows(path, rows)
    connection.execute(f"INSERT INTO kpi.{into} {read_rows(path, columns)}")
    path.unlink()


def write_rows(path: Path, rows: Sequence[tuple[object, ...]] | Iterator[tuple[object, ...]]) -> None:
    """Rows for DuckDB, which reads a file faster than values one by one."""
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows(rows)


def read_rows(path: Path, columns: str) -> str:
    """The query of rows written by :func:`write_rows`."""
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in (column.split() for column in columns.split(", ")))
    return f"SELECT * FROM read_csv('{path}', header = false, columns = {{{types}}})"


LINE = (
    "metric_id VARCHAR, area_code VARCHAR, la_code VARCHAR, period_type VARCHAR, month DATE, entry BIGINT, "
    "cause VARCHAR, feed VARCHAR, delivery_id BIGINT, weight BIGINT, origin BIGINT, source_row BIGINT, measure VARCHAR"
)


def account(histories: Sequence[History]) -> Iterator[tuple[object, ...]]:
    """The generators' own books, a row per unit that moved."""
    for history in histories:
        for line in history.account:
            yield (
                line.metric, line.area, line.la, line.period_type, line.month, line.entry, line.cause, line.feed,
                line.delivery, line.weight, *line.row, line.measure,
            )  # fmt: skip


def _write_ledger(connection: duckdb.DuckDBPyConnection, path: Path, histories: Sequence[History]) -> None:
    """Postings as the models write them: units of one cell, entry and cause together, nothing where they cancel."""
    write_rows(path, account(histories))
    connection.execute(
        f"""
        INSERT INTO kpi.ledger
        SELECT metric_id, area_code, la_code, CASE WHEN la_code = 'none' THEN 'none' ELSE 'F' END, period_type, month,
          'all', measure, 1, l.entry, e.posted_at, l.feed, l.delivery_id, cause, sum(weight),
          list({{'delivery_id': origin, 'source_row': source_row, 'weight': weight}})
        FROM ({read_rows(path, LINE)}) AS l JOIN kpi.entry AS e ON e.entry = l.entry
        GROUP BY ALL HAVING sum(weight) <> 0
        ORDER BY metric_id, area_code, month, l.entry
        """
    )
    path.unlink()
