"""Ask a web address for a file: one request at a time, with a pause, a limit and an honest name.

No message names more of an address than its host and path: what follows may hold a key.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from safer_kpi.errors import FetchFailed, SourceUnreachable
from safer_kpi.failures.addresses import shown
from safer_kpi.inbox.sources.answers import Absent, Answer, Got, Later, Unchanged
from safer_kpi.inbox.sources.downloading import Download, downloading
from safer_kpi.inbox.sources.expected import require_not_a_page
from safer_kpi.landing.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from requests import Response

#: Answers after which the same request may well succeed.
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_VALIDATORS = {"etag": "If-None-Match", "last_modified": "If-Modified-Since"}


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How patiently a publisher is asked.

    Attributes:
        tries: how often one file is asked for before it counts as failed.
        first_wait: the seconds before the second try; each further wait is twice as long.
        longest_wait: the longest wait within a run; a publisher who asks for more is asked again in a later run.
        connect_seconds: how long to wait for a connection.
        read_seconds: how long to wait for the next bytes.
        whole_seconds: how long one download may last.
        redirects: how many redirects are followed.
        sleep: what waits.
    """

    tries: int = 4
    first_wait: float = 5.0
    longest_wait: float = 120.0
    connect_seconds: float = 20.0
    read_seconds: float = 60.0
    whole_seconds: float = 3 * 3600.0
    redirects: int = 5
    sleep: Callable[[float], None] = time.sleep


class _Wait(Exception):
    """The request may be tried again, after the seconds that the publisher asks for."""

    def __init__(self, why: str, seconds: float | None = None) -> None:
        super().__init__(why)
        self.why, self.seconds = why, seconds


