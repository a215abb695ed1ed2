"""A file from elsewhere is data: whatever code it holds is refused by our errors before any of it runs."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi import CheckFailed, NotFound
from safer_kpi.cli.main import app
from safer_kpi.domain.macro_text import FUNCTIONS, foreign_words
from safer_kpi.reading.book import Book
from safer_kpi.reading.verifying.verify import verify_folder
from tests.reading.publishing import failures

VIOLENCE, FIRST, LAST = "1a.violence_and_sexual_offences", "2024-25-Q1", "2024-25-Q1.2"
MACRO = "CREATE OR REPLACE MACRO kpi.as_of(ts) AS TABLE "
#: What an attacker writes into a file; ``{secret}`` is a file of the machine that reads it.
CODE = {
    "a view beside the tables": "CREATE VIEW kpi.more AS SELECT * FROM read_text('{secret}')",
    "a view in place of a table": "DROP TABLE kpi.metric; CREATE VIEW kpi.metric AS SELECT content AS metric_id FROM "
    "read_text('{secret}')",
    "a view of the first versions that reads more": "CREATE VIEW main.ledger AS SELECT * FROM kpi.ledger, "
    "read_text('{secret}')",
    "a view of a table that does not exist": "CREATE VIEW main.x AS SELECT * FROM kpi.ledger",
    "a macro that reads a file": MACRO + "SELECT * FROM read_text('{secret}')",
    "a macro that reads a file in a subquery": MACRO + "SELECT * REPLACE ((SELECT content FROM read_text('{secret}')) "
    "AS area_name) FROM kpi.observation",
    "a macro that names a file": MACRO + "SELECT * FROM '{secret}'",
    "a macro that asks for the settings": MACRO + "SELECT current_setting('temp_directory') AS area_name",
    "a macro that lists what is attached": MACRO + "SELECT * FROM duckdb_databases",
    "a macro that runs a text": MACRO + "SELECT * FROM query('SELECT 1')",
    "a macro of another name": "CREATE MACRO kpi.later(ts) AS TABLE SELECT * FROM kpi.observation",
    "a macro of other parameters": "CREATE OR REPLACE MACRO kpi.as_of(ts, b) AS TABLE SELECT * FROM kpi.observation",
    "a macro of two definitions": "CREATE OR REPLACE MACRO kpi.as_of(ts) AS TABLE (SELECT 1 AS a), "
    "(ts, b) AS TABLE (SELECT 2 AS a)",
    "a macro outside the schema kpi": "CREATE MACRO main.movements(a, b) AS TABLE SELECT 1 AS c",
    "a function in place of one of DuckDB's": "CREATE MACRO kpi.coalesce(a, b) AS a",
    "a function in the main schema": "CREATE MACRO main.sum(a) AS 0",
    "a type": "CREATE TYPE kpi.cause AS ENUM ('new')",
    "a sequence": "CREATE SEQUENCE kpi.counter",
    "a generated column": "CREATE TABLE kpi.more (a INTEGER, b VARCHAR GENERATED ALWAYS AS "
    "(current_setting('threads')))",
    "a default": "CREATE TABLE kpi.more (a VARCHAR DEFAULT (current_setting('threads')))",
    "a check": "CREATE TABLE kpi.more (a VARCHAR CHECK (a <> current_setting('threads')))",
    "an index over an expression": "CREATE INDEX ix ON kpi.metric ((lower(metric_id)))",
    "another schema": "CREATE SCHEMA own; CREATE TABLE own.metric (a INTEGER)",
    "a table in the main schema": "CREATE TABLE main.ledger (a INTEGER)",
}  # fmt: skip


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.csv"
    file.write_text("the machine's own")
    return file


def _spoil(file: Path, sql: str, secret: Path) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute(sql.format(secret=secret))


@pytest.mark.parametrize("sql", CODE.values(), ids=CODE.keys())
def test_code_in_a_file_is_refused_before_it_runs(small: Path, secret: Path, sql: str) -> None:
    _spoil(small, sql, secret)
    with pytest.raises(CheckFailed, match=r"safer_kpi.duckdb holds .*only tables are read") as refusal:
        Book(small)
    assert "the machine's own" not in str(refusal.value)


@pytest.fixture
def small(book_writer: Callable[..., Path], tmp_path: Path) -> Path:
    return book_writer(tmp_path / "small" / "safer_kpi.duckdb")


def test_our_own_file_is_read(small: Path) -> None:
    book = Book(small)
    assert book.read("SELECT count(*) FROM kpi.as_of(TIMESTAMP '2024-12-01')")[1][0][0] > 0
    book.close()


def test_an_open_file_lets_nothing_else_be_read(small: Path, secret: Path) -> None:
    """Even what no check looked for could not leave the file: DuckDB itself opens nothing more."""
    book = Book(small)
    for query in (
        f"SELECT * FROM read_text('{secret}')",
        f"COPY (SELECT 1) TO '{secret}.csv'",
        f"ATTACH '{secret}.duckdb' AS other",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
    ):
        with pytest.raises(duckdb.Error):
            book.read(query)
    book.close()


def test_every_way_to_a_file_is_guarded(home: Path, secret: Path) -> None:
    """``open``, ``compare``, ``verify`` with and without ``--deep``, ``show`` and a release folder by itself."""
    file = home / "releases" / LAST / "release.duckdb"
    _spoil(file, CODE["a view in place of a table"], secret)
    with pytest.raises(CheckFailed, match=r"release.duckdb holds the view metric"):
        safer_kpi.open(home / "releases" / LAST)
    with safer_kpi.open(home) as lake:
        with pytest.raises(CheckFailed, match=r"release.duckdb holds the view metric"):
            lake.compare(FIRST, LAST)
        assert ("rows", LAST, "failed") in {
            (row["check"], row["subject"], row["status"]) for row in lake.verify(deep=True).rows()
        }
    _spoil(home / "safer_kpi.duckdb", CODE["a macro that reads a file"], secret)
    for command in (["show", VIOLENCE], ["verify"], ["compare", FIRST, LAST], ["sql", "SELECT 1"]):
        done = CliRunner().invoke(app, [*command, "--home", str(home)])
        assert done.exit_code == 1, command
        assert isinstance(done.exception, SystemExit | CheckFailed), command
        assert "the machine's own" not in done.output


def test_a_draft_or_build_of_a_spoilt_file_is_refused(home: Path, secret: Path) -> None:
    from safer_kpi.releases.findings import findings
    from safer_kpi.releases.recorded import recorded
    from safer_kpi.settings import Settings

    _spoil(home / "safer_kpi.duckdb", CODE["a macro that reads a file"], secret)
    with pytest.raises(CheckFailed, match="holds the macro as_of"):
        findings(Settings.load(home), quarter=None, area="L1")  # type: ignore[arg-type]  # not reached
    _spoil(home / "releases" / LAST / "release.duckdb", CODE["a view in place of a table"], secret)
    with pytest.raises(CheckFailed, match="holds the view metric"):
        recorded(home / "releases" / LAST)


def test_a_write_ahead_log_beside_a_file_is_refused(home: Path) -> None:
    """DuckDB would apply it to what it reads."""
    for file in (home / "safer_kpi.duckdb", home / "releases" / LAST / "release.duckdb"):
        log = file.with_name(f"{file.name}.wal")
        log.write_bytes(b"")
        with pytest.raises(CheckFailed, match=r"\.wal lies beside"):
            safer_kpi.open(file)
        log.unlink()
        log.symlink_to("nowhere")
        with pytest.raises(CheckFailed, match=r"\.wal lies beside"):
            safer_kpi.open(file)
        log.unlink()


def test_what_is_no_ordinary_duckdb_file_is_not_opened(small: Path) -> None:
    import sqlite3

    small.unlink()
    with sqlite3.connect(small) as other:
        other.execute("CREATE TABLE metric (a)")
    with pytest.raises(NotFound, match="not a readable file"):
        Book(small)
    small.unlink()
    os.mkfifo(small)
    with pytest.raises(NotFound, match="not a readable file"):
        Book(small)


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("SELECT sum(amount) FROM kpi.ledger WHERE a IN (1, 2) AND (b OR EXISTS(SELECT 1))", []),
        (
            "WITH x AS (SELECT 1), \"within\" AS (SELECT 2) SELECT max(\"month\") FROM x WHERE a = 'read_text(''x'')'",
            [],
        ),
        ("SELECT main.read_blob('x')", ["read_blob"]),
        ("SELECT \"getenv\"('HOME')", ["getenv"]),
        ('FROM "/etc/hostname"', ['"/etc/hostname"']),
        ("FROM a.parquet", ["parquet"]),
        ("FROM duckdb_secrets", ["duckdb_secrets"]),
        ("FROM information_schema.tables", ["information_schema"]),
        ("WITH RECURSIVE x AS (SELECT 1) FROM x", ["recursive"]),
        ("SELECT write_log('x')", ["write_log"]),
        ("SELECT list_transform(a, lambda e: e)", ["list_transform"]),
        ("SELECT ümax(a), max(b)", ["ümax"]),
        ('SELECT "a', ['"']),
        ("SELECT 'it''s (' , $1, 1.5e3", ["$"]),
        ("SELECT read_blob('a'), read_blob('b'), max(getenv('HOME'))", ["read_blob", "getenv"]),
    ],
)
def test_the_text_of_a_macro(text: str, foreign: list[str]) -> None:
    assert list(foreign_words(text)) == foreign


def test_no_allowed_function_opens_anything() -> None:
    """As DuckDB itself classes them: all make a value of their arguments, and none of them reads settings or files."""
    names = ", ".join(f"'{name}'" for name in sorted(FUNCTIONS))
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT DISTINCT function_name, function_type, stability, has_side_effects FROM duckdb_functions() "
            f"WHERE function_name IN ({names})"
        ).fetchall()
    assert {name for name, kind, *_ in rows if kind == "table"} == {"generate_series", "range", "unnest"}
    assert {stability for _, _, stability, _ in rows} <= {"CONSISTENT", None}
    assert not any(effects for *_, effects in rows)


def test_links_and_special_files_in_a_release_are_found(home: Path, tmp_path: Path) -> None:
    folder = home / "releases" / LAST

    def found() -> set[tuple[str, str]]:
        return {(check, subject) for check, subject, status, _ in verify_folder(folder) if status == "failed"}

    assert found() == set()
    outside = shutil.copy(folder / "area.parquet", tmp_path / "area.parquet")
    (folder / "area.parquet").unlink()
    (folder / "area.parquet").symlink_to(outside)  # of the right bytes, today
    assert found() == {("link", f"{LAST}/area.parquet")}
    (folder / "area.parquet").unlink()
    os.link(outside, folder / "area.parquet")
    assert found() == {("link", f"{LAST}/area.parquet")}
    (folder / "area.parquet").unlink()
    shutil.copy(outside, folder / "area.parquet")
    os.mkfifo(folder / "pipe")
    (folder / "empty").mkdir()
    (folder / "elsewhere").symlink_to(tmp_path, target_is_directory=True)
    (folder / "release.duckdb.wal").write_bytes(b"x")
    assert found() == {
        ("special file", f"{LAST}/pipe"),
        ("extra folder", f"{LAST}/empty"),
        ("link", f"{LAST}/elsewhere"),
        ("extra file", f"{LAST}/release.duckdb.wal"),
    }


def test_a_file_named_by_the_manifest_may_not_be_a_pipe(home: Path) -> None:
    """Reading one would wait for ever."""
    folder = home / "releases" / LAST
    (folder / "area.parquet").unlink()
    os.mkfifo(folder / "area.parquet")
    failed = {(check, subject) for check, subject, status, _ in verify_folder(folder) if status == "failed"}
    assert failed == {("special file", f"{LAST}/area.parquet"), ("file", f"{LAST}/area.parquet")}


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Break off what waits for ever, so that the test fails and ends."""

    def stop(*_: object) -> None:
        raise AssertionError("it waits for ever")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_nothing_waits_for_a_pipe_in_place_of_a_releases_file(home: Path) -> None:
    folder = home / "releases" / LAST
    read_by_name = {"manifest.json", "certificates.json", "release.duckdb"}
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert read_by_name < names
    for name in sorted(names):
        kept = (folder / name).rename(home / "kept")
        os.mkfifo(folder / name)
        with within(60):
            if name != "manifest.json":  # without one it is no release
                failed = {subject for _, subject, status, _ in verify_folder(folder) if status == "failed"}
                assert f"{LAST}/{name}" in failed
            for words in (["verify"], ["release", "list"], ["kpis"]) if name in read_by_name else ():
                found = CliRunner().invoke(app, [*words, "--home", str(home)])
                assert found.exception is None or isinstance(found.exception, SystemExit), (name, words)
        kept.replace(folder / name)


