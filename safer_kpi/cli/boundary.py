"""Where every command ends: each error, signal and fault becomes a message and an exit code, never a traceback."""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from safer_kpi.cli.signals import Terminated, asked
from safer_kpi.errors import SaferKpiError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Typer shows these itself; which package they are from depends on its version.
_USAGE = tuple(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")
_IN_ORDER: tuple[Any, ...] = (typer.Exit, typer.Abort, SystemExit, *_USAGE)
#: The exit codes beside those that an error names.
FAULT, INTERRUPTED, READER_GONE, TERMINATED = 70, 130, 141, 143
_NOTHING_LOST = "Nothing was half done; run the command again."


@contextmanager
def ended_in_words(arguments: Sequence[str], *, debug: bool) -> Iterator[None]:
    """Turn whatever ends the block into a message on standard error and an exit code.

    Raises:
        typer.Exit: with the code.
    """
    try:
        yield
        sys.stdout.flush()
    except _IN_ORDER:
        raise
    except BaseException as problem:  # noqa: BLE001 (the one place where everything ends)
        raise typer.Exit(_end(problem, arguments, debug=debug)) from None


def _end(problem: BaseException, arguments: Sequence[str], *, debug: bool) -> int:
    """Say what ended a command and return its exit code."""
    if _reader_is_gone(problem):
        _silence(sys.stdout)
        return READER_GONE
    if debug:
        from safer_kpi.failures.redact import debug_text

        _say(debug_text(problem))
    if asked or isinstance(problem, KeyboardInterrupt | Terminated):
        return _stopped()
    ours = _ours(problem, arguments)
    if ours is None:
        _say(_fault(problem))
        return FAULT
    _say(f"{ours.what}\n{ours.next_action}".strip())
    return ours.exit_code


def _ours(problem: BaseException, arguments: Sequence[str]) -> SaferKpiError | None:
    if isinstance(problem, SaferKpiError):
        return problem
    from safer_kpi.failures import known

    return known(problem, places=_places(arguments))


def _stopped() -> int:
    if signal.SIGTERM in asked:
        _say(f"Stopped by SIGTERM. {_NOTHING_LOST}")
        return TERMINATED
    _say(f"Stopped by Ctrl-C. {_NOTHING_LOST}")
    return INTERRUPTED


def _fault(problem: BaseException) -> str:
    """Return what is said of a fault of this package: where it is, and no text of it, which may quote a row."""
    ours = Path(__file__).resolve().parents[1]
    where, frame = "", problem.__traceback__
    while frame is not None:
        file = Path(frame.tb_frame.f_code.co_filename)
        if file.is_relative_to(ours):
            where = f" in safer_kpi/{file.relative_to(ours).as_posix()}, line {frame.tb_lineno}"
        frame = frame.tb_next
    return (
        f"This is a fault of safer-kpi, not of your files: {type(problem).__name__}{where}.\n"
        "See more with safer-kpi --debug …, and report it with that text to the maintainers, as SECURITY.md says if it "
        "may be a weakness and as an issue of the repository if not."
    )


def _places(arguments: Sequence[str]) -> list[Path]:
    """Return the folders whose files a message may name: the lake's home, the project and the cache."""
    from safer_kpi.settings import Settings

    home = None
    for place, here in enumerate(arguments):
        if here == "--home":
            home = "".join(arguments[place + 1 : place + 2])
        elif here.startswith("--home="):
            home = here.removeprefix("--home=")
    try:
        settings = Settings.load(home)
    except Exception:  # noqa: BLE001 (the settings may be what failed; then the message names no file)
        return []
    return [settings.home, settings.project, settings.cache]


def _reader_is_gone(problem: BaseException) -> bool:
    """Return whether the program that reads standard output has ended, as ``head`` does."""
    if not isinstance(problem, BrokenPipeError):
        return False
    poll = select.poll()
    try:
        poll.register(sys.stdout.fileno(), select.POLLOUT)
    except (OSError, ValueError):
        return False
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def _silence(stream: Any) -> None:
    """Let what a stream still holds go nowhere, so that the interpreter has nothing to complain of at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    finally:
        os.close(nowhere)


def _say(text: str) -> None:
    try:
        typer.echo(text, err=True)
        sys.stderr.flush()
    except OSError:  # nobody reads standard error either
        _silence(sys.stderr)
