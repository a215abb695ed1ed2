"""Files on a web server, for local copies of releases: every download has limits, every problem ends in our error.

No message names more of an address than its host and path: a user and a password may stand before them.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from safer_kpi.errors import CheckFailed, Unavailable, UsageError
from safer_kpi.failures.addresses import shown
from safer_kpi.version import package_version

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOGIN = frozenset({401, 403, 407})
_LOOK = "Look at the address in a browser, or ask the publisher."
_AGAIN = "Nothing of it was kept. Try again; if it goes on, ask the publisher."


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much is taken from a web server, and how long it may take.

    Attributes:
        text_bytes: the largest manifest.
        file_bytes: the largest other file.
        connect_seconds: how long to wait for a connection.
        read_seconds: how long to wait for the next bytes.
        whole_seconds: how long one file may take.
        redirects: how many redirects are followed.
    """

    text_bytes: int = 16 * 2**20
    file_bytes: int = 16 * 2**30
    connect_seconds: float = 20.0
    read_seconds: float = 60.0
    whole_seconds: float = 3 * 3600.0
    redirects: int = 5


def is_web(url: str) -> bool:
    """Return whether a URL is that of a web server."""
    return url.casefold().startswith(("http://", "https://"))


class Web:
    """A web server, asked through fsspec.

    Raises:
        ImportError: aiohttp is not installed, which the extra ``http`` brings.
        UsageError: it is no address, or has a query or a fragment, so that no file can lie under it.
    """

    def __init__(self, url: str, limits: Limits) -> None:
        import aiohttp
        from fsspec.implementations.http import HTTPFileSystem

        _require_folder(url)
        self._limits = limits
        trace = aiohttp.TraceConfig()
        trace.on_request_redirect.append(_check_redirect)
        timeout = aiohttp.ClientTimeout(
            total=limits.whole_seconds, sock_connect=limits.connect_seconds, sock_read=limits.read_seconds
        )
        # Compressed answers are not asked for: a file's bytes are what its hash is of, and none can grow unseen.
        headers = {"User-Agent": f"safer-kpi/{package_version()}", "Accept-Encoding": "identity"}
        self._filesystem = HTTPFileSystem(
            skip_instance_cache=True,
            max_redirects=limits.redirects,
            client_kwargs={
                "trust_env": True,  # proxies and ~/.netrc
                "timeout": timeout,
                "headers": headers,
                "auto_decompress": False,
                "trace_configs": [trace],
            },
        )

    def cat_file(self, url: str) -> bytes:
        """Return the bytes of a small file.

        Raises:
            FileNotFoundError: the server does not have it.
            CheckFailed: it is too large, or a redirect leads where none may lead.
            Unavailable: the server cannot be reached, is too slow or refuses it.
        """
        into = BytesIO()
        self._take(url, into, self._limits.text_bytes)
        return into.getvalue()

    def get_file(self, url: str, target: str) -> None:
        """Write a file to ``target``; errors are those of ``cat_file``."""
        with open(target, "wb") as into:  # noqa: PTH123 (a path as fsspec takes it)
            self._take(url, into, self._limits.file_bytes)

    def info(self, url: str) -> dict[str, Any]:
        """Return what tells one version of a file from another; errors are those of ``cat_file``.

        Raises:
            CheckFailed: the server states neither a tag nor a date.
        """
        with _in_words(url):
            try:
                told = self._filesystem.info(url)
            except FileNotFoundError as failed:  # fsspec says this of whatever went wrong
                raise failed.__cause__ or failed from None
        if not told.get("ETag") and not told.get("Last-Modified"):
            raise CheckFailed(
                f"The server states neither a tag nor a date of {shown(url)}, so no copy can be told from a newer one.",
                next_action="Open a release's folder there; its files have hashes.",
            )
        return {"ETag": told.get("ETag"), "size": told["size"], "LastModified": told.get("Last-Modified")}

    def _take(self, url: str, into: IO[bytes], most: int) -> None:
        with _in_words(url):
            self._filesystem.get_file(url, _Limited(into, most, shown(url)))


def _require_folder(url: str) -> None:
    write = "Write the address of the release's folder, such as https://host/releases/2024-25-Q4/."
    try:
        parts = urlsplit(url)
        is_address = bool(parts.hostname) and parts.port != 0
        is_more = bool(parts.query or parts.fragment)
    except ValueError:  # what it says may hold a password
        is_address = is_more = False
    if not is_address:
        raise UsageError("This is no address of a web server.", next_action=write)
    if is_more:
        raise UsageError(f"{shown(url)} is given with a query or a fragment.", next_action=write)


class _Limited:
    """A file that may not grow beyond a number of bytes."""

    def __init__(self, into: IO[bytes], most: int, where: str) -> None:
        self._into, self._left, self._most, self._where = into, most, most, where
        self.read, self.tell, self.close = into.read, into.tell, into.close  # by these fsspec knows a file

    def write(self, chunk: bytes) -> None:
        self._left -= len(chunk)
        if self._left < 0:
            raise CheckFailed(
                f"{self._where} has more than the {self._most:,} bytes that are taken of such a file.",
                next_action="Nothing of it was kept. Ask the publisher, or copy the release by other means.",
            )
        self._into.write(chunk)


async def _check_redirect(_session: Any, _context: Any, told: Any) -> None:
    """Let a redirect lead from http to http or https, and from https to https alone."""
    before = told.url.scheme
    after = urlsplit(told.response.headers.get("Location", "")).scheme.lower() or before
    if (before, after) not in {("http", "http"), ("http", "https"), ("https", "https")}:
        told.response.close()
        raise CheckFailed(
            f"{shown(str(told.url))} redirects from {before} to {after[:20]!r}, which is not followed.",
            next_action="Write the address that the folder itself has.",
        )


@contextmanager
def _in_words(url: str) -> Iterator[None]:
    """Raise our error for what a web server does."""
    import aiohttp

    where = shown(url)
    try:
        yield
    except aiohttp.TooManyRedirects:
        raise CheckFailed(
            f"{where} redirects too often.", next_action="Write the address that the folder itself has."
        ) from None
    except aiohttp.ClientResponseError as refused:
        raise _refused(where, refused.status) from None
    except aiohttp.ClientSSLError:
        raise _unavailable(
            f"{where} has no certificate that this machine trusts.",
            "Nothing was fetched. Check the address, and the certificates of this machine.",
        ) from None
    except aiohttp.InvalidURL:
        raise UsageError(f"{where} is no address, or redirects to what is none.", next_action=_LOOK) from None
    except aiohttp.ClientPayloadError:
        raise _unavailable(f"The connection ended before {where} had come whole.", _AGAIN) from None
    except TimeoutError:
        raise _unavailable(f"{where} came too slowly, or not at all.", _AGAIN) from None
    except aiohttp.ClientError as problem:
        raise _unavailable(
            f"{where} cannot be reached ({type(problem).__name__}).", "Check the address and the network."
        ) from None


def _refused(where: str, status: int) -> Exception:
    if status == 404:
        return FileNotFoundError(where)
    if status in _LOGIN:
        what = "Put the login into ~/.netrc, or ask the publisher for an open address."
        return Unavailable(f"{where} asks for a login (answer {status}).", next_action=what, kind="web server refused")
    return _unavailable(f"{where} was answered with {status}.", _LOOK)


def _unavailable(what: str, next_action: str) -> Unavailable:
    return Unavailable(what, next_action=next_action, kind="web server unreachable")
