"""One cell of the matrix: an act on a lake, once while a fault hits it, and once more if it failed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import s3fs

from safer_kpi.errors import SaferKpiError
from safer_kpi.failures import translated
from safer_kpi.inbox import arrivals, handle, open_place
from tests.faults.lakes import Lake, delivery, land

FEED = "police_street"
Ending = tuple[int, str]


@dataclass(frozen=True, kw_only=True)
class Act:
    """What a fault hits: it comes after the landing of a file, or is that landing itself."""

    prepare: Callable[[Lake, Path, int], object]
    do: Callable[[Lake, Path, int], Ending]


def _landed(lake: Lake, folder: Path, number: int) -> None:
    code, output = land(lake, folder, number)
    assert code == 0, output


def _littered(lake: Lake, folder: Path, number: int) -> None:
    """Leave what stopped commands leave: bytes without a receipt, and a Parquet file that no snapshot knows."""
    _landed(lake, folder, number)
    store = _store(lake)
    store.pipe_file(f"lake/raw/{number % 256:02x}/{number % 256:02x}{'0' * 62}", b"left")
    store.pipe_file(f"lake/data/left-{number}.parquet", b"left")


def _dropped(lake: Lake, folder: Path, number: int) -> None:
    path = delivery(number).write(folder, number)
    _store(lake).put_file(str(path), f"lake/inbox/{FEED}/{path.name}")


def _handled(lake: Lake, _: Path, __: int) -> Ending:
    """Handle what waits, as the tasks of the inbox do; an error that is none of ours is a violation."""
    try:
        with translated():
            place = open_place(lake.settings.watched)
            for arrival in arrivals(place, FEED):
                handle(lake.settings, place, arrival)
    except SaferKpiError as error:
        return error.exit_code, str(error)
    except Exception as error:  # noqa: BLE001 (it is reported)
        return -1, type(error).__name__
    return 0, ""


def _store(lake: Lake) -> s3fs.S3FileSystem:
    s3 = lake.settings.s3
    s3fs.S3FileSystem.clear_instance_cache()
    return s3fs.S3FileSystem(key=s3.key_id, secret=s3.secret, client_kwargs={"endpoint_url": s3.endpoint})


def _command(word: str) -> Callable[[Lake, Path, int], Ending]:
    return lambda lake, _, __: lake.command(word)


ACTS = {
    "land": Act(prepare=lambda *_: None, do=land),
    "sweep": Act(prepare=_littered, do=_command("sweep")),
    "compact": Act(prepare=_landed, do=_command("compact")),
    "build": Act(prepare=_landed, do=_command("build")),
    # The last one: its files are published today, and what is landed after them would be stale.
    "inbox": Act(prepare=_dropped, do=_handled),
}


@dataclass(frozen=True)
class Cell:
    """A cell of the matrix: what is done, what is asked of which server meanwhile, and what goes wrong with it."""

    act: str
    server: str
    operation: str
    fault: str


@dataclass
class Trial:
    """A tried cell: its hits, how the act ended first and how long it took, what is wrong at the end."""

    cell: Cell
    hits: int
    first: int
    seconds: float
    problems: list[str]


def trial(lake: Lake, cell: Cell, folder: Path, number: int, expected: str) -> Trial:
    """Arm a fault, act once, disarm it, act again if that failed; then the rows must be ``expected``."""
    act, plan = ACTS[cell.act], lake.proxies[cell.server].plan
    act.prepare(lake, folder, number)
    plan.arm(cell.fault, cell.operation)
    begun = time.monotonic()
    first, output = act.do(lake, folder, number)
    hits = plan.disarm()
    seconds = time.monotonic() - begun
    problems = [output] if first < 0 else []
    if first != 0:
        code, output = act.do(lake, folder, number)
        problems += [f"the retry ended with {code}: {output}"] if code else []
    if lake.rows() != expected:
        problems.append("the rows are not those of an undisturbed run")
    return Trial(cell, hits, first, round(seconds, 1), problems)


def asked(lake: Lake, name: str, folder: Path, number: int) -> dict[str, set[str]]:
    """Do an act undisturbed; answer what it asked of each server, operation by operation."""
    ACTS[name].prepare(lake, folder, number)
    for proxy in lake.proxies.values():
        proxy.plan.seen.clear()
    code, output = ACTS[name].do(lake, folder, number)
    assert code == 0, output
    return {server: set(proxy.plan.seen) - {"OTHER"} for server, proxy in lake.proxies.items()}