def test_a_second_child_of_one_release_is_found(home: Path) -> None:
    """A fork: two releases of one store that each say they follow the same one."""
    from tests.reading.test_verify import _rewrite

    other = home / "releases" / "2024-25-Q2"
    shutil.copytree(home / "releases" / LAST, other)
    _rewrite(other, lambda manifest: manifest.update(release_id="2024-25-Q2"))
    for folder in (home / "releases" / LAST, home / "releases" / FIRST):
        failed = {(check, subject) for check, subject, status, _ in verify_folder(folder) if status == "failed"}
        assert ("chain", FIRST) in failed


def test_a_backup_of_hard_links_fails_and_a_copy_out_of_it_verifies(home: Path, tmp_path: Path) -> None:
    """What docs/how-to/back-up-and-restore.md says of ``cp -al``: the backup could change the release."""
    release, backup = home / "releases" / LAST, tmp_path / "backup" / LAST
    shutil.copytree(release, backup, copy_function=os.link)
    for folder in (release, backup):
        found = [(check, detail) for check, _, status, detail in verify_folder(folder) if status == "failed"]
        assert {check for check, _ in found} == {"link"}
        assert all("put a copy of the folder in its place (cp -a, not cp -al)" in detail for _, detail in found)
    restored = shutil.copytree(backup, tmp_path / "restored" / LAST)
    assert failures(Path(restored)) == set()
    shutil.rmtree(release)
    shutil.copytree(restored, release)
    assert failures(release) == set()
