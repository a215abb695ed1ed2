"""The table of causes: how each is recognised, and what is said of it.

A cause is recognised by an error number of the system or by the text of an exception that another package raises. The
first cause of the table that fits counts, so the narrower stand first. What an exception says is never shown: it may
hold a password or a row's value.
"""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from safer_kpi.errors import CheckFailed, LakeBroken, NotFound, SaferKpiError, Unavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The packages whose texts are read.
_DUCKDB = ("duckdb", "_duckdb")
_SQLITE = ("sqlite3",)
_POSTGRES = ("psycopg", "psycopg2", "asyncpg")
_STORAGE = ("botocore", "aiobotocore", "s3fs", "fsspec", "aiohttp", "requests", "urllib3", "ssl", "socket")
_SYSTEM = ("builtins",)
_DATABASES = (*_DUCKDB, *_SQLITE, *_POSTGRES)
_AGAIN = "Run the command again; nothing was half done."
_RESTORE = "Restore it from a backup, as docs/how-to/back-up-and-restore.md says, and check with safer-kpi verify."


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One kind of cause.

    Attributes:
        kind: its name.
        error: the class of our error.
        what: what happened; ``{path}`` is where, if that is a place of the lake or the project, else nothing.
        next_action: what to do next.
        numbers: the error numbers of the system that show it.
        packages: the packages whose exceptions are searched for ``text``.
        text: what their message holds.
        types: the names of exception classes of ``packages`` that show it whatever they say.
        exact: the same, without the classes that are derived from them.
    """

    kind: str
    what: str
    next_action: str
    error: type[SaferKpiError] = Unavailable
    numbers: frozenset[int] = frozenset()
    packages: Sequence[str] = ()
    text: re.Pattern[str] | None = None
    types: frozenset[str] = frozenset()
    exact: frozenset[str] = frozenset()

    def made(self, path: str = "") -> SaferKpiError:
        """Return our error."""
        what = self.what.format(path=f": {path}" if path else "")
        if issubclass(self.error, Unavailable):
            return self.error(what, next_action=self.next_action, kind=self.kind)
        return self.error(what, next_action=self.next_action)


def _text(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts), re.IGNORECASE)


_CORRUPT = Cause(
    kind="file corrupt",
    what="A data file is damaged{path}.",
    next_action="Run safer-kpi verify to find it. Build a read file anew with safer-kpi build; restore any other.",
    error=CheckFailed,
    packages=_DUCKDB,
    text=_text(
        r"corrupt database file",
        r"checksum .* does not match",
        r"no magic bytes found",
        r"too small to be a parquet file",
        r"invalid parquet",
        r"(malformed|failed to read) parquet",
        r"parquet .* (corrupt|malformed|invalid)",
        r"in parquet (file|read)",
        r'failed to read file ".*"',
        r"footer length",
        r"incorrect stats size",
        r"unsupported converted type",
        r"unimplemented timestamp encoding",
        r"invalid unicode \(byte sequence mismatch\) detected in value construction",
        r"TProtocolException",
        r"(snappy|zstd|gzip|lz4|brotli) decompression",
        r"could not read enough bytes",
        r"serialization error",
    ),
    types=frozenset({"SerializationException"}),
)

CAUSES = (
    Cause(
        kind="disk full",
        what="The disk is full{path}.",
        next_action=f"Make room on it. {_AGAIN}",
        numbers=frozenset({errno.ENOSPC, errno.EDQUOT}),
        packages=(*_DATABASES, *_STORAGE),
        text=_text(
            r"no space left on device",
            r"disk is full",
            # SQLite ends a transaction by itself when its disk is full, and DuckDB tells its own vain end of it alone.
            r"cannot rollback - no transaction is active",
            r"disk full",
            r"disk quota exceeded",
            r"StorageFull",
            r"InsufficientStorage",
            r"\bHTTP 507\b",
            r"max_temp_directory_size",
        ),
    ),
    Cause(
        kind="file size limit",
        what="A file may not grow further: the limit on file sizes of this process is reached{path}.",
        next_action=f"Raise the limit (ulimit -f). {_AGAIN}",
        numbers=frozenset({errno.EFBIG}),
        packages=_DATABASES,
        text=_text(r"file too large"),
    ),
    Cause(
        kind="read-only",
        what="The file system is read-only{path}.",
        next_action="Mount it writable, or set --home (SAFER_KPI_HOME) to a folder that can be written.",
        numbers=frozenset({errno.EROFS}),
        packages=_DATABASES,
        text=_text(r"read-only file system", r"attempt to write a readonly database"),
    ),
    Cause(
        kind="S3 refused",
        what="The object storage refused the access.",
        next_action="Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and what this key may do.",
        packages=(*_DUCKDB, *_STORAGE),
        text=_text(
            r"\b(AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|AllAccessDisabled)\b",
            r"\((401|403)\)",
            r"\bHTTP (code )?(401|403)\b",
            r"status code 40[13]\b",
            r"unable to locate credentials",
            r"partial credentials",
        ),
        types=frozenset({"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"}),
    ),
    Cause(
        kind="no such bucket",
        what="The object storage has no bucket of that name.",
        next_action="Check SAFER_KPI_DATA, SAFER_KPI_RAW, SAFER_KPI_INBOX and AWS_ENDPOINT_URL, or make the bucket.",
        error=NotFound,
        packages=(*_DUCKDB, *_STORAGE),
        text=_text(r"NoSuchBucket", r"bucket does not exist"),
    ),
    Cause(
        kind="S3 busy",
        what="The object storage is busy or failed on its side.",
        next_action=f"Wait a minute. {_AGAIN}",
        packages=(*_DUCKDB, *_STORAGE),
        text=_text(
            r"\b(SlowDown|ServiceUnavailable|InternalError|RequestTimeout|Throttling\w*|TooManyRequests)\b",
            r"reduce your request rate",
            r"\((429|5\d\d)\)",
            r"\bHTTP (code )?(429|5\d\d)\b",
            r"status code (429|5\d\d)\b",
        ),
    ),
    Cause(
        kind="data file missing",
        what="A data file of the lake is missing{path}.",
        next_action=_RESTORE,
        error=LakeBroken,
        packages=(*_DUCKDB, *_STORAGE),
        text=_text(
            r"NoSuchKey",
            r"\bHTTP (code )?404\b",
            r"status code 404\b",
            r"\(404\)",
            r'cannot open file ".*\.parquet": no such file',
        ),
    ),
    Cause(
        kind="Postgres refused",
        what="The Postgres of the catalogue refused the connection.",
        next_action="Check the name, the person and the password in SAFER_KPI_CATALOGUE, and what they may do.",
        packages=(*_DUCKDB, *_POSTGRES),
        text=_text(
            r"password authentication failed",
            r"no password supplied",
            r"no pg_hba\.conf entry",
            r'(role|database|user) ".*" does not exist',
            r"connection info string",
            r"connection option",
            r"invalid (port|integer|connection|sslmode|URI)",
            r"permission denied for",
        ),
    ),
    Cause(
        kind="Postgres unreachable",
        what="The Postgres of the catalogue cannot be reached, or it cut the connection.",
        next_action=f"Check that it runs and that SAFER_KPI_CATALOGUE names it. {_AGAIN}",
        packages=(*_DUCKDB, *_POSTGRES),
        text=_text(
            r"unable to connect to postgres",
            r"connection to server at",
            r"could not connect to server(?! error for HTTP)",
            r"server closed the connection",
            r"terminating connection",
            r"connection (is|was|has been|already) (lost|closed|terminated|bad)",
            r"the connection is (lost|closed)",
            r"SSL SYSCALL",
            r"SSL connection has been closed",
            r"database system is (starting|shutting)",
            r"too many clients",
            r"remaining connection slots",
            r"could not (send|receive) data",
            r"could not translate host name",
            r"no connection to the server",
            r"lost synchronization with server",
        ),
        types=frozenset({"ConnectionTimeout", "AdminShutdown", "ConnectionDoesNotExistError"}),
    ),
    Cause(
        kind="catalogue locked",
        what="Another program holds the catalogue or a database file{path}.",
        next_action=f"End the program that has it open, or wait for it. {_AGAIN}",
        packages=(*_DUCKDB, *_SQLITE),
        text=_text(r"database( table| schema)? is locked", r"could not set lock on file", r"SQLITE_BUSY"),
    ),
    Cause(
        kind="catalogue not opened",
        what="The catalogue of the lake, or a file beside it, cannot be opened{path}.",
        next_action=f"Check the disk, its room, and the rights of the folder. {_AGAIN}",
        packages=(*_DUCKDB, *_SQLITE),
        text=_text(r"unable to open database file"),
    ),
    Cause(
        kind="catalogue corrupt",
        what="The catalogue of the lake is damaged{path}.",
        next_action=_RESTORE,
        error=LakeBroken,
        packages=(*_DUCKDB, *_SQLITE),
        text=_text(r"database disk image is malformed", r"file is not a database", r"malformed database schema"),
    ),
    _CORRUPT,
    Cause(
        kind="too many open files",
        what="This process may open no more files.",
        next_action=f"Raise the limit (ulimit -n), or end programs that hold many files. {_AGAIN}",
        numbers=frozenset({errno.EMFILE, errno.ENFILE}),
        packages=(*_DATABASES, *_STORAGE),
        text=_text(r"too many open files"),
    ),
    Cause(
        kind="out of memory",
        what="The memory that this process may use is not enough.",
        next_action=f"End other programs, or give this one more memory. {_AGAIN}",
        numbers=frozenset({errno.ENOMEM}),
        packages=(*_DUCKDB, *_SYSTEM),
        text=_text(r"^out of memory error", r"^std::bad_alloc"),
        types=frozenset({"OutOfMemoryException", "MemoryError"}),
    ),
    Cause(
        kind="disk failed",
        what="The disk failed to read or write{path}.",
        next_action="Check the disk and the log of the system, then run the command again.",
        numbers=frozenset({errno.EIO, errno.ESTALE, errno.ENXIO}),
        packages=(*_DUCKDB, *_SQLITE),
        text=_text(r"input/output error", r"disk i/o error"),
    ),
    Cause(
        kind="permission denied",
        what="The rights of this user are not enough{path}.",
        next_action="Run it as the owner of the lake, or change the rights of its files; --home names the lake.",
        numbers=frozenset({errno.EACCES, errno.EPERM}),
        packages=(*_DATABASES, *_SYSTEM),
        text=_text(r"permission denied", r"operation not permitted"),
        types=frozenset({"PermissionError"}),
    ),
    Cause(
        kind="unreachable",
        what="A server cannot be reached, or it cut the connection.",
        next_action=f"Check the network, AWS_ENDPOINT_URL and the addresses in the settings. {_AGAIN}",
        numbers=frozenset(
            {
                errno.ECONNREFUSED,
                errno.ECONNRESET,
                errno.ECONNABORTED,
                errno.EHOSTUNREACH,
                errno.ENETUNREACH,
                errno.ETIMEDOUT,
                errno.EPIPE,
            }
        ),
        packages=(*_DUCKDB, *_STORAGE, *_SYSTEM),
        text=_text(
            r"could not (connect to|establish connection)",
            r"(connect|read|connection) time(d)?[ -]?out",
            r"timeout was reached",
            r"name or service not known",
            r"temporary failure in name resolution",
            r"connection (refused|reset|aborted|broken)",
            r"http error",
        ),
        types=frozenset(
            {
                "HTTPException",
                "ConnectTimeoutError",
                "ConnectionClosedError",
                "ConnectionError",
                "EndpointConnectionError",
                "HTTPClientError",
                "IncompleteRead",
                "IncompleteReadError",
                "ReadTimeoutError",
                "ResponseStreamingError",
                "ServerDisconnectedError",
                "ServerTimeoutError",
                "TimeoutError",
                "ClientConnectionError",
                "ClientPayloadError",
                "SSLError",
                "gaierror",
            }
        ),
    ),
    Cause(
        kind="no read file",
        what="A file is not a read file of this library{path}.",
        next_action="Run safer-kpi build, or verify the release.",
        error=NotFound,
        packages=_DUCKDB,
        text=_text(r"not a valid duckdb database file"),
    ),
    Cause(
        kind="name too long",
        what="A file's name is longer than the file system allows.",
        next_action="Give the file a shorter name.",
        error=UsageError,
        numbers=frozenset({errno.ENAMETOOLONG}),
    ),
    Cause(
        kind="no such file",
        what="A file or folder that the command needs does not exist{path}.",
        next_action="Check the path, --home and SAFER_KPI_PROJECT.",
        error=NotFound,
        numbers=frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP}),
        packages=(*_DUCKDB, *_SYSTEM),
        text=_text(r"no such file or directory", r"database does not exist", r"no files found"),
        types=frozenset({"FileNotFoundError", "NotADirectoryError", "IsADirectoryError"}),
    ),
    Cause(
        kind="disk failed",
        what="A file of the lake could not be read or written{path}.",
        next_action="Check the disk and its rights, then run the command again; --debug shows what the system said.",
        packages=_DUCKDB,
        text=_text(r"fsync failed"),
        types=frozenset({"IOException"}),
    ),
    # What DuckDB reads of a damaged file may end in any exception of C++, which it names by none of its own classes.
    replace(_CORRUPT, text=None, types=frozenset(), exact=frozenset({"Error"})),
)
