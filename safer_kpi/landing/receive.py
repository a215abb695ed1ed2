"""Copy bytes from a place that a partner can write to into the holding place."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused, NotFound
from safer_kpi.intake import Dialect, ParquetDialect, WorkbookDialect
from safer_kpi.lake import raw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.settings import Settings


def file_name_of(source: str) -> str:
    """Return the bare name of a file. A name is data: it never takes part in a path."""
    return PurePosixPath(source.replace("\\", "/")).name[:255]


def require_files(sources: Sequence[str]) -> None:
    """Raise if a local file does not exist, before any file is landed.

    Raises:
        NotFound: there is no such file.
    """
    for number, source in enumerate(sources, 1):
        if "://" not in source and not os.path.lexists(source):
            which = f"path {number} of {len(sources)}" if len(sources) > 1 else "the path given"
            raise NotFound(f"There is no file at {which}.", next_action="Check the path.")


def receive(settings: Settings, feed: Feed, source: str, *, seen: Callable[[bytes], None] | None = None) -> raw.Held:
    """Check that ``source`` is a plain file of its inbox and take its bytes into the holding place.

    A file that is larger than its contract allows is not copied. ``seen`` is called with the pieces as they pass.

    Raises:
        NotFound: there is no such file.
        InputRefused: it is a directory, a device, a link that leaves the inbox, or too large.
    """
    require_plain(settings, source)
    return raw.hold(settings, source, most=most_bytes(feed), seen=seen)


def most_bytes(feed: Feed) -> int:
    """Return the most bytes of a file that a contract allows, as it came."""
    for form, dialect in (("workbook", WorkbookDialect), ("json_lines", Dialect), ("parquet", ParquetDialect)):
        if form in feed.dialect:
            return int(feed.dialect[form].get("max_bytes", dialect.max_bytes))
    return int(feed.dialect.get("max_bytes", Dialect.max_bytes))


def require_plain(settings: Settings, source: str) -> None:
    """Raise if a local path is not a plain file of its inbox.

    Raises:
        NotFound: there is no such file.
        InputRefused: it is a directory, a device, or a link that leaves the inbox.
    """
    if "://" not in source:
        _check_local(Path(source), settings.inbox)


def _check_local(path: Path, inbox: str) -> None:
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound("There is no file at the path given.", next_action="Check the path.") from None
    if stat.S_ISLNK(found.st_mode):
        home = (Path(inbox) if inbox and "://" not in inbox else path.parent).resolve()
        if not path.resolve().is_relative_to(home):
            raise InputRefused(
                "The file is a link that leads out of its inbox.",
                rule="link",
                next_action="Put the file itself into the inbox.",
            )
        found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise InputRefused("This is a directory, not a file.", rule="not_a_file", next_action="Name its files.")
    if not stat.S_ISREG(found.st_mode):
        raise InputRefused("This is not a regular file.", rule="not_a_file", next_action="Send a regular file.")
