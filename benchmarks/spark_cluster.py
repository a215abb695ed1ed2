"""A Spark of two workers on the loopback, and the Spark Connect server in front of it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.spent import processor_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: How long each process may take until it listens.
PATIENCE = 240


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A Spark that runs.

    Attributes:
        address: that of its Spark Connect server.
        processes: the processes that were started; each has more below it.
    """

    address: str
    processes: Sequence[int]

    @property
    def processor(self) -> float:
        """The seconds of processor that it has used so far."""
        return sum(map(processor_of, self.processes))


def lacking() -> str | None:
    """Return what a cluster needs and this machine lacks; None if nothing."""
    if not os.environ.get("SPARK_HOME"):
        return "SPARK_HOME names no Spark: make soak installs one and names it"
    return None if shutil.which("java") else "Spark needs a Java, and this machine has none"


@contextmanager
def spark_cluster(folder: Path, *, gigabytes: int = 1) -> Iterator[Cluster]:
    """Yield a cluster whose logs lie in a folder, each worker with so much memory to compute in.

    Where ``lacking`` names something, none starts.
    """
    run = Path(os.environ["SPARK_HOME"]) / "bin"
    master, connect = _free_port(), _free_port()
    address = f"spark://127.0.0.1:{master}"
    with ExitStack() as stack:
        start = [f"{run}/spark-class", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1"]
        limits = ["--port", str(master), "--webui-port", "0"]
        processes = [stack.enter_context(_running(folder, [*start, *limits], port=master))]
        for number in (1, 2):
            worker = [f"{run}/spark-class", "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1"]
            limits = ["--webui-port", "0", "-c", "1", "-m", f"{gigabytes + 1}g"]
            limits += ["-d", f"{folder}/worker-{number}", address]
            processes.append(stack.enter_context(_running(folder, [*worker, *limits])))
        terms = {
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": str(connect),
            "spark.driver.host": "127.0.0.1",
            "spark.executor.memory": f"{gigabytes}g",
            "spark.sql.shuffle.partitions": "2",
            "spark.ui.enabled": "false",
        }
        given = [part for name, value in terms.items() for part in ("--conf", f"{name}={value}")]
        server = [f"{run}/spark-submit", "--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
        own = ["--master", address, "--driver-memory", "2g", *given, "spark-internal"]
        processes.append(stack.enter_context(_running(folder, [*server, *own], port=connect)))
        yield Cluster(address=f"sc://127.0.0.1:{connect}", processes=processes)


@contextmanager
def _running(folder: Path, command: list[str], *, port: int | None = None) -> Iterator[int]:
    """Run a process until the block ends; with ``port``, wait until it listens there."""
    folder.mkdir(parents=True, exist_ok=True)
    own = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOG_DIR": str(folder)}
    with (folder / f"{len(list(folder.iterdir()))}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=os.environ | own)
    try:
        until = time.monotonic() + PATIENCE
        while port is not None and not _listens(port):
            assert process.poll() is None, f"{command[1]} ended by itself"
            assert time.monotonic() < until, f"{command[1]} did not listen"
            time.sleep(0.2)
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])
