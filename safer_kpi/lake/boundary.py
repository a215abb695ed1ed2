"""Named points of writing, renaming and committing, at which a test can stop a process."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Called with ``<name>.before`` and ``<name>.after``; None in production. Set by the crash tests alone.
watch: Callable[[str], None] | None = None

#: Those of a landing, of landing an archive, of a build, and of a compaction.
BOUNDARIES = ("raw.write", "raw.rename", "lake.append", "lake.commit", "receipt.commit", "seeds.land")
ARCHIVING = ("raw.forget",)
BUILDING = ("models.commit", "models.state")
#: In a build by another engine, for each table.
BY_ENGINE = ("engine.add",)
COMPACTING = ("compaction.commit", "compaction.delete")


@contextmanager
def boundary(name: str) -> Iterator[None]:
    """Mark a step that makes something durable."""
    if watch is not None:
        watch(f"{name}.before")
    yield
    if watch is not None:
        watch(f"{name}.after")
