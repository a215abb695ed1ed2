"""What disk, storage, catalogue and network raise becomes an error of ours that says what to do and holds no secret.

The texts are those that DuckDB 1.5.5, SQLite, psycopg 3.2, botocore and s3fs raised when each fault was made by hand.
"""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import subprocess
import sys
import traceback
from dataclasses import replace
from pathlib import Path

import botocore.exceptions
import duckdb
import psycopg
import pytest
from s3fs.errors import translate_boto_error

import safer_kpi
from safer_kpi.errors import (
    CheckFailed,
    LakeBroken,
    MissingExtra,
    NotFound,
    SaferKpiError,
    Unavailable,
    UsageError,
)
from safer_kpi.failures import known, translated
from safer_kpi.failures.causes import CAUSES
from safer_kpi.failures.redact import HIDDEN, debug_text, redacted
from safer_kpi.lake import connect, lease
from safer_kpi.settings import Settings

PLANTED = "TOPSECRET-word"
DSN = f"host=127.0.0.1 port=1 dbname=lake user=u password={PLANTED}"


def of_s3(code: str, status: int) -> botocore.exceptions.ClientError:
    answer = {"Error": {"Code": code, "Message": "x"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return botocore.exceptions.ClientError(answer, "PutObject")


DUCKDB = {
    'IO Error: Could not write file "/x/y": No space left on device': "disk full",
    "Out of Memory Error: failed to offload data block (1 MiB/1 MiB used). max_temp_directory_size": "disk full",
    "IO Error: Failed to commit: database or disk is full": "disk full",
    "HTTP Error: HTTP PUT error on 'http://h/b/k' (HTTP 503)": "S3 busy",
    "HTTP Error: HTTP PUT error on 'http://h/b/k' (HTTP 500)": "S3 busy",
    "HTTP Error: HTTP GET error on 'http://h/b/k' (HTTP 403)": "S3 refused",
    "IO Error: Could not connect to server error for HTTP HEAD to 'http://h:1/b/k'": "unreachable",
    'IO Error: Cannot open file "/x": Too many open files': "too many open files",
    'IO Error: Cannot open file "/x": Permission denied': "permission denied",
    'IO Error: Cannot open file "/x": Read-only file system': "read-only",
    "TransactionContext Error: Failed to commit: server closed the connection unexpectedly": "Postgres unreachable",
    'IO Error: connection to server at "h", port 1 failed: FATAL: password authentication failed': "Postgres refused",
    "IO Error: Failed to commit: database is locked": "catalogue locked",
    "TransactionContext Error: Failed to commit: unable to open database file": "catalogue not opened",
    "Out of Memory Error: could not allocate block of size 256.0 KiB": "out of memory",
    "FATAL Error: fsync failed!": "disk failed",
}


@pytest.mark.parametrize(("text", "kind"), DUCKDB.items())
def test_a_text_of_duckdb_shows_its_cause(text: str, kind: str) -> None:
    error = known(duckdb.Error(text))
    assert isinstance(error, Unavailable)
    assert (error.kind, error.exit_code) == (kind, 4)
    assert error.next_action


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("SlowDown", 503, "S3 busy"),
        ("InternalError", 500, "S3 busy"),
        ("503", 503, "S3 busy"),
        ("AccessDenied", 403, "S3 refused"),
        ("SignatureDoesNotMatch", 403, "S3 refused"),
    ],
)
def test_an_answer_of_s3_shows_its_cause_through_what_s3fs_makes_of_it(code: str, status: int, kind: str) -> None:
    for raised in (of_s3(code, status), translate_boto_error(of_s3(code, status))):
        error = known(raised)
        assert isinstance(error, Unavailable)
        assert error.kind == kind


def test_a_connection_that_was_cut_while_a_statement_was_planned_is_named_so() -> None:
    """DuckLake asks for its newest snapshot then; a statement that is wrong by itself is still its author's fault."""
    cut = 'Failed to prepare query "SELECT 1": server closed the connection unexpectedly\n\nLINE 2: SELECT'
    found = known(duckdb.BinderException(f"Binder Error: Failed to query most recent snapshot for DuckLake: {cut}"))
    assert found is not None
    assert str(found) == str(known(duckdb.Error(f"IO Error: {cut}")))
    assert (
        known(duckdb.BinderException('Binder Error: Referenced column "server closed the connection" not found'))
        is None
    )


def test_a_bucket_that_does_not_exist_is_not_found_and_a_lost_file_is_a_broken_lake() -> None:
    assert type(known(translate_boto_error(of_s3("NoSuchBucket", 404)))) is NotFound
    assert type(known(duckdb.HTTPException("HTTP Error: HTTP GET error on 'http://h/b/k' (HTTP 404)"))) is LakeBroken


