"""A publisher's web server on this machine, which answers as a test tells it, and contracts without a source."""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    import ssl
    from collections.abc import Mapping

Reply = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Publisher:
    """What it answers, by path: each reply once, the last one from then on; anything else is not found."""

    url: str
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


def file(content: bytes, *, modified: dt.datetime | None = None, kind: str = "text/csv", etag: str = "") -> Reply:
    """A file; not sent again to whoever asks with its own tag or date."""
    told = {"Last-Modified": format_datetime(modified, usegmt=True) if modified else "", "ETag": etag}

    def reply(handler: BaseHTTPRequestHandler) -> None:
        asked = (handler.headers.get("If-None-Match"), handler.headers.get("If-Modified-Since"))
        if (etag and asked[0] == etag) or (not etag and modified and asked[1] == told["Last-Modified"]):
            handler.send_response(304)
            handler.end_headers()
            return
        handler.send_response(200)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **told}.items():
            if value:
                handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    return reply


def status(code: int, content: bytes = b"", **headers: str) -> Reply:
    """An answer with a status; ``Retry_After`` stands for ``Retry-After``."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return reply


def cut_short(content: bytes, after: int, *, etag: str = "") -> Reply:
    """A file whose connection ends before it does."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        if etag:
            handler.send_header("ETag", etag)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[:after])
        handler.close_connection = True

    return reply


def rest(content: bytes, *, etag: str, shift: int = 0) -> Reply:
    """What is left of a file from where the request asks; the whole file if the request knows another tag."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        first = int((handler.headers.get("Range") or "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        is_rest = first > 0 and handler.headers.get("If-Range") == etag
        first = first + shift if is_rest else 0
        handler.send_response(206 if is_rest else 200)
        if is_rest:
            handler.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        handler.send_header("ETag", etag)
        handler.send_header("Content-Length", str(len(content) - first))
        handler.end_headers()
        handler.wfile.write(content[first:])

    return reply


def chunked(pieces: Iterator[bytes]) -> Reply:
    """A file that does not say how long it is."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for piece in pieces:
            handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    return reply


@contextmanager
def publishing(context: ssl.SSLContext | None = None) -> Iterator[Publisher]:
    """Serve on a free port of this machine until the block ends; with a context by https."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # a header and a file are two writes; the second would wait for an answer

        def do_GET(self) -> None:
            publisher.asked.append((self.path, dict(self.headers)))
            replies = publisher.replies.get(self.path.partition("?")[0], [status(404)])
            (replies.pop(0) if len(replies) > 1 else replies[0])(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            if not isinstance(sys.exception(), ConnectionError):  # whoever asks may hang up
                super().handle_error(request, client_address)

    with Server(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        publisher = Publisher(url=f"{'http' if context is None else 'https'}://127.0.0.1:{server.server_port}")
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield publisher
        finally:
            server.shutdown()
            serving.join()


def without_source(contract: str) -> str:
    """A contract's text without the source that the project states."""
    lines = contract.splitlines(keepends=True)
    for node in ast.walk(ast.parse(contract)):
        for key, value in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ():
            if isinstance(key, ast.Constant) and key.value == "source":
                return "".join(lines[: key.lineno - 1] + lines[value.end_lineno or 0 :])
    return contract
