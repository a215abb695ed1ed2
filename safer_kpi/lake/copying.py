"""Copy a file's bytes to a private work file, no more of them than are allowed."""

from __future__ import annotations

import hashlib
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import InputRefused
from safer_kpi.files import private_folder, private_opener
from safer_kpi.lake.boundary import boundary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from safer_kpi.settings import Settings

_CHUNK = 4 * 2**20


@dataclass(frozen=True, kw_only=True)
class Copied:
    """A private copy of a file's bytes, which the raw store does not hold."""

    sha256: str
    size: int
    path: Path


def copy(settings: Settings, source: str, *, most: int, seen: Callable[[bytes], None] | None = None) -> Copied:
    """Copy a file's bytes to the work files and hash them; the caller deletes the copy.

    A file of more than ``most`` bytes is not copied further than that, and nothing of it stays. ``seen`` is called
    with the pieces as they pass.

    Raises:
        InputRefused: the file cannot be read, or holds more than ``most`` bytes.
    """
    if "://" not in source and Path(source).is_file() and Path(source).stat().st_size > most:
        raise _too_large(most)
    private_folder(settings.scratch)
    local = settings.scratch / f"receive-{uuid.uuid4().hex}"
    digest, size = hashlib.sha256(), 0
    try:
        with (
            ThreadPoolExecutor(max_workers=1) as helper,
            boundary("raw.write"),
            _opened(source) as incoming,
            open(local, "wb", buffering=0, opener=private_opener) as kept,
        ):
            for piece in _pieces(incoming, most):
                size += len(piece)
                hashed = helper.submit(digest.update, piece)
                kept.write(piece)
                if seen is not None:
                    seen(piece)
                hashed.result()
    except BaseException:
        local.unlink(missing_ok=True)
        raise
    return Copied(sha256=digest.hexdigest(), size=size, path=local)


def _pieces(incoming: Any, most: int) -> Iterator[bytes]:
    """Yield the bytes of an open file; raise when there are more than ``most``."""
    size = 0
    while piece := incoming.read(_CHUNK):
        size += len(piece)
        if size > most:
            raise _too_large(most)
        yield piece


def _too_large(most: int) -> InputRefused:
    return InputRefused(
        f"The file holds more than {most:,} bytes, the most its contract allows.",
        rule="too_large",
        next_action="Ask the partner to send it in parts, or raise the contract's limit.",
    )


def _opened(source: str) -> Any:
    if "://" not in source:
        try:
            return Path(source).open("rb")
        except OSError as problem:
            raise InputRefused(
                f"The file cannot be read ({problem.strerror}).",
                rule="unreadable",
                next_action="Check path and rights.",
            ) from None
    import fsspec

    return fsspec.open(source, "rb").open()
