"""What stands between an act and its storage: proxies before the servers, or a supervisor of its system calls."""

from __future__ import annotations

import json
import os
import select
import socket
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Protocol

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.faults import calls
from tests.faults.proxy import S3, Postgres, Proxy
from tests.kills.forks import Write, end_with_parent, in_child

#: ``S3 PUT raw``, ``disk write catalogue`` …
Asked = dict[str, int]


class Between(Protocol):
    """Hits the operations of an act with one fault, and counts them."""

    def stand(self, folder: Path) -> None:
        """Stand between the lake of a folder and its storage from now on."""
        ...

    def act(
        self, work: Callable[[Write], object], folder: Path, operation: str, fault: str
    ) -> tuple[bytes, int, Asked]:
        """Do work on a lake in a child while a fault is armed; answer what it wrote, the hits, and what was asked."""
        ...


def _whole(written: bytes, status: int) -> bytes:
    """What a child wrote, and the signal that ended it if one did."""
    return written + (f"!ended by signal {os.WTERMSIG(status)}".encode() if os.WIFSIGNALED(status) else b"")


class Disk:
    """The disk of a lake in a folder."""

    def stand(self, folder: Path) -> None:
        """Nothing: the supervisor begins with the act."""

    def act(
        self, work: Callable[[Write], object], folder: Path, operation: str, fault: str
    ) -> tuple[bytes, int, Asked]:
        plan = calls.Plan(folder / "lake", fault, operation.removeprefix("disk "))
        ours, theirs = socket.socketpair()
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                calls.supervised(theirs)
                work(lambda text: os.write(writer, text.encode()))
            except BaseException as problem:  # noqa: BLE001 (the parent reports it)
                os.write(writer, f"!{type(problem).__name__}: {problem}".encode())
            os._exit(0)
        os.close(writer)
        theirs.close()
        _, (listener, *_), _, _ = socket.recv_fds(ours, 1, 1)
        written, ended = b"", False
        while not ended:
            ready, _, _ = select.select([reader, listener], [], [])
            if reader in ready:
                written += (chunk := os.read(reader, 65536))
                ended = not chunk
            else:
                calls.decide(listener, plan)
        for descriptor in (reader, listener):
            os.close(descriptor)
        ours.close()
        status = os.waitpid(child, 0)[1]
        return _whole(written, status), plan.hits, {f"disk {name}": number for name, number in plan.seen.items()}


class Network:
    """The two servers, each behind a proxy; both proxies are in a child, because whoever forks has no thread."""

    def __init__(self, servers: dict[str, Any]) -> None:
        self._asked, told = get_context("fork").Pipe()
        get_context("fork").Process(target=_serve, args=(servers, told), daemon=True).start()
        self._ports: dict[str, int] = self._asked.recv()

    def stand(self, folder: Path) -> None:
        told = folder / "environment.json"
        known = json.loads(told.read_text())
        terms = conninfo_to_dict(known["SAFER_KPI_CATALOGUE"].removeprefix("postgres:"))
        own = {"host": "127.0.0.1", "port": self._ports["Postgres"], "sslmode": "disable", "gssencmode": "disable"}
        known["SAFER_KPI_CATALOGUE"] = f"postgres:{make_conninfo(**(terms | own))}"
        known |= {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._ports['S3']}", "AWS_MAX_ATTEMPTS": "2"}
        told.write_text(json.dumps(known))

    def act(
        self, work: Callable[[Write], object], folder: Path, operation: str, fault: str
    ) -> tuple[bytes, int, Asked]:
        assert (folder / "environment.json").exists()
        self._asked.send((operation, fault))
        self._asked.recv()
        status, written = in_child(work)
        self._asked.send(("", ""))
        hits, asked = self._asked.recv()
        return _whole(written, status), hits, asked


def _serve(servers: dict[str, Any], told: Any) -> None:
    end_with_parent()
    terms = conninfo_to_dict(servers["dsn"])
    host, port = str(terms["host"]), int(terms.get("port") or 5432)
    upstream = f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)
    store = servers["environment"]["AWS_ENDPOINT_URL"].removeprefix("http://").split(":")
    proxies = {"S3": Proxy(S3, (store[0], int(store[1]))), "Postgres": Proxy(Postgres, upstream)}
    told.send({name: proxy.port for name, proxy in proxies.items()})
    while True:
        operation, fault = told.recv()
        hits = sum(proxy.plan.disarm() for proxy in proxies.values())
        asked = {
            f"{name} {operation}": number
            for name, proxy in proxies.items()
            for operation, number in proxy.plan.seen.items()
            if operation != "OTHER"
        }
        for name, proxy in proxies.items():
            proxy.plan.seen.clear()
            proxy.plan.hits = 0
            if operation.startswith(f"{name} "):
                proxy.plan.arm(fault, operation.removeprefix(f"{name} "))
        told.send((hits, asked))