def test_an_endpoint_that_cannot_be_reached_is_named_so() -> None:
    error = known(botocore.exceptions.EndpointConnectionError(endpoint_url=f"http://u:{PLANTED}@h:1/b"))
    assert isinstance(error, Unavailable)
    assert error.kind == "unreachable"
    assert PLANTED not in str(error)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, "disk full"),
        (errno.EDQUOT, "disk full"),
        (errno.EFBIG, "file size limit"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission denied"),
        (errno.EMFILE, "too many open files"),
        (errno.EIO, "disk failed"),
        (errno.ECONNRESET, "unreachable"),
    ],
)
def test_an_error_number_shows_its_cause_and_names_only_a_file_of_ours(number: int, kind: str, tmp_path: Path) -> None:
    ours = OSError(number, os.strerror(number), str(tmp_path / "catalogue.sqlite"))
    error = known(ours, places=(tmp_path,))
    assert isinstance(error, Unavailable)
    assert error.kind == kind
    if kind not in {"too many open files", "unreachable"}:
        assert str(tmp_path / "catalogue.sqlite") in error.what
    for elsewhere in ("/partner/Jane Doe.csv", str(tmp_path / "inbox" / "f" / "Jane Doe.csv"), "\x1b[2J"):
        assert "Doe" not in str(known(OSError(number, "x", elsewhere), places=(tmp_path,)))


def test_a_name_of_a_file_that_reads_like_a_cause_is_none() -> None:
    assert known(duckdb.ConversionException("Could not convert string 'disk is full' to INT32")) is None
    assert known(duckdb.InvalidInputException("Invalid Input Error: no such column 'disk is full'")) is None
    assert known(ValueError("disk is full, connection refused, permission denied")) is None
    assert type(known(FileNotFoundError(2, "No such file", "report (503).csv"))) is NotFound


def test_every_package_that_an_extra_brings_names_its_extra() -> None:
    error = known(ModuleNotFoundError("No module named 'sqlmesh'", name="sqlmesh.core"))
    assert isinstance(error, MissingExtra)
    assert isinstance(error, UsageError)
    assert error.next_action == "Install it with: pip install 'safer-kpi[pipeline]'."
    text = 'IO Error: Failed to download extension "postgres_scanner" at URL "http://x" (ERROR Could not establish)'
    lacking = known(duckdb.IOException(text))
    assert isinstance(lacking, MissingExtra)
    assert lacking.extra == "postgres"
    assert known(ModuleNotFoundError("No module named 'safer_kpi.nope'", name="safer_kpi.nope")) is None


def test_what_lies_behind_an_unknown_error_is_found() -> None:
    raised = RuntimeError("cannot roll back")
    raised.__context__ = OSError(errno.ENOSPC, "full")
    error = known(raised)
    assert isinstance(error, Unavailable)
    assert error.kind == "disk full"
    assert known(RuntimeError("alone")) is None


@pytest.mark.parametrize("dsn", [DSN, f"postgresql://u:{PLANTED}@127.0.0.1:1/lake", f"{DSN} pass word={PLANTED}"])
def test_the_password_of_a_postgres_that_is_down_stands_in_no_error_nor_in_what_it_was_raised_from(
    dsn: str, tmp_path: Path
) -> None:
    settings = replace(Settings.load(tmp_path), catalogue=f"postgres:{dsn}")
    with pytest.raises(Unavailable, match="Postgres of the catalogue") as opened:
        connect(settings)
    with pytest.raises(Unavailable, match="Postgres of the catalogue") as leased, lease(settings):
        pass
    for raised in (opened.value, leased.value):
        assert PLANTED not in "".join(traceback.format_exception(raised))
        assert PLANTED not in debug_text(raised)


def test_a_catalogue_that_is_no_database_or_has_a_flipped_page_is_a_broken_lake(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path)
    connect(settings).close()
    file = tmp_path / "catalogue.sqlite"
    whole = file.read_bytes()
    for damaged in (b"garbage" * 100, whole[:100] + b"U" * 3996 + whole[4096:]):
        file.write_bytes(damaged)
        with pytest.raises(LakeBroken, match="catalogue of the lake is damaged"):
            connect(settings)


