"""Turn an exception of the system or of another package into an error of this one, where it passes.

What knows of such exceptions is imported when there is one: nearly every process ends without.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from safer_kpi.errors import SaferKpiError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def known(problem: BaseException, *, places: Sequence[Path] = ()) -> SaferKpiError | None:
    """Return our error for an exception, or None if its cause is not known: then it may be a fault of this package.

    The exception itself and those it was raised from are looked at, the last first.

    Args:
        problem: the exception.
        places: folders whose files may be named in the message; a file elsewhere may be a partner's.
    """
    from safer_kpi.failures.recognise import error_for

    return error_for(problem, places)


@contextmanager
def translated(*, places: Sequence[Path] = (), keep: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Raise our error in place of an exception whose cause is known; any other goes on as it is.

    The chain stays, and the texts of its exceptions hold no secret any more. It is also a decorator of a function.

    Args:
        places: folders whose files may be named in the message.
        keep: exceptions that go on as they are.
    """
    passing: tuple[type[Exception], ...] = (SaferKpiError, *keep)
    try:
        yield
    except passing:
        raise
    except Exception as problem:
        from safer_kpi.failures.redact import scrub

        scrub(problem)
        ours = known(problem, places=places)
        if ours is None or ours is problem:
            raise
        raise ours from problem
