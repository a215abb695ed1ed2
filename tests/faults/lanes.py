"""Cells of the matrix, tried one after another on copies of warm lakes (those of ``tests.kills``).

``python -m tests.faults.lanes cells STORAGE FOLDER ACTS`` prints the cells as JSON: for each act what it asks of its
storage, seen in an undisturbed run, and each fault. ``… try STORAGE FOLDER CELLS PART PARTS`` tries every PARTS-th cell
of a file, and prints one JSON line for each.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from safer_kpi.errors import SaferKpiError
from safer_kpi.failures import translated
from tests.faults.behind import Between, Disk, Network
from tests.faults.calls import KINDS as DISK
from tests.faults.calls import NO_EFFECT, NO_ROOM
from tests.faults.proxy import KINDS
from tests.flows.servers import SECRET
from tests.kills.acts import ACTS, Act
from tests.kills.forks import Write, in_child
from tests.kills.harness import load_all, looked_at, storage_of
from tests.kills.storages import Storage, settings_of

#: A landing meets every fault; other acts ask the same of the same storage, and meet fewer of them.
FAULTS = {"S3": KINDS["S3"], "Postgres": KINDS["Postgres"], "disk": DISK}
FEWER = {
    "S3": ("cut before", "cut after", "503 before"),
    "Postgres": ("cut before", "cut after"),
    "disk": ("EIO before", "EIO after"),
}
#: No answer to these has a body that could be truncated.
_WITHOUT_BODY = ("HEAD", "PUT", "DELETE")
_NAMED = {act.name: act for act in ACTS}


def faults_of(act: str, operation: str) -> Iterator[str]:
    """Yield the faults that an operation of an act meets."""
    server, word, _ = f"{operation} ".split(" ", 2)
    without = {"after": NO_EFFECT, "ENOSPC": NO_ROOM} if server == "disk" else {"truncate": _WITHOUT_BODY}
    for fault in (FAULTS if act == "land" else FEWER)[server]:
        if not any(part in fault and word in words for part, words in without.items()):
            yield fault


def disturbed(act: Act, folder: Path, write: Write) -> None:
    """Do an act; write ``a`` for each step and at the end, or the exit code of our error."""
    settings = settings_of(folder)
    try:
        with translated():
            act.do(settings, lambda _: write("a"))
    except SaferKpiError as error:
        write(f"E{error.exit_code}")
        if SECRET in f"{error} {error.next_action}":
            write("!a secret is in the message")


def tried(
    storage: Storage, between: Between, act: Act, warmed: Path, folder: Path, *, operation: str = "", fault: str = ""
) -> dict[str, Any]:
    """One cell; of an act without a fault what it asks of its storage."""
    own = Path(tempfile.mkdtemp(dir=folder)) / act.name
    storage.copy(warmed, own)
    between.stand(own)
    told = json.loads((warmed / "undisturbed.json").read_text())
    begun = time.monotonic()
    written, hits, asked = between.act(lambda write: disturbed(act, own, write), own, operation, fault)
    text = written.decode()
    problems = [text[text.index("!") :]] if "!" in text else []
    code = text.partition("!")[0].partition("E")[2]
    acknowledged = text.partition("!")[0].count("a")
    _, found = in_child(lambda write: looked_at(act, own, told, acknowledged, write))
    shutil.rmtree(own.parent)
    return {
        "hits": hits, "asked": asked, "first": int(code or 0), "seconds": round(time.monotonic() - begun, 1),
        "problems": problems + ([found.decode()] if found else []),
    }  # fmt: skip


def main() -> None:
    load_all()
    command, named, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    part, parts = (int(sys.argv[5]), int(sys.argv[6])) if command == "try" else (0, 1)
    storage = storage_of(named, f"lane{part}")
    between: Between = Disk() if named == "local" else Network(json.loads(Path(named).read_text()))
    work = Path(tempfile.mkdtemp(dir=folder))
    if command == "cells":
        cells = []
        for act in (_NAMED[name] for name in sys.argv[4].split()):
            found = tried(storage, between, act, folder / act.name, work)
            assert found["problems"] == [], (act.name, found["problems"])
            cells += [(act.name, each, fault) for each in sorted(found["asked"]) for fault in faults_of(act.name, each)]
        sys.stdout.write(json.dumps(cells) + "\n")
        return
    cells = json.loads(Path(sys.argv[4]).read_text())
    for name, operation, fault in cells[part::parts]:
        found = tried(storage, between, _NAMED[name], folder / name, work, operation=operation, fault=fault)
        del found["asked"]
        sys.stdout.write(json.dumps({"act": name, "operation": operation, "fault": fault} | found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
