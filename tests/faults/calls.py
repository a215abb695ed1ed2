"""Faults of a disk: system calls of a process that fail with EIO or ENOSPC, before or after their effect.

The kernel asks a supervisor about each call of the process and its children (seccomp's user notifications, Linux 5.6
and later). It lets the call go on, answers with an error, or does what was asked itself and then answers with the
error.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import platform
import socket
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

#: What a call does, by its number; where its path or descriptor stands among its arguments depends on the name.
_X86 = {
    1: "write", 18: "pwrite", 17: "pread", 2: "open", 257: "openat", 74: "fsync", 75: "fsync", 82: "rename",
    264: "renameat", 316: "renameat", 87: "unlink", 263: "unlinkat", 86: "link", 265: "linkat", 77: "ftruncate",
    83: "mkdir", 258: "mkdirat",
}  # fmt: skip
_ARM = {
    64: "write", 68: "pwrite", 67: "pread", 56: "openat", 82: "fsync", 83: "fsync", 38: "renameat", 276: "renameat",
    35: "unlinkat", 37: "linkat", 46: "ftruncate", 34: "mkdirat",
}  # fmt: skip
_CALLS, _SECCOMP, _GETFD = (_ARM, 277, 438) if platform.machine() == "aarch64" else (_X86, 317, 438)
_KINDS = {"pwrite": "write", "pread": "read", "open": "create", "openat": "create", "ftruncate": "truncate"}
#: Calls whose effect a supervisor cannot do, or that have none which anybody sees.
NO_EFFECT = ("read", "fsync", "truncate")
#: Calls that never want for room.
NO_ROOM = ("read", "unlink", "truncate")
KINDS = ("EIO before", "EIO after", "ENOSPC before")
#: How the names of a home's files begin, and what they are called here; the longer ones first.
_PARTS = {
    "catalogue.sqlite-journal": "journal", "catalogue.sqlite": "catalogue", "lease.lock": "locks",
    "attach.lock": "locks", "reading.lock": "locks", "tmp": "work files", "taken": "work files", ".clock-": "clock",
    "safer_kpi.duckdb": "read file", ".safer_kpi": "read file",
}  # fmt: skip
_NOTIFICATION, _ANSWER = struct.Struct("=QIIiIQ6Q"), struct.Struct("=Qqii")
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_GO_ON, _NEW_LISTENER, _NO_NEW_PRIVILEGES = 1, 8, 38
_ASK, _ALLOW = 0x7FC00000, 0x7FFF0000
_HERE = -100
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Plan:
    """Which fault hits which operation (``write catalogue``), and what was hit and seen."""

    home: Path
    kind: str = ""
    operation: str = ""
    hits: int = 0
    seen: Counter[str] = field(default_factory=Counter)


def supervised(told: socket.socket) -> None:
    """Let the supervisor at the other end decide about this process's calls from now on."""
    numbers = sorted(_CALLS)
    code = [(0x20, 0, 0, 0)]  # load the call's number
    code += [(0x15, len(numbers) - place, 0, number) for place, number in enumerate(numbers)]
    code += [(0x06, 0, 0, _ALLOW), (0x06, 0, 0, _ASK)]
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *each) for each in code))
    filters = struct.pack("@HP", len(code), ctypes.addressof(program))
    _libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    listener = _libc.syscall(_SECCOMP, 1, _NEW_LISTENER, ctypes.create_string_buffer(filters))
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    socket.send_fds(told, [b"."], [listener])
    os.close(listener)


def decide(listener: int, plan: Plan) -> None:
    """Answer one question of the kernel."""
    asked = bytearray(_NOTIFICATION.size)
    try:
        fcntl.ioctl(listener, _RECEIVE, asked)
    except FileNotFoundError:  # the process was killed meanwhile
        return
    number, task, _, call, _, _, *arguments = _NOTIFICATION.unpack(asked)
    failure = 0
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it was killed meanwhile
        failure = _failure(plan, task, _CALLS[call], arguments)
    answer = _ANSWER.pack(number, 0, -failure, 0 if failure else _GO_ON)
    try:
        fcntl.ioctl(listener, _SEND, answer)
    except FileNotFoundError:
        return


