"""A Spark of two workers on the loopback, and the Spark Connect server in front of it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

#: How long each process may take until it listens.
PATIENCE = 120


@contextmanager
def spark_cluster(folder: Path) -> Iterator[str]:
    """Yield the address of a Spark Connect server; skip the test, and say why, where there is no Spark or no Java."""
    home = os.environ.get("SPARK_HOME", "")
    if not home:
        pytest.skip("SPARK_HOME names no Spark: make soak installs one and names it")
    if shutil.which("java") is None:
        pytest.skip("Spark needs a Java, and this machine has none")
    run = Path(home) / "bin"
    master, connect = _free_port(), _free_port()
    address = f"spark://127.0.0.1:{master}"
    with ExitStack() as stack:
        start = [run / "spark-class", "org.apache.spark.deploy.master.Master"]
        stack.enter_context(
            _running(folder, [*start, "--host", "127.0.0.1", "--port", str(master), "--webui-port", "0"], port=master)
        )
        for number in (1, 2):
            worker = [run / "spark-class", "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1"]
            limits = ["--webui-port", "0", "-c", "1", "-m", "2g", "-d", folder / f"worker-{number}", address]
            stack.enter_context(_running(folder, [*worker, *limits]))
        terms = {
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": str(connect),
            "spark.driver.host": "127.0.0.1",
            "spark.sql.shuffle.partitions": "2",
            "spark.ui.enabled": "false",
        }
        given = [part for name, value in terms.items() for part in ("--conf", f"{name}={value}")]
        server = [run / "spark-submit", "--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
        own = ["--master", address, "--driver-memory", "2g", *given, "spark-internal"]
        stack.enter_context(_running(folder, [*server, *own], port=connect))
        yield f"sc://127.0.0.1:{connect}"


@contextmanager
def _running(folder: Path, command: list[str | Path], *, port: int | None = None) -> Iterator[None]:
    """Run a process until the block ends; with ``port``, wait until it listens there."""
    folder.mkdir(parents=True, exist_ok=True)
    own = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOG_DIR": str(folder)}
    with (folder / f"{len(list(folder.iterdir()))}.log").open("wb") as log:
        process = subprocess.Popen(
            [str(part) for part in command], cwd=folder, stdout=log, stderr=log, env=os.environ | own
        )
    try:
        until = time.monotonic() + PATIENCE
        while port is not None and not _listens(port):
            assert process.poll() is None, f"{command[1]} ended by itself"
            assert time.monotonic() < until, f"{command[1]} did not listen"
            time.sleep(0.2)
        yield
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
