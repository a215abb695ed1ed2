"""The exceptions that an exception was raised from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST = 20


def links(problem: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those that it was raised from, the last raised first."""
    seen: list[BaseException] = []
    link: BaseException | None = problem
    while link is not None and len(seen) < _MOST and not any(link is one for one in seen):
        seen.append(link)
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