def _failure(plan: Plan, task: int, name: str, arguments: list[int]) -> int:
    """Return the error number that a call ends with; 0 if it goes on."""
    kind = _KINDS.get(name, name.removesuffix("at"))
    of_descriptor = name in {"write", "pwrite", "pread", "fsync", "ftruncate"}
    if kind == "create" and not _flags(name, arguments) & os.O_CREAT:
        return 0
    if of_descriptor:
        path = Path(f"/proc/{task}/fd/{arguments[0]}").readlink()
    else:
        path = _path(task, name, arguments, second=kind in {"rename", "link"})
    if not path.is_relative_to(plan.home):
        return 0
    operation = f"{kind} {place(path.relative_to(plan.home))}"
    plan.seen[operation] += 1
    if operation != plan.operation:
        return 0
    if plan.kind.endswith("after"):
        with contextlib.suppress(OSError):  # it has no effect where it would fail: a folder that is there already
            _EFFECTS[kind](task, name, arguments)
    plan.hits += 1
    return errno.ENOSPC if plan.kind.startswith("ENOSPC") else errno.EIO


def place(path: Path) -> str:
    """Return which part of a lake a file of its home is."""
    first = path.parts[0] if path.parts else "home"
    for beginning, name in _PARTS.items():
        if first.startswith(beginning):
            return name
    return first


def _flags(name: str, arguments: list[int]) -> int:
    return arguments[1] if name == "open" else arguments[2]


def _path(task: int, name: str, arguments: list[int], *, second: bool = False) -> Path:
    """Return the path that a call names; ``second`` is the new name of a rename or a link."""
    folder, where = (_HERE, arguments[int(second)]) if not name.endswith("at") else _at(arguments, second=second)
    text = _text(task, where)
    base = f"/proc/{task}/cwd" if ctypes.c_int(folder).value == _HERE else f"/proc/{task}/fd/{folder}"
    return Path(text) if text.startswith("/") else Path(base).readlink() / text


def _at(arguments: list[int], *, second: bool) -> tuple[int, int]:
    return (arguments[2], arguments[3]) if second else (arguments[0], arguments[1])


def _text(task: int, where: int) -> str:
    return _bytes(task, where, 4096).partition(b"\0")[0].decode(errors="surrogateescape")


def _bytes(task: int, where: int, size: int) -> bytes:
    with Path(f"/proc/{task}/mem").open("rb", buffering=0) as memory:
        return os.pread(memory.fileno(), size, where)


def _write(task: int, name: str, arguments: list[int]) -> None:
    content = _bytes(task, arguments[1], arguments[2])
    status = Path(f"/proc/{task}/status").read_text()
    process = os.pidfd_open(int(status.partition("Tgid:")[2].split()[0]))
    copy = _libc.syscall(_GETFD, process, arguments[0], 0)
    os.close(process)
    if name == "pwrite":
        os.pwrite(copy, content, arguments[3])
    else:
        os.write(copy, content)
    os.close(copy)


def _create(task: int, name: str, arguments: list[int]) -> None:
    mode = arguments[2] if name == "open" else arguments[3]
    os.close(os.open(_path(task, name, arguments), _flags(name, arguments), mode & 0o700))


def _unlink(task: int, name: str, arguments: list[int]) -> None:
    path = _path(task, name, arguments)
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink()


_EFFECTS: dict[str, Callable[[int, str, list[int]], object]] = {
    "write": _write,
    "create": _create,
    "unlink": _unlink,
    "rename": lambda task, name, given: _path(task, name, given).replace(_path(task, name, given, second=True)),
    "link": lambda task, name, given: os.link(_path(task, name, given), _path(task, name, given, second=True)),
    "mkdir": lambda task, name, given: _path(task, name, given).mkdir(mode=0o700),
}
