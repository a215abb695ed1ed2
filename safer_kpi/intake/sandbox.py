"""The parent's side of parsing: start a child process with limits and interpret its end."""

from __future__ import annotations

import json
import os
import signal
import threading
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import InputRefused, SaferKpiError, UsageError
from safer_kpi.intake.confined import BEGIN
from safer_kpi.intake.forking import forked
from safer_kpi.intake.found import Parsed, Preflight
from safer_kpi.intake.outside import keep_outside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from safer_kpi.intake.dialect import Dialect

WORK_PREFIX = ".intake-"
"""How the name of a working folder beside ``out`` begins; one is left behind only by a killed parent."""

ROWS = "rows.parquet"
"""What a child leaves in its working folder."""
START = "from safer_kpi.intake.{} import main; main()"
"""How a child starts, its module left open."""

_SOURCE_ROW = "source_row"
_MOST_ANSWER_BYTES = 64 * 2**20
_START = START.format("child")


def parse(
    path: Path,
    found: Preflight,
    dialect: Dialect,
    columns: Sequence[str | None],
    out: Path,
    *,
    memory_bytes: int = 2 * 2**30,
    cpu_seconds: int = 900,
) -> Parsed:
    """Read every record of a file into all-text Parquet at ``out``, in a child process with limits.

    Args:
        path: a file that ``preflight`` has passed, unchanged since.
        found: what it found.
        dialect: the same dialect.
        columns: for each field of the header its column's name, or None to leave it out.
        out: where the Parquet goes, whole or not at all.
        memory_bytes: the most memory the child may allocate.
        cpu_seconds: the most processor time it may use; it is stopped after twice as long by the clock.

    Raises:
        InputRefused: ``column_count`` (too many malformed rows), ``truncated``, ``unclosed_quote``, ``quote``,
            ``line_length``, or ``sandbox`` if the child broke a limit or died.
        SaferKpiError: the disk failed; the file may be good.
        UsageError: ``columns`` does not fit the header.
    """
    named = checked(columns, found.header)
    out = out.absolute()
    with working(out.parent) as work:
        job = {
            "path": str(path.resolve()),
            "found": asdict(found),
            "dialect": asdict(dialect),
            "columns": list(columns),
            "memory_bytes": memory_bytes,
            "cpu_seconds": cpu_seconds,
        }
        answer = work.ask(_START, job, cpu_seconds)
        (work.folder / ROWS).replace(out)
        keep_outside(work.folder, out)
    return Parsed(
        parquet=out,
        columns=named,
        rows_read=answer["rows_read"],
        rows_skipped=answer["rows_skipped"],
        malformed=tuple((row, rule) for row, rule in answer["malformed"]),
        numbered=answer["numbered"],
        constants=answer.get("constants", {}),
    )


def checked(columns: Sequence[str | None], header: Sequence[str]) -> tuple[str, ...]:
    """Return the columns with a name; raise ``UsageError`` if they do not fit the header."""
    if len(columns) != len(header):
        raise UsageError(
            f"{len(columns)} columns are given for the {len(header)} fields of the header.",
            next_action="Give one for each, None to leave it out.",
        )
    named = tuple(name for name in columns if name is not None)
    folded = {name.casefold() for name in named}
    if not named or len(folded) < len(named) or _SOURCE_ROW in folded or "" in folded:
        raise UsageError(
            "The columns to read are missing, repeated, blank or named source_row.",
            next_action="Give each column a name of its own.",
        )
    return named