def test_a_catalogue_that_another_program_holds_is_named_so(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path)
    connect(settings).close()
    hold = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
    hold += "c.execute('PRAGMA journal_mode = delete'); c.execute('BEGIN EXCLUSIVE'); print(1, flush=True);"
    hold += "sys.stdin.read()"
    command = [sys.executable, "-c", hold, str(tmp_path / "catalogue.sqlite")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(Unavailable) as raised:
            connect(settings).execute("CREATE TABLE lake.one AS SELECT 1 AS one")
        other.communicate()
    assert raised.value.kind == "catalogue locked"


def test_a_damaged_read_file_is_a_failed_check_and_another_file_is_none(tmp_path: Path) -> None:
    file = tmp_path / "safer_kpi.duckdb"
    with duckdb.connect(str(file)) as made:
        made.execute("CREATE SCHEMA kpi")
        made.execute("CREATE TABLE kpi.metric AS SELECT range AS r, hash(range) AS h FROM range(300000)")
    whole = bytearray(file.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 5000] = b"U" * 5000
    file.write_bytes(whole)
    with safer_kpi.open(file) as lake, pytest.raises(CheckFailed, match="damaged"):
        lake.sql("SELECT sum(h) FROM kpi.metric").rows()
    file.write_bytes(b"no database")
    with pytest.raises(NotFound):
        safer_kpi.open(file)


def test_the_library_lets_a_fault_of_the_caller_go_on_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), translated():
        _ = 1 / 0


@pytest.mark.parametrize(
    "text",
    [
        f'path + "postgres:host=h password={PLANTED}"Unable to connect to Postgres at "host=h password={PLANTED}": x',
        f"postgresql://user:{PLANTED}@host/db",
        f"http://key:{PLANTED}@host:9000/b",
        f"CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET '{PLANTED}')",
        f'{{"secret": "{PLANTED}"}}',
        f"password='with space {PLANTED}' host=h",
        f"https://h/k?X-Amz-Signature={PLANTED}&x=1",
        f'invalid port number: "{PLANTED}@h"',
        f"-----BEGIN PRIVATE KEY-----\n{PLANTED}\n-----END PRIVATE KEY-----",
    ],
)
def test_secrets_are_hidden_wherever_they_are_written(text: str) -> None:
    assert PLANTED not in redacted(text)
    assert HIDDEN in redacted(text)


def test_the_secrets_of_the_environment_are_hidden_in_any_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFER_KPI_CATALOGUE", "postgres:host=h password='pw with space'")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "aws+word/1")
    monkeypatch.setenv("SAFER_KPI_SIGNING_PASSPHRASE", "pass-phrase")
    text = redacted("a pw with space, an aws+word/1 and a pass-phrase")
    assert text == f"a {HIDDEN}, an {HIDDEN} and a {HIDDEN}"


def test_debug_shows_the_chain_without_quoted_values() -> None:
    name = "Jane Doe"
    outer = SaferKpiError("The second.")
    try:
        with duckdb.connect() as connection:
            connection.execute(f"SELECT CAST('{name}' AS INTEGER)")
    except duckdb.Error as inner:
        outer.__cause__ = inner
    text = debug_text(outer)
    assert name not in text
    assert text.index("Could not convert string '…'") < text.index("SaferKpiError: The second.")
    assert "test_failures.py" in text


def test_every_cause_says_what_to_do_next() -> None:
    for cause in CAUSES:
        error = cause.made("/x")
        assert error.what.endswith(".")
        assert error.next_action.endswith(".") or "--debug" in error.next_action
        assert isinstance(error, SaferKpiError)
        assert json.dumps(error.what)
    assert isinstance(known(psycopg.OperationalError("the connection is lost")), Unavailable)
    assert isinstance(known(sqlite3.OperationalError("database or disk is full")), Unavailable)


def test_whatever_a_damaged_parquet_file_raises_is_said_to_be_one(tmp_path: Path) -> None:
    """Each bit is flipped, and the file is cut in places; some of these are read all the same."""
    file = tmp_path / "rows.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT i, 'text ' || i AS t, DATE '2024-04-01' + i::INTEGER AS d FROM range(9) AS r(i)) "
            f"TO '{file}' (FORMAT parquet)"
        )
        whole = file.read_bytes()
        spoilt = [whole[:place] for place in range(0, len(whole), 40)]
        for bit in range(8):
            spoilt += [whole[:n] + bytes([whole[n] ^ 1 << bit]) + whole[n + 1 :] for n in range(len(whole))]
        said = []
        for content in spoilt:
            file.write_bytes(content)
            try:
                connection.execute(f"SELECT sum(hash(COLUMNS(*))) FROM read_parquet('{file}')").fetchall()
            except duckdb.Error as problem:
                said.append((known(problem), str(problem)))
    assert len({text for _, text in said}) > 5  # as many ways to say it
    assert {type(ours) for ours, _ in said} <= {CheckFailed, Unavailable}, said
