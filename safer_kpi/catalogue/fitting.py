"""Which feed a file belongs to, by its name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.catalogue.known_names import endings_of

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.catalogue.feeds import Feed


@dataclass(frozen=True, kw_only=True)
class Fit:
    """The feeds whose file names a name fits; ``is_ambiguous`` if there are several that do not share files."""

    feeds: tuple[str, ...]
    is_ambiguous: bool

    @property
    def why(self) -> str:
        """Why a file of that name is landed for no feed."""
        if self.is_ambiguous:
            return f"its name fits several feeds ({', '.join(self.feeds)})"
        return "its name fits no feed"


def feeds_fitting(project: Path, file_name: str) -> Fit:
    """Return the feeds that a file of this name belongs to.

    Where the names of several feeds fit, those whose format the ending says are meant. Several feeds get one file if
    their contracts say so (``same_file_as``).

    Raises:
        ProjectError: a contract of the project does not load.
    """
    fitting = [
        feed for feed in _named_feeds(project) if feed.file_name is not None and feed.file_name.search(file_name)
    ]
    by_format = [feed for feed in fitting if _ending_fits(feed, file_name)]
    meant = by_format or fitting
    shared = all(_share(one, other) for one in meant for other in meant if one.name < other.name)
    return Fit(feeds=tuple(feed.name for feed in meant), is_ambiguous=len(meant) > 1 and not shared)


@lru_cache(maxsize=4)
def _feeds(project: Path, names: tuple[str, ...]) -> tuple[Feed, ...]:
    return tuple(load_feed(project, name) for name in names)


def _named_feeds(project: Path) -> tuple[Feed, ...]:
    return _feeds(project, tuple(feed_names(project)))


def _ending_fits(feed: Feed, file_name: str) -> bool:
    return file_name.lower().removesuffix(".gz").endswith(endings_of(feed))


def _share(one: Feed, other: Feed) -> bool:
    return other.name in one.same_file_as or one.name in other.same_file_as