@dataclass(kw_only=True)
class Web:
    """One run's requests to web addresses, one after another.

    Attributes:
        agent: the name it gives itself.
        pause: the least seconds between two requests.
        max_bytes: the largest file.
        manners: how patiently it asks.
    """

    agent: str
    pause: float
    max_bytes: int
    manners: Manners = field(default_factory=Manners)
    _asked: float | None = None

    def ask(self, address: str, name: str, validators: Mapping[str, str], to: Path) -> Answer:
        """Ask for a file and write it to ``to`` if it has changed.

        Args:
            address: where it is.
            name: what the file will be called, which says what kind of file it is.
            validators: those of the bytes that are known; empty if the file is to be had in any case.
            to: a path that does not exist; it exists only if the answer is ``Got``.

        Raises:
            FetchFailed: the file cannot be had, or what came is not a file.
        """
        where = shown(address)
        seconds = self.manners.whole_seconds
        try:
            with downloading(to, name, where, max_bytes=self.max_bytes, seconds=seconds) as download:
                return self._tried(address, validators, download)
        except OSError as problem:
            raise SourceUnreachable(
                f"The download of {where} cannot be written ({problem.strerror}).",
                next_action="Make room in the lake's home.",
            ) from None

    def _tried(self, address: str, validators: Mapping[str, str], download: Download) -> Answer:
        wait, left = self.manners.first_wait, self.manners.tries
        while True:
            left -= 1
            try:
                return self._once(address, validators, download)
            except _Wait as told:
                if told.seconds is not None and told.seconds > self.manners.longest_wait:
                    return Later(until=utc_now() + dt.timedelta(seconds=told.seconds))
                if not left:
                    raise SourceUnreachable(
                        f"{shown(address)} failed {self.manners.tries} times; at last {told.why}.",
                        next_action="The next run asks again. If it goes on, look at the address in a browser.",
                    ) from None
                self.manners.sleep(min(max(wait, told.seconds or 0), self.manners.longest_wait))
                wait *= 2

    def _once(self, address: str, validators: Mapping[str, str], download: Download) -> Answer:
        import requests

        conditions = download.headers or {_VALIDATORS[kind]: value for kind, value in validators.items()}
        headers = {"User-Agent": self.agent, "Accept-Encoding": "identity", **conditions}
        where = shown(address)
        try:
            with requests.Session() as session, self._followed(session, address, headers) as response:
                return self._answer(response, where, validators, download)
        except requests.exceptions.SSLError:
            raise FetchFailed(
                f"{where} has no certificate that this machine trusts.",
                next_action="Nothing was fetched. Check the address, and the certificates of this machine.",
            ) from None
        except (requests.exceptions.ConnectionError, requests.exceptions.Timeout) as problem:
            raise _Wait(f"no connection ({type(problem).__name__})") from None
        except requests.exceptions.ChunkedEncodingError:
            raise _Wait("the connection ended before the file did") from None
        except requests.exceptions.RequestException as problem:
            raise FetchFailed(
                f"{where} cannot be asked ({type(problem).__name__}).", next_action="Check the address."
            ) from None

    def _followed(self, session: Any, address: str, headers: Mapping[str, str]) -> Response:
        for _ in range(self.manners.redirects + 1):
            self._wait_for_turn()
            response: Response = session.get(
                address,
                headers=headers,
                stream=True,
                allow_redirects=False,
                timeout=(self.manners.connect_seconds, self.manners.read_seconds),
            )
            if response.status_code not in _REDIRECTS or "location" not in response.headers:
                return response
            response.close()
            address = _next(address, response.headers["location"])
        raise FetchFailed(
            f"{shown(address)} redirects more than {self.manners.redirects} times.",
            next_action="Write the address that the file itself has.",
        )

    def _wait_for_turn(self) -> None:
        if self._asked is not None and (left := self._asked + self.pause - time.monotonic()) > 0:
            self.manners.sleep(left)
        self._asked = time.monotonic()

    def _answer(self, response: Response, where: str, validators: Mapping[str, str], download: Download) -> Answer:
        status = response.status_code
        if status in _TRY_AGAIN:
            raise _Wait(f"the answer was {status}", _retry_after(response.headers.get("retry-after")))
        if status == 304 and validators:
            return Unchanged()
        if status == 404:
            return Absent()
        if status == 206 and not download.continues(response):
            raise _Wait("the file was continued at another place")
        if status not in {200, 206}:
            raise FetchFailed(f"{where} answered {status}.", next_action=_what_to_do(status))
        require_not_a_page(response.headers.get("content-type", ""), where)
        download.take(response)
        modified = _date(response.headers.get("last-modified"))
        found = {"etag": response.headers.get("etag"), "last_modified": response.headers.get("last-modified")}
        return Got(
            sha256=download.file.sha256,
            bytes=download.file.size,
            published_at=modified if modified and modified <= utc_now() else None,
            validators={kind: value for kind, value in found.items() if value},
        )


def _next(address: str, location: str) -> str:
    """Return where a redirect leads.

    Raises:
        FetchFailed: it leads to another scheme; from http to https is allowed.
    """
    to = urljoin(address, location)
    before, after = urlsplit(address).scheme, urlsplit(to).scheme
    if (before, after) not in {("http", "http"), ("http", "https"), ("https", "https")}:
        raise FetchFailed(
            f"{shown(address)} redirects from {before} to {after[:20]!r}, which is not followed.",
            next_action="Write the address that the file itself has.",
        )
    return to


def _retry_after(told: str | None) -> float | None:
    if told is None:
        return None
    if told.strip().isdigit():
        return float(told)
    until = _date(told)
    return None if until is None else max((until - utc_now()).total_seconds(), 0.0)


def _date(text: str | None) -> dt.datetime | None:
    """Return a date of HTTP (UTC, no zone); None if the text is not one."""
    try:
        found = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return found.astimezone(dt.UTC).replace(tzinfo=None) if found.tzinfo else found


def _what_to_do(status: int) -> str:
    if status in {401, 403, 407}:
        return "The publisher asks for a login: put it into ~/.netrc, or ask the publisher for an open address."
    return "Look at the address in a browser; it may have moved."
