"""Children that a server process forks for this one: see ``fork_server``."""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from safer_kpi.errors import ProjectError, SaferKpiError
from safer_kpi.intake.fork_server import MOST_TOLD

_START = "import sys; sys.path += sys.argv[1:]; from safer_kpi.intake.fork_server import main; main()"
"""How the server starts.

It sees no environment, no site customisation and no folder but these: the interpreter's own, ours, DuckDB's.
"""
_KILLED = -9


class _Server:
    """The server of one process."""

    def __init__(self) -> None:
        self._told, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._one_at_a_time = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 (our own interpreter, no shell, nothing from outside)
                [sys.executable, "-I", "-S", "-c", _START, *_import_folders()],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                start_new_session=True,
            )

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def fork(self, code: str, folder: Path, lifeline: int, answer: int) -> Forked:
        message = json.dumps({"code": code, "folder": str(folder)}).encode("ascii")
        ended, status = os.pipe()
        try:
            with self._one_at_a_time:
                socket.send_fds(self._told, [message], [lifeline, answer, status])
                child = int(self._told.recv(MOST_TOLD))
        except BaseException:
            os.close(ended)
            self.close()  # an answer that nobody has read would be taken for the next one's
            raise
        finally:
            os.close(status)
        return Forked(self, child, ended)

    def kill(self, child: int) -> None:
        with suppress(BrokenPipeError, ConnectionResetError), self._one_at_a_time:
            self._told.send(json.dumps({"kill": child}).encode("ascii"))

    def close(self) -> None:
        self._told.close()
        self._process.wait()


class Forked:
    """A child of the server."""

    def __init__(self, server: _Server, child: int, ended: int) -> None:
        self.pid = child
        self._server = server
        self._ended = ended
        self._code: int | None = None
        self._waiting = threading.Lock()

    def wait(self) -> int:
        """Wait for its end; return its exit code, or less than zero for a signal, as ``Popen.wait`` does."""
        with self._waiting:
            if self._code is None:
                told = os.read(self._ended, MOST_TOLD)
                os.close(self._ended)
                # Where the server itself was killed, nobody knows: its children end with their lifelines.
                self._code = int(told) if told else _KILLED
        return self._code

    def kill(self) -> None:
        """Kill it, unless its end is known."""
        if self._code is None:
            self._server.kill(self.pid)


#: The server of each process that has one: a fork has its own, because the answers go to one alone.
_servers: dict[int, _Server] = {}
_starting = threading.RLock()


def start_server() -> None:
    """Start the server of this process, unless it runs; it gets ready while the caller goes on."""
    _server()


def forked(code: str, folder: Path, lifeline: int, answer: int) -> Forked:
    """Run Python code in a child that is forked from the server, in a folder.

    Args:
        code: the code; it sees what the server has imported.
        folder: its current folder.
        lifeline: a descriptor, its standard input.
        answer: a descriptor, its standard output.

    Raises:
        SaferKpiError: no process could be started.
    """
    for _ in range(2):
        try:
            return _server().fork(code, folder, lifeline, answer)
        except (OSError, ValueError):  # it has been killed since it was looked at, and the next one has not
            continue
    raise SaferKpiError(
        "No process could be started that reads files.",
        next_action="Check the limits on memory and on processes of the user that runs this, then land the file again.",
    )


def _server() -> _Server:
    own = os.getpid()
    with _starting:
        server = _servers.get(own)
        if server is None or not server.is_alive:
            if server is not None:
                server.close()
            server = _servers[own] = _Server()
        return server


@atexit.register
def _close() -> None:
    if server := _servers.pop(os.getpid(), None):
        server.close()


def _in_a_fork() -> None:
    global _starting  # noqa: PLW0603 (another thread of the parent may hold it, and will never release it here)
    _starting = threading.RLock()


os.register_at_fork(after_in_child=_in_a_fork)


def _import_folders() -> list[str]:
    duckdb = importlib.util.find_spec("duckdb")
    if duckdb is None or duckdb.origin is None:
        raise ProjectError("DuckDB is not installed.", next_action="Install safer_kpi with its dependencies.")
    ours = str(Path(__file__).resolve().parents[2])
    return list(dict.fromkeys([ours, str(Path(duckdb.origin).resolve().parents[1])]))
