"""The checks of a whole lake: what it stores, and that the read file is what the build made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.files import sha256_of
from safer_kpi.lake.read_files import recorded, was_recorded
from safer_kpi.landing.stored_checks import stored_checks
from safer_kpi.releases.read_file_rows import DO_NOT_USE, read_file_checks

if TYPE_CHECKING:
    from safer_kpi.settings import Settings

Check = tuple[str, str, str, str]


def lake_checks(settings: Settings, *, lake_id: str | None = None, deep: bool = False) -> list[Check]:
    """Return the checks of what the lake stores, and of the read file against the lake; ``deep``: of its numbers too.

    ``lake_id`` is the identity in the read file; None if it has none.

    Raises:
        NotFound: no lake exists here.
    """
    stored = stored_checks(settings, lake_id=lake_id)
    if not settings.kpi_file.is_file():
        return stored
    is_broken = any(status == "failed" for _, _, status, _ in stored)
    return [*stored, *_bytes(settings), *([] if is_broken else read_file_checks(settings, deep=deep))]


def had_read_file(settings: Settings) -> bool:
    """Return whether a read file was written here, by what is recorded of it."""
    return settings.kpi_file.name in recorded(settings) or was_recorded(settings)


def _bytes(settings: Settings) -> list[Check]:
    name = settings.kpi_file.name
    known = recorded(settings).get(name)
    if known is None:
        if was_recorded(settings):
            return [("read file", name, "failed", f"the record of its hash is gone: {DO_NOT_USE}")]
        return [("read file", name, "open", "its hash is not recorded yet: the next build does")]
    found = sha256_of(settings.kpi_file)
    if found not in known:
        return [("read file", name, "failed", f"its SHA-256 is not the recorded one: {DO_NOT_USE}")]
    if found != known[-1]:
        return [("read file", name, "open", "a build was stopped before it replaced this file: run safer-kpi build")]
    return [("read file", name, "ok", "its SHA-256 is the recorded one")]
