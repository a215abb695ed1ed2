"""The process that children are forked from: it has imported what they need, and reads no file itself.

To import DuckDB takes longer than to read most files. This process does so once; each child is a fork of it, which no
file has touched, and which sets its own limits before it looks at one.

It is told of each child through its standard input, a socket: the child's code and folder, and the descriptors of its
input, its answer and its status. It writes how a child ended to the status, and ends when the socket closes.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_TOLD = 2**16
"""The most bytes of a message."""
_DESCRIPTORS = 3
_OURS = re.compile(r"from (safer_kpi\.intake\.[a-z_.]+) import main")


def main() -> None:
    """Fork children until the socket closes."""
    import_module("safer_kpi.intake.child")

    told = socket.socket(fileno=sys.stdin.fileno())
    ended, wake = os.pipe()
    for end in (ended, wake):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([told.fileno(), ended], [], [])
        if ended in ready:
            os.read(ended, MOST_TOLD)
            _report(running)
        if told.fileno() in ready and not _serve(told, running, own=(told.fileno(), ended, wake)):
            return


def _serve(told: socket.socket, running: dict[int, int], *, own: Sequence[int]) -> bool:
    """Do what one message says; return whether there was one. No child keeps the server's ``own`` descriptors."""
    text, descriptors, _, _ = socket.recv_fds(told, MOST_TOLD, _DESCRIPTORS)
    if not text:
        return False
    message: dict[str, Any] = json.loads(text)
    if "kill" in message:
        if message["kill"] in running:  # its number may be another's when its end was reported
            os.kill(message["kill"], signal.SIGKILL)
        return True
    if ours := _OURS.search(message["code"]):
        import_module(ours[1])  # the children after this one have it, too
    child = os.fork()
    if child == 0:
        _begin(message, descriptors, [*own, *running.values()])
    running[child] = descriptors.pop()
    for descriptor in descriptors:
        os.close(descriptor)
    told.send(str(child).encode("ascii"))
    return True


def _report(running: dict[int, int]) -> None:
    """Say of each child that has ended how it did."""
    while running:
        child, status = os.waitpid(-1, os.WNOHANG)
        if child == 0:
            return
        descriptor = running.pop(child)
        with suppress(BrokenPipeError):  # nobody waits for it any more
            os.write(descriptor, str(os.waitstatus_to_exitcode(status)).encode("ascii"))
        os.close(descriptor)


def _begin(message: dict[str, Any], descriptors: list[int], others: list[int]) -> None:
    """Become a child: run its code, and never return."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        lifeline, answer, status = descriptors
        os.dup2(lifeline, 0)
        os.dup2(answer, 1)
        for descriptor in {lifeline, answer, status, *others} - {0, 1, 2}:
            os.close(descriptor)
        os.chdir(message["folder"])
        exec(compile(message["code"], "<child>", "exec"), {"__name__": "__main__"})  # noqa: S102 (our own code)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        os._exit(code)