class Work:
    """A working folder of child processes.

    Attributes:
        folder: the folder, gone when the work is closed.
    """

    def __init__(self, beside: Path) -> None:
        # Not above: a child, which starts often, imports this module with its package and has no use for it.
        import tempfile

        self._temporary = tempfile.TemporaryDirectory(prefix=WORK_PREFIX, dir=beside)
        self.folder = Path(self._temporary.name)
        self._started = 0

    def ask(self, start: str, job: dict[str, Any], cpu_seconds: int) -> dict[str, Any]:
        """Run a child on one job and return its answer.

        Raises:
            InputRefused: the child refuses the file, broke a limit or died.
            SaferKpiError: the disk failed.
        """
        self._started += 1
        child = _Child(start, self.folder, f"answer.{self._started}.json")
        try:
            answer = child.do(job, cpu_seconds)
        finally:
            child.end()
        if refusal := answer.get("refused"):
            raise InputRefused(
                refusal["what"], rule=refusal["rule"], row=refusal["row"], next_action=refusal["next_action"]
            )
        if failure := answer.get("failed"):
            raise SaferKpiError(
                f"The file could not be read, or its rows could not be written: {failure}.",
                next_action=f"Check the disk that holds {self.folder.parent}, then land the file again.",
            )
        return answer

    def close(self) -> None:
        """Remove the folder."""
        self._temporary.cleanup()


@contextmanager
def working(beside: Path) -> Iterator[Work]:
    """Yield a working folder in ``beside``."""
    work = Work(beside)
    try:
        yield work
    finally:
        work.close()


_awaited: dict[int, _Child] = {}
"""The child that a thread waits for, by the thread."""


def stop_child(thread: int) -> None:
    """Kill the child that reads a file for a thread, if there is one: nobody wants its answer any more."""
    if child := _awaited.get(thread):
        child.kill()


class _Child:
    """One child process, which waits for its job in a working folder."""

    def __init__(self, start: str, folder: Path, answer: str) -> None:
        self._folder = folder
        self._answer = folder / answer
        self._is_late = False
        # The byte that tells it to begin is all that goes through the pipe. It closes when this process ends, however
        # it does, and the child ends with it. The answer goes to a file: a pipe would have to be drained, and the
        # child's limit on file sizes holds here too.
        reading, self._lifeline = os.pipe()
        with self._answer.open("wb") as out, os.fdopen(reading, "rb") as lifeline:
            self._forked = forked(start, folder, lifeline.fileno(), out.fileno())

    def do(self, job: dict[str, Any], cpu_seconds: int) -> dict[str, Any]:
        """Give it its job and return its answer.

        Raises:
            InputRefused: it broke a limit or died.
        """
        (self._folder / "job.json").write_text(json.dumps(job), encoding="ascii")
        late = threading.Timer(2 * cpu_seconds, self._give_up)
        late.daemon = True
        late.start()
        _awaited[threading.get_ident()] = self
        try:
            with suppress(BrokenPipeError):  # it has died: its exit code tells how
                os.write(self._lifeline, BEGIN)
            code = self._forked.wait()
        finally:
            del _awaited[threading.get_ident()]
            late.cancel()
        if code != 0:
            late_words = f"was stopped after {2 * cpu_seconds:,} seconds"
            raise _died(late_words if self._is_late else _reason(code, cpu_seconds))
        return _answer(self._answer)

    def _give_up(self) -> None:
        # Set before the kill: the waiting thread may continue before this one ends.
        self._is_late = True
        self.kill()

    def kill(self) -> None:
        """Kill it; whoever waits for it goes on."""
        self._forked.kill()

    def end(self) -> None:
        """End it, whatever it does."""
        self._forked.kill()
        self._forked.wait()
        os.close(self._lifeline)


def _answer(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        text = file.read(_MOST_ANSWER_BYTES)
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise _died("gave no answer that can be read")
    return answer


def _reason(code: int, cpu_seconds: int) -> str:
    if code == -signal.SIGXCPU:
        return f"used more than {cpu_seconds:,} seconds of processor time"
    if code == -signal.SIGKILL:
        return "was killed, as happens when memory runs out"
    if code < 0:
        return f"was ended by signal {-code}"
    return f"ended with exit code {code} and no answer"


def _died(how: str) -> InputRefused:
    return InputRefused(
        f"Reading the file was given up: the reading process {how}.",
        rule="sandbox",
        next_action="Try once more; if it happens again, ask the partner for a smaller or simpler export.",
    )
