"""Put files of this machine into the inbox, each in the folder of its feed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.feeds import require_feed
from safer_kpi.catalogue.fitting import feeds_fitting
from safer_kpi.errors import NotFound, UsageError
from safer_kpi.files import shown_name
from safer_kpi.inbox.place import make_inbox, open_place
from safer_kpi.inbox.sources.dropping import drop

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from safer_kpi.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """A file that lies in the inbox now.

    Attributes:
        feed: the feed whose folder it lies in.
        file: its name, with what cannot be shown escaped.
        inbox: the folder or URL of the inbox.
    """

    feed: str
    file: str
    inbox: str

    def as_row(self) -> dict[str, Any]:
        """Return the attributes."""
        return asdict(self)


def dropped(settings: Settings, files: Sequence[Path], *, feed: str | None = None) -> list[Dropped]:
    """Put files into the inbox and return where they lie; without ``feed`` each goes to those that its name fits.

    Raises:
        NotFound: a file or the feed does not exist; nothing was put anywhere.
        UsageError: a file's name fits no feed or several; nothing was put anywhere. Or one of that name waits already.
    """
    if missing := [path.name for path in files if not path.is_file()]:
        raise NotFound(f"There is no file {shown_name(missing[0])}.", next_action="Give the path of a file.")
    if feed is not None:
        require_feed(settings.project, feed)
    places = [(path, name) for path in files for name in ([feed] if feed else _feeds_of(settings, path))]
    place = open_place(settings.watched)
    make_inbox(place, settings.project)
    for path, name in places:
        try:
            drop(place, name, path, path.name)
        except FileExistsError:
            raise UsageError(
                f"A file called {shown_name(path.name)} waits in the inbox of {name} already.",
                next_action="Wait until it is landed, or drop yours under another name.",
            ) from None
    return [Dropped(feed=name, file=shown_name(path.name), inbox=settings.watched) for path, name in places]


def _feeds_of(settings: Settings, path: Path) -> tuple[str, ...]:
    fit = feeds_fitting(settings.project, path.name)
    if not fit.feeds or fit.is_ambiguous:
        raise UsageError(
            f"{shown_name(path.name)} is dropped for no feed: {fit.why}.", next_action="Name the feed with --feed."
        )
    return fit.feeds
