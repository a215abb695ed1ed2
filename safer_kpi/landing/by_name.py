"""Land files without naming a feed: each goes to the feed whose file names it fits; an archive's files do so too."""

from __future__ import annotations

import datetime as dt
import itertools
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.catalogue.feeds import feed_names
from safer_kpi.catalogue.fitting import feeds_fitting
from safer_kpi.catalogue.renewal import require_renewed
from safer_kpi.errors import ProjectError, UsageError
from safer_kpi.intake.archive.reading import is_archive
from safer_kpi.landing.archives import Landed, Left, land_archive
from safer_kpi.landing.deliveries import Landing, Waiting
from safer_kpi.landing.receive import file_name_of, require_files

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from safer_kpi.landing.posting import Terms
    from safer_kpi.landing.receipt import Receipt
    from safer_kpi.settings import Settings


def feed_and_files(settings: Settings, words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the feed and the files that the arguments ``[FEED] FILE…`` name; None where no feed is named.

    Raises:
        UsageError: no file is named.
    """
    first, *files = words
    known = first in feed_names(settings.project)
    if not files:
        if known and not os.path.lexists(first):
            raise UsageError("No file is named.", next_action=f"Write safer-kpi land {first} FILE.")
        return None, [first]
    # A first word that is neither a feed nor a file is a misspelt feed: landing says which feeds there are.
    if known or (first.isidentifier() and not os.path.lexists(first)):
        return first, files
    return None, list(words)


def land_by_name(settings: Settings, paths: Sequence[str], *, terms: Terms, progress: Callable[[str], None]) -> Landed:
    """Land files in the order given, each for the feed that its name fits; an archive's files in order of their names.

    Raises:
        NotFound: a file does not exist.
        UsageError: a file's name fits no feed or several.
        InputRefused: an archive is refused as a whole; files before it have been landed.
    """
    require_files(paths)
    try:
        feeds = {
            path: _feeds_of(settings, path, number) for number, path in enumerate(paths, 1) if not _is_archive(path)
        }
    except ProjectError:
        require_renewed(settings.project)
        raise
    receipts: list[Receipt] = []
    left: list[Left] = []
    with Landing(settings, progress=progress) as landing:
        for is_file, some in itertools.groupby(paths, key=feeds.__contains__):
            if is_file:
                files = [(feed, path) for path in some for feed in feeds[path]]
                receipts += landing.land_all(_waiting(files, _later(terms, len(receipts))))
                continue
            for path in some:
                landed = land_archive(settings, path, terms=_later(terms, len(receipts)), progress=progress)
                receipts += landed.receipts
                left += landed.left
    return Landed(receipts=tuple(receipts), left=tuple(left))


def _waiting(files: Sequence[tuple[str, str]], terms: Terms) -> list[Waiting]:
    return [Waiting(feed=feed, path=path, terms=_later(terms, number)) for number, (feed, path) in enumerate(files)]


def _later(terms: Terms, number: int) -> Terms:
    """Return the terms of the file that comes ``number`` files later, received as many microseconds later."""
    return replace(terms, received_at=terms.received_at and terms.received_at + dt.timedelta(microseconds=number))


def _is_archive(path: str) -> bool:
    """Return whether a file is an archive; of one that lies elsewhere its name says so."""
    return path.lower().endswith(".zip") if "://" in path else is_archive(Path(path))


def _feeds_of(settings: Settings, path: str, number: int) -> Sequence[str]:
    fit = feeds_fitting(settings.project, file_name_of(path))
    if not fit.feeds or fit.is_ambiguous:
        raise UsageError(
            f"File {number} is landed for no feed: {fit.why}.",
            next_action="Name the feed: safer-kpi land FEED FILE. `safer-kpi contract list` names all feeds.",
        )
    return fit.feeds
