"""A loopback proxy for S3 (request by request) and Postgres (statement by statement) that does what networks do.

One fault at a time is armed: it hits every request that it matches until it is disarmed. ``before`` a request has an
effect, nothing of it reaches the server; ``after``, the server has done it and the client does not learn so.
"""

from __future__ import annotations

import contextlib
import re
import socket
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

KINDS = {
    "S3": ("delay before", "cut before", "cut after", "500 before", "500 after", "503 before", "truncate after"),
    "Postgres": ("delay before", "cut before", "cut after"),
}
_DELAY = 0.3


@dataclass
class Plan:
    """What is armed, and what it has hit: ``matches`` tells whether an operation (``PUT raw``, ``COMMIT``) is meant."""

    kind: str = ""
    matches: Callable[[str], bool] = field(default=lambda _: False)
    hits: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    def arm(self, kind: str, operation: str) -> None:
        self.kind, self.matches, self.hits = kind, lambda seen: seen == operation, 0

    def disarm(self) -> int:
        self.matches = lambda _: False
        return self.hits

    def fault(self, operation: str) -> str:
        """The kind of fault that hits this operation; empty for none."""
        self.seen[operation] += 1
        if not self.matches(operation):
            return ""
        self.hits += 1
        return self.kind


class Cut(Exception):
    """The connection ends here."""


class Proxy(socketserver.ThreadingTCPServer):
    """A proxy to a TCP address or a Unix socket."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, handler: type, upstream: tuple[str, int] | str) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.upstream = upstream
        self.plan = Plan()
        self.port = int(self.server_address[1])
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def open(self) -> socket.socket:
        if isinstance(self.upstream, str):
            made = socket.socket(socket.AF_UNIX)
            made.connect(self.upstream)
            return made
        return socket.create_connection(self.upstream)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client or server that hangs up is no error of the proxy."""

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class S3(socketserver.StreamRequestHandler):
    """One connection of a client: each request goes over an upstream connection of its own."""

    server: Proxy

    def handle(self) -> None:
        while self._one():
            pass

    def _one(self) -> bool:
        first = self.rfile.readline()
        if not first:
            return False
        headers = self._headers(self.rfile)
        operation = s3_operation(first.decode("latin-1"))
        fault = self.server.plan.fault(operation)
        if headers.pop("expect", None):
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.rfile.read(int(headers.get("content-length", 0)))
        if fault.startswith("delay"):
            time.sleep(_DELAY)
        elif fault == "cut before":
            return False
        elif fault in {"500 before", "503 before"}:
            return self._answer(fault[:3])
        headers["connection"] = "close"
        with self.server.open() as upstream:
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            upstream.sendall(first + lines.encode("latin-1") + b"\r\n" + body)
            with upstream.makefile("rb") as answer:
                told = answer.read()
        if fault == "cut after":
            return False
        if fault == "500 after":
            return self._answer("500")
        head, _, content = told.partition(b"\r\n\r\n")
        if fault == "truncate after" and len(content) > 1:
            told = head + b"\r\n\r\n" + content[: len(content) // 2]
        self.wfile.write(told)
        return False

    @staticmethod
    def _headers(stream: Any) -> dict[str, str]:
        found = {}
        while line := stream.readline().decode("latin-1").rstrip("\r\n"):
            name, _, value = line.partition(":")
            found[name.strip().lower()] = value.strip()
        return found

    def _answer(self, status: str) -> bool:
        code, reason = ("SlowDown", "Slow Down") if status == "503" else ("InternalError", "Internal Server Error")
        text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{reason}</Message></Error>".encode()
        head = f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/xml\r\nContent-Length: {len(text)}\r\n"
        self.wfile.write(head.encode() + b"Connection: close\r\n\r\n" + text)
        return False


_STORE = re.compile(r"(?:/|=|%2F)(raw|data|inbox)(?:/|%2F|&|\?|$)")


def s3_operation(request: str) -> str:
    """``PUT raw``, ``GET data``, ``LIST raw`` …: the method, and the store that a request is for."""
    method, _, rest = request.partition(" ")
    path = rest.split(" ")[0]
    store = _STORE.search(path)
    return f"{'LIST' if 'list-type' in path else method} {store[1] if store else 'other'}"


class Postgres(socketserver.BaseRequestHandler):
    """One connection: messages of the client are read whole, so that a statement is known before it is passed on."""

    server: Proxy

    def handle(self) -> None:
        with self.server.open() as upstream:
            self._dropping = threading.Event()
            threading.Thread(target=self._back, args=(upstream,), daemon=True).start()
            try:
                self._start(upstream)
                while True:
                    self._message(upstream)
            except (Cut, OSError):
                for end in (self.request, upstream):
                    with contextlib.suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)

    def _start(self, upstream: socket.socket) -> None:
        size = self._exactly(4)
        message = size + self._exactly(int.from_bytes(size) - 4)
        self._passed("CONNECT", message, upstream)

    def _message(self, upstream: socket.socket) -> None:
        kind, size = self._exactly(1), self._exactly(4)
        content = self._exactly(int.from_bytes(size) - 4)
        self._passed(postgres_operation(kind, content), kind + size + content, upstream)

    def _passed(self, operation: str, message: bytes, upstream: socket.socket) -> None:
        fault = self.server.plan.fault(operation) if operation else ""
        if fault.startswith("delay"):
            time.sleep(_DELAY)
        if fault == "cut before":
            raise Cut
        if fault == "cut after":
            self._dropping.set()
        upstream.sendall(message)
        if fault == "cut after":
            time.sleep(_DELAY)  # the server does it; its answer goes nowhere
            raise Cut

    def _back(self, upstream: socket.socket) -> None:
        try:
            while chunk := upstream.recv(65536):
                if not self._dropping.is_set():
                    self.request.sendall(chunk)
            self.request.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            chunk = self.request.recv(size - len(found))
            if not chunk:
                raise Cut
            found += chunk
        return found


def postgres_operation(kind: bytes, content: bytes) -> str:
    """The kind of a statement that a message holds; empty for other messages."""
    if kind not in {b"Q", b"P"}:
        return ""
    found = _STATEMENT.search(content.upper())
    return (found[1] or found[2]).decode() if found else "OTHER"


#: What a message is about: the lease, the end of a transaction, else the first word that says so.
_STATEMENT = re.compile(
    rb"(?s)^(?:.*\b(PG_TRY_ADVISORY_LOCK|COMMIT|ROLLBACK)\b"
    rb"|.*?\b(?=(?:BEGIN|INSERT|COPY|UPDATE|DELETE|CREATE|SELECT)\b)(\w+))"
)
